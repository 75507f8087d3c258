"""Variables as a task sees them: changed where they live, or for the task alone."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from process_server.bpmn.commands.instances import require_operator
from process_server.bpmn.commands.locked import LockedTask, lock_task
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Running
from process_server.bpmn.waits import UserTaskWait
from process_server.db import table_of
from process_server.errors import Conflict
from process_server.identity import audit
from process_server.identity.principal import Principal
from process_server.tasks.handling.locking import require_open
from process_server.tasks.models import UserTask

_task = table_of(UserTask)
_KEEP = update(_task).where(_task.c.id == bindparam("task")).values(variables=bindparam("held"))


def set_task_variables(
    session: Session,
    task_id: UUID,
    variables: Mapping[str, Any],
    *,
    actor: Principal,
    removed: Collection[str] = (),
    local: bool = False,
) -> None:
    """Set variables of an open task and remove others, for administrators.

    What the task has alone is changed there, with `local` everything; all else in its case. Raises NotFound,
    NotAllowed, AlreadyCompleted.
    """
    require_operator(actor)
    task, root = lock_task(session, task_id)
    require_open(session, task)
    conductor = Conductor(session, actor.user_id)
    running = conductor.adopt(root, task.process_instance_id)
    if not isinstance(running.execution.waits.get(task_id), UserTaskWait):
        raise Conflict("This task cannot be completed now: see the incident at {element}.", element=task.element_id)
    names = {*variables, *removed}
    own = names if local else names & (task.variables or {}).keys()
    _set_own(session, running, task, {name: variables[name] for name in own & variables.keys()}, own & set(removed))
    if names - own:
        outside = {name: value for name, value in variables.items() if name not in own}
        running.execution.set_variables(outside, sorted(set(removed) - own))
    audit.record(session, actor.user_id, "set_variables", "user_task", task_id, names=sorted(names))
    conductor.settle()


def _set_own(
    session: Session, running: Running, task: LockedTask, variables: Mapping[str, Any], removed: Collection[str]
) -> None:
    if not variables and not removed:
        return
    running.execution.set_local(task.id, variables, removed)
    kept = {name: value for name, value in (task.variables or {}).items() if name not in removed}
    session.execute(_KEEP, {"task": task.id, "held": kept | dict(variables)})
