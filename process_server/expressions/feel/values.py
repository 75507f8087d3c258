"""FEEL's own kinds of values: ranges and functions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from process_server.expressions.limits import Run


@dataclass(frozen=True, slots=True)
class Range:
    """An interval of numbers, texts, moments or durations; an end that is None is open to infinity."""

    start: Any
    end: Any
    start_included: bool = True
    end_included: bool = True


@dataclass(frozen=True, slots=True)
class Unequal:
    """The test `(!= value)`: everything else of its kind."""

    value: Any


@dataclass(frozen=True, slots=True)
class FeelFunction:
    """A function as a value; its calls draw on the budget of the run that made it."""

    parameters: tuple[str, ...]
    body: Callable[..., Any]
    run: Run | None = field(compare=False, default=None)
    variadic: bool = False

    def call(self, *arguments: Any) -> Any:
        """Call it with positional arguments; null when their number does not fit."""
        if not self.variadic and len(arguments) != len(self.parameters):
            return None
        if self.run is not None:
            self.run.step()
        return self.body(*arguments)
