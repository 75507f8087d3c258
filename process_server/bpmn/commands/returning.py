"""The command that returns a task to an earlier step."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.approval import Approval
from process_server.bpmn.commands import deciding
from process_server.bpmn.commands.deciding import Said
from process_server.bpmn.commands.locked import lock_task
from process_server.bpmn.runtime import allowed
from process_server.bpmn.runtime.allowed import Passed
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Running
from process_server.db import table_of
from process_server.errors import Invalid, NotAllowed
from process_server.identity.principal import Principal
from process_server.tasks.handling import handing
from process_server.tasks.handling.locking import require_may_decide
from process_server.tasks.models import UserTask

_t = table_of(UserTask)

_NEW = select(_t.c.id, _t.c.assignee).where(
    _t.c.process_instance_id == bindparam("instance"), _t.c.element_id == bindparam("element"), _t.c.state == "open"
)


def return_task(
    session: Session,
    task_id: UUID,
    *,
    actor: Principal,
    to: str | None = None,
    resume: bool = False,
    opinion: str | None = None,
    reason: str | None = None,
    revision: int | None = None,
) -> str:
    """Return a task to an earlier step the case has passed, for who did it last; return the step's element.

    Without `to` it goes to the step the model marks as the submitter's, or else to the first one passed. What was
    going on between that step and here is cancelled, the tasks of other signers as well; with `resume` the case comes
    straight back to here when the step is done again. Raises as `complete_user_task`, and Invalid for a step not
    passed.
    """
    task, root = lock_task(session, task_id)
    require_may_decide(session, task, actor, revision)
    handing.require_action(session, task, "return", actor)
    if task.parent_id is not None:
        raise NotAllowed("An added signer approves or rejects; only who has the task itself returns it.")
    conductor = Conductor(session, actor.user_id)
    running = conductor.adopt(root, task.process_instance_id)
    step = running.definition.program.elements[task.element_id]
    demanded = replace(step.approval or Approval(), signature=False)
    said = deciding.check(session, demanded, "reject", Said(opinion, reason), task, actor)
    target = _target(allowed.passed_before(session, running, task.id), running, to)
    own, at = task.assignee or actor.user_id, clock.now()
    running.execution.move(task.id, target.element, resume=resume, assignee=target.person, actor=own)
    conductor.settle()
    shown = {**running.execution.variables, **(task.variables or {})}
    deciding.record(session, running.definition, task, actor, "return", said, shown, at=at, target=target.element)
    _tell(session, running, target.element, actor)
    return target.element


def _target(passed: Sequence[Passed], running: Running, to: str | None) -> Passed:
    elements = running.definition.program.elements
    if to is None:
        marked = [each for each in passed if (approval := elements[each.element].approval) and approval.submitter]
        candidates = marked or passed
    else:
        candidates = [each for each in passed if each.element == to]
    if not candidates:
        raise Invalid("This case has passed no such step that it could be returned to.", element=to or "")
    return candidates[0]


def _tell(session: Session, running: Running, element: str, actor: Principal) -> None:
    """Tell whoever got the task again why."""
    for task_id, person in session.execute(_NEW, {"instance": running.id, "element": element}):
        if person is not None and person != actor.user_id:
            handing.tell_returned(session, task_id, running.id, person, actor)
