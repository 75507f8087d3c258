"""The functions that JUEL and plain expressions may call."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from process_server import clock
from process_server.expressions import numbers
from process_server.expressions.dialect import Function
from process_server.expressions.limits import Fault, checked_text, checked_value
from process_server.expressions.moments import company_zone, instant, parse_duration, parse_moment
from process_server.expressions.operators import add, is_empty, is_in, less, number, truth
from process_server.expressions.text import kind_of, text_of
from process_server.values import Months, load_json


def now() -> datetime:
    """Return the current instant in the company's time zone."""
    return clock.now().astimezone(company_zone())


def today() -> date:
    """Return the current day in the company's time zone."""
    return now().date()


def _length(value: Any) -> int:
    if not isinstance(value, (str, list, tuple, dict)):
        raise Fault("{kind} has no length", kind=kind_of(value))
    return len(value)


def _items(arguments: tuple[Any, ...]) -> Iterable[Any]:
    if len(arguments) == 1 and isinstance(arguments[0], (list, tuple)):
        return arguments[0]
    return arguments


def _extreme(larger: bool) -> Callable[..., Any]:
    def pick(*arguments: Any) -> Any:
        best = None
        for item in _items(arguments):
            if item is not None and (best is None or less(best, item) is larger):
                best = item
        return best

    return pick


def _sum(*arguments: Any) -> Any:
    total: Any = 0
    for item in _items(arguments):
        total = add(total, number(item))
    return total


def rounded(value: Any, places: Any = 0, rounding: str = ROUND_HALF_UP) -> Any:
    """Round to decimal places; to a whole number for none."""
    exact = numbers.decimal(number(value))
    count = int(number(places))
    if abs(count) > numbers.EXACT.prec:
        raise Fault("too many decimal places")
    result = exact.quantize(Decimal(1).scaleb(-count), rounding=rounding, context=numbers.EXACT)
    return int(result) if count <= 0 else result


def to_integer(value: Any) -> int:
    """Return a number or text as a whole number, cutting off the fraction."""
    return int(number(value))


def to_date(value: Any, *_pattern: Any) -> date | None:
    """Return the day of a text, date or date-time."""
    found = parse_moment(value) if isinstance(value, str) else value
    if found is None:
        return None
    if isinstance(found, datetime):
        return found.date()
    if not isinstance(found, date):
        raise Fault("{kind} is no date", kind=kind_of(value))
    return found


def to_datetime(value: Any = None, *_pattern: Any) -> datetime:
    """Return a text, date or date-time as a date-time in the company's zone; without argument, now."""
    if value is None:
        return now()
    found = parse_moment(value) if isinstance(value, str) else value
    if not isinstance(found, date):
        raise Fault("{kind} is no date", kind=kind_of(value))
    return instant(found).astimezone(company_zone())


def to_duration(text: Any) -> timedelta | Months:
    """Read an ISO 8601 duration."""
    return parse_duration(text_of(text))


def join(separator: Any, *parts: Any) -> str:
    """Join texts with a separator."""
    texts = [text_of(part) for part in _items(parts)]
    checked_value(texts)  # before they are joined
    return checked_text(text_of(separator).join(texts))


def read_json(text: Any) -> Any:
    """Read JSON text; what is data already stays as it is (Camunda Spin's `S` and `JSON`)."""
    if not isinstance(text, str):
        return text
    try:
        return checked_value(load_json(text))
    except ValueError as error:
        raise Fault("this is not JSON: {detail}", detail=str(error)) from None


def _default(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value


def _days(count: Any) -> timedelta:
    return timedelta(seconds=float(number(count)) * 86_400)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "now": now,
    "today": today,
    "dateTime": to_datetime,
    "datetime": to_datetime,
    "date": to_date,
    "duration": to_duration,
    "days": _days,
    "hours": lambda count: _days(number(count)) / 24,
    "len": _length,
    "length": _length,
    "size": _length,
    "count": _length,
    "abs": lambda value: abs(number(value)),
    "min": _extreme(False),
    "max": _extreme(True),
    "sum": _sum,
    "round": rounded,
    "floor": lambda value, places=0: rounded(value, places, ROUND_FLOOR),
    "ceil": lambda value, places=0: rounded(value, places, ROUND_CEILING),
    "ceiling": lambda value, places=0: rounded(value, places, ROUND_CEILING),
    "str": text_of,
    "string": text_of,
    "int": to_integer,
    "float": number,
    "number": number,
    "decimal": lambda value: numbers.decimal(number(value)),
    "bool": truth,
    "lower": lambda text: text_of(text).lower(),
    "upper": lambda text: text_of(text).upper(),
    "trim": lambda text: text_of(text).strip(),
    "contains": lambda whole, part: is_in(part, whole),
    "starts_with": lambda text, start: text_of(text).startswith(text_of(start)),
    "ends_with": lambda text, end: text_of(text).endswith(text_of(end)),
    "is_empty": is_empty,
    "default": _default,
    "coalesce": lambda *values: next((value for value in values if value is not None), None),
    "any": lambda *values: any(truth(value) for value in _items(values)),
    "all": lambda *values: all(truth(value) for value in _items(values)),
    "S": read_json,
    "JSON": read_json,
    "String.valueOf": text_of,
    "String.join": join,
    "Integer.valueOf": to_integer,
    "Integer.parseInt": to_integer,
    "Long.valueOf": to_integer,
    "Long.parseLong": to_integer,
    "Double.valueOf": number,
    "Double.parseDouble": number,
    "Boolean.valueOf": truth,
    "Boolean.parseBoolean": truth,
    "Math.abs": lambda value: abs(number(value)),
    "Math.min": _extreme(False),
    "Math.max": _extreme(True),
    "Math.round": rounded,
    "Math.floor": lambda value: rounded(value, 0, ROUND_FLOOR),
    "Math.ceil": lambda value: rounded(value, 0, ROUND_CEILING),
    "Math.pow": lambda base, exponent: numbers.power(number(base), number(exponent)),
    "Math.sqrt": lambda value: numbers.EXACT.sqrt(numbers.decimal(number(value))),
}

FUNCTIONS = {name: Function(name, call) for name, call in _FUNCTIONS.items()}
