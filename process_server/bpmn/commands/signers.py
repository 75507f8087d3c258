"""Adding signers to a task (加签) and taking them off again (减签): before, after or beside who decides.

Beside the signers of a countersign an added one is one more instance of the engine's loop; everywhere else added
signers are rows of their own (`signing`).
"""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from sqlalchemy import Text, bindparam, func, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from process_server.bpmn.commands import signing
from process_server.bpmn.commands.locked import LockedTask, lock_task
from process_server.bpmn.runtime import added_signers
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Running
from process_server.db import new_id, table_of
from process_server.errors import Conflict, Invalid
from process_server.identity import users
from process_server.identity.principal import Principal
from process_server.tasks import rows
from process_server.tasks.handling import decisions, handing
from process_server.tasks.handling.locking import require_may_decide
from process_server.tasks.models import TaskDecision, UserTask
from process_server.tasks.telling import notifications
from process_server.tasks.telling.announcing import announce

Place = Literal["before", "after", "beside"]
MOST = 50  # signers at once

_t, _d = table_of(UserTask), table_of(TaskDecision)
_NEXT = _t.c.revision + 1
_TOUCH = update(_t).where(_t.c.id == bindparam("task")).values(revision=_NEXT)
_LATER = (
    update(_t)
    .where(_t.c.id == bindparam("task"))
    .values(co_signers=_t.c.co_signers + bindparam("people", type_=ARRAY(Text)), revision=_NEXT)
)
_NO_LATER = (
    update(_t)
    .where(_t.c.id == bindparam("task"))
    .values(co_signers=func.array_remove(_t.c.co_signers, bindparam("person", type_=Text())), revision=_NEXT)
)


def add_signers(
    session: Session,
    task_id: UUID,
    people: Sequence[str],
    *,
    where: Place,
    actor: Principal,
    opinion: str | None = None,
) -> list[UUID]:
    """Let more people sign a task: before whoever has it decides, after them, or beside them; return their tasks.

    Beside the signers of a sequence a new one comes last and has no task yet. Raises NotFound, NotAllowed,
    AlreadyCompleted, Conflict.
    """
    task, root = lock_task(session, task_id)
    require_may_decide(session, task, actor, None)
    handing.require_action(session, task, "add_signer", actor)
    wanted = _checked(session, task, people)
    conductor = Conductor(session, actor.user_id)
    running = conductor.adopt(root, task.process_instance_id)
    approval = running.definition.program.elements[task.element_id].approval
    if where == "beside" and task.parent_id is None and approval is not None and approval.countersign:
        added = _add_instances(conductor, running, task, wanted)
    else:
        added = _add_rows(session, task, wanted, where, actor)
        if where == "before":
            session.execute(signing.HOLD, {"task": task.id, "decided": None})
        else:
            session.execute(_TOUCH, {"task": task.id})
        announce(session, people=[task.assignee], tasks=[task.id])
    opinion = decisions.clean_opinion(opinion)
    decisions.record_on_task(session, "add_signer", actor, task, people=wanted, opinion=opinion, outcome=where)
    return added


def _checked(session: Session, task: LockedTask, people: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(people))
    if not 0 < len(wanted) <= MOST:
        raise Invalid("Name one to {limit} signers.", limit=MOST)
    if task.assignee is None:
        raise Conflict("Claim this task first.")
    for person in wanted:
        if person == task.assignee:
            raise Conflict("{person} decides this step already.", person=users.named(session, person))
        handing.require_person(session, task, person, signed=False)
    return wanted


def _add_instances(conductor: Conductor, running: Running, task: LockedTask, people: Sequence[str]) -> list[UUID]:
    added = [running.execution.add_instance(task.id, person) for person in people]
    conductor.settle()
    made = [token for token in added if token is not None]
    later = [person for person, token in zip(people, added, strict=True) if token is None]
    if later:
        conductor.session.execute(_LATER, {"task": task.id, "people": later})
    return made


def _add_rows(session: Session, task: LockedTask, people: Sequence[str], where: Place, actor: Principal) -> list[UUID]:
    shared = {
        name: getattr(task, name)
        for name in (
            "process_instance_id",
            "definition_id",
            "element_id",
            "name",
            "name_en",
            "description",
            "priority",
            "due_at",
            "calendar",
            "form_key",
            "variables",
            "barred",
            "co_signers",
            "actions",
        )
    }
    shared["delay_cost"] = None if task.delay_cost is None else str(task.delay_cost)
    shared["paused_at"] = task.paused_at if task.paused_by is None else None  # its case waits: it goes on with it
    state = "held" if where == "after" else "open"
    new = [
        shared | {"id": new_id(), "assignee": person, "parent_id": task.id, "signing": where, "state": state}
        for person in people
    ]
    rows.insert_tasks(session, new, actor=actor.user_id)
    return [row["id"] for row in new]


def remove_signer(session: Session, task_id: UUID, *, actor: Principal, opinion: str | None = None) -> None:
    """Take an added signer off who has not decided yet: who added them may, who has the task they were added to, who
    manages either, an administrator. The task goes on without them.

    Raises NotFound, NotAllowed, AlreadyCompleted, Conflict for somebody the model itself asks.
    """
    signer, root = lock_task(session, task_id)
    added_signers.require_may_take_off(session, signer, actor)
    conductor = Conductor(session, actor.user_id)
    running = conductor.adopt(root, signer.process_instance_id)
    if signer.parent_id is None:
        running.execution.remove_instance(signer.id)
        conductor.settle()
    else:
        rows.cancel_rows(session, [signer.id])
        signing.go_on(conductor, running, signer, None, None, actor.user_id)
    _record_removal(session, signer, signer.assignee or "", actor, opinion)
    if signer.assignee and signer.assignee != actor.user_id:
        notifications.notify(
            session,
            [signer.assignee],
            "signer_removed",
            user_task_id=signer.id,
            process_instance_id=signer.process_instance_id,
            params={"author": actor.named},
        )


def remove_later_signer(
    session: Session, task_id: UUID, person: str, *, actor: Principal, opinion: str | None = None
) -> None:
    """Take somebody who was added to a sequence off before it is their turn; `task_id` is a task of its step.

    Who added them may, who manages that person, an administrator. Raises NotFound, NotAllowed, and Conflict where too
    few would be left.
    """
    task, root = lock_task(session, task_id)
    conductor = Conductor(session, actor.user_id)
    running = conductor.adopt(root, task.process_instance_id)
    vote = added_signers.vote_before(running, task.element_id, person)
    added_signers.require_may_take_off_later(session, task, person, actor)
    running.execution.remove_instance(vote, person)
    conductor.settle()
    session.execute(_NO_LATER, {"task": vote, "person": person})
    _record_removal(session, task, person, actor, opinion)


def _record_removal(session: Session, task: LockedTask, person: str, actor: Principal, opinion: str | None) -> None:
    opinion = decisions.clean_opinion(opinion)
    decisions.record_on_task(session, "remove_signer", actor, task, people=[person], opinion=opinion)
