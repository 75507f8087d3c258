"""How FEEL's built-in functions are declared: a signature in FEEL's words, checked before the Python body runs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from process_server.expressions.dialect import Function
from process_server.expressions.feel.values import FeelFunction, Range
from process_server.expressions.limits import Fault
from process_server.expressions.numbers import is_number
from process_server.values import Months

_CHECKS: dict[str, Callable[[Any], bool]] = {
    "any": lambda value: True,
    "string": lambda value: type(value) is str,
    "number": is_number,
    "boolean": lambda value: type(value) is bool,
    "list": lambda value: type(value) is list,
    "context": lambda value: type(value) is dict,
    "function": lambda value: type(value) is FeelFunction,
    "range": lambda value: type(value) is Range,
    "date": lambda value: isinstance(value, date),
    "time": lambda value: type(value) is time,
    "date and time": lambda value: type(value) is datetime,
    "moment": lambda value: isinstance(value, (date, time)),
    "days": lambda value: type(value) is timedelta,
    "months": lambda value: type(value) is Months,
}


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    kinds: tuple[str, ...]
    optional: bool
    many: bool


@dataclass(slots=True)
class _Overload:
    parameters: tuple[_Parameter, ...]
    body: Callable[..., Any]

    def fitted(self, arguments: tuple[Any, ...]) -> list[Any] | None:
        """Return the arguments as this overload takes them, or None when they do not fit."""
        last = self.parameters[-1] if self.parameters else None
        if last is not None and last.many:
            head, rest = arguments[: len(self.parameters) - 1], arguments[len(self.parameters) - 1 :]
            fixed = [_fitted(value, one) for value, one in zip(head, self.parameters, strict=False)]
            if len(head) < len(self.parameters) - 1 or _MISFIT in fixed:
                return None
            return [*fixed, list(rest)]
        needed = sum(not parameter.optional for parameter in self.parameters)
        if not needed <= len(arguments) <= len(self.parameters):
            return None
        made = [_fitted(value, one) for value, one in zip(arguments, self.parameters, strict=False)]
        return None if any(value is _MISFIT for value in made) else made


_MISFIT = object()


def _fitted(value: Any, parameter: _Parameter) -> Any:
    if value is None:
        return None if parameter.optional or "any" in parameter.kinds else _MISFIT
    if any(_CHECKS[kind](value) for kind in parameter.kinds):
        return value
    if type(value) is list and len(value) == 1 and any(_CHECKS[kind](value[0]) for kind in parameter.kinds):
        return value[0]
    return [value] if "list" in parameter.kinds else _MISFIT


class Library:
    """Collects built-in functions by name; several bodies under one name are overloads, tried in order."""

    def __init__(self) -> None:
        self._overloads: dict[str, list[_Overload]] = {}

    def __call__(self, signature: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a function, e.g. `"substring(string: string, start position: number, length?: number)"`."""
        name, _, rest = signature.rstrip(")").partition("(")
        parameters = tuple(_parameter(part) for part in rest.split(",") if part.strip())

        def declare(body: Callable[..., Any]) -> Callable[..., Any]:
            self._overloads.setdefault(name, []).append(_Overload(parameters, body))
            return body

        return declare

    def functions(self) -> dict[str, Function]:
        """Return all functions declared so far."""
        return {name: _function(name, overloads) for name, overloads in self._overloads.items()}


def _parameter(text: str) -> _Parameter:
    name, _, kinds = text.strip().partition(":")
    many = name.endswith("*")
    return _Parameter(
        name.rstrip("?*").strip(),
        tuple(kind.strip() for kind in kinds.split("|")) if kinds else ("any",),
        name.endswith("?"),
        many,
    )


def _function(name: str, overloads: list[_Overload]) -> Function:
    def call(*arguments: Any) -> Any:
        for overload in overloads:
            made = overload.fitted(arguments)
            if made is not None:
                return overload.body(*made)
        return None

    names = tuple(tuple(parameter.name for parameter in overload.parameters) for overload in overloads)
    return Function(name, call, names)


def whole(value: Any) -> int:
    """Return a number as an integer. Raises Fault for one with a fraction."""
    if value != int(value):
        raise Fault("{value} is not a whole number", value=value)
    return int(value)
