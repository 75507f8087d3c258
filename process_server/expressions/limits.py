"""What an expression may cost at most, and the fault it meets when it asks for more or for what cannot be."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
    """Why an evaluation cannot go on; the expression turns it into ExpressionFailed with its own text."""


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
            raise Fault(f"it takes more than {MAX_STEPS} steps")
        if self.steps % 16 == 0 and time.monotonic() > self.deadline:
            raise Fault(f"it takes longer than {MAX_SECONDS} s")


def checked_text(text: str) -> str:
    """Return `text` when it is no longer than a string may be."""
    if len(text) > MAX_STRING:
        raise Fault(f"a text longer than {MAX_STRING} characters")
    return text


def checked_integer(number: int) -> int:
    """Return `number` when it has no more digits than a number may have."""
    if number.bit_length() > MAX_DIGITS * 10 // 3:
        raise Fault(f"a number of more than {MAX_DIGITS} digits")
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
            raise Fault(f"a value of more than {MAX_ITEMS} parts")
        if characters < 0:
            raise Fault(f"a value of more than {MAX_CHARACTERS} characters")
    return value
