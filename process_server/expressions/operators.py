"""What the operators of JUEL and plain expressions do: EL's coercions (JSR 245, chapter 1), made exact and bounded."""

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from process_server.errors import ProcessServerError
from process_server.expressions import numbers
from process_server.expressions.limits import Fault, Run, checked_text, checked_value
from process_server.expressions.methods import call_method, member
from process_server.expressions.moments import add_duration, comparable, is_duration, negated, subtract_moments
from process_server.expressions.numbers import is_number
from process_server.expressions.text import kind_of, text_of


def truth(value: Any) -> bool:
    """Return a value as a truth value; null is false, texts must say true or false."""
    if value is True or value is False:
        return value is True
    if value is None or value == "":
        return False
    if type(value) is str and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if is_number(value):
        return bool(value != 0)
    raise Fault("{kind} is neither true nor false", kind=kind_of(value))


def decides(value: Any) -> bool:
    """Say whether `value or other` is the value: all but null, nothing, zero, and what says false."""
    return value.lower() not in ("", "false") if type(value) is str else bool(value)


def number(value: Any) -> int | Decimal:
    """Return an operand of arithmetic: null and the empty text are 0, as EL has it."""
    kind = type(value)
    if kind is int or kind is Decimal:
        return value  # type: ignore[no-any-return]
    if value is None or value == "":
        return 0
    if kind is float:
        return Decimal(repr(value))
    if kind is str:
        try:
            return numbers.to_number(value)
        except ValueError:
            pass
    raise Fault("{value} is not a number", value=_quoted(value))


def _quoted(value: Any) -> str:
    return repr(value) if type(value) is str and len(value) < 40 else kind_of(value)


def add(a: Any, b: Any) -> Any:
    """Add numbers, moments and durations; join texts and lists."""
    if is_number(a) and is_number(b):
        return numbers.add(a, b)
    if type(a) is list and type(b) is list:
        return checked_value(a + b)
    if is_duration(b) and not is_number(a) and type(a) is not str:
        return add_duration(a, b)
    if is_duration(a) and isinstance(b, (date, time)):
        return add_duration(b, a)
    if type(a) is str or type(b) is str:
        try:
            return numbers.add(number(a), number(b)) if a not in ("", None) and b not in ("", None) else _join(a, b)
        except Fault:
            return _join(a, b)
    return numbers.add(number(a), number(b))


def add_or_join(a: Any, b: Any) -> Any:
    """Add as plain expressions do: two texts are joined, whatever they say."""
    return _join(a, b) if type(a) is str and type(b) is str else add(a, b)


def _join(a: Any, b: Any) -> str:
    return checked_text(text_of(a) + text_of(b))


def subtract(a: Any, b: Any) -> Any:
    """Subtract numbers, moments and durations."""
    if is_duration(b):
        return add_duration(a, negated(b))
    if isinstance(a, (date, time)) and isinstance(b, (date, time)):
        return subtract_moments(a, b)
    return numbers.subtract(number(a), number(b))


def multiply(a: Any, b: Any) -> Any:
    """Multiply numbers, or a duration by a number."""
    if type(a) is timedelta and is_number(b):
        return _scaled(a, b)
    return numbers.multiply(number(a), number(b))


def _scaled(duration: timedelta, factor: int | Decimal) -> timedelta:
    microseconds = duration // timedelta(microseconds=1)
    return timedelta(microseconds=int(numbers.multiply(microseconds, factor)))


def divide(a: Any, b: Any) -> Any:
    """Divide exactly to 34 digits."""
    return numbers.divide(number(a), number(b))


def floor_divide(a: Any, b: Any) -> Any:
    """Divide and round down to a whole number."""
    quotient = numbers.divide(number(a), number(b))
    return int(quotient.to_integral_value("ROUND_FLOOR"))


def modulo(a: Any, b: Any) -> Any:
    """Return the remainder; its sign is the dividend's, as in Java."""
    x, y = number(a), number(b)
    if y == 0:
        raise Fault("division by zero")
    rest = numbers.EXACT.remainder(numbers.decimal(x), numbers.decimal(y))
    return int(rest) if type(x) is int and type(y) is int else rest


def power(a: Any, b: Any) -> Any:
    """Raise to a bounded power."""
    return numbers.power(number(a), number(b))


def negate(a: Any) -> Any:
    """Return the negative of a number or duration."""
    return negated(a) if is_duration(a) else numbers.subtract(0, number(a))


