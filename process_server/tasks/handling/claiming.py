"""Taking and giving back a task, and changing when it is due: each one conditional UPDATE, checked after.

The condition decides, so that of two people who claim at once exactly one wins, and nothing is locked while they think.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, cast, literal_column, not_, null, or_, update

from process_server.clock import now
from process_server.db import Session, table_of
from process_server.errors import AlreadyClaimed, Conflict, NotAllowed
from process_server.identity import audit, users
from process_server.identity.principal import Principal
from process_server.tasks.deadlines import moments
from process_server.tasks.handling.locking import (
    SUSPENDED,
    lock_open,
    may_hand_on,
    require_not_suspended,
    require_open,
)
from process_server.tasks.inbox import rule_calls, worklist
from process_server.tasks.inbox.worklist import TaskRow
from process_server.tasks.models import UserTask
from process_server.tasks.permission import acting_for, may_work, require_not_barred, stands_in
from process_server.tasks.telling.announcing import announce

_t = table_of(UserTask)
_OPEN = _t.c.state == literal_column("'open'")
_THIS = _t.c.id == bindparam("task")
_NEXT = _t.c.revision + 1

_CONCERNED = (_t.c.assignee, _t.c.candidate_users, _t.c.candidate_groups)
_CLAIM = (
    update(table_of(UserTask))
    .where(
        _THIS,
        _OPEN,
        SUSPENDED.is_(None),
        _t.c.assignee.is_(None),
        not_(_t.c.barred.contains(cast(bindparam("actor"), ARRAY(Text)))),
        or_(
            bindparam("admin"),
            _t.c.candidate_users.contains(cast(bindparam("own"), ARRAY(Text))),
            _t.c.candidate_groups.overlap(cast(bindparam("groups"), ARRAY(Text))),
        ),
    )
    .values(assignee=bindparam("me"), claimed_at=bindparam("at"), revision=_NEXT)
    .returning(_t.c.revision, *_CONCERNED)
)
_OPENED = update(table_of(UserTask)).where(_THIS, _OPEN, _t.c.opened_at.is_(None)).values(opened_at=bindparam("at"))

SETTABLE = ("due_at", "follow_up_at", "priority")


def claim(session: Session, task_id: UUID, principal: Principal) -> int:
    """Take a task that is offered to the user; return its new revision. What is theirs already stays theirs.

    Who stands in for a candidate takes it for that person. Raises AlreadyClaimed naming who was first,
    AlreadyCompleted, Suspended, NotAllowed, NotFound.
    """
    values = {
        "task": task_id,
        "actor": [principal.user_id],
        "me": principal.user_id,
        "own": [principal.user_id],
        "groups": sorted(principal.groups),
        "admin": principal.admin,
        "at": now(),
    }
    revision = _take(session, values)
    if revision is None:
        revision = _claim_for_another(session, task_id, principal, values)
    audit.record(session, principal.user_id, "claim", "user_task", task_id)
    return revision


def _claim_for_another(session: Session, task_id: UUID, principal: Principal, values: Mapping[str, Any]) -> int:
    task = worklist.find_task(session, task_id, principal)
    require_open(session, task)
    require_not_suspended(session, task.process_instance_id)
    person = stands_in(principal, task)
    if task.assignee is None and person is not None:
        theirs = {**values, "me": person, "own": [person], "groups": [], "admin": False}
        revision = _take(session, theirs)
        if revision is not None:
            return revision
    return _why_not(session, task, principal)


def require_may_claim(session: Session, task: TaskRow, principal: Principal) -> None:
    """Raise unless the user could claim a task they see. Raises as `claim`."""
    require_open(session, task)
    require_not_suspended(session, task.process_instance_id)
    if task.assignee is not None or not may_work(principal, task):
        _why_not(session, task, principal)
        raise Conflict("You have this task already.")


def _why_not(session: Session, task: TaskRow, principal: Principal) -> int:
    """Return the revision of what is the user's already; else raise why they cannot have it."""
    if task.assignee == principal.user_id:
        return task.revision
    if task.assignee is not None:
        raise AlreadyClaimed(assignee=users.named(session, task.assignee), user=task.assignee)
    require_not_barred(task, [principal.user_id])
    raise NotAllowed("This task is not offered to you.")


