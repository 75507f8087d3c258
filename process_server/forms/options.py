"""The options a field offers: given in the form, taken from a variable, or computed."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from process_server import clock
from process_server.forms import feel
from process_server.forms.components import ChoiceField
from process_server.forms.inputs import Refused, exact, same, zone
from process_server.values import Value


def offered(field: ChoiceField, scope: Mapping[str, Any], variables: Mapping[str, Any]) -> list[tuple[Value, str]]:
    """Return the value and label of each option. `variables` is what the form was opened with, as JSON shows it."""
    source: Any
    if field.values_key is not None:
        source = variables.get(field.values_key)
    elif field.values is not None:
        listed = (option for option in field.values if is_active(field, option.value))
        source = [{"value": option.value, "label": option.label} for option in listed]
    elif field.values_expression is not None:
        source = feel.evaluate(field.values_expression, scope)
    else:
        source = None
    if not isinstance(source, list):
        return []
    return [option for option in map(_option, source) if option is not None]


def is_active(field: ChoiceField, value: Any) -> bool:
    """Tell whether an option of the form is offered today: `option:<value>:active_from` and `active_to` bound it."""
    start = field.properties.get(f"option:{value}:active_from", "")
    end = field.properties.get(f"option:{value}:active_to", "")
    if not start and not end:
        return True
    today = clock.now().astimezone(zone()).date().isoformat()
    return (not start or start <= today) and (not end or today <= end)


def _option(entry: Any) -> tuple[Value, str] | None:
    """Understand an entry as form-js does: a plain value, or an object with a value and perhaps a label."""
    if _plain(entry):
        return exact(entry), _label(entry)
    if not isinstance(entry, dict):
        return None
    value, label = entry.get("value"), entry.get("label")
    if isinstance(label, str) and label and (_plain(value) or (isinstance(value, dict | list) and value)):
        return exact(value), label
    return (exact(value), _label(value)) if _plain(value) else None


def _plain(value: Any) -> bool:
    return isinstance(value, bool | int | float | Decimal) or (isinstance(value, str) and value != "")


def _label(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_choice(field: ChoiceField, value: Value, before: Value, options: list[tuple[Value, str]]) -> None:
    """Refuse what is not offered. What was chosen before stays allowed though its option was retired since."""
    kept = before if isinstance(before, list) and field.many else [before]
    for item in value if field.many else [value]:
        if not any(same(item, option) for option, _ in options) and not any(same(item, old) for old in kept):
            raise Refused("not_an_option", value=item if isinstance(item, str | int | bool) else str(item))
