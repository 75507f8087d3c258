"""What one command may cost: steps of an instance, instances it starts, time of the engine, size of the variables."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from process_server.bpmn.waits import CallWait, EventWait, JobWait, UserTaskWait, Wait
from process_server.config import settings
from process_server.errors import ExpressionFailed, RunsAway, VariablesTooLarge
from process_server.expressions.limits import Fault, because

MAX_NAME = 255  # of whatever is evaluated to a name: people, messages, topics, processes, keys
MAX_NAMES = 1_000
MAX_PRIORITY = 32_767
_SCALAR = 16  # characters a number or an instant is taken for


class Budget:
    """Shared by all instances a command touches. Only the time the engine works counts, not the waiting for rows."""

    __slots__ = ("seconds", "started")

    def __init__(self) -> None:
        self.seconds = settings().max_seconds
        self.started = 0

    def start(self) -> bool:
        """Count one more instance; False when there are too many."""
        self.started += 1
        return self.started <= settings().max_instances


class Meter:
    """What one instance has left of it while one command is carried out."""

    __slots__ = ("budget", "deadline", "refused", "room", "steps")

    def __init__(self, budget: Budget | None = None, *, refused: bool = False) -> None:
        self.budget = budget or Budget()
        self.refused = refused  # an instance too many: it may not do a single step
        self.steps = settings().max_steps
        self.deadline = 0.0
        self.room: int | None = None  # characters the variables may still grow by; None: not measured yet

    def __enter__(self) -> "Meter":
        self.deadline = time.monotonic() + self.budget.seconds
        return self

    def __exit__(self, *_: object) -> None:
        self.budget.seconds = self.deadline - time.monotonic()

    def step(self, tokens: int) -> RunsAway | None:
        """Count one step of an instance with so many tokens; say what is used up, if anything is."""
        limits = settings()
        self.steps -= 1
        if self.refused:
            return RunsAway("This would be more than {limit} instances at once.", limit=limits.max_instances)
        if self.steps < 0:
            return RunsAway(limit=limits.max_steps)
        if tokens > limits.max_tokens:
            return RunsAway("The process holds more than {limit} tokens at once.", limit=limits.max_tokens)
        if time.monotonic() >= self.deadline:
            return RunsAway("The process does not come to rest within {limit} s.", limit=limits.max_seconds)
        return None

    def admit(self, values: Mapping[str, Any], held: Iterable[Mapping[str, Any]]) -> None:
        """Make sure that values can be kept beside what is `held`. Raises VariablesTooLarge, ExpressionFailed."""
        needed = size_of(values)
        limit = settings().max_variables
        if self.room is None or self.room < needed:
            self.room = limit - sum(size_of(each) for each in held)
        if self.room < needed:
            raise VariablesTooLarge(limit=limit)
        self.room -= needed


def size_of(values: Mapping[str, Any]) -> int:
    """Return about how many characters values take when stored. Raises ExpressionFailed for a text none can store."""
    size = 0
    heap: list[Any] = [values]
    while heap:
        item = heap.pop()
        if isinstance(item, str):
            size += len(item) + 2
            _check_text(item)
        elif isinstance(item, Mapping):
            size += 2
            heap.extend(item)
            heap.extend(item.values())
        elif isinstance(item, list | tuple | set | frozenset):
            size += 2 + len(item)
            heap.extend(item)
        else:
            size += _SCALAR
    return size


def check_wait(wait: Wait) -> None:
    """Refuse names and numbers that were evaluated to what nobody could have meant. Raises ExpressionFailed."""
    if isinstance(wait, UserTaskWait):
        names: tuple[str | None, ...] = (wait.assignee, wait.form_key, *wait.candidate_users, *wait.candidate_groups)
    elif isinstance(wait, EventWait):
        names = (wait.correlation_key,) if wait.kind == "condition" else (wait.name, wait.correlation_key)
    elif isinstance(wait, JobWait):
        names = (wait.topic,)
    elif isinstance(wait, CallWait):
        names = (wait.called, wait.business_key, wait.version)
    else:
        return
    if len(names) > MAX_NAMES:
        fault = Fault("it names more than {limit} people or groups", limit=MAX_NAMES)
        raise ExpressionFailed(expression=wait.element, **because(fault))
    for name in names:
        if name is not None and len(name) > MAX_NAME:
            fault = Fault("a name longer than {limit} characters", limit=MAX_NAME)
            raise ExpressionFailed(expression=wait.element, **because(fault))
        _check_text(name or "")
    if isinstance(wait, UserTaskWait | JobWait) and not 0 <= wait.priority <= MAX_PRIORITY:
        fault = Fault("the priority {value} is out of bounds", value=str(wait.priority)[:20])
        raise ExpressionFailed(expression=wait.element, **because(fault))


def _check_text(text: str) -> None:
    if "\0" in text:
        raise ExpressionFailed(expression=text[:60].replace("\0", "\\0"), reason="a text with a NUL character")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ExpressionFailed(expression="..", reason="a text with half a character")
