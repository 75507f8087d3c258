"""Asking for a task that takes its time (催办): whoever should work it is told, by each person once in a while."""

from datetime import timedelta
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, update

from process_server.clock import now
from process_server.config import settings
from process_server.db import Session, table_of
from process_server.errors import Conflict, TooManyRequests
from process_server.identity import users
from process_server.identity.principal import Principal
from process_server.tasks.handling import decisions
from process_server.tasks.handling.handing import require_allowed
from process_server.tasks.handling.locking import require_open
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import TaskRow
from process_server.tasks.models import TaskDecision, UserTask
from process_server.tasks.telling import notifications

_d, _t = table_of(TaskDecision), table_of(UserTask)
_LAST = select(func.max(_d.c.at)).where(
    _d.c.user_task_id == bindparam("task"), _d.c.action == "remind", _d.c.actor == bindparam("actor")
)
_NUDGE = update(_t).where(_t.c.id == bindparam("task")).values(nudged_at=bindparam("at"))


def remind(session: Session, task_id: UUID, *, principal: Principal, opinion: str | None = None) -> list[str]:
    """Ask whoever should work a task to do so; return whom. Everybody who sees the task may, unless the model says no.

    Raises NotFound, AlreadyCompleted, NotAllowed, TooManyRequests naming the seconds to wait.
    """
    task = worklist.find_task(session, task_id, principal)
    people = require_may_remind(session, task, principal)
    session.execute(_NUDGE, {"task": task_id, "at": now()})
    opinion = decisions.clean_opinion(opinion)
    decisions.record(
        session,
        "remind",
        principal.user_id,
        instance_id=task.process_instance_id,
        task_id=task_id,
        element_id=task.element_id,
        opinion=opinion,
        people=people,
    )
    notifications.notify(
        session,
        people,
        "nudged",
        user_task_id=task_id,
        process_instance_id=task.process_instance_id,
        params={"author": principal.named},
    )
    return people


def require_may_remind(session: Session, task: TaskRow, principal: Principal) -> list[str]:
    """Return whom the user would ask for a task they see. Raises as `remind`."""
    require_open(session, task)
    require_allowed(task, "remind", principal)
    people = [person for person in recipients(session, task) if person != principal.user_id]
    if not people:
        raise Conflict("This task waits for nobody but you.")
    _require_patience(session, task.id, principal)
    return people


def recipients(session: Session, task: Any) -> list[str]:
    """Return who should work a task: its assignee, or else everybody it is offered to."""
    if task.assignee is not None:
        return [task.assignee]
    offered = {*task.candidate_users, *users.members(session, *task.candidate_groups)}
    return sorted(offered - set(task.barred))


def _require_patience(session: Session, task_id: UUID, principal: Principal) -> None:
    given = {"task": task_id, "actor": principal.user_id}
    last = session.execute(_LAST, given).scalar()
    every = timedelta(seconds=settings().remind_every)
    if last is not None and last + every > now():
        seconds = ceil((last + every - now()).total_seconds())
        raise TooManyRequests("You have asked for this already. Try again in {seconds} s.", seconds=seconds)
