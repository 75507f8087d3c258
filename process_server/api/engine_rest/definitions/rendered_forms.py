"""Fields of a model as a plain form in HTML, its inputs marked with the names and types of their variables."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from process_server import values
from process_server.forms.generated import GeneratedField

_TYPES = {"long": "Long", "boolean": "Boolean", "date": "Date", "double": "Double"}
_INPUTS = {"boolean": "checkbox", "date": "date", "long": "number", "double": "number"}


def rendered(fields: Sequence[GeneratedField], held: Mapping[str, Any]) -> str:
    """Return the form with the values its fields have."""
    rows = Markup("\n").join(_row(field, held.get(field.id, field.default)) for field in fields)
    return Markup('<form name="generatedForm" role="form">\n{}\n</form>').format(rows)


def _row(field: GeneratedField, value: Any) -> Markup:
    entry = _choice(field, value) if field.type == "enum" else _input(field, value)
    label = Markup('<label for="{}">{}</label>').format(field.id, field.label or field.id)
    return Markup('<div class="form-group">{}{}</div>').format(label, entry)


def _input(field: GeneratedField, value: Any) -> Markup:
    kind = _INPUTS.get(field.type, "text")
    if kind == "checkbox":
        given = Markup(' checked="checked"') if value in (True, "true") else Markup("")
    else:
        given = Markup(' value="{}"').format(_written(value))
    return Markup('<input class="form-control" id="{0}" name="{0}" type="{1}"{2}{3}{4}/>').format(
        field.id, kind, _variable(field), _constraints(field), given
    )


def _choice(field: GeneratedField, value: Any) -> Markup:
    options = Markup("").join(
        Markup('<option value="{}"{}>{}</option>').format(
            key, Markup(' selected="selected"') if key == value else "", name or key
        )
        for key, name in field.values
    )
    return Markup('<select class="form-control" id="{0}" name="{0}"{1}{2}>{3}</select>').format(
        field.id, _variable(field), _constraints(field), options
    )


def _variable(field: GeneratedField) -> Markup:
    kind = _TYPES.get(field.type, "String")
    return Markup(' cam-variable-name="{}" cam-variable-type="{}"').format(field.id, kind)


def _constraints(field: GeneratedField) -> Markup:
    said = Markup("")
    for name in ("min", "max", "minlength", "maxlength"):
        if name in field.constraints:
            said += Markup(' {}="{}"').format(name, field.constraints[name])
    for name in ("required", "readonly"):
        if name in field.constraints:
            said += Markup(' {0}="{0}"').format(name)
    return said


def _written(value: Any) -> str:
    return "" if value is None else str(values.show(value))
