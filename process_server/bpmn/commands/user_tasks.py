"""The command that completes a user task: what a person entered goes into the process, and the process goes on."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session, aliased

from process_server import clock
from process_server.bpmn import task_forms
from process_server.bpmn.conductor import Conductor
from process_server.bpmn.models import ProcessInstance
from process_server.bpmn.running import columns_of
from process_server.bpmn.waits import UserTaskWait
from process_server.db import table_of
from process_server.errors import AlreadyCompleted, Conflict, NotAllowed, NotFound, StaleRevision
from process_server.forms import entry
from process_server.identity.principal import Principal
from process_server.tasks.models import UserTask
from process_server.tasks.permission import may_work

_task = table_of(UserTask)
_instance = table_of(ProcessInstance)
_root = aliased(_instance, name="root")

# The root first, then the task: the order in which every command takes its locks.
_LOCK = (
    select(
        *(
            _task.c[name].label(f"task_{name}")
            for name in (
                "id",
                "process_instance_id",
                "element_id",
                "state",
                "assignee",
                "candidate_users",
                "candidate_groups",
                "form_key",
                "completed_by",
                "revision",
                "variables",
            )
        ),
        *columns_of(_root),
    )
    .select_from(
        _task.join(_instance, _instance.c.id == _task.c.process_instance_id).join(
            _root, _root.c.id == _instance.c.root_id
        )
    )
    .where(_task.c.id == bindparam("task"))
    .with_for_update(of=[_root, _task])
)


def complete_user_task(
    session: Session,
    task_id: UUID,
    values: Mapping[str, Any],
    *,
    actor: Principal,
    outcome: str | None = None,
    revision: int | None = None,
) -> dict[str, Any]:
    """Complete a user task with what its form gave; return the values that were taken over.

    Values of a bound form are validated; those the form does not let be written are left out. Raises NotFound,
    NotAllowed, AlreadyCompleted (naming who), StaleRevision, InvalidForm.
    """
    row = session.execute(_LOCK, {"task": task_id}).one_or_none()
    if row is None:
        raise NotFound(kind="user task", id=task_id)
    _check(row, actor, revision)
    conductor = Conductor(session, actor.user_id)
    running = conductor.adopt(row, row.task_process_instance_id)
    if not isinstance(running.execution.waits.get(task_id), UserTaskWait):
        raise Conflict("This task cannot be completed now: see the incident at {element}.", element=row.task_element_id)
    accepted = task_forms.accept(
        session,
        running.definition,
        row.task_element_id,
        row.task_form_key,
        values,
        variables={**running.execution.variables, **(row.task_variables or {})},
        actor=actor,
        instance_id=running.id,
    )
    outcome = outcome or _outcome(running.definition.program.elements[row.task_element_id].properties, accepted)
    running.execution.complete(task_id, accepted, actor=actor.user_id, outcome=outcome)
    conductor.completed_task = {
        "id": task_id,
        "completed_by": actor.user_id,
        "completed_at": clock.now(),
        "outcome": outcome,
        "assignee": row.task_assignee or actor.user_id,
    }
    conductor.settle()
    entry.attach_files(session, accepted, user_id=actor.user_id, instance_id=running.id, task_id=task_id)
    return accepted


def _check(row: Row[Any], actor: Principal, revision: int | None) -> None:
    if row.task_state != "open":
        raise AlreadyCompleted(actor=row.task_completed_by or row.task_state)
    if not may_work(actor, row.task_assignee, row.task_candidate_users, row.task_candidate_groups):
        raise NotAllowed("This task is not yours: it is {assignee}'s.", assignee=row.task_assignee or "somebody else")
    if revision is not None and revision != row.task_revision:
        raise StaleRevision(revision=row.task_revision)


def _outcome(properties: Mapping[str, str], values: Mapping[str, Any]) -> str | None:
    """Read the decision out of the form: the variable the model names, else `decision`, else `approved`."""
    for name in (properties.get("outcome:variable"), "decision", "approved"):
        value = values.get(name) if name else None
        if isinstance(value, bool):
            return "approve" if value else "reject"
        if isinstance(value, str) and value:
            return value
    return None
