"""The command that decides tasks nobody decided in time, as the model says: approved or rejected by the server."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, delete, literal_column, select, update
from sqlalchemy.orm import Session, aliased

from process_server import clock
from process_server.bpmn.approval import Approval
from process_server.bpmn.commands import finishing
from process_server.bpmn.commands.locked import lock_task
from process_server.bpmn.models import ProcessInstance
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.waits import UserTaskWait
from process_server.db import table_of
from process_server.identity.principal import SYSTEM
from process_server.tasks.deadlines.models import TaskMoment
from process_server.tasks.handling import decisions
from process_server.tasks.models import UserTask
from process_server.tasks.telling import notifications

POSTPONED = timedelta(minutes=5)

_moment, _task, _instance = table_of(TaskMoment), table_of(UserTask), table_of(ProcessInstance)
_root = aliased(_instance, name="root")

# Only the root is locked, and a busy tree is passed over: whoever holds it may just be deciding.
_NEXT: Select[Any] = (
    select(_moment.c.id, _moment.c.user_task_id, _moment.c.detail)
    .join(_task, _task.c.id == _moment.c.user_task_id)
    .join(_instance, _instance.c.id == _task.c.process_instance_id)
    .join(_root, _root.c.id == _instance.c.root_id)
    .where(literal_column("NOT task_moment.held AND task_moment.kind = 'timeout'"), _moment.c.at <= bindparam("now"))
    .where(_instance.c.suspended_at.is_(None))
    .order_by(_moment.c.at, _moment.c.id)
    .limit(bindparam("limit"))
    .with_for_update(of=_root, skip_locked=True, key_share=True)
)
_DONE = delete(_moment).where(_moment.c.id == bindparam("moment"))
_POSTPONE = update(_moment).where(_moment.c.id == bindparam("moment")).values(at=bindparam("until"))


class TimeoutFailed(Exception):
    """Deciding a task broke off; `moment_id` says which."""

    def __init__(self, moment_id: UUID) -> None:
        super().__init__(f"timeout {moment_id}")
        self.moment_id = moment_id


def time_out_tasks(session: Session, limit: int = 1) -> int:
    """Decide the tasks whose time is over and whose cases are free; return how many there were.

    Raises TimeoutFailed; then none of them is decided.
    """
    rows = session.execute(_NEXT, {"now": clock.now(), "limit": limit}).all()
    for row in rows:
        try:
            _time_out(session, row)
        except Exception as error:  # whatever is wrong with one case must not keep the others waiting
            raise TimeoutFailed(row.id) from error
    return len(rows)


def postpone_timeout(session: Session, moment_id: UUID) -> None:
    """Look at a task that could not be decided again a while later."""
    session.execute(_POSTPONE, {"moment": moment_id, "until": clock.now() + POSTPONED})


def _time_out(session: Session, row: Row[Any]) -> None:
    session.execute(_DONE, {"moment": row.id})
    task, root = lock_task(session, row.user_task_id)
    if task.state not in ("open", "held") or root.state != "active":
        return
    conductor = Conductor(session, SYSTEM.user_id)
    running = conductor.adopt(root, task.process_instance_id)
    if not isinstance(running.execution.waits.get(task.id), UserTaskWait):
        return  # it stands at an incident: a person decides what becomes of it
    step = running.definition.program.elements[task.element_id]
    verdict = row.detail["outcome"]
    variable = step.properties.get("outcome:variable")
    value = (step.approval or Approval()).value_of(verdict)
    before, at = dict(running.execution.variables), clock.now()
    finishing.finish(conductor, running, task, {variable: value} if variable else {}, verdict, SYSTEM.user_id)
    decisions.record(
        session,
        "timeout",
        SYSTEM.user_id,
        instance_id=task.process_instance_id,
        task_id=task.id,
        element_id=task.element_id,
        at=at,
        on_behalf_of=task.assignee,
        outcome=verdict,
        shown={**before, **(task.variables or {})},
    )
    people = {task.assignee, task.owner} if task.assignee else set(task.candidate_users)
    notifications.notify(
        session,
        sorted(person for person in people if person is not None),
        "timed_out",
        user_task_id=task.id,
        process_instance_id=task.process_instance_id,
    )
