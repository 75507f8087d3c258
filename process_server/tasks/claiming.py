"""Taking, giving back and handing on a task, and changing when it is due: each one conditional UPDATE, checked after.

The condition decides, so that of two people who claim at once exactly one wins, and nothing is locked while they think.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, cast, literal_column, null, or_, select, update
from sqlalchemy.engine import Row

from process_server.clock import now
from process_server.db import Session, table_of
from process_server.errors import AlreadyClaimed, AlreadyCompleted, Conflict, NotAllowed, NotFound, StaleRevision
from process_server.identity import audit, users
from process_server.identity.principal import Principal
from process_server.tasks import notifications, worklist
from process_server.tasks.models import UserTask
from process_server.tasks.permission import may_work
from process_server.tasks.worklist import TaskRow

_t = table_of(UserTask)
_OPEN = _t.c.state == literal_column("'open'")
_THIS = _t.c.id == bindparam("task")
_NEXT = _t.c.revision + 1

_CLAIM = (
    update(table_of(UserTask))
    .where(
        _THIS,
        _OPEN,
        _t.c.assignee.is_(None),
        or_(
            bindparam("admin"),
            _t.c.candidate_users.contains(cast(bindparam("own"), ARRAY(Text))),
            _t.c.candidate_groups.overlap(cast(bindparam("groups"), ARRAY(Text))),
        ),
    )
    .values(assignee=bindparam("me"), claimed_at=bindparam("at"), revision=_NEXT)
    .returning(_t.c.revision)
)
_OPENED = (
    update(table_of(UserTask))
    .where(
        _THIS,
        _OPEN,
        _t.c.opened_at.is_(None),
        or_(_t.c.assignee == bindparam("me"), _t.c.assignee.is_(None)),
    )
    .values(opened_at=bindparam("at"))
)
_LOCK = select(_t).where(_THIS).with_for_update()


def claim(session: Session, task_id: UUID, principal: Principal) -> int:
    """Take a task that is offered to the user; return its new revision. What is theirs already stays theirs.

    Raises AlreadyClaimed naming who was first, AlreadyCompleted, NotAllowed, NotFound.
    """
    values = {
        "task": task_id,
        "me": principal.user_id,
        "own": [principal.user_id],
        "groups": sorted(principal.groups),
        "admin": principal.admin,
        "at": now(),
    }
    revision: int | None = session.execute(_CLAIM, values).scalar()
    if revision is None:
        return _why_not(session, task_id, principal)
    audit.record(session, principal.user_id, "claim", "user_task", task_id)
    return revision


def _why_not(session: Session, task_id: UUID, principal: Principal) -> int:
    task = worklist.find_task(session, task_id, principal)
    _require_open(task)
    if task.assignee == principal.user_id:
        return task.revision
    if task.assignee is not None:
        raise AlreadyClaimed(assignee=users.user_name(session, task.assignee), user=task.assignee)
    raise NotAllowed("This task is not offered to you.")


def release(session: Session, task_id: UUID, principal: Principal, *, revision: int | None = None) -> int:
    """Give a claimed task back to those it is offered to; return its new revision.

    Raises Conflict where it is offered to nobody else: then it can only be assigned.
    """
    task = _lock(session, task_id, principal, revision)
    if task.assignee is None:
        raise Conflict("Nobody has claimed this task.")
    if not (principal.admin or task.assignee == principal.user_id):
        raise NotAllowed("Only {assignee} can give this task back.", assignee=users.user_name(session, task.assignee))
    if not task.candidate_users and not task.candidate_groups:
        raise Conflict("This task is offered to nobody else. Assign it to somebody instead.")
    _change(session, task_id, {"assignee": null(), "claimed_at": null()})
    audit.record(session, principal.user_id, "release", "user_task", task_id, assignee=task.assignee)
    return int(task.revision) + 1


def assign(session: Session, task_id: UUID, principal: Principal, assignee: str, *, revision: int | None = None) -> int:
    """Hand a task to somebody, who is told; return its new revision.

    The assignee may, a candidate while there is none, the assignee's supervisor, an administrator. Raises NotFound for
    an assignee there is not, NotAllowed for one who is locked.
    """
    task = _lock(session, task_id, principal, revision)
    _require_assign(session, task, principal)
    person = users.find(session, assignee)
    if not person.active:
        raise NotAllowed("{assignee} is no longer active.", assignee=person.name)
    _change(session, task_id, {"assignee": assignee, "claimed_at": now()})
    if assignee != principal.user_id:
        notifications.notify(
            session,
            [assignee],
            "task_assigned",
            user_task_id=task_id,
            process_instance_id=task.process_instance_id,
        )
    audit.record(session, principal.user_id, "assign", "user_task", task_id, before=task.assignee, after=assignee)
    return int(task.revision) + 1


def set_due(
    session: Session, task_id: UUID, principal: Principal, due_at: datetime | None, *, revision: int | None = None
) -> int:
    """Move the due date, or take it away; whoever was reminded of the old one is reminded of the new one."""
    changes = {"due_at": due_at, "reminded_at": null(), "escalated_at": null()}
    return _set(session, task_id, principal, "due_at", due_at, changes, revision)


def set_priority(
    session: Session, task_id: UUID, principal: Principal, priority: int, *, revision: int | None = None
) -> int:
    """Change the priority, 0 to 100."""
    return _set(session, task_id, principal, "priority", priority, {"priority": priority}, revision)


def set_follow_up(
    session: Session, task_id: UUID, principal: Principal, follow_up_at: datetime | None, *, revision: int | None = None
) -> int:
    """Put a task off until an instant, or bring it back; it stays due when it is due."""
    return _set(session, task_id, principal, "follow_up_at", follow_up_at, {"follow_up_at": follow_up_at}, revision)


def open_task(session: Session, task_id: UUID, principal: Principal) -> TaskRow:
    """Return a task for its page; the first time somebody who may work it looks, it counts as opened."""
    task = worklist.find_task(session, task_id, principal)
    at_work = may_work(principal, task.assignee, task.candidate_users, task.candidate_groups)
    if task.state == "open" and task.opened_at is None and at_work:
        session.execute(_OPENED, {"task": task_id, "me": principal.user_id, "at": now()})
    return task


def _set(
    session: Session,
    task_id: UUID,
    principal: Principal,
    name: str,
    value: Any,
    changes: Mapping[str, Any],
    revision: int | None,
) -> int:
    task = _lock(session, task_id, principal, revision)
    _require_assign(session, task, principal)
    _change(session, task_id, changes)
    audit.record(
        session, principal.user_id, f"set_{name}", "user_task", task_id, before=getattr(task, name), after=value
    )
    return int(task.revision) + 1


def _lock(session: Session, task_id: UUID, principal: Principal, revision: int | None) -> Row[Any]:
    """Lock an open task that the user may see and that nobody changed since they loaded it."""
    row = session.execute(_LOCK, {"task": task_id}).one_or_none()
    if row is None:
        raise NotFound(kind="user task", id=task_id)
    if not may_work(principal, row.assignee, row.candidate_users, row.candidate_groups):
        worklist.find_task(session, task_id, principal)
    _require_open(row)
    if revision is not None and revision != row.revision:
        raise StaleRevision(revision=row.revision)
    return row


def _require_open(task: Row[Any] | TaskRow) -> None:
    if task.state != "open":
        raise AlreadyCompleted(actor=task.completed_by or task.state)


def _require_assign(session: Session, task: Row[Any], principal: Principal) -> None:
    if may_work(principal, task.assignee, task.candidate_users, task.candidate_groups):
        return
    if task.assignee is None or task.assignee not in users.reports_of(session, principal.user_id):
        raise NotAllowed


def _change(session: Session, task_id: UUID, changes: Mapping[str, Any]) -> None:
    session.execute(update(table_of(UserTask)).where(UserTask.id == task_id).values(**changes, revision=_NEXT))
