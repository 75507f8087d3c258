"""How a task stands against its due date, as icon, words and colour."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from process_server.clock import now
from process_server.i18n.display import span
from process_server.web.visit import Visit

SOON = timedelta(hours=4)
LAST_PART = 0.25  # of the time a task had


class Timed(Protocol):
    """What decides how a task stands."""

    @property
    def due_at(self) -> datetime | None: ...
    @property
    def state(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def escalated_at(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """`kind` is the colour: empty, ok, warn or bad."""

    kind: str
    icon: str
    text: str
    due: datetime | None


def standing(visit: Visit, task: Timed) -> Standing:
    """Say how much time a task has left, or how late it is."""
    if task.due_at is None or task.state != "open":
        return Standing("", "minus", visit.say("no due date") if task.state == "open" else "", task.due_at)
    left = task.due_at - now()
    if left < timedelta(0):
        words = visit.say("{time} overdue", time=span(visit.language, -left))
        symbol = "flag" if task.escalated_at else "alert-circle"
        return Standing("bad", symbol, words, task.due_at)
    words = visit.say("{time} left", time=span(visit.language, left))
    if left <= SOON or left <= (task.due_at - task.created_at) * LAST_PART:
        return Standing("warn", "clock-exclamation", words, task.due_at)
    return Standing("ok", "clock-hour-4", words, task.due_at)
