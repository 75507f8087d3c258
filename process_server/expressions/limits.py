"""What an expression may cost at most, and the fault it meets when it asks for more or for what cannot be."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from process_server.i18n import fill, gettext_noop

MAX_TEXT = 10_000
MAX_NODES = 2_000
MAX_DEPTH = 150
MAX_STRING = 200_000
MAX_ITEMS = 200_000
MAX_CHARACTERS = 2_000_000
MAX_DIGITS = 1_000
MAX_STEPS = 500_000
MAX_SECONDS = 2.0


class Fault(Exception):
    """Why an evaluation cannot go on, with the facts as `{name}`; the expression turns it into ExpressionFailed."""

    def __init__(self, template: str, /, **facts: Any) -> None:
        self.template = template
        self.facts = {name: str(fact) for name, fact in facts.items()}
        super().__init__(fill(template, self.facts))


def because(error: Exception) -> dict[str, Any]:
    """Return why an evaluation failed, for the error that tells it: worded in the language of whoever reads that."""
    if isinstance(error, Fault):
        return {**error.facts, "reason": str(error), "because": error.template}
    if isinstance(error, RecursionError):
        return {"reason": gettext_noop("it calls itself too often")}
    if isinstance(error, ArithmeticError):
        return {"reason": gettext_noop("a number is too large, or not a number")}
    return {"reason": str(error)}


_around = threading.local()


@contextmanager
def until(deadline: float) -> Iterator[None]:
    """Let no evaluation in this thread go on past a moment of the monotonic clock, however many there are."""
    before = getattr(_around, "deadline", None)
    _around.deadline = deadline
    try:
        yield
    finally:
        _around.deadline = before


class Run:
    """The budget of one evaluation: loops, filters and function calls draw on it."""

    __slots__ = ("deadline", "steps")

    def __init__(self) -> None:
        self.steps = MAX_STEPS
        self.deadline = time.monotonic() + MAX_SECONDS
        around = getattr(_around, "deadline", None)
        if around is not None:
            self.deadline = min(self.deadline, around)

    def step(self) -> None:
        """Count one iteration or call. Raises Fault when steps or time are used up."""
        self.steps -= 1
        if self.steps < 0:
            raise Fault("it takes more than {limit} steps", limit=MAX_STEPS)
        if self.steps % 16 == 0 and time.monotonic() > self.deadline:
            raise Fault("it takes longer than {limit} s", limit=MAX_SECONDS)


def checked_text(text: str) -> str:
    """Return `text` when it is no longer than a string may be."""
    if len(text) > MAX_STRING:
        raise Fault("a text longer than {limit} characters", limit=MAX_STRING)
    return text


def checked_integer(number: int) -> int:
    """Return `number` when it has no more digits than a number may have."""
    if number.bit_length() > MAX_DIGITS * 10 // 3:
        raise Fault("a number of more than {limit} digits", limit=MAX_DIGITS)
    return number


def checked_value(value: Any) -> Any:
    """Return a list or context when everything in it, counted as often as it occurs, stays within bounds."""
    left, characters = MAX_ITEMS, MAX_CHARACTERS
    heap = [value]
    while heap:
        item = heap.pop()
        kind = type(item)
        if kind is list or kind is tuple:
            left -= len(item)
            heap.extend(item)
        elif kind is dict:
            left -= len(item)
            heap.extend(item.values())
        elif kind is str:
            characters -= len(item)
        if left < 0:
            raise Fault("a value of more than {limit} parts", limit=MAX_ITEMS)
        if characters < 0:
            raise Fault("a value of more than {limit} characters", limit=MAX_CHARACTERS)
    return value
