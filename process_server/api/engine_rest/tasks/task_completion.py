"""Finishing a task: with what its form gave, back to who delegated it, or by an error or escalation of the model."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Response

from process_server.api.engine_rest.wire import file_values, variables
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Variables, VariableValue, Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn import commands, queries
from process_server.db import Session
from process_server.errors import Conflict
from process_server.identity.principal import Principal
from process_server.tasks.inbox import worklist

router = resource("/task/{id}", "Task")


class Completion(Wire):
    """What the form gave. Administrators may set other variables of the case with it as well."""

    variables: Variables | None = None
    with_variables_in_return: bool = False


class Raised(Wire):
    """An error of the model, by its code."""

    error_code: Text | None = None
    error_message: Text | None = None
    variables: Variables | None = None


class Escalated(Wire):
    """An escalation of the model, by its code."""

    escalation_code: Text | None = None
    variables: Variables | None = None


_DONE: dict[int | str, dict[str, Any]] = {
    200: {"model": dict[str, VariableValue], "description": "The variables, where they were asked for."},
    204: {"description": "Done."},
}


@router.post("/complete", status_code=204, responses=documented(404) | _DONE)
@operation("tasks:write")
def complete(session: Session, actor: Principal, id: UUID, body: Completion | None = None) -> Response:
    """Complete a task; the process goes on. One that is delegated has to be resolved first."""
    return _complete(session, actor, id, body or Completion())


@router.post("/submit-form", status_code=204, responses=documented(404) | _DONE)
@operation("tasks:write")
def submit_form(session: Session, actor: Principal, id: UUID, body: Completion | None = None) -> Response:
    """Complete a task with its form, or bring a delegated one back to its owner."""
    return _complete(session, actor, id, body or Completion(), delegated_too=True)


@router.post("/resolve", status_code=204, responses=documented(404))
@operation("tasks:write")
def resolve(session: Session, actor: Principal, id: UUID, body: Completion | None = None) -> Response:
    """Bring a delegated task back to its owner, with what its form gave."""
    if worklist.find_task(session, id, actor).delegation != "pending":
        raise Conflict("This task is not delegated.")
    given = body or Completion()
    commands.complete_user_task(session, id, file_values.read_all(session, actor, given.variables), actor=actor)
    return nothing()


@router.post("/bpmnError", status_code=204, responses=documented(404))
@operation("tasks:write")
def raise_error(session: Session, actor: Principal, id: UUID, body: Raised) -> Response:
    """End a task by an error that the model catches."""
    if not body.error_code:
        raise InvalidRequest("Say which error: errorCode.")
    given = _given(session, actor, id, body.variables)
    commands.raise_task_error(session, id, body.error_code, body.error_message or "", given, actor=actor)
    return nothing()


@router.post("/bpmnEscalation", status_code=204, responses=documented(404))
@operation("tasks:write")
def escalate(session: Session, actor: Principal, id: UUID, body: Escalated) -> Response:
    """Raise an escalation at a task; it goes on unless what catches it interrupts."""
    if not body.escalation_code:
        raise InvalidRequest("Say which escalation: escalationCode.")
    given = _given(session, actor, id, body.variables)
    commands.escalate_task(session, id, body.escalation_code, given, actor=actor)
    return nothing()


def _given(
    session: Session, actor: Principal, task_id: UUID, sent: Mapping[str, VariableValue] | None
) -> dict[str, Any]:
    """Return the variables that were sent; files among them belong to the case of the task from now on."""
    given = file_values.read_all(session, actor, sent)
    file_values.attach(session, actor, given, worklist.find_task(session, task_id, actor).process_instance_id)
    return given


def _complete(
    session: Session, actor: Principal, task_id: UUID, body: Completion, *, delegated_too: bool = False
) -> Response:
    task = worklist.find_task(session, task_id, actor)
    if task.delegation == "pending" and not delegated_too:
        raise Conflict("This task is delegated: resolve it instead.")
    given = file_values.read_all(session, actor, body.variables)
    accepted = commands.complete_user_task(session, task_id, given, actor=actor)
    if not body.with_variables_in_return:
        return nothing()
    held = queries.get_variables(session, task.process_instance_id) if actor.admin else accepted
    return answer(variables.shown_all(held))
