"""The command that completes a user task: what a person entered goes into the process, and the process goes on."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.approval import verdict_of
from process_server.bpmn.commands import deciding, finishing, signing
from process_server.bpmn.commands.deciding import Said
from process_server.bpmn.commands.locked import LockedTask, lock_task
from process_server.bpmn.engine.elements.countersign import votes_beside
from process_server.bpmn.form_binding import task_forms
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Running
from process_server.bpmn.waits import UserTaskWait
from process_server.errors import Conflict
from process_server.forms import entry
from process_server.identity.principal import Principal
from process_server.tasks.handling import handing
from process_server.tasks.handling.locking import require_may_decide
from process_server.tasks.permission import acting_for


def complete_user_task(
    session: Session,
    task_id: UUID,
    values: Mapping[str, Any],
    *,
    actor: Principal,
    outcome: str | None = None,
    revision: int | None = None,
    opinion: str | None = None,
    reason: str | None = None,
    signature: UUID | None = None,
    batch: UUID | None = None,
) -> dict[str, Any]:
    """Complete a user task with what its form gave; return the values that were taken over.

    Values of a bound form are validated; those the form does not let be written are left out. `outcome` is the decision
    where it was not made in the form. A delegated task goes back to its owner instead, one with signers after or beside
    it waits for them; an added signer decides without changing the form. Raises NotFound, NotAllowed, StaleRevision,
    AlreadyCompleted (naming who), InvalidForm (also where the step demands an opinion, a reason or a signature),
    Conflict.
    """
    task, root = lock_task(session, task_id)
    require_may_decide(session, task, actor, revision)
    conductor = Conductor(session, actor.user_id)
    running = conductor.adopt(root, task.process_instance_id)
    said = Said(opinion, reason, signature, batch)
    if task.parent_id is not None:
        signing.answer(conductor, running, task, values, outcome, said, actor)
        return {}
    if not isinstance(running.execution.waits.get(task_id), UserTaskWait):
        raise Conflict("This task cannot be completed now: see the incident at {element}.", element=task.element_id)
    _require_one_vote(running, task, actor)
    accepted = _accept(session, running, task, values, outcome, actor)
    step = running.definition.program.elements[task.element_id]
    outcome = deciding.decided(step, accepted, outcome)
    said = deciding.with_opinion(step, accepted, said)
    if task.delegation == "pending":
        _give_back(conductor, running, task, accepted, outcome, said, actor)
    else:
        _decide(conductor, running, task, accepted, outcome, said, actor)
    entry.attach_files(session, accepted, user_id=actor.user_id, instance_id=running.id, task_id=task_id)
    return accepted


def _require_one_vote(running: Running, task: LockedTask, actor: Principal) -> None:
    """Raise Conflict where somebody would vote twice in a countersign; administrators see to it for others."""
    asked, voted = votes_beside(running.execution.tokens[task.id])
    if actor.admin:
        return
    if actor.user_id in voted:
        raise Conflict("You have decided this step already. Hand this task on to somebody else.")
    if actor.user_id in asked and acting_for(actor, task) is not None:
        raise Conflict("You decide this step yourself: for somebody who is away another person has to.")


def _accept(
    session: Session,
    running: Running,
    task: LockedTask,
    values: Mapping[str, Any],
    outcome: str | None,
    actor: Principal,
) -> dict[str, Any]:
    step = running.definition.program.elements[task.element_id]
    accepted = task_forms.accept(
        session,
        running.definition,
        task.element_id,
        task.form_key,
        deciding.with_outcome(step, values, outcome),
        variables={**running.execution.variables, **(task.variables or {})},
        actor=actor,
        instance_id=running.id,
        form_id=task.form_definition_id,
    )
    return deciding.with_outcome(step, accepted, outcome)


def _decide(
    conductor: Conductor,
    running: Running,
    task: LockedTask,
    accepted: dict[str, Any],
    outcome: str | None,
    said: Said,
    actor: Principal,
) -> None:
    session, step = conductor.session, running.definition.program.elements[task.element_id]
    verdict = verdict_of(step.approval, outcome)
    said = deciding.check(session, step.approval, verdict, said, task, actor)
    shown = {**running.execution.variables, **(task.variables or {}), **accepted}
    before, at = dict(running.execution.variables), clock.now()
    if task.signers and verdict != "reject":
        signing.hold(session, task, accepted, outcome, actor)
    else:
        finishing.finish(conductor, running, task, accepted, outcome, actor.user_id, acting_for(actor, task))
    change = deciding.difference(before, running.execution.variables)
    action = verdict or "submit"
    deciding.record(
        session, running.definition, task, actor, action, said, shown, at=at, outcome=outcome, before=change
    )


def _give_back(
    conductor: Conductor,
    running: Running,
    task: LockedTask,
    accepted: dict[str, Any],
    outcome: str | None,
    said: Said,
    actor: Principal,
) -> None:
    """What the delegate entered is kept for the owner, who decides: the decision itself is only told."""
    decision = running.definition.program.elements[task.element_id].properties.get("outcome:variable")
    entered = {name: value for name, value in accepted.items() if name not in (decision, "decision", "approved")}
    if entered:
        running.execution.set_variables(entered)
        conductor.settle()
    handing.give_back(conductor.session, task, actor, said.opinion, outcome)