def release(session: Session, task_id: UUID, principal: Principal, *, revision: int | None = None) -> int:
    """Give a claimed task back to those it is offered to; return its new revision.

    Raises Conflict where it is offered to nobody else: then it can only be assigned.
    """
    task = lock_open(session, task_id, principal, revision)
    require_may_release(session, task, principal)
    _change(session, task_id, {"assignee": null(), "claimed_at": null(), "owner": null(), "delegation": null()})
    rule_calls.changed(session, task_id)
    audit.record(session, principal.user_id, "release", "user_task", task_id, assignee=task.assignee)
    return int(task.revision) + 1


def require_may_release(session: Session, task: Any, principal: Principal) -> None:
    """Raise unless the user could give a task back. Raises as `release`."""
    require_open(session, task)
    if task.assignee is None:
        raise Conflict("Nobody has claimed this task.")
    if not may_work(principal, task):
        raise NotAllowed("Only {assignee} can give this task back.", assignee=users.named(session, task.assignee))
    if not task.candidate_users and not task.candidate_groups:
        raise Conflict("This task is offered to nobody else. Assign it to somebody instead.")


def reschedule(
    session: Session,
    task_id: UUID,
    principal: Principal,
    changes: Mapping[str, Any],
    *,
    revision: int | None = None,
) -> int:
    """Change when a task is due, until when it is put off, or how urgent it is (0 to 100); return its new revision.

    `changes` are some of `SETTABLE`; None takes a date away. Whoever was reminded of an old due date is reminded of the
    new one. Whoever works the task may, and who manages them.
    """
    task = lock_open(session, task_id, principal, revision)
    if not may_hand_on(session, task, principal):
        raise NotAllowed
    wanted = {name: changes[name] for name in SETTABLE if name in changes}
    if not wanted:
        return int(task.revision)
    again = {"reminded_at": null(), "escalated_at": null()} if "due_at" in wanted else {}
    _change(session, task_id, {**wanted, **again})
    if "due_at" in wanted:
        moments.reschedule(session, task_id)
    if "follow_up_at" in wanted:
        moments.follow_up(session, task_id, wanted["follow_up_at"])
    rule_calls.changed(session, task_id)
    old = {name: getattr(task, name) for name in wanted}
    audit.record(session, principal.user_id, "reschedule", "user_task", task_id, before=old, after=wanted)
    return int(task.revision) + 1


def open_task(session: Session, task_id: UUID, principal: Principal) -> TaskRow:
    """Return a task for its page; the first time somebody who may work it looks, it counts as opened."""
    task = worklist.find_task(session, task_id, principal)
    own = task.assignee in (None, principal.user_id) or acting_for(principal, task) is not None
    if task.state == "open" and task.opened_at is None and own and may_work(principal, task):
        session.execute(_OPENED, {"task": task_id, "at": now()})
    return task


def _take(session: Session, values: Mapping[str, Any]) -> int | None:
    row = session.execute(_CLAIM, values).one_or_none()
    if row is None:
        return None
    _announce(session, values["task"], row)
    revision: int = row.revision
    return revision


def _change(session: Session, task_id: UUID, changes: Mapping[str, Any]) -> None:
    changed = update(table_of(UserTask)).where(UserTask.id == task_id).values(**changes, revision=_NEXT)
    _announce(session, task_id, session.execute(changed.returning(*_CONCERNED)).one())


def _announce(session: Session, task_id: UUID, row: Any) -> None:
    """Have the browsers look again of everybody who has the task in a list."""
    announce(session, people=[row.assignee, *row.candidate_users], groups=row.candidate_groups, tasks=[task_id])
