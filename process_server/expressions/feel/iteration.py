"""FEEL's filters, loops and calls: what runs a body many times, on the budget of its run."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from process_server.errors import ProcessServerError
from process_server.expressions.feel.operators import as_list, item_at
from process_server.expressions.feel.types import Type, conforming
from process_server.expressions.feel.values import FeelFunction, Range
from process_server.expressions.limits import Fault, Run
from process_server.expressions.numbers import is_number


def filter_items(run: Run, source: Any, condition: Callable[[Any], Any]) -> Any:
    """Return the items for which the condition is true, or the one at the place it computes."""
    kept = []
    for number, item in enumerate(as_list(source)):
        run.step()
        outcome = condition(item)
        if outcome is True:
            kept.append(item)
        elif number == 0 and is_number(outcome):
            return item_at(as_list(source), outcome)
    return kept


def iterate(run: Run, kind: str, sources: tuple[Callable[..., Any], ...], body: Callable[..., Any]) -> Any:
    """Evaluate the body for each combination of the items of the sources."""
    results: list[Any] = []

    def descend(level: int, bound: tuple[Any, ...]) -> None:
        if level == len(sources):
            run.step()
            results.append(body(*bound, list(results)) if kind == "for partial" else body(*bound))
            return
        for item in _iterated(sources[level](*bound)):
            run.step()
            descend(level + 1, (*bound, item))

    descend(0, ())
    if kind == "some":
        return True if True in results else (False if all(outcome is False for outcome in results) else None)
    if kind == "every":
        return False if False in results else (True if all(outcome is True for outcome in results) else None)
    return results


def _iterated(source: Any) -> Iterable[Any]:
    if type(source) is Range:
        return counting(source.start, source.end, source.start_included, source.end_included)
    return as_list(source) if not isinstance(source, (range, Counting)) else source


class Counting:
    """Days from one date to another, upwards or downwards, made one by one."""

    def __init__(self, start: date, end: date) -> None:
        self.start, self.end = start, end

    def __iter__(self) -> Iterator[date]:
        step = timedelta(days=1 if self.start <= self.end else -1)
        for number in range(abs((self.end - self.start).days) + 1):
            yield self.start + step * number


def counting(start: Any, end: Any, start_included: bool = True, end_included: bool = True) -> Iterable[Any]:
    """Return the whole numbers or days from start to end, upwards or downwards, without making a list of them."""
    if type(start) is date and type(end) is date:
        return Counting(start, end)
    if not (is_number(start) and is_number(end)) or start != int(start) or end != int(end):
        raise Fault("a range can be counted through only between whole numbers or dates")
    first, last = int(start), int(end)
    step = 1 if first <= last else -1
    first += 0 if start_included else step
    last -= 0 if end_included else step
    return range(first, last + step, step)


def invoke(run: Run, function: Any, arguments: tuple[Any, ...], names: tuple[str, ...] | None) -> Any:
    """Call a function value; null when it is none or the arguments do not fit."""
    run.step()
    if isinstance(function, FeelFunction):
        if names is None:
            return function.call(*arguments)
        given = dict(zip(names, arguments, strict=True))
        if not given.keys() <= set(function.parameters):
            return None
        return function.call(*(given.get(name) for name in function.parameters))
    return None


def call_host(
    scope: Mapping[str, Any], name: str, arguments: tuple[Any, ...], names: tuple[str, ...] | None, run: Run
) -> Any:
    """Call a function of the scope: one of a decision model, or one the host offers. Raises Fault if there is none."""
    function = scope.get(name)
    if isinstance(function, FeelFunction):
        return invoke(run, function, arguments, names)
    if not callable(function):
        raise Fault("there is no function {name}", name=name)
    run.step()
    try:
        return function(**dict(zip(names, arguments, strict=True))) if names else function(*arguments)
    except ProcessServerError as error:
        raise Fault(error.message) from error


def make_function(
    run: Run, parameters: tuple[str, ...], types: tuple[Type | None, ...], body: Callable[..., Any]
) -> FeelFunction:
    """Return a function of the language as a value; an argument of another type than its parameter makes it null."""
    if not any(types):
        return FeelFunction(parameters, body, run)

    def typed(*arguments: Any) -> Any:
        fitted = [conforming(value, kind) for value, kind in zip(arguments, types, strict=True)]
        return body(*(value for _, value in fitted)) if all(fits for fits, _ in fitted) else None

    return FeelFunction(parameters, typed, run)


ITERATION: dict[str, Callable[..., Any]] = {
    "filter": filter_items,
    "iterate": iterate,
    "counting": counting,
    "lambda": make_function,
    "invoke": invoke,
    "host": call_host,
}
