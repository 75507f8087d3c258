"""The types of FEEL (DMN 1.4, 10.3.2.9): what `instance of` asks, and what parameters and columns demand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from process_server.expressions.feel.values import FeelFunction, Range
from process_server.expressions.numbers import is_number
from process_server.values import Months


@dataclass(frozen=True, slots=True)
class Type:
    """A type by name, with the types inside it: of items, of members or of parameters."""

    name: str
    items: tuple["Type", ...] = ()
    members: tuple[tuple[str, "Type"], ...] = ()


def _is_date(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


_SIMPLE: dict[str, Callable[[Any], bool]] = {
    "any": lambda value: value is not None,
    "null": lambda value: value is None,
    "number": is_number,
    "string": lambda value: type(value) is str,
    "boolean": lambda value: type(value) is bool,
    "date": _is_date,
    "time": lambda value: type(value) is time,
    "date and time": lambda value: type(value) is datetime,
    "days and time duration": lambda value: type(value) is timedelta,
    "years and months duration": lambda value: type(value) is Months,
    "list": lambda value: type(value) is list,
    "context": lambda value: type(value) is dict,
    "function": lambda value: type(value) is FeelFunction,
    "range": lambda value: type(value) is Range,
}
_OTHER_NAMES = {
    "datetime": "date and time",
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "integer": "number",
    "long": "number",
    "double": "number",
}


def simple_type(name: str) -> Type | None:
    """Return the built-in type of a name, whatever its case or dialect, or None."""
    known = name if name in _SIMPLE else _OTHER_NAMES.get(name, name.lower())
    return Type(known) if known in _SIMPLE else None


def is_instance(value: Any, kind: Type) -> bool:
    """Say whether a value is of a type; null is an instance of none but null."""
    if kind.members:
        return type(value) is dict and all(
            name in value and (value[name] is None or is_instance(value[name], inner)) for name, inner in kind.members
        )
    if kind.name == "list" and kind.items:
        return type(value) is list and all(item is None or is_instance(item, kind.items[0]) for item in value)
    if kind.name == "range" and kind.items:
        ends = (value.start, value.end) if type(value) is Range else ()
        return bool(ends) and all(end is None or is_instance(end, kind.items[0]) for end in ends)
    check = _SIMPLE.get(kind.name)
    return check is not None and check(value)


def conforming(value: Any, kind: Type | None) -> tuple[bool, Any]:
    """Return whether a value may stand for a type, and the value: FEEL turns [a] into a, and a date into a moment."""
    if kind is None or value is None or (kind.name == "any" and not kind.members):
        return True, value
    if is_instance(value, kind):
        return True, value
    if type(value) is list and len(value) == 1 and is_instance(value[0], kind):
        return True, value[0]
    if kind.name == "list" and kind.items and is_instance(value, kind.items[0]):
        return True, [value]
    if kind.name == "date and time" and _is_date(value):
        return True, datetime.combine(value, time(tzinfo=UTC))
    return False, None
