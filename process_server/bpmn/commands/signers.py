"""Signers added to a task (加签) and taken off again (减签): before it is decided, after it, or beside whoever decides.

They are rows of `user_task` without tokens of their own; the task they were added to is held while it waits for them.
Only beside the signers of a countersign an added signer is one more instance of the engine's loop.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Text, bindparam, cast, func, literal_column, null, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.approval import Approval, Verdict, verdict_of
from process_server.bpmn.commands import deciding, finishing
from process_server.bpmn.commands.deciding import Said
from process_server.bpmn.commands.locked import LockedTask, lock_another, lock_task
from process_server.bpmn.conductor import Conductor
from process_server.bpmn.running import Running
from process_server.db import new_id, table_of
from process_server.errors import Conflict, Invalid, NotAllowed
from process_server.identity import team, users
from process_server.identity.principal import Principal
from process_server.tasks import decisions, handing, notifications, rows
from process_server.tasks.models import TaskDecision, UserTask
from process_server.tasks.permission import acting_for, may_work

Place = Literal["before", "after", "beside"]
MOST = 50  # signers at once

_t, _d = table_of(UserTask), table_of(TaskDecision)
_NEXT = _t.c.revision + 1
_HOLD = (
    update(_t)
    .where(_t.c.id == bindparam("task"))
    .values(state=literal_column("'held'"), pending=bindparam("decided"), revision=_NEXT)
)
_REOPEN = (
    update(_t)
    .where(_t.c.id == bindparam("task"))
    .values(state=literal_column("'open'"), opened_at=null(), revision=_NEXT)
)
_TOUCH = update(_t).where(_t.c.id == bindparam("task")).values(revision=_NEXT)
_TURN = (
    update(_t)
    .where(_t.c.parent_id == bindparam("parent"), _t.c.state == "held", _t.c.signing == "after")
    .values(state=literal_column("'open'"), created_at=bindparam("at"), revision=_NEXT)
    .returning(_t.c.id, _t.c.assignee)
)
_OTHERS = select(func.count()).where(
    _t.c.parent_id == bindparam("parent"), _t.c.id != bindparam("signer"), _t.c.state.in_(["open", "held"])
)
_MARK = (
    update(_t).where(_t.c.id.in_(bindparam("tasks", expanding=True))).values(signing=literal_column("'beside'", Text()))
)
_ADDED_BY = (
    select(_d.c.actor)
    .where(
        _d.c.user_task_id == bindparam("task"),
        _d.c.action == "add_signer",
        _d.c.people.contains(cast(bindparam("people"), ARRAY(Text))),
    )
    .order_by(_d.c.at.desc())
    .limit(1)
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
    deciding.require_may_decide(session, task, actor, None)
    handing.require_action(session, task, "add_signer", actor)
    wanted = _checked(session, task, people)
    conductor = Conductor(session, actor.user_id)
    running = conductor.adopt(root, task.process_instance_id)
    approval = running.definition.program.elements[task.element_id].approval
    if where == "beside" and task.parent_id is None and approval is not None and approval.countersign:
        added = _add_instances(conductor, running, task, wanted)
    else:
        added = _add_rows(session, task, wanted, where, actor)
        statement = _HOLD if where == "before" else _TOUCH
        session.execute(statement, {"task": task.id, "decided": None} if where == "before" else {"task": task.id})
    _record(session, task, actor, "add_signer", wanted, opinion, outcome=where)
    return added


def _checked(session: Session, task: LockedTask, people: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(people))
    if not 0 < len(wanted) <= MOST:
        raise Invalid("Name one to {limit} signers.", limit=MOST)
    if task.assignee is None:
        raise Conflict("Claim this task first.")
    for person in wanted:
        if person == task.assignee:
            raise Conflict("{person} decides this step already.", person=users.user_name(session, person))
        handing.require_person(session, task, person)
    return wanted


def _add_instances(conductor: Conductor, running: Running, task: LockedTask, people: Sequence[str]) -> list[UUID]:
    added = [running.execution.add_instance(task.id, person) for person in people]
    conductor.settle()
    made = [token for token in added if token is not None]
    if made:
        conductor.session.execute(_MARK, {"tasks": made})
    return made


def _add_rows(session: Session, task: LockedTask, people: Sequence[str], where: Place, actor: Principal) -> list[UUID]:
    shared = {
        name: getattr(task, name)
        for name in (
            "process_instance_id",
            "definition_id",
            "element_id",
            "name",
            "priority",
            "due_at",
            "form_key",
            "variables",
            "barred",
            "actions",
        )
    }
    state = "held" if where == "after" else "open"
    new = [
        shared | {"id": new_id(), "assignee": person, "parent_id": task.id, "signing": where, "state": state}
        for person in people
    ]
    rows.insert_tasks(session, new, actor=actor.user_id)
    return [row["id"] for row in new]


def hold(session: Session, task: LockedTask, values: Mapping[str, Any], outcome: str | None, actor: Principal) -> None:
    """Keep the decision of a task until its signers have decided too; those after it have their turn now."""
    decided = {
        "values": dict(values),
        "outcome": outcome,
        "actor": actor.user_id,
        "on_behalf_of": acting_for(actor, task),
    }
    session.execute(_HOLD, {"task": task.id, "decided": decided})
    for signer in session.execute(_TURN, {"parent": task.id, "at": clock.now()}):
        _tell(session, signer.assignee, signer.id, task.process_instance_id)


def answer(
    conductor: Conductor,
    running: Running,
    signer: LockedTask,
    values: Mapping[str, Any],
    outcome: str | None,
    said: Said,
    actor: Principal,
) -> None:
    """Take what an added signer decides, who changes nothing in the form; a delegate only gives an opinion."""
    session, step = conductor.session, running.definition.program.elements[signer.element_id]
    outcome = outcome or deciding.outcome_of(step, values)
    if signer.delegation == "pending":
        handing.give_back(session, signer, actor, said.opinion, outcome)
        return
    verdict = verdict_of(step.approval, outcome)
    said = deciding.check(session, step.approval, verdict, said, signer, actor)
    before = dict(running.execution.variables)
    shown = {**before, **(signer.variables or {})}
    if signer.signers and verdict != "reject":
        hold(session, signer, {}, outcome, actor)
    else:
        _complete_row(session, signer, outcome, actor.user_id, acting_for(actor, signer))
        _go_on(conductor, running, signer, verdict, outcome, actor.user_id)
    deciding.record(
        session,
        running.definition,
        signer,
        actor,
        verdict or "submit",
        said,
        outcome=outcome,
        variables=shown,
        before=deciding.difference(before, running.execution.variables),
    )


def _complete_row(session: Session, signer: LockedTask, outcome: str | None, by: str, on_behalf_of: str | None) -> None:
    completed: rows.Completed = {
        "id": signer.id,
        "assignee": signer.assignee or by,
        "completed_by": by,
        "completed_at": clock.now(),
        "outcome": outcome,
        "on_behalf_of": on_behalf_of,
        "with_signers": signer.signers,
    }
    rows.write(session, completed=completed)


def _go_on(
    conductor: Conductor,
    running: Running,
    signer: LockedTask,
    verdict: Verdict | None,
    outcome: str | None,
    by: str,
) -> None:
    """Let the task a signer was added to follow: a reject ends it; the last one gives it free, or lets it go on."""
    assert signer.parent_id is not None
    session = conductor.session
    task = lock_another(session, signer.parent_id)
    if verdict == "reject":
        _end(conductor, running, task, _rejected(running, task, outcome), outcome, by, None)
        return
    if session.execute(_OTHERS, {"parent": task.id, "signer": signer.id}).scalar_one():
        return
    if task.pending is not None:
        decided = task.pending
        _end(conductor, running, task, decided["values"], decided["outcome"], decided["actor"], decided["on_behalf_of"])
    elif task.state == "held":
        session.execute(_REOPEN, {"task": task.id})
        _tell(session, task.assignee, task.id, task.process_instance_id)


def _end(
    conductor: Conductor,
    running: Running,
    task: LockedTask,
    values: Mapping[str, Any],
    outcome: str | None,
    by: str,
    on_behalf_of: str | None,
) -> None:
    if task.parent_id is None:
        finishing.finish(conductor, running, task, values, outcome, by, on_behalf_of)
        return
    _complete_row(conductor.session, task, outcome, by, on_behalf_of)
    verdict = verdict_of(running.definition.program.elements[task.element_id].approval, outcome)
    _go_on(conductor, running, task, verdict, outcome, by)


def _rejected(running: Running, task: LockedTask, outcome: str | None) -> dict[str, Any]:
    step = running.definition.program.elements[task.element_id]
    name = step.properties.get("outcome:variable")
    return {name: (step.approval or Approval()).value_of("reject")} if name else {"decision": outcome}


def remove_signer(session: Session, task_id: UUID, *, actor: Principal, opinion: str | None = None) -> None:
    """Take an added signer off who has not decided yet: who added them may, who has the task they were added to, who
    manages either, an administrator. The task goes on without them.

    Raises NotFound, NotAllowed, AlreadyCompleted, Conflict for somebody the model itself asks.
    """
    signer, root = lock_task(session, task_id)
    _require_signer(session, signer)
    task = lock_another(session, signer.parent_id) if signer.parent_id is not None else signer
    _require_may_remove(session, signer, task, actor)
    conductor = Conductor(session, actor.user_id)
    running = conductor.adopt(root, signer.process_instance_id)
    if signer.parent_id is None:
        running.execution.remove_instance(signer.id)
        conductor.settle()
    else:
        rows.cancel_rows(session, [signer.id])
        _go_on(conductor, running, signer, None, None, actor.user_id)
    _record(session, signer, actor, "remove_signer", [signer.assignee or ""], opinion)
    if signer.assignee and signer.assignee != actor.user_id:
        notifications.notify(
            session,
            [signer.assignee],
            "signer_removed",
            user_task_id=signer.id,
            process_instance_id=signer.process_instance_id,
            params={"author": actor.name},
        )


def _require_signer(session: Session, signer: LockedTask) -> None:
    if signer.signing is None:
        raise Conflict("The model asks this person: only signers that were added can be removed.")
    if signer.state not in ("open", "held"):
        deciding.require_may_decide(session, signer, Principal(signer.assignee or "", ""), None)


def _require_may_remove(session: Session, signer: LockedTask, task: LockedTask, actor: Principal) -> None:
    if task.actions is not None and "remove_signer" not in task.actions and not actor.admin:
        raise NotAllowed("The model does not allow this at this step.", action="remove_signer")
    added_to = task.id if signer.parent_id is not None else None
    adder = session.execute(_ADDED_BY, {"task": added_to, "people": [signer.assignee]}).scalar()
    if actor.admin or actor.user_id == adder or (signer.parent_id is not None and may_work(actor, task)):
        return
    if not team.manages(session, actor.user_id, [task.assignee, adder]):
        raise NotAllowed("Only who added this signer may remove them.")


def _record(
    session: Session,
    task: LockedTask,
    actor: Principal,
    action: str,
    people: Sequence[str],
    opinion: str | None,
    outcome: str | None = None,
) -> None:
    decisions.record(
        session,
        action,
        actor.user_id,
        instance_id=task.process_instance_id,
        task_id=task.id,
        element_id=task.element_id,
        on_behalf_of=acting_for(actor, task),
        outcome=outcome,
        opinion=decisions.clean_opinion(opinion),
        people=people,
    )


def _tell(session: Session, person: str | None, task_id: UUID, instance_id: UUID) -> None:
    if person is not None:
        notifications.notify(session, [person], "task_assigned", user_task_id=task_id, process_instance_id=instance_id)
