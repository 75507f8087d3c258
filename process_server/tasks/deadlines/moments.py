"""The instants of a task: warned, due, reminded, escalated, decided by itself, back in the list. Each is a row.

What the model says stands with the task (`Policy`), so that a due date that moves is followed by all the others.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update

from process_server.calendars.store import calendars
from process_server.calendars.working_time import WorkingCalendar, read_working_duration
from process_server.clock import now
from process_server.config import settings
from process_server.db import Session, new_id, table_of
from process_server.expressions.interval import Interval, read_interval
from process_server.expressions.limits import Fault
from process_server.expressions.moments import company_zone
from process_server.tasks.deadlines import ranking
from process_server.tasks.deadlines.models import TaskMoment
from process_server.tasks.deadlines.sla import little_left_at
from process_server.tasks.models import UserTask

_m = table_of(TaskMoment)
_t = table_of(UserTask)
_INSERT = insert(_m)
_OF_TASK = _m.c.user_task_id == bindparam("task")
_DROP = delete(_m).where(_OF_TASK, _m.c.kind.in_(bindparam("kinds", expanding=True)))
_READ = select(_t).where(_t.c.id == bindparam("task"))
_WARN = update(_t).where(_t.c.id == bindparam("task")).values(warn_at=bindparam("new_warn_at"))

OF_DUE = ("warn", "due", "remind", "escalate", "timeout")
"""Kinds that follow the due date."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an escalation chain: so long after the task was due, who is told; `reassign`: it becomes theirs."""

    after: str
    kind: str  # supervisor, department_head, user or group
    id: str = ""
    reassign: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """What a model says of the time of one task, in durations of the kind its time is counted in."""

    warn_share: str | None = None  # of the time it has, after which it is warned
    warn_before: str | None = None  # or how long before it is due
    steps: tuple[Step, ...] = ()
    timeout: str | None = None  # how long after it was due (or came, where it is never due) it is decided by itself
    timeout_outcome: str = "reject"
    repeat: str | None = None  # how often its people are reminded once it is due

    def dump(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return asdict(self)

    @classmethod
    def load(cls, stored: Mapping[str, Any] | None) -> "Policy":
        """Return what `dump` gave."""
        if stored is None:
            return cls()
        return cls(**{**stored, "steps": tuple(Step(**step) for step in stored["steps"])})


@dataclass(frozen=True, slots=True)
class Plan:
    """The instants of one task: from when on little time is left, and the moments to come."""

    warn_at: datetime | None
    moments: list[dict[str, Any]] = field(default_factory=list)


def calendar_of(session: Session, calendar_id: str | None) -> WorkingCalendar | None:
    """Return the calendar a task is counted in; None where its time runs day and night."""
    return calendars(session).kept(calendar_id) if calendar_id else None


def plan(session: Session, task: Mapping[str, Any], created_at: datetime) -> Plan:
    """Reckon the instants of a new task, given as columns of `UserTask`."""
    made = _plan_due(task, created_at, calendar_of(session, task.get("calendar")))
    moments = list(made.moments)
    if task.get("follow_up_at"):
        moments.append(_moment(task["id"], "follow_up", task["follow_up_at"]))
    if not task.get("assignee") and settings().offered_limit:
        limit = later(created_at, settings().offered_limit, calendars(session).default)
        moments += [_moment(task["id"], "offered", limit)] if limit else []
    return Plan(made.warn_at, moments)


def reschedule(session: Session, task_id: UUID) -> None:
    """Reckon anew what follows the due date of a task that was moved: warnings, reminders, escalation, timeout."""
    task = dict(session.execute(_READ, {"task": task_id}).mappings().one())
    made = _plan_due(task, task["created_at"], calendar_of(session, task["calendar"]))
    session.execute(_DROP, {"task": task_id, "kinds": OF_DUE})
    session.execute(_WARN, {"task": task_id, "new_warn_at": made.warn_at})
    write(session, ({**moment, "held": task["paused_at"] is not None} for moment in made.moments))
    ranking.rank(session, [task_id])


def follow_up(session: Session, task_id: UUID, at: datetime | None) -> None:
    """Tell whoever put a task off when it is back in the list."""
    session.execute(_DROP, {"task": task_id, "kinds": ["follow_up"]})
    if at is not None and at > now():
        write(session, [_moment(task_id, "follow_up", at)])


def write(session: Session, moments: Iterable[Mapping[str, Any]]) -> None:
    """Insert moments."""
    rows = [{"held": False, **moment} for moment in moments]
    if rows:
        session.execute(_INSERT, rows)


def later(start: datetime, duration: str, calendar: WorkingCalendar | None) -> datetime | None:
    """Return when a duration has passed, in working time where a calendar is given; None: not in twenty years."""
    try:
        if calendar is not None:
            return calendar.after(start, read_working_duration(duration))
        return read_interval(duration).after(start.astimezone(company_zone())).astimezone(UTC)
    except (Fault, OverflowError):
        return None


def _earlier(end: datetime, duration: str, calendar: WorkingCalendar | None) -> datetime | None:
    try:
        if calendar is not None:
            return calendar.before(end, read_working_duration(duration))
        length = read_interval(duration)
        back = Interval(-length.months, -length.days, -length.exact)
        return back.after(end.astimezone(company_zone())).astimezone(UTC)
    except (Fault, OverflowError):
        return None


def _plan_due(task: Mapping[str, Any], created_at: datetime, calendar: WorkingCalendar | None) -> Plan:
    policy, due_at = Policy.load(task.get("sla")), task.get("due_at")
    moments = list(_after(task["id"], policy, due_at, created_at, calendar))
    if due_at is None:
        return Plan(None, moments)
    warned = _warned_at(policy, created_at, due_at, calendar)
    if warned is not None and created_at < warned < due_at:
        moments.append(_moment(task["id"], "warn", warned))
    return Plan(little_left_at(created_at, due_at, calendar), moments)


def _after(
    task_id: UUID, policy: Policy, due_at: datetime | None, created_at: datetime, calendar: WorkingCalendar | None
) -> Iterator[dict[str, Any]]:
    """Give the moments from the due date on."""
    if policy.timeout and (at := later(due_at or created_at, policy.timeout, calendar)):
        yield _moment(task_id, "timeout", at, outcome=policy.timeout_outcome)
    if due_at is None:
        return
    yield _moment(task_id, "due", due_at, **({} if policy.steps else {"supervisor": True}))
    if policy.repeat and (at := later(due_at, policy.repeat, calendar)):
        yield _moment(task_id, "remind", at, every=policy.repeat)
    for step in policy.steps:
        if at := later(due_at, step.after, calendar):
            yield _moment(task_id, "escalate", at, step=asdict(step))


def _warned_at(
    policy: Policy, created_at: datetime, due_at: datetime, calendar: WorkingCalendar | None
) -> datetime | None:
    if policy.warn_before:
        return _earlier(due_at, policy.warn_before, calendar)
    if not policy.warn_share:
        return None
    share = float(policy.warn_share)
    if calendar is not None:
        return calendar.add(created_at, calendar.between(created_at, due_at) * share)
    return created_at + (due_at - created_at) * share


def _moment(task_id: UUID, kind: str, at: datetime, **detail: Any) -> dict[str, Any]:
    return {"id": new_id(), "user_task_id": task_id, "kind": kind, "at": at, "detail": detail or None}
