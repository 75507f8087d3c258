"""Functions of numbers."""

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from typing import Any

from process_server.expressions import numbers
from process_server.expressions.feel.builtin import Library, whole
from process_server.expressions.numbers import EXACT

library = Library()


def _rounding(mode: str) -> Any:
    def rounded(value: Any, scale: Any = None) -> Any:
        places = whole(scale or 0)
        if not -6111 <= places <= 6176:
            return None
        exact = numbers.decimal(value)
        exponent = exact.as_tuple().exponent
        if isinstance(exponent, int) and places >= -exponent:
            return value  # it has no more places than asked for
        result = exact.quantize(Decimal(1).scaleb(-places, EXACT), rounding=mode, context=EXACT)
        return int(result) if places <= 0 else result

    return rounded


library("decimal(n: number, scale: number)")(_rounding(ROUND_HALF_EVEN))
library("floor(n: number, scale?: number)")(_rounding(ROUND_FLOOR))
library("ceiling(n: number, scale?: number)")(_rounding(ROUND_CEILING))
library("round up(n: number, scale?: number)")(_rounding(ROUND_UP))
library("round down(n: number, scale?: number)")(_rounding(ROUND_DOWN))
library("round half up(n: number, scale?: number)")(_rounding(ROUND_HALF_UP))
library("round half down(n: number, scale?: number)")(_rounding(ROUND_HALF_DOWN))
library("abs(n: number)")(abs)
library("abs(n: days)")(abs)
library("abs(n: months)")(lambda value: type(value)(abs(value.months)))
library("odd(n: number)")(lambda value: value % 2 in (1, -1))
library("even(n: number)")(lambda value: value % 2 == 0)
library("sqrt(number: number)")(lambda value: EXACT.sqrt(numbers.decimal(value)) if value >= 0 else None)
library("log(number: number)")(lambda value: EXACT.ln(numbers.decimal(value)) if value > 0 else None)


@library("exp(number: number)")
def exponential(value: Any) -> Any:
    """Return Euler's number to the power of the argument."""
    return EXACT.exp(numbers.decimal(value)) if value < 10_000 else None


@library("modulo(dividend: number, divisor: number)")
def modulo(dividend: Any, divisor: Any) -> Any:
    """Return dividend - divisor * floor(dividend / divisor); null for a division by zero."""
    if divisor == 0:
        return None
    if type(dividend) is int and type(divisor) is int:
        return dividend % divisor
    rest = EXACT.remainder(numbers.decimal(dividend), numbers.decimal(divisor))
    return EXACT.add(rest, numbers.decimal(divisor)) if rest and (rest < 0) != (divisor < 0) else rest
