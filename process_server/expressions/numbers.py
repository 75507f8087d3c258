"""Exact arithmetic: integers and decimals of 34 digits, as IEEE 754 decimal128 and the FEEL standard have it."""

from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from process_server.expressions.limits import Fault, checked_integer

EXACT = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[InvalidOperation, DivisionByZero, Overflow]
)
MAX_POWER = 1_000


def is_number(value: Any) -> bool:
    """Say whether a value is a number; truth values are none."""
    kind = type(value)
    return kind is int or kind is Decimal


def decimal(value: int | Decimal) -> Decimal:
    """Return a number as a decimal."""
    return value if type(value) is Decimal else Decimal(value)


def add(a: Any, b: Any) -> int | Decimal:
    """Return the exact sum."""
    if type(a) is int and type(b) is int:
        return checked_integer(a + b)
    return EXACT.add(a, b)


def subtract(a: Any, b: Any) -> int | Decimal:
    """Return the exact difference."""
    if type(a) is int and type(b) is int:
        return checked_integer(a - b)
    return EXACT.subtract(a, b)


def multiply(a: Any, b: Any) -> int | Decimal:
    """Return the exact product."""
    if type(a) is int and type(b) is int:
        return checked_integer(a * b)
    return EXACT.multiply(a, b)


def divide(a: Any, b: Any) -> Decimal:
    """Return the quotient to 34 digits. Raises Fault for a division by zero."""
    if b == 0:
        raise Fault("division by zero")
    return EXACT.divide(decimal(a), decimal(b))


def power(a: Any, b: Any) -> int | Decimal:
    """Return a power whose exponent is bounded; whole numbers stay whole while they fit 34 digits."""
    if abs(b) > MAX_POWER:
        raise Fault("a power beyond {limit}", limit=MAX_POWER)
    if type(a) is int and type(b) is int and b >= 0 and a.bit_length() * b <= 110:
        return int(a**b)
    return EXACT.power(decimal(a), decimal(b))


def to_number(text: str) -> int | Decimal:
    """Read a number: whole ones as integers, the others as decimals. Raises ValueError."""
    text = text.strip()
    try:
        if text.lstrip("+-").isdigit():
            return checked_integer(int(text)) if len(text) < 1000 else EXACT.create_decimal(text)
        value = EXACT.create_decimal(text)
    except (InvalidOperation, Overflow):
        raise ValueError(f"{text!r} is not a number") from None
    if not value.is_finite():
        raise ValueError(f"{text!r} is not a number")
    return value


def number_text(value: int | Decimal) -> str:
    """Write a number without an exponent."""
    return str(value) if type(value) is int else format(value, "f")