def equal(a: Any, b: Any) -> bool:
    """Compare as EL does: a number with a text as numbers, a truth value with a text as truth values."""
    if a is None or b is None:
        return a is b
    kind, other = type(a), type(b)
    if kind is other and kind in (str, int, bool):
        return bool(a == b)
    if kind is bool or other is bool:
        return _equal_truth(a, b)
    if kind is str or other is str:
        return _equal_text(a, b)
    if isinstance(a, (date, time)) and isinstance(b, (date, time)):
        left, right = comparable(a, b)
        return bool(left == right)
    return bool(a == b)


def _equal_truth(a: Any, b: Any) -> bool:
    try:
        return truth(a) == truth(b) if type(a) in (bool, str) and type(b) in (bool, str) else False
    except Fault:
        return False


def _equal_text(a: Any, b: Any) -> bool:
    plain, other = (a, b) if type(a) is str else (b, a)
    if is_number(other):
        try:
            return bool(numbers.to_number(plain) == other)
        except ValueError:
            return False
    return bool(plain == text_of(other))


def _ordered(a: Any, b: Any) -> tuple[Any, Any] | None:
    if a is None or b is None:
        return None
    if is_number(a) or is_number(b) or type(a) is float or type(b) is float:
        return number(a), number(b)
    if type(a) is str and type(b) is str:
        return a, b
    if isinstance(a, (date, time, str)) and isinstance(b, (date, time, str)):
        return comparable(a, b)
    if type(a) is type(b) and type(a) is timedelta:
        return a, b
    raise Fault("{kind} and {other_kind} cannot be compared", kind=kind_of(a), other_kind=kind_of(b))


def less(a: Any, b: Any) -> bool:
    """Compare by order; with null the answer is false."""
    pair = (a, b) if type(a) is int and type(b) is int else _ordered(a, b)
    return pair is not None and bool(pair[0] < pair[1])


def less_or_equal(a: Any, b: Any) -> bool:
    """Compare by order; with null on one side the answer is false."""
    pair = (a, b) if type(a) is int and type(b) is int else _ordered(a, b)
    return bool(pair[0] <= pair[1]) if pair is not None else a is b


def is_in(item: Any, items: Any) -> bool:
    """Say whether a list, a map's keys or a text holds `item`."""
    if items is None:
        return False
    if type(items) is str:
        return text_of(item) in items
    if isinstance(items, (list, tuple, set, frozenset, Mapping)):
        return any(equal(item, other) for other in items)
    raise Fault("{kind} holds nothing to look for", kind=kind_of(items))


def is_empty(value: Any) -> bool:
    """Say whether a value is null, or a text, list or map without anything in it."""
    return value is None or (isinstance(value, (str, list, tuple, dict, set, frozenset)) and len(value) == 0)


def index(target: Any, key: Any) -> Any:
    """Return `target[key]`: a map's entry or a list's item from 0; null where there is none."""
    if target is None:
        return None
    if isinstance(target, (list, tuple)):
        position = number(key)
        if position != int(position):
            raise Fault("{value} is not a place in a list", value=position)
        place = int(position)
        return target[place] if -len(target) <= place < len(target) else None
    return member(target, text_of(key))


def call_host(
    scope: Mapping[str, Any], name: str, arguments: tuple[Any, ...], names: tuple[str, ...] | None, run: Run
) -> Any:
    """Call a function that the host put in the scope under `name`. Raises Fault when there is none."""
    function = scope.get(name)
    if not callable(function):
        raise Fault("there is no function {name}", name=name)
    run.step()
    try:
        return function(**dict(zip(names, arguments, strict=True))) if names else function(*arguments)
    except ProcessServerError as error:
        raise Fault(error.message) from error


OPERATORS: dict[str, Callable[..., Any]] = {
    "truth": truth,
    "not": lambda value: not truth(value),
    "add": add,
    "sub": subtract,
    "mul": multiply,
    "div": divide,
    "floor_div": floor_divide,
    "mod": modulo,
    "power": power,
    "neg": negate,
    "eq": equal,
    "ne": lambda a, b: not equal(a, b),
    "lt": less,
    "le": less_or_equal,
    "gt": lambda a, b: less(b, a),
    "ge": lambda a, b: less_or_equal(b, a),
    "in": is_in,
    "empty": is_empty,
    "index": index,
    "member": member,
    "method": call_method,
    "host": call_host,
    "text": text_of,
    "join": lambda *parts: checked_text("".join(map(text_of, parts))),
}
