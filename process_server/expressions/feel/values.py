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
    """A function as a value. `types` holds the type each parameter must have, or None."""

    parameters: tuple[str, ...]
    types: tuple[Any, ...] = field(compare=False)
    body: Callable[..., Any]
    run: Run | None = field(compare=False, default=None)
    variadic: bool = False

    def call(self, *arguments: Any) -> Any:
        """Call it with positional arguments; null when their number or types do not fit."""
        from process_server.expressions.feel.types import conforming

        if not self.variadic and len(arguments) != len(self.parameters):
            return None
        if self.run is not None:
            self.run.step()
        if any(self.types):
            made = [conforming(value, kind) for value, kind in zip(arguments, self.types, strict=True)]
            if any(fits is False for fits, _ in made):
                return None
            arguments = tuple(value for _, value in made)
        return self.body(*arguments)
