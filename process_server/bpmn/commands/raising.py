"""Ending the work of a person by what the model foresees: an error, or an escalation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from process_server.bpmn.commands.instances import require_operator
from process_server.bpmn.commands.locked import LockedTask, lock_task
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Running
from process_server.bpmn.waits import UserTaskWait
from process_server.errors import Conflict
from process_server.identity import audit
from process_server.identity.principal import Principal
from process_server.tasks.handling.locking import require_may_decide


def raise_task_error(
    session: Session, task_id: UUID, code: str, message: str, variables: Mapping[str, Any], *, actor: Principal
) -> None:
    """End a task by a BPMN error: whoever works it may. A catcher of the model takes it, or it becomes an incident.

    Raises NotFound, NotAllowed (also for variables, which only administrators set past the form), AlreadyCompleted.
    """
    conductor, task, running = _open(session, task_id, variables, actor)
    running.execution.raise_error(task_id, code, message, variables)
    _settle(conductor, task, "bpmn_error", code)


def escalate_task(
    session: Session, task_id: UUID, code: str, variables: Mapping[str, Any], *, actor: Principal
) -> None:
    """Raise an escalation at a task, which stays open unless the catcher interrupts. Raises as `raise_task_error`."""
    conductor, task, running = _open(session, task_id, variables, actor)
    running.execution.raise_escalation(task_id, code, variables)
    _settle(conductor, task, "escalation", code)


def _open(
    session: Session, task_id: UUID, variables: Mapping[str, Any], actor: Principal
) -> tuple[Conductor, LockedTask, Running]:
    task, root = lock_task(session, task_id)
    require_may_decide(session, task, actor)
    if variables:
        require_operator(actor)
    conductor = Conductor(session, actor.user_id)
    running = conductor.adopt(root, task.process_instance_id)
    if not isinstance(running.execution.waits.get(task_id), UserTaskWait):
        raise Conflict("This task cannot be completed now: see the incident at {element}.", element=task.element_id)
    return conductor, task, running


def _settle(conductor: Conductor, task: LockedTask, action: str, code: str) -> None:
    audit.record(conductor.session, conductor.actor or "", action, "user_task", task.id, code=code)
    conductor.settle()
