"""Forms that no file describes: the form fields of a Camunda 7 model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from process_server.forms.components import FormSchema
from process_server.forms.definitions import UnsupportedForm
from process_server.forms.schema import SCHEMA_VERSION, parse_form

Kind = Literal["string", "long", "double", "boolean", "date", "enum"]

_TYPES: Mapping[str, dict[str, Any]] = {
    "string": {"type": "textfield"},
    "long": {"type": "number", "decimalDigits": 0},
    "double": {"type": "number", "serializeToString": True},
    "boolean": {"type": "checkbox"},
    "date": {"type": "datetime", "subtype": "date"},
    "enum": {"type": "select"},
}
_LIMITS = {"min": "min", "max": "max", "minlength": "minLength", "maxlength": "maxLength"}


@dataclass(frozen=True, slots=True)
class GeneratedField:
    """A `camunda:formField`: its id names the variable; `constraints` are names and configurations as in the model."""

    id: str
    type: str = "string"
    label: str | None = None
    default: str | None = None
    values: Sequence[tuple[str, str]] = ()  # (id, name) of an enum
    constraints: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)


def generated_form(fields: Sequence[GeneratedField]) -> FormSchema:
    """Return the form that shows and checks these fields; of two with one id, the last. Raises UnsupportedForm."""
    components = {given.id: _component(given) for given in fields}
    source = {"type": "default", "id": "generated", "schemaVersion": SCHEMA_VERSION}
    try:
        return parse_form({**source, "components": [*components.values()]})
    except ValueError as error:  # an id that names no variable
        raise UnsupportedForm(key=", ".join(components)) from error


def _component(given: GeneratedField) -> dict[str, Any]:
    component: dict[str, Any] = {
        **_TYPES.get(given.type, _TYPES["string"]),
        "id": f"field_{given.id}",
        "key": given.id,
        "label": given.label or given.id,
    }
    if given.properties:
        component["properties"] = dict(given.properties)
    if component["type"] == "select":
        component["values"] = [{"value": value, "label": name or value} for value, name in given.values]
    default = _default(given)
    if default is not None:
        component["defaultValue"] = default
    rules: dict[str, Any] = {}
    for name, setting in given.constraints.items():
        if name in _LIMITS:
            rules[_LIMITS[name]] = setting
        elif name == "required" and setting != "false":
            rules["required"] = True
        elif name == "readonly" and setting != "false":
            component["readonly"] = True
    if rules:
        component["validate"] = rules
    return component


def _default(given: GeneratedField) -> Any:
    """Read the default as its type; an expression has no value until the process runs, so it is none here."""
    if given.default is None or "${" in given.default:
        return None
    return given.default == "true" if given.type == "boolean" else given.default
