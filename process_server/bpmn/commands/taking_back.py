"""Taking a decision back: by who made it, a moment later, or by who started the case, until the next person looks."""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from process_server.bpmn.commands.locked import LockedTask, lock_task
from process_server.bpmn.runtime import allowed
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Running
from process_server.bpmn.waits import UserTaskWait
from process_server.db import table_of
from process_server.errors import Conflict, NotActive, Suspended
from process_server.identity.principal import Principal
from process_server.tasks.handling import decisions
from process_server.tasks.models import TaskDecision

_d = table_of(TaskDecision)
_DECIDED = (
    select(_d.c.id)
    .where(_d.c.user_task_id == bindparam("task"), _d.c.action.in_(sorted(decisions.SETTLES)))
    .order_by(_d.c.at.desc(), _d.c.id.desc())
    .limit(1)
)


def undo_task(session: Session, task_id: UUID, *, actor: Principal) -> UUID | None:
    """Take back what one decided a moment ago: the task is there again, the variables are what they were.

    Return the task that is open again, None where the step had nobody to ask this time.
    Raises Suspended, NotAllowed for who did not decide it, Conflict where it is too late: time has passed, somebody
    has opened what came next, or something happened that cannot be taken back.
    """
    task, _ = lock_task(session, task_id)
    allowed.require_fresh(task, actor)
    conductor = Conductor(session, actor.user_id)
    try:
        running = conductor.open(task.process_instance_id)
    except Suspended:
        raise
    except NotActive as error:
        raise Conflict("The case has ended: this cannot be taken back.") from error
    return _take_back(conductor, running, task, actor, "undo")


def recall(session: Session, instance_id: UUID, *, actor: Principal) -> str:
    """Take a case back to its initiator's last own step, until the next person opens theirs; return the element.

    Raises NotFound, NotActive, NotAllowed for anybody else, Conflict where it is too late.
    """
    conductor = Conductor(session, actor.user_id)
    running = conductor.open(instance_id)
    task, _ = lock_task(session, allowed.last_own(session, running, actor))
    _take_back(conductor, running, task, actor, "recall")
    return task.element_id


def _take_back(conductor: Conductor, running: Running, task: LockedTask, actor: Principal, action: str) -> UUID | None:
    session, stood = conductor.session, frozenset(running.execution.waits)
    token = allowed.require_untouched(session, running, task)
    decision = session.execute(_DECIDED, {"task": task.id}).scalar()
    kept: dict[str, Any] = decisions.before(session, decision) if decision is not None else {}
    for name in kept.get("unset", ()):
        running.execution.variables.pop(name, None)
    running.execution.variables.update(kept.get("set", {}))
    running.execution.move(token, task.element_id, assignee=task.assignee, actor=actor.user_id)
    conductor.settle()
    decisions.record_on_task(session, action, actor, task, target=task.element_id)
    return _opened(running, task.element_id, stood)


def _opened(running: Running, element: str, stood: frozenset[UUID]) -> UUID | None:
    """Return the task that came at an element where none of those stood before."""
    return next(
        (
            token
            for token, wait in running.execution.waits.items()
            if token not in stood and isinstance(wait, UserTaskWait) and wait.element == element
        ),
        None,
    )
