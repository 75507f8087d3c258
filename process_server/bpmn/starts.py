"""What start events say without an instance: when they are due, which message or signal they wait for."""

from datetime import datetime
from typing import Any

from process_server.bpmn.engine.budget import MAX_NAME
from process_server.bpmn.program import Start
from process_server.bpmn.zone import zone
from process_server.errors import ExpressionFailed
from process_server.expressions import compile_expression, is_expression
from process_server.expressions.times import Due, parse_timer


def first_due(start: Start, now: datetime) -> Due | None:
    """Return when a timer start event is due first; None when it names no time. Raises Invalid."""
    text = (start.timer or "").strip()
    return parse_timer(start.timer_kind or "cycle", _constant(text), now, zone()) if text else None


def awaited_name(start: Start) -> str:
    """Return the name of the message or signal a start event waits for. Raises Invalid."""
    name = str(_constant(start.name or start.element))
    if len(name) > MAX_NAME:
        raise ExpressionFailed(expression=name[:60], reason=f"a name longer than {MAX_NAME} characters")
    return name


def _constant(text: str) -> Any:
    """Return the value of a text of a start event: there are no variables before it."""
    return compile_expression(text).evaluate({}) if is_expression(text) else text
