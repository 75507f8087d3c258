"""What added signers decide, and what becomes of the task they were added to.

They are rows of `user_task` without tokens of their own; the task is held while it waits for them. A reject of one of
them rejects the task, the last approval lets it go on.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, literal_column, null, select, update
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.approval import Approval, Verdict, verdict_of
from process_server.bpmn.commands import deciding, finishing
from process_server.bpmn.commands.deciding import Said
from process_server.bpmn.commands.locked import LockedTask, lock_another
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Running
from process_server.db import table_of
from process_server.identity.principal import Principal
from process_server.tasks import rows
from process_server.tasks.handling import handing
from process_server.tasks.models import UserTask
from process_server.tasks.permission import acting_for
from process_server.tasks.telling import notifications
from process_server.tasks.telling.announcing import announce

_t = table_of(UserTask)
_NEXT = _t.c.revision + 1
HOLD = (
    update(_t)
    .where(_t.c.id == bindparam("task"))
    .values(state=literal_column("'held'"), pending=bindparam("decided"), revision=_NEXT)
)
_REOPEN = (
    update(_t)
    .where(_t.c.id == bindparam("task"))
    .values(state=literal_column("'open'"), opened_at=null(), revision=_NEXT)
)
_TURN = (
    update(_t)
    .where(_t.c.parent_id == bindparam("parent"), _t.c.state == "held", _t.c.signing == "after")
    .values(state=literal_column("'open'"), created_at=bindparam("at"), revision=_NEXT)
    .returning(_t.c.id, _t.c.assignee)
)
_OTHERS = select(_t.c.signing).where(
    _t.c.parent_id == bindparam("parent"), _t.c.id != bindparam("signer"), _t.c.state.in_(["open", "held"])
)


def hold(session: Session, task: LockedTask, values: Mapping[str, Any], outcome: str | None, actor: Principal) -> None:
    """Keep the decision of a task until its signers have decided too; those after it have their turn now."""
    decided = {
        "values": dict(values),
        "outcome": outcome,
        "actor": actor.user_id,
        "on_behalf_of": acting_for(actor, task),
    }
    session.execute(HOLD, {"task": task.id, "decided": decided})
    announce(session, people=[task.assignee], tasks=[task.id])
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
    outcome = deciding.decided(step, values, outcome)
    if signer.delegation == "pending":
        handing.give_back(session, signer, actor, said.opinion, outcome)
        return
    verdict = verdict_of(step.approval, outcome)
    said = deciding.check(session, step.approval, verdict, said, signer, actor)
    before, at = dict(running.execution.variables), clock.now()
    shown = {**before, **(signer.variables or {})}
    if signer.signers and verdict != "reject":
        hold(session, signer, {}, outcome, actor)
    else:
        _complete_row(session, signer, outcome, actor.user_id, acting_for(actor, signer))
        go_on(conductor, running, signer, verdict, outcome, actor.user_id)
    deciding.record(
        session,
        running.definition,
        signer,
        actor,
        verdict or "submit",
        said,
        shown,
        at=at,
        outcome=outcome,
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


def go_on(
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
    others = session.scalars(_OTHERS, {"parent": task.id, "signer": signer.id}).all()
    if task.pending is not None:
        if others:
            return
        decided = task.pending
        _end(conductor, running, task, decided["values"], decided["outcome"], decided["actor"], decided["on_behalf_of"])
    elif task.state == "held" and "before" not in others:  # those after it wait for its decision
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
    go_on(conductor, running, task, verdict, outcome, by)


def _rejected(running: Running, task: LockedTask, outcome: str | None) -> dict[str, Any]:
    step = running.definition.program.elements[task.element_id]
    name = step.properties.get("outcome:variable")
    return {name: (step.approval or Approval()).value_of("reject")} if name else {"decision": outcome}


def _tell(session: Session, person: str | None, task_id: UUID, instance_id: UUID) -> None:
    if person is not None:
        announce(session, people=[person], tasks=[task_id])
        notifications.notify(session, [person], "task_assigned", user_task_id=task_id, process_instance_id=instance_id)
