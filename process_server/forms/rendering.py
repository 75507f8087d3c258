"""A form as the viewer in the browser gets it: in the reader's language, narrowed to what the step allows."""

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from process_server import values
from process_server.forms.components import (
    ROW,
    ChoiceField,
    Component,
    DynamicList,
    Field,
    FileField,
    FormSchema,
    Group,
    Path,
)
from process_server.forms.inputs import same, shown
from process_server.forms.localise import localise
from process_server.forms.messages import text
from process_server.forms.options import offered
from process_server.forms.policy import OPEN, FieldPolicy, Mode
from process_server.values import Value

_NAME = re.compile(r"[^\W\d]\w*")


def render(
    schema: FormSchema,
    *,
    language: str,
    policy: FieldPolicy | None = None,
    data: Mapping[str, Value] | None = None,
    editable: bool = True,
) -> dict[str, Any]:
    """Return the schema for the viewer. `data` are the variables it opens with; not `editable`: nothing can be changed.

    Hidden components are left out, what may only be read is read-only, what the step requires is required. A value
    whose option was retired stays choosable, since the viewer would otherwise throw it away.
    """
    policy = policy or OPEN
    default: Mode = policy.default if editable else "read"
    narrowed = policy if editable else FieldPolicy({k: m for k, m in policy.modes.items() if m == "hidden"}, default)
    seen = {name: values.show(value) for name, value in (data or {}).items()}
    source = copy.deepcopy(dict(schema.source))
    pairs = zip(source["components"], schema.components, strict=True)
    source["components"] = list(_components(pairs, narrowed, default, language, seen))
    return source


def _components(
    pairs: Iterator[tuple[dict[str, Any], Component]],
    policy: FieldPolicy,
    inherited: Mode,
    language: str,
    data: Mapping[str, Any],
) -> Iterator[dict[str, Any]]:
    for entry, component in pairs:
        mode = policy.mode(component, inherited)
        if mode == "hidden":
            continue
        localise(entry, component, language)
        if isinstance(component, Field | DynamicList) and (mode == "read" or component.readonly is True):
            _close(entry, component)
        elif isinstance(component, Field) and mode == "required":
            entry.setdefault("validate", {})["required"] = True
        if isinstance(component, FileField) and any(_held(data, component.path)):
            entry.get("validate", {}).pop("required", None)  # the viewer's picker does not know of the files there are
        if isinstance(component, ChoiceField):
            _keep_retired(entry, component, language, data)
        elif isinstance(component, Group):
            inner = zip(entry.get("components", []), component.components, strict=True)
            entry["components"] = list(_components(inner, policy, mode, language, data))
        yield entry


def _close(entry: dict[str, Any], component: Component) -> None:
    """Make a component read-only, and do not let the browser ask for what nobody could mend."""
    entry["readonly"] = True
    for rule in ("validate", "decimalDigits", "increment"):
        entry.pop(rule, None)
    if isinstance(component, DynamicList):
        entry["allowAddRemove"] = False


def _keep_retired(entry: dict[str, Any], field: ChoiceField, language: str, data: Mapping[str, Any]) -> None:
    """Add what is chosen now and no longer offered, marked as such; computed options are left to their expression."""
    if field.values is None and field.values_key is None:
        return
    options = offered(field, {}, data)
    chosen = [item for value in _held(data, field.path) for item in (value if field.many else [value])]
    retired: list[Any] = []
    for item in chosen:
        known = [option for option, _ in options] + retired
        if item not in (None, "") and not any(same(item, option) for option in known):
            retired.append(item)
    if not retired:
        return
    listed = entry.get("values") if field.values is not None else [{"value": v, "label": name} for v, name in options]
    marked = [{"value": item, "label": text("retired_option", {"label": item}, language)} for item in retired]
    entry.pop("valuesKey", None)
    entry["values"] = [*(listed or []), *marked]


def _held(data: Any, path: Path) -> Iterator[Any]:
    """Give the value at a path, or of each row where the path leads through rows."""
    if not path:
        yield data
    elif path[0] == ROW:
        for row in data if isinstance(data, list) else ():
            yield from _held(row, path[1:])
    elif isinstance(data, Mapping) and path[0] in data:
        yield from _held(data[path[0]], path[1:])


def initial_data(
    schema: FormSchema, variables: Mapping[str, Value], *, policy: FieldPolicy | None = None
) -> dict[str, Any]:
    """Return the variables the viewer needs, as it holds them: none that the form does not name or the step hides."""
    policy = policy or OPEN
    named = _names(schema.source) | {component.path[0] for component in schema.walk() if component.path}
    data = {name: values.show(value) for name, value in variables.items() if name in named}
    for field in schema.fields():
        _show(data, variables, field, field.path)
    for path in _hidden(schema.components, policy, policy.default):
        _remove(data, path)
    return data


def _hidden(components: tuple[Component, ...], policy: FieldPolicy, inherited: Mode) -> Iterator[Path]:
    """Give the places of all values that a step hides."""
    for component in components:
        mode = policy.mode(component, inherited)
        if isinstance(component, Group):
            yield from _hidden(component.components, policy, mode)
        if mode == "hidden" and isinstance(component, Field):
            yield component.path


def _names(setting: Any) -> set[str]:
    """Collect every name in expressions, templates and option sources of a schema, wherever they stand."""
    if isinstance(setting, Mapping):
        found = {setting["valuesKey"]} if isinstance(setting.get("valuesKey"), str) else set()
        return found.union(*map(_names, setting.values()))
    if isinstance(setting, list):
        return set().union(*map(_names, setting))
    if isinstance(setting, str) and (setting.startswith("=") or "{{" in setting):
        return set(_NAME.findall(setting))
    return set()


def _show(data: Any, held: Any, field: Field, path: Path) -> None:
    """Lay each value of a field into the data as its component holds it."""
    step, rest = path[0], path[1:]
    if step == ROW:
        for row, item in zip(data, held, strict=False) if isinstance(held, list) and isinstance(data, list) else ():
            _show(row, item, field, rest)
    elif isinstance(data, dict) and isinstance(held, Mapping) and step in held and step in data:
        if rest:
            _show(data[step], held[step], field, rest)
        elif held[step] is not None:
            data[step] = shown(field, held[step])


def _remove(data: Any, path: Path) -> None:
    if path[0] == ROW:
        for row in data if isinstance(data, list) else ():
            _remove(row, path[1:])
    elif isinstance(data, dict):
        if len(path) == 1:
            data.pop(path[0], None)
        else:
            _remove(data.get(path[0]), path[1:])
