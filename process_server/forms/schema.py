"""Read a form-js schema: JSON text in, typed components and located problems out."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import PurePath
from typing import Any

import msgspec

from process_server.errors import Problem
from process_server.faults import fault
from process_server.forms.components import (
    READER,
    ROW,
    TYPES,
    Component,
    DynamicList,
    Field,
    FormSchema,
    Group,
    Path,
    dotted,
)
from process_server.forms.control_lint import lint_controls
from process_server.forms.lint import lint
from process_server.i18n import gettext_noop
from process_server.values import is_storable

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 12
MAX_COMPONENTS = 1_000
SCHEMA_VERSION = 19

_KEY = re.compile(r"[\w-]+( [\w-]+)*(\.[\w-]+( [\w-]+)*)*")  # names of FEEL may hold spaces
_NESTED = {"components", "path"}


def read_form(content: bytes, file: str | None = None) -> tuple[FormSchema | None, list[Problem]]:
    """Read a form-js schema. There is no schema where one of the problems is an error."""
    reader = _Reader(content, file)
    schema = reader.read()
    if schema is not None:
        lint(schema, reader.report)
        lint_controls(schema, reader.report)
    faulty = any(problem["severity"] == "error" for problem in reader.problems)
    return (None if faulty else schema), reader.problems


def parse_form(source: Mapping[str, Any]) -> FormSchema:
    """Understand a schema that was read and checked before, when it was deployed."""
    reader = _Reader(b"", None)
    schema = reader.form(dict(source))
    if schema is None or (reader.problems and any(p["severity"] == "error" for p in reader.problems)):
        raise ValueError(f"the stored form {source.get('id')} is not valid: {reader.problems}")
    return schema


@dataclass
class _Reader:
    content: bytes
    file: str | None
    problems: list[Problem] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    claimed: set[Path] = field(default_factory=set)
    count: int = 0

    def report(
        self,
        code: str,
        message: str,
        component: Mapping[str, Any] | Component | None = None,
        *,
        severity: str = "error",
        hint: str | None = None,
        line: int | None = None,
        **params: Any,
    ) -> None:
        """Note a problem at a component: an entry of the file or what was understood of it."""
        key = name = None
        if isinstance(component, Component):
            key, name = getattr(component, "key", "") or dotted(component.path) or component.id, component.label
        elif component is not None:
            key, name = _name(component), component.get("label")
        self.problems.append(
            fault(
                code,
                message,
                file=self.file,
                severity=severity,
                element=key or None,
                element_name=name if isinstance(name, str) else None,
                line=line or self._line(component),
                hint=hint,
                **params,
            )
        )

    def _line(self, component: Mapping[str, Any] | Component | None) -> int | None:
        """Find the line of a component by its id or key: JSON parsers do not tell."""
        if component is None:
            return None
        text = self.content.decode(errors="replace")
        for setting in ("id", "key", "path"):
            value = component.get(setting) if isinstance(component, Mapping) else getattr(component, setting, None)
            if isinstance(value, str) and value:
                found = re.search(rf'"{setting}"\s*:\s*{re.escape(json.dumps(value, ensure_ascii=False))}', text)
                if found:
                    return text.count("\n", 0, found.start()) + 1
        return None

    def read(self) -> FormSchema | None:
        if len(self.content) > MAX_BYTES:
            self.report("too_large", "The form is larger than {limit} bytes.", limit=MAX_BYTES)
            return None
        try:
            data = json.loads(self.content, parse_float=Decimal, parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            text = gettext_noop("This is not JSON: {reason} (column {at}).")
            self.report("not_json", text, line=error.lineno, reason=error.msg, at=error.colno)
            return None
        except (ValueError, RecursionError) as error:
            self.report("not_json", "This is not JSON that can be read: {reason}.", reason=str(error))
            return None
        for text in _texts(data):
            if not is_storable(text):
                said = gettext_noop("The text {text} contains characters that cannot be kept.")
                self.report("characters", said, text=ascii(text[:60]))
                return None
        return self.form(data)

    def form(self, data: Any) -> FormSchema | None:
        """Understand the outermost object of the file."""
        if not isinstance(data, dict) or data.get("type") != "default" or not isinstance(data.get("components"), list):
            self.report(
                "not_a_form",
                'This is not a form: a form-js schema is an object with "type": "default" and "components".',
            )
            return None
        version = data.get("schemaVersion")
        if isinstance(version, int) and version > SCHEMA_VERSION:
            self.report(
                "newer_schema",
                "The form is of schema version {version}; {newest} is the newest known here.",
                severity="warning",
                version=version,
                newest=SCHEMA_VERSION,
            )
        form_id = data.get("id")
        if not isinstance(form_id, str) or not form_id:
            form_id = PurePath(self.file or "form").stem
            self.report(
                "no_form_id",
                'The form has no id; its file name "{id}" is taken.',
                severity="warning",
                hint=gettext_noop("Set the form's id in the modeler, so that tasks can refer to it."),
                id=form_id,
            )
        return FormSchema(form_id, data, self.components(data["components"], (), 1))

    def components(self, entries: Any, parent: Path, depth: int) -> tuple[Component, ...]:
        if not isinstance(entries, list):
            self.report("invalid_setting", '"components" must be a list.')
            return ()
        if depth > MAX_DEPTH:
            self.report("too_deep", "Components are nested more than {limit} deep.", limit=MAX_DEPTH)
            return ()
        read = (self.component(entry, parent, depth) for entry in entries)
        return tuple(component for component in read if component is not None)

    def component(self, entry: Any, parent: Path, depth: int) -> Component | None:
        self.count += 1
        if self.count > MAX_COMPONENTS:
            if self.count == MAX_COMPONENTS + 1:
                self.report("too_many", "The form has more than {limit} components.", limit=MAX_COMPONENTS)
            return None
        kind = TYPES.get(str(entry.get("type"))) if isinstance(entry, dict) else None
        if kind is None:
            shown = entry.get("type") if isinstance(entry, dict) else entry
            self.report(
                "unknown_type",
                'There is no component of type "{type}".',
                entry if isinstance(entry, dict) else None,
                hint=gettext_noop("Stored forms use form-js's own types; refine them with properties."),
                type=str(shown),
            )
            return None
        self._claim_id(entry)
        component = self._settings(entry, kind)
        if component is None:
            return None
        path = self._path(component, entry, parent)
        placed = msgspec.structs.replace(component, path=path)
        if isinstance(placed, Group):
            placed = msgspec.structs.replace(
                placed, components=self.components(entry.get("components", []), path, depth + 1)
            )
        return placed

    def _settings(self, entry: Mapping[str, Any], kind: type[Component]) -> Component | None:
        known = {item.encode_name for item in msgspec.structs.fields(kind)}
        settings = {}
        for name, value in entry.items():
            if name in known and not name.startswith(READER):
                settings[name] = value
            elif name not in _NESTED:
                self.report(
                    "unknown_property",
                    'A {type} has no setting "{property}"; it has no effect.',
                    entry,
                    severity="warning",
                    type=entry["type"],
                    property=name,
                )
        try:
            return msgspec.convert(settings, kind)
        except msgspec.ValidationError as error:
            self.report("invalid_setting", "A setting is not what it must be: {reason}.", entry, reason=str(error))
            return None

    def _claim_id(self, entry: Mapping[str, Any]) -> None:
        given = entry.get("id")
        if isinstance(given, str) and given:
            if given in self.ids:
                self.report("duplicate_id", 'Two components have the id "{id}".', entry, id=given)
            self.ids.add(given)

    def _path(self, component: Component, entry: Mapping[str, Any], parent: Path) -> Path:
        """Tell where the component keeps its value, and that nothing else keeps one there."""
        if isinstance(component, Field):
            binding = component.key
        elif isinstance(component, Group):
            binding = component.binding or ""
        else:
            return parent
        must = isinstance(component, Field | DynamicList)
        setting = "key" if isinstance(component, Field) else "path"
        if not binding:
            if must:
                self.report(
                    "missing_key",
                    "The {type} has no {setting}: its value could not be kept.",
                    entry,
                    type=component.type,
                    setting=setting,
                )
            return parent
        if not _KEY.fullmatch(binding):
            text = gettext_noop('The {setting} "{key}" must be names joined by dots.')
            self.report("invalid_key", text, entry, setting=setting, key=binding)
            return parent
        path = (*parent, *binding.split("."))
        repeats = isinstance(component, DynamicList) and component.is_repeating
        self._claim(path, entry, closed=repeats or isinstance(component, Field))
        return (*path, ROW) if repeats else path

    def _claim(self, path: Path, entry: Mapping[str, Any], *, closed: bool) -> None:
        """Reject what the viewer rejects: a place that holds a value holds only that one."""
        starts = ((path[:length], path[length:]) for length in range(1, len(path) + 1))
        taken = any(start in self.claimed and rest[:1] != (ROW,) for start, rest in starts)
        if taken or (closed and any(other[: len(path)] == path for other in self.claimed)):
            self.report(
                "duplicate_key",
                '"{key}" is in use already; the form could not be shown.',
                entry,
                key=dotted(path),
            )
        elif closed:
            self.claimed.add(path)


def _texts(data: Any) -> Iterator[str]:
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting += [*item, *item.values()]
        elif isinstance(item, list):
            waiting += item


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _name(entry: Mapping[str, Any]) -> str | None:
    for setting in ("key", "path", "id"):
        if isinstance(entry.get(setting), str) and entry[setting]:
            return str(entry[setting])
    return None
