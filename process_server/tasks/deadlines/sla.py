"""How a task stands against its due date: one answer for lists, pages and the API.

No due date; in time; little time left (at most a quarter, or four hours, of the kind of time the task is counted in);
overdue; escalated, once a step of its escalation chain was taken (telling the supervisor that it is due is none); or
paused, while its clock stands still.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeAlias

from sqlalchemy import ColumnElement, case, literal_column

from process_server.calendars.store import calendars
from process_server.calendars.working_time import WorkingCalendar
from process_server.clock import now
from process_server.db import Session, table_of
from process_server.i18n import gettext_noop
from process_server.tasks.models import UserTask

State: TypeAlias = Literal["none", "ok", "warning", "overdue", "escalated", "paused"]

STATES: Mapping[State, str] = {
    "escalated": gettext_noop("Escalated"),
    "overdue": gettext_noop("Overdue"),
    "warning": gettext_noop("Little time left"),
    "ok": gettext_noop("In time"),
    "paused": gettext_noop("Paused"),
    "none": gettext_noop("No due date"),
}
"""Every state with its words, the most urgent first."""

LAST_PART = 0.25  # of the time a task has
LAST_HOURS = timedelta(hours=4)

_t = table_of(UserTask)


class Timed(Protocol):
    """What decides how a task stands."""

    @property
    def state(self) -> str: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def warn_at(self) -> datetime | None: ...
    @property
    def calendar(self) -> str | None: ...
    @property
    def paused_at(self) -> datetime | None: ...
    @property
    def escalated_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """`left` is the time until the task is due, of the kind it is counted in; negative when it is late."""

    state: State
    due_at: datetime | None = None
    left: timedelta | None = None
    working: bool = False  # `left` is working time


def standing(session: Session, task: Timed, at: datetime | None = None) -> Standing:
    """Say how a task stands now, or at another instant."""
    return stands(task, _calendar(session, task.calendar), at or now())


def stands(task: Timed, calendar: WorkingCalendar | None, at: datetime) -> Standing:
    """Say how a task stands at an instant, by the calendar its time is counted in (None: day and night)."""
    if task.state not in ("open", "held"):
        return Standing("none", task.due_at)
    if task.due_at is None:
        return Standing("paused" if task.paused_at else "none")
    measured_at = task.paused_at or at
    left = calendar.between(measured_at, task.due_at) if calendar else task.due_at - measured_at
    return Standing(_state(task, at), task.due_at, left, calendar is not None)


def _state(task: Timed, at: datetime) -> State:
    if task.paused_at is not None:
        return "paused"
    if task.due_at is None or at < task.due_at:
        return "warning" if task.warn_at is not None and task.warn_at <= at else "ok"
    return "escalated" if task.escalated_at is not None else "overdue"


def little_left_at(created_at: datetime, due_at: datetime, calendar: WorkingCalendar | None) -> datetime:
    """Return from when on little of a task's time is left."""
    if due_at <= created_at:
        return due_at
    if calendar is None:
        return max(created_at, min(due_at - (due_at - created_at) * LAST_PART, due_at - LAST_HOURS))
    total = calendar.between(created_at, due_at)
    return calendar.add(created_at, max(timedelta(), min(total * (1 - LAST_PART), total - LAST_HOURS)))


def state_column(at: ColumnElement[datetime]) -> ColumnElement[Any]:
    """Return the state of a row of `user_task` as SQL: the same answer as `standing`."""
    is_open = _t.c.state.in_(("open", "held"))
    return case(
        (~is_open, literal_column("'none'")),
        (_t.c.paused_at.is_not(None), literal_column("'paused'")),
        (_t.c.due_at.is_(None), literal_column("'none'")),
        (_t.c.due_at > at, case((_t.c.warn_at <= at, literal_column("'warning'")), else_=literal_column("'ok'"))),
        (_t.c.escalated_at.is_not(None), literal_column("'escalated'")),
        else_=literal_column("'overdue'"),
    )


def _calendar(session: Session, calendar_id: str | None) -> WorkingCalendar | None:
    return calendars(session).kept(calendar_id) if calendar_id else None
