"""Stopping the clock of tasks: by hand with a reason, or while a step of the model waits for somebody outside.

When a clock goes on, everything it had before it moves by the time it stood still, of the kind the task is counted in.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, null, select, update

from process_server.calendars.working_time import WorkingCalendar
from process_server.clock import now
from process_server.db import Session, table_of
from process_server.errors import Conflict, InvalidInput, NotAllowed
from process_server.expressions.limits import Fault
from process_server.identity import audit
from process_server.identity.principal import Principal
from process_server.tasks.context import instance
from process_server.tasks.deadlines import ranking
from process_server.tasks.deadlines.models import TaskMoment
from process_server.tasks.deadlines.moments import OF_DUE, calendar_of
from process_server.tasks.handling.locking import lock_open, may_hand_on
from process_server.tasks.models import UserTask
from process_server.tasks.telling.announcing import announce

LONGEST_REASON = 500  # characters

_t, _m = table_of(UserTask), table_of(TaskMoment)
_OPEN = _t.c.state.in_(("open", "held"))
_THIS = _t.c.id == bindparam("task")
_PAUSE = (
    update(_t)
    .where(_THIS)
    .values(
        paused_at=bindparam("at"),
        paused_by=bindparam("by"),
        pause_reason=bindparam("reason"),
        revision=_t.c.revision + 1,
    )
)
_OF_CASE = (_t.c.process_instance_id == bindparam("instance"), _OPEN)
_PAUSE_CASE = (
    update(_t)
    .where(*_OF_CASE, _t.c.paused_at.is_(None), _t.c.element_id.not_in(bindparam("besides", expanding=True)))
    .values(paused_at=bindparam("at"), revision=_t.c.revision + 1)
    .returning(_t.c.id)
)
_PAUSED = select(_t).where(*_OF_CASE, _t.c.paused_at.is_not(None), _t.c.paused_by.is_(None)).with_for_update()
_RESUME = (
    update(_t)
    .where(_THIS)
    .values(
        paused_at=null(),
        paused_by=null(),
        pause_reason=null(),
        due_at=bindparam("new_due_at"),
        warn_at=bindparam("new_warn_at"),
        revision=_t.c.revision + 1,
    )
)
_HOLD = update(_m).where(_m.c.user_task_id == bindparam("task"), _m.c.kind.in_(OF_DUE)).values(held=bindparam("holds"))
_HELD = select(_m.c.id, _m.c.at).where(_m.c.user_task_id == bindparam("task"), _m.c.held)
_GO_ON = update(_m).where(_m.c.id == bindparam("moment")).values(at=bindparam("new_at"), held=False)
_CASE_PAUSED = select(instance.c.paused_at).where(instance.c.id == bindparam("instance"))


def pause(session: Session, task_id: UUID, *, principal: Principal, reason: str, revision: int | None = None) -> int:
    """Stop the clock of a task, such as while a customer has to answer; return its new revision.

    Whoever works the task may, and who manages them. Raises Conflict where it stands still already.
    """
    task = lock_open(session, task_id, principal, revision)
    if not may_hand_on(session, task, principal):
        raise NotAllowed
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise InvalidInput([{"field": "reason", "code": "length", "params": {"minimum": 1, "maximum": LONGEST_REASON}}])
    if task.paused_by is not None:
        raise Conflict("The clock of this task stands still already.")
    at = task.paused_at or now()  # the model may have stopped it before
    session.execute(_PAUSE, {"task": task_id, "at": at, "by": principal.user_id, "reason": reason})
    session.execute(_HOLD, {"task": task_id, "holds": True})
    ranking.rank(session, [task_id])
    announce(session, people=[task.assignee, *task.candidate_users], groups=task.candidate_groups, tasks=[task_id])
    audit.record(session, principal.user_id, "pause", "user_task", task_id, reason=reason)
    return int(task.revision) + 1


def resume(session: Session, task_id: UUID, *, principal: Principal, revision: int | None = None) -> int:
    """Let the clock of a task go on; return its new revision.

    Where a step of the model still holds its case, it goes on when that step is done. Raises Conflict where nobody
    stopped it.
    """
    task = lock_open(session, task_id, principal, revision)
    if not may_hand_on(session, task, principal):
        raise NotAllowed
    if task.paused_by is None:
        raise Conflict("Nobody stopped the clock of this task.")
    audit.record(session, principal.user_id, "resume", "user_task", task_id, since=task.paused_at)
    if session.execute(_CASE_PAUSED, {"instance": task.process_instance_id}).scalar_one() is not None:
        session.execute(_PAUSE, {"task": task_id, "at": task.paused_at, "by": None, "reason": None})
    else:
        _go_on(session, task, now())
    return int(task.revision) + 1


def pause_case(session: Session, instance_id: UUID, besides: list[str]) -> None:
    """Stop the clocks of the open tasks of a case, but those of the steps that stop it."""
    given: dict[str, Any] = {"instance": instance_id, "besides": besides, "at": now()}
    paused = session.execute(_PAUSE_CASE, given).scalars().all()
    for task_id in paused:
        session.execute(_HOLD, {"task": task_id, "holds": True})
    ranking.rank(session, paused)


def resume_case(session: Session, instance_id: UUID) -> None:
    """Let the clocks of the tasks of a case go on, but those somebody stopped by hand."""
    at = now()
    for task in session.execute(_PAUSED, {"instance": instance_id}).all():
        _go_on(session, task, at)


def _go_on(session: Session, task: Any, at: datetime) -> None:
    calendar = calendar_of(session, task.calendar)
    moves: Mapping[str, Any] = {
        f"new_{name}": None if value is None else moved(value, task.paused_at, at, calendar)
        for name, value in (("due_at", task.due_at), ("warn_at", task.warn_at))
    }
    session.execute(_RESUME, {"task": task.id, **moves})
    ranking.rank(session, [task.id])
    announce(session, people=[task.assignee, *task.candidate_users], groups=task.candidate_groups, tasks=[task.id])
    held = session.execute(_HELD, {"task": task.id}).all()
    for row in held:
        session.execute(_GO_ON, {"moment": row.id, "new_at": moved(row.at, task.paused_at, at, calendar)})


def moved(instant: datetime, paused_at: datetime, resumed_at: datetime, calendar: WorkingCalendar | None) -> datetime:
    """Return when something comes that was to come at an instant, had the clock not stood still; what was past stays.

    As much of the task's time lies between resuming and the new instant as lay between pausing and the old one.
    """
    if instant <= paused_at:
        return instant
    if calendar is None:
        return instant + (resumed_at - paused_at)
    left = calendar.between(paused_at, instant)
    try:
        return calendar.add(resumed_at, left)
    except Fault:  # the calendar has lost its working time meanwhile
        return instant + (resumed_at - paused_at)


__all__ = ["moved", "pause", "pause_case", "resume", "resume_case"]
