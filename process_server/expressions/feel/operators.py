"""What FEEL's operators do: three-valued logic, and null for what does not fit (DMN 1.4, 10.3.2.12 to 10.3.2.15)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from process_server.expressions import numbers
from process_server.expressions.feel.moments import (
    add_feel,
    comparable_or_none,
    divide_durations,
    part_of,
    subtract_feel,
)
from process_server.expressions.feel.types import is_instance
from process_server.expressions.feel.values import Range, Unequal
from process_server.expressions.limits import checked_text
from process_server.expressions.moments import is_duration, negated
from process_server.expressions.numbers import is_number
from process_server.values import Months


def conjunction(a: Any, b: Any) -> bool | None:
    """Return a and b, where what is neither true nor false counts as unknown."""
    if a is False or b is False:
        return False
    return True if a is True and b is True else None


def disjunction(a: Any, b: Any) -> bool | None:
    """Return a or b, where what is neither true nor false counts as unknown."""
    if a is True or b is True:
        return True
    return False if a is False and b is False else None


def equal(a: Any, b: Any) -> bool | None:
    """Compare values of one kind; null for values of different kinds."""
    if a is None or b is None:
        return a is b
    kind, other = type(a), type(b)
    if kind is other and kind in (str, int, bool, Decimal, timedelta, Months):
        return bool(a == b)
    if is_number(a) and is_number(b):
        return bool(a == b)
    if kind is not other:
        return None
    if kind is list:
        return _equal_all(list(zip(a, b, strict=False))) if len(a) == len(b) else False
    if kind is dict:
        return _equal_all([(value, b[key]) for key, value in a.items()]) if a.keys() == b.keys() else False
    pair = comparable_or_none(a, b)
    return bool(pair[0] == pair[1]) if pair is not None else bool(a == b)


def _equal_all(pairs: list[tuple[Any, Any]]) -> bool | None:
    for left, right in pairs:
        outcome = equal(left, right)
        if outcome is not True:
            return outcome
    return True


def unequal(a: Any, b: Any) -> bool | None:
    """Return the opposite of `equal`."""
    outcome = equal(a, b)
    return None if outcome is None else not outcome


def _ordered(a: Any, b: Any) -> tuple[Any, Any] | None:
    kind, other = type(a), type(b)
    if kind is int and other is int:
        return a, b
    if is_number(a) and is_number(b):
        return a, b
    if kind is not other:
        return comparable_or_none(a, b) if kind in (date, datetime) and other in (date, datetime) else None
    if kind is str or kind is timedelta:
        return a, b
    if kind is Months:
        return a.months, b.months
    return comparable_or_none(a, b)


def less(a: Any, b: Any) -> bool | None:
    """Return a < b, or null where the two have no order."""
    pair = _ordered(a, b)
    return None if pair is None else bool(pair[0] < pair[1])


def less_or_equal(a: Any, b: Any) -> bool | None:
    """Return a <= b, or null where the two have no order."""
    pair = _ordered(a, b)
    return None if pair is None else bool(pair[0] <= pair[1])


def add(a: Any, b: Any) -> Any:
    """Add numbers or times, join texts; null otherwise."""
    if is_number(a) and is_number(b):
        return numbers.add(a, b)
    if type(a) is str and type(b) is str:
        return checked_text(a + b)
    return add_feel(a, b)


def subtract(a: Any, b: Any) -> Any:
    """Subtract numbers or times; null otherwise."""
    if is_number(a) and is_number(b):
        return numbers.subtract(a, b)
    return subtract_feel(a, b)


def multiply(a: Any, b: Any) -> Any:
    """Multiply numbers, or a duration by a number; null otherwise."""
    if is_number(a) and is_number(b):
        return numbers.multiply(a, b)
    if is_duration(b) and is_number(a):
        a, b = b, a
    if is_duration(a) and is_number(b):
        return _scaled(a, numbers.decimal(b))
    return None


def _scaled(duration: timedelta | Months, factor: Decimal) -> timedelta | Months | None:
    if isinstance(duration, Months):
        return Months(int(numbers.multiply(duration.months, factor)))
    microseconds = int(numbers.multiply(Decimal(duration // timedelta(microseconds=1)), factor))
    try:
        return timedelta(microseconds=microseconds)
    except OverflowError:
        return None


def divide(a: Any, b: Any) -> Any:
    """Divide numbers, a duration by a number, or durations of one kind; null otherwise and by zero."""
    if is_number(b) and b == 0:
        return None
    if is_number(a) and is_number(b):
        return numbers.divide(a, b)
    if is_duration(a) and is_number(b):
        return _scaled(a, numbers.divide(1, b)) if type(a) is Months else divide_durations(a, b)
    if is_duration(a) and type(a) is type(b):
        return divide_durations(a, b)
    return None


def power(a: Any, b: Any) -> Any:
    """Raise a number to a power; null otherwise."""
    if not (is_number(a) and is_number(b)):
        return None
    return numbers.power(a, b)


def negate(a: Any) -> Any:
    """Return the negative of a number or duration; null otherwise."""
    if is_duration(a):
        return negated(a)
    return numbers.subtract(0, a) if is_number(a) else None


def between(value: Any, low: Any, high: Any) -> bool | None:
    """Return low <= value and value <= high."""
    return conjunction(less_or_equal(low, value), less_or_equal(value, high))


def contains(extent: Range, value: Any) -> bool | None:
    """Say whether a range includes a value; null where the two have no order."""
    above: bool | None = True
    below: bool | None = True
    if extent.start is not None:
        above = (less_or_equal if extent.start_included else less)(extent.start, value)
    if extent.end is not None:
        below = (less_or_equal if extent.end_included else less)(value, extent.end)
    return conjunction(above, below)


def is_in(value: Any, test: Any) -> bool | None:
    """Return `value in test`: a range includes it, a list holds it or a range that includes it, or it is equal."""
    if type(test) is Range:
        return equal(value, test) if type(value) is Range else contains(test, value)
    if type(test) is Unequal:
        return unequal(value, test.value)
    if type(test) is list:
        if type(value) is list and equal(value, test):
            return True
        outcomes = [_is_item(value, item) for item in test]
        return True if True in outcomes else (None if outcomes and value is None and None in outcomes else False)
    return equal(value, test)


def _is_item(value: Any, item: Any) -> bool | None:
    if type(item) is Range and type(value) is not Range:
        return contains(item, value)
    return equal(value, item)


def matches(value: Any, test: Any, speaks_of_input: bool = False) -> bool:
    """Say whether an input meets a unary test whose value is `test` (DMN 1.4, 7.3.3)."""
    if speaks_of_input:
        return test is True
    if test is True and type(value) is not bool:
        return True
    return is_in(value, test) is True


def path(target: Any, name: str) -> Any:
    """Return a member of a context, a part of a time or range, or the members of all items of a list."""
    if type(target) is dict:
        return target.get(name)
    if type(target) is list:
        return [path(item, name) for item in target]
    if target is None:
        return None
    if isinstance(target, Mapping):
        return target.get(name)
    if type(target) is Range:
        parts = {"start": target.start, "end": target.end}
        parts |= {"start included": target.start_included, "end included": target.end_included}
        return parts.get(name)
    return part_of(target, name)


def item_at(items: list[Any], place: Any) -> Any:
    """Return the item at a place, from 1 or from the end with -1; null where there is none."""
    if place != int(place):
        return None
    index = int(place)
    if index > 0:
        return items[index - 1] if index <= len(items) else None
    return items[index] if index < 0 and -index <= len(items) else None


def index(target: Any, place: Any) -> Any:
    """Return `target[place]` for a literal place."""
    return item_at(as_list(target), place)


def as_list(value: Any) -> list[Any]:
    """Return a list as it is, null as the empty list, any other value as a list of one."""
    if type(value) is list:
        return value
    return [] if value is None else [value]


OPERATORS: dict[str, Callable[..., Any]] = {
    "truth": lambda value: value is True,
    "all": conjunction,
    "any": disjunction,
    "EQ": equal,
    "NE": unequal,
    "LT": less,
    "LE": less_or_equal,
    "GT": lambda a, b: less(b, a),
    "GE": lambda a, b: less_or_equal(b, a),
    "PLUS": add,
    "MINUS": subtract,
    "STAR": multiply,
    "SLASH": divide,
    "POWER": power,
    "neg": negate,
    "between": between,
    "in": is_in,
    "matches": matches,
    "range": Range,
    "unequal": Unequal,
    "path": path,
    "has": lambda item, name: type(item) is dict and name in item,
    "index": index,
    "instance of": is_instance,
}
