"""Handing a task on: for good, or to somebody who gives it back with their opinion."""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, null, update
from sqlalchemy.engine import Row

from process_server.clock import now
from process_server.db import Session, table_of
from process_server.errors import Conflict, NotAllowed
from process_server.i18n import Named
from process_server.identity import audit, team, users
from process_server.identity.principal import Principal
from process_server.tasks.handling import deciders, decisions, drafts
from process_server.tasks.handling.locking import lock_open, may_hand_on
from process_server.tasks.inbox import rule_calls
from process_server.tasks.models import UserTask
from process_server.tasks.permission import may_work, require_not_barred
from process_server.tasks.telling import notifications
from process_server.tasks.telling.announcing import announce
from process_server.tasks.telling.models import Notification

_t = table_of(UserTask)
_THIS = update(_t).where(_t.c.id == bindparam("task"))
_n = table_of(Notification)
_UNTOLD = delete(_n).where(
    _n.c.recipient == bindparam("person"), _n.c.user_task_id == bindparam("task"), _n.c.kind == "task_assigned"
)


def transfer(
    session: Session,
    task_id: UUID,
    to: str,
    *,
    principal: Principal,
    opinion: str | None = None,
    revision: int | None = None,
) -> int:
    """Hand a task to somebody for good, who is told; return its new revision.

    The assignee may, a candidate while there is none, who delegated it, who manages them, an administrator. What was
    delegated and is handed on by the delegate still comes back to its owner; the owner, or who manages them, ends the
    delegation. One that waits for signers who come first waits on, for its new assignee. Raises NotFound, NotAllowed,
    AlreadyCompleted, StaleRevision, Conflict.
    """
    task = lock_open(session, task_id, principal, revision, held=True)
    require_action(session, task, "transfer", principal)
    _check_recipient(session, task, to)
    changes: dict[str, Any] = {"assignee": to, "claimed_at": now(), "opened_at": null()}
    comes_back = task.delegation == "pending" and may_work(principal, task) and to != task.owner
    if not comes_back:
        changes |= {"owner": null(), "delegation": null()}
    return _hand(session, task, to, principal, "transfer", opinion, changes)


def delegate(
    session: Session,
    task_id: UUID,
    to: str,
    *,
    principal: Principal,
    opinion: str | None = None,
    revision: int | None = None,
) -> int:
    """Let somebody work a task for its assignee, to whom it comes back; return its new revision.

    Raises as `transfer`, and Conflict where it is delegated already.
    """
    task = lock_open(session, task_id, principal, revision)
    require_action(session, task, "delegate", principal)
    if task.delegation == "pending":
        raise Conflict("This task is delegated already. Transfer it instead.")
    _check_recipient(session, task, to)
    owner = task.assignee or principal.user_id
    if to == owner:
        raise Conflict("{person} has this task already.", person=users.named(session, to))
    changes = {"assignee": to, "owner": owner, "delegation": "pending", "claimed_at": now(), "opened_at": null()}
    return _hand(session, task, to, principal, "delegate", opinion, changes)


def tell_returned(session: Session, task_id: UUID, instance_id: UUID, person: str, by: Principal) -> None:
    """Tell somebody that a task came back to them, instead of that it came."""
    session.execute(_UNTOLD, {"person": person, "task": task_id})
    notifications.notify(
        session,
        [person],
        "task_returned",
        user_task_id=task_id,
        process_instance_id=instance_id,
        params={"author": by.named},
    )


def give_back(session: Session, task: Any, principal: Principal, opinion: str | None, outcome: str | None) -> None:
    """Bring a delegated task, whose row is locked, back to its owner, who is told what the delegate thinks."""
    opinion = decisions.clean_opinion(opinion)
    changes = {"assignee": task.owner, "delegation": "resolved", "opened_at": null(), "revision": _t.c.revision + 1}
    session.execute(_THIS.values(changes), {"task": task.id})
    drafts.discard(session, principal.user_id, task_id=task.id)
    announce(session, people=[task.assignee, task.owner], tasks=[task.id])
    rule_calls.came(session, task.id)
    decisions.record_on_task(
        session,
        "resolve",
        principal,
        task,
        outcome=outcome,
        opinion=opinion,
        people=[task.owner],
    )
    notifications.notify(
        session,
        [task.owner],
        "task_resolved",
        user_task_id=task.id,
        process_instance_id=task.process_instance_id,
        params={"author": principal.named},
    )


def require_action(session: Session, task: Any, action: str, principal: Principal) -> None:
    """Raise NotAllowed unless the user may do this with the task, and the model lets people do it at this step.

    Who manages the assignee, and administrators, may hand a task on whatever the model says: somebody may be ill.
    """
    if not may_hand_on(session, task, principal):
        raise NotAllowed
    if action != "transfer" or not team.manages(session, principal.user_id, [task.assignee]):
        require_allowed(task, action, principal)


def require_allowed(task: Any, action: str, principal: Principal) -> None:
    """Raise NotAllowed where the model does not let people do this at the step of a task; administrators may."""
    if task.actions is not None and action not in task.actions and not principal.admin:
        raise NotAllowed("The model does not allow this at this step.", action=action)


def require_person(session: Session, task: Any, person_id: str, *, signed: bool = True) -> None:
    """Raise NotFound, NotAllowed or Conflict where somebody cannot be given a part in deciding a task.

    In an approval nobody decides twice, and nobody who may not decide it at all. Without `signed` an added signer who
    has signed may be asked once more.
    """
    person = users.find(session, person_id)
    if not person.active:
        raise NotAllowed("{assignee} is no longer active.", assignee=Named(person.name, person.name_en))
    require_not_barred(task, [person_id])
    if task.actions is not None:
        deciders.require_none_of(session, task.id, person, signed=signed)


def unfit(session: Session, task: Any, *, signed: bool = True) -> set[str]:
    """Return whom `require_person` refuses for the sake of the step."""
    others = deciders.others(session, task.id, signed=signed) if task.actions is not None else ()
    return {*task.barred, *others}


def _check_recipient(session: Session, task: Row[Any], to: str) -> None:
    if to == task.assignee:
        raise Conflict("{person} has this task already.", person=users.named(session, to))
    require_person(session, task, to)


def _hand(
    session: Session,
    task: Row[Any],
    to: str,
    principal: Principal,
    action: str,
    opinion: str | None,
    changes: dict[str, Any],
) -> int:
    opinion = decisions.clean_opinion(opinion)
    session.execute(_THIS.values(**changes, revision=_t.c.revision + 1), {"task": task.id})
    announce(session, people=[task.assignee, to], groups=task.candidate_groups, tasks=[task.id])
    rule_calls.came(session, task.id)
    decisions.record_on_task(
        session,
        action,
        principal,
        task,
        opinion=opinion,
        people=[to],
    )
    if to != principal.user_id and task.state == "open":  # of one that is held they hear when it is theirs to do
        notifications.notify(
            session, [to], "task_assigned", user_task_id=task.id, process_instance_id=task.process_instance_id
        )
    audit.record(session, principal.user_id, action, "user_task", task.id, before=task.assignee, after=to)
    return int(task.revision) + 1
