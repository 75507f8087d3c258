"""What an event waits for: a message, a signal, an instant, a condition; and the wait that says so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, get_args

from process_server import clock
from process_server.bpmn.engine.conversation import Conversation
from process_server.bpmn.engine.elements.base import holds
from process_server.bpmn.engine.formulas import Evaluable
from process_server.bpmn.engine.variables import Change
from process_server.bpmn.engine.workflow import Token
from process_server.bpmn.waits import EventWait, TimerWait, Wait
from process_server.bpmn.zone import zone
from process_server.errors import ExpressionFailed
from process_server.expressions.times import next_due, parse_timer, shifted

ALL_CHANGES: frozenset[str] = frozenset(get_args(Change))


class Trigger(Protocol):
    """One event definition that can be waited for."""

    def subscribe(self, token: Token) -> None:
        """Evaluate what is waited for and open the wait. Raises ExpressionFailed."""
        ...

    def restore(self, token: Token) -> Wait:
        """Return the wait of a token read from storage."""
        ...


class NamedTrigger:
    """Waits for a message or a signal."""

    def __init__(
        self,
        element: str,
        kind: str,
        name: Evaluable,
        key: Evaluable | None = None,
        conversation: Conversation | None = None,
    ) -> None:
        self.element = element
        self.kind = kind
        self.name = name
        self.key = key
        self.conversation = conversation

    def subscribe(self, token: Token) -> None:
        """Open the wait under the evaluated name and correlation key."""
        scope = token.run_.scope(token)
        key: Any = None
        if self.key is not None:
            key = self.key.evaluate(scope)
        elif self.conversation is not None:
            key = self.conversation.expected(token)
        token.internal_data["on"] = (str(self.name.evaluate(scope)), None if key is None else str(key))
        token.run_.open(token, self.restore(token))

    def restore(self, token: Token) -> Wait:
        """Return the wait."""
        name, key = token.internal_data["on"]
        kind: Any = self.kind
        return EventWait(token.id, self.element, kind, name, key)


class ConditionTrigger:
    """Waits for a condition over the variables to become true."""

    def __init__(
        self,
        element: str,
        condition: Evaluable,
        text: str,
        *,
        variables: frozenset[str] = frozenset(),
        changes: frozenset[str] = frozenset(),
    ) -> None:
        self.element = element
        self.condition = condition
        self.text = text
        self.names: frozenset[str] | None = variables or getattr(condition, "variables", None)
        self.changes = changes or ALL_CHANGES
        self.filtered = bool(variables or changes)

    def subscribe(self, token: Token) -> None:
        """Open the wait; it is looked at when the run comes to rest, and after each change."""
        token.internal_data["was"] = None
        token.run_.open(token, self.restore(token))

    def restore(self, token: Token) -> Wait:
        """Return the wait."""
        return EventWait(token.id, self.element, "condition", self.text)

    def fires(self, token: Token, changed: Mapping[str, Change]) -> bool:
        """Say whether the condition has become true, or was made true again by a change of what it reads.

        One that looks at some changes only is asked when it begins to wait, and at such a change.
        """
        was = token.internal_data.get("was")
        token.internal_data["was"] = False  # also where it cannot be told, since a variable is missing
        is_true = holds(self.condition, token.run_.scope(token))
        token.internal_data["was"] = is_true
        watched = changed if self.names is None else self.names.intersection(changed)
        touched = any(changed[name] in self.changes for name in watched)
        return is_true and (touched or was is None or not (was or self.filtered))


class TimerTrigger:
    """Waits for an instant, once or again and again."""

    def __init__(self, element: str, kind: Any, value: Evaluable) -> None:
        self.element = element
        self.kind = kind
        self.value = value

    def subscribe(self, token: Token) -> None:
        """Evaluate the timer and open the wait."""
        self.count_from(token, clock.now())

    def count_from(self, token: Token, since: datetime) -> None:
        """Evaluate the timer as of an instant, and wait for what it says."""
        value = self.value.evaluate(token.run_.scope(token))
        if value is None:
            raise ExpressionFailed(expression=getattr(self.value, "text", ""), reason="the timer has no value")
        due = parse_timer(self.kind, value, since, zone())
        token.internal_data["due"] = (due.due, due.cycle, due.remaining)
        token.run_.open(token, self.restore(token))

    def move(self, token: Token, due: datetime, *, whole_cycle: bool = False) -> None:
        """Wait for another instant; the firings after it keep to their grid, unless the whole cycle moves with it."""
        old, cycle, remaining = token.internal_data["due"]
        if whole_cycle and cycle is not None:
            cycle = shifted(cycle, due - old, zone())
        token.internal_data["due"] = (due, cycle, remaining)
        token.run_.open(token, self.restore(token))

    def again(self, token: Token) -> bool:
        """Wait for the next instant of a cycle; False when there is none."""
        due, cycle, remaining = token.internal_data["due"]
        if cycle is None:
            return False
        following = next_due(cycle, due, clock.now(), zone(), remaining)
        if following is None:
            return False
        token.internal_data["due"] = (following.due, following.cycle, following.remaining)
        token.run_.open(token, self.restore(token))
        return True

    def restore(self, token: Token) -> Wait:
        """Return the wait."""
        due: datetime
        due, cycle, remaining = token.internal_data["due"]
        return TimerWait(token.id, self.element, due, cycle, remaining)
