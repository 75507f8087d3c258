"""Locking one task before it is changed: it has to be open, to be seen by whoever acts, and as they saw it last.

A command that also moves the process locks the root instance first (`bpmn.commands`), then the task.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Row

from process_server.db import Session, table_of
from process_server.errors import Conflict, NotAllowed, NotFound, StaleRevision, Suspended
from process_server.identity import team, users
from process_server.identity.principal import Principal
from process_server.tasks.context import definition, instance
from process_server.tasks.handling import decisions
from process_server.tasks.inbox import worklist
from process_server.tasks.models import UserTask
from process_server.tasks.permission import may_see, may_work, require_not_barred

_t = table_of(UserTask)

PROCESS_KEY = select(definition.c.key).where(definition.c.id == _t.c.definition_id).scalar_subquery()
"""The process a row of `user_task` belongs to, for `permission`."""

_INITIATOR = select(instance.c.initiator).where(instance.c.id == _t.c.process_instance_id).scalar_subquery()
SUSPENDED = select(instance.c.suspended_at).where(instance.c.id == _t.c.process_instance_id).scalar_subquery()
"""Since when nothing goes on in the case of a row of `user_task`."""

_PENDING = select(_t.c.pending).where(_t.c.id == bindparam("task"))
_OF_CASE = select(instance.c.suspended_at).where(instance.c.id == bindparam("instance"))
_LOCK = (
    select(
        _t,
        PROCESS_KEY.label("process_key"),
        _INITIATOR.label("initiator"),
        SUSPENDED.label("suspended_at"),
    )
    .where(_t.c.id == bindparam("task"))
    .with_for_update(of=_t, key_share=True)
)


def lock_open(
    session: Session, task_id: UUID, principal: Principal, revision: int | None = None, *, held: bool = False
) -> Row[Any]:
    """Lock an open task that the user may see and that nobody changed since they loaded it.

    With `held` it may wait for added signers as long as it is not decided. Raises NotFound, AlreadyCompleted,
    Suspended, StaleRevision.
    """
    row = session.execute(_LOCK, {"task": task_id}).one_or_none()
    if row is None:
        raise NotFound(kind="user task", id=task_id)
    if not may_work(principal, row):
        worklist.find_task(session, task_id, principal)
    (require_undecided if held else require_open)(session, row)
    if row.suspended_at is not None:
        raise Suspended
    if revision is not None and revision != row.revision:
        raise StaleRevision(revision=row.revision)
    return row


def require_open(session: Session, task: Any) -> None:
    """Raise AlreadyCompleted, naming who was faster, unless the task is open."""
    if task.state == "held":
        raise Conflict("This task waits for the signers that were added to it.")
    if task.state != "open":
        raise decisions.too_late(session, task)


def require_undecided(session: Session, task: Any) -> None:
    """Raise unless a task is open, or waits for signers who come before whoever has it.

    Raises AlreadyCompleted, Conflict where who has it has decided and only its signers have to.
    """
    if task.state != "held":
        require_open(session, task)
    elif session.execute(_PENDING, {"task": task.id}).scalar_one() is not None:
        raise Conflict("This task is decided: it only waits for the signers that were added to it.")


def require_not_suspended(session: Session, instance_id: UUID) -> None:
    """Raise Suspended where nothing goes on in a case."""
    if session.execute(_OF_CASE, {"instance": instance_id}).scalar_one_or_none() is not None:
        raise Suspended


def require_may_decide(session: Session, task: Any, actor: Principal, revision: int | None = None) -> None:
    """Raise unless the task is open, as the actor saw it, and theirs to work.

    Raises AlreadyCompleted naming who was faster, HandedOn, Conflict where signers come first, NotAllowed,
    StaleRevision.
    """
    theirs = may_work(actor, task)
    if not theirs and not may_see(actor, task):
        # who has it is nobody's business but theirs who had it
        raise worklist.handed_on(session, task, actor) or NotAllowed("This task is not yours.")
    require_open(session, task)
    require_not_barred(task, [actor.user_id])
    if not theirs:
        person = users.named(session, task.assignee or "")
        raise NotAllowed("This task is not yours: it is {assignee}'s.", assignee=person)
    if revision is not None and revision != task.revision:
        raise StaleRevision(revision=task.revision)


def may_hand_on(session: Session, task: Any, principal: Principal) -> bool:
    """Say whether the user may give the task to somebody else: may work it, delegated it, or manages who has it."""
    if may_work(principal, task) or task.owner == principal.user_id:
        return True
    return team.manages(session, principal.user_id, [task.assignee, task.owner])
