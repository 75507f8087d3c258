"""A form as the viewer in the browser gets it: in the reader's language, narrowed to what the step allows."""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

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
    View,
)
from process_server.forms.controls import behaviour_of
from process_server.forms.controls.choosing import Sourced, keys_of
from process_server.forms.inputs import same
from process_server.forms.localise import localise
from process_server.forms.messages import text
from process_server.forms.options import is_active, offered
from process_server.forms.places import everywhere
from process_server.forms.policy import OPEN, FieldPolicy, Mode
from process_server.forms.reading import shown
from process_server.forms.sources import NOWHERE, Lookup
from process_server.values import Value

_NAME = re.compile(r"[^\W\d]\w*")


def render(
    schema: FormSchema,
    *,
    language: str,
    policy: FieldPolicy | None = None,
    data: Mapping[str, Value] | None = None,
    editable: bool = True,
    lookup: Lookup = NOWHERE,
) -> dict[str, Any]:
    """Return the schema for the viewer. `data` are the variables it opens with; not `editable`: nothing can be changed.

    Hidden components are left out, what may only be read is read-only, what the step requires is required. A value
    whose option was retired stays choosable, since the viewer would otherwise throw it away. `lookup` says what things
    are called that a source knows.
    """
    policy = (policy or OPEN) if editable else (policy or OPEN).read_only()
    seen = {name: values.show(value) for name, value in (data or {}).items()}
    source = copy.deepcopy(dict(schema.source))
    pairs = zip(source["components"], schema.components, strict=True)
    choices = {field.key: field for field in schema.fields() if isinstance(field, ChoiceField)}
    drawing = _Drawing(policy, language, seen, lookup, choices)
    source["components"] = list(_components(pairs, policy.default, drawing))
    return source


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What all components of a form are shown by."""

    policy: FieldPolicy
    language: str
    data: Mapping[str, Any]
    lookup: Lookup
    choices: Mapping[str, ChoiceField]


def _components(
    pairs: Iterator[tuple[dict[str, Any], Component]], inherited: Mode, drawing: _Drawing
) -> Iterator[dict[str, Any]]:
    language, data = drawing.language, drawing.data
    for entry, component in pairs:
        mode = drawing.policy.mode(component, inherited)
        if drawing.policy.hides(component, mode):
            continue
        localise(entry, component, language)
        behaviour = behaviour_of(component)
        closed = behaviour.assigned or (isinstance(component, Field | DynamicList) and component.readonly is True)
        if isinstance(component, Field | DynamicList) and (mode in ("read", "hidden") or closed):
            _close(entry, component)
        elif isinstance(component, Field) and mode == "required":
            entry.setdefault("validate", {})["required"] = True
        if isinstance(component, FileField) and any(everywhere(data, component.path)):
            entry.get("validate", {}).pop("required", None)  # the viewer's picker does not know of the files there are
        if isinstance(component, ChoiceField) and isinstance(behaviour, Sourced):
            _name_chosen(entry, component, behaviour, drawing)
        elif isinstance(component, ChoiceField) and behaviour.listed:
            _keep_retired(entry, component, language, data)
        elif isinstance(component, Group):
            inner = zip(entry.get("components", []), component.components, strict=True)
            entry["components"] = list(_components(inner, mode, drawing))
        elif isinstance(component, View):
            _name_cells(entry, component, drawing)
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
    labels = {str(option.get("value")): option.get("label") for option in entry.get("values") or ()}
    if field.values is not None:
        entry["values"] = [option for option in entry["values"] if is_active(field, option.get("value"))]
    chosen = [item for value in everywhere(data, field.path) for item in (value if field.many else [value])]
    retired: list[Any] = []
    for item in chosen:
        known = [option for option, _ in options] + retired
        if item not in (None, "") and not any(same(item, option) for option in known):
            retired.append(item)
    if not retired:
        return
    listed = entry.get("values") if field.values is not None else [{"value": v, "label": name} for v, name in options]
    marked = [
        {"value": item, "label": text("retired_option", {"label": labels.get(str(item)) or item}, language)}
        for item in retired
    ]
    entry.pop("valuesKey", None)
    entry["values"] = [*(listed or []), *marked]


def _name_cells(entry: dict[str, Any], table: View, drawing: _Drawing) -> None:
    """Tell a table what the options are called of the field whose codes a column shows: `column:<key>:field`."""
    for column in entry.get("columns") or ():
        field = drawing.choices.get(table.properties.get(f"column:{column.get('key')}:field", ""))
        if field is not None:
            named = msgspec.to_builtins(field.values or [])
            localise(shown := {"values": named}, field, drawing.language)
            column["values"] = shown["values"]


def _name_chosen(entry: dict[str, Any], field: ChoiceField, behaviour: Sourced, drawing: _Drawing) -> None:
    """Put what is chosen now among the options, by the name its source has for it."""
    keys = list(dict.fromkeys(key for value in everywhere(drawing.data, field.path) for key in keys_of(value)))
    found = drawing.lookup.find(behaviour.source_of(field), keys, field.properties)
    listed = entry.get("values") or []
    known = {option.get("value") for option in listed}
    for key in keys:
        choice = found.get(key)
        label = choice.label if choice else key
        if choice is None or not choice.active:
            label = text("retired_option", {"label": label}, drawing.language)
        if key not in known:
            listed.append({"value": key, "label": label})
    entry["values"] = listed


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
        if isinstance(component, DynamicList) and component.is_repeating and policy.hides(component, mode):
            yield component.path[:-1]
        elif isinstance(component, Group):
            yield from _hidden(component.components, policy, mode)
        elif isinstance(component, Field) and mode == "hidden":
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
