"""The variables of a task on the wire: those it sees, its case's among them, and those it has alone."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import File, Form, Response, UploadFile

from process_server.api.engine_rest.instances.process_instance_variables import BYTES, Patch, VariableName, one
from process_server.api.engine_rest.wire import file_values
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.errors import documented
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import VariableValue
from process_server.bpmn import commands
from process_server.bpmn.form_binding.task_variables import visible_local_variables, visible_variables
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.inbox import worklist

router = resource("/task/{id}", "Task")


@router.get("/variables", response_model=dict[str, VariableValue], responses=documented(404))
@operation("tasks:read")
def all_of(session: Session, actor: Principal, id: UUID) -> Response:
    """List the variables a task sees: to administrators all, to others those its form shows."""
    task = worklist.find_task(session, id, actor)
    return answer(file_values.shown_all(session, actor, visible_variables(session, task, actor)))


@router.post("/variables", status_code=204, responses=documented(404))
@operation("tasks:write")
def change(session: Session, actor: Principal, id: UUID, body: Patch) -> Response:
    """Set variables and remove others, for administrators: where the task has them alone there, else in the case."""
    return _set(session, actor, id, body.kept, body.deletions)


@router.get("/variables/{varName}", response_model=VariableValue, responses=documented(404))
@operation("tasks:read")
def get(session: Session, actor: Principal, id: UUID, name: VariableName) -> Response:
    """Get a variable."""
    task = worklist.find_task(session, id, actor)
    return answer(file_values.shown(session, actor, one(visible_variables(session, task, actor), name)))


@router.put("/variables/{varName}", status_code=204, responses=documented(404))
@operation("tasks:write")
def put(session: Session, actor: Principal, id: UUID, name: VariableName, body: VariableValue) -> Response:
    """Set a variable, for administrators."""
    return _set(session, actor, id, {name: body})


@router.delete("/variables/{varName}", status_code=204, responses=documented(404))
@operation("tasks:write")
def remove(session: Session, actor: Principal, id: UUID, name: VariableName) -> Response:
    """Remove a variable, for administrators; one there is not is removed already."""
    return _set(session, actor, id, {}, [name])


@router.get("/variables/{varName}/data", response_class=Response, responses=documented(404) | BYTES)
@operation("tasks:read")
def download(session: Session, actor: Principal, id: UUID, name: VariableName) -> Response:
    """Get the content of a file, or the bytes of a text."""
    task = worklist.find_task(session, id, actor)
    return file_values.content(session, actor, name, one(visible_variables(session, task, actor), name))


@router.post("/variables/{varName}/data", status_code=204, responses=documented(404, 413))
@operation("tasks:write")
def upload(
    session: Session,
    actor: Principal,
    id: UUID,
    name: VariableName,
    data: Annotated[UploadFile | None, File()] = None,
    value_type: Annotated[str, Form(alias="valueType")] = "File",
) -> Response:
    """Set a variable to a file that is sent as a part of a form, for administrators."""
    return _set(session, actor, id, {name: file_values.uploaded(session, actor, name, data, value_type)})


@router.get("/localVariables", response_model=dict[str, VariableValue], responses=documented(404))
@operation("tasks:read")
def all_own(session: Session, actor: Principal, id: UUID) -> Response:
    """List the variables a task has alone: its inputs, the item of a loop."""
    task = worklist.find_task(session, id, actor)
    return answer(file_values.shown_all(session, actor, visible_local_variables(session, task, actor)))


@router.post("/localVariables", status_code=204, responses=documented(404))
@operation("tasks:write")
def change_own(session: Session, actor: Principal, id: UUID, body: Patch) -> Response:
    """Set and remove variables of the task alone, for administrators."""
    return _set(session, actor, id, body.kept, body.deletions, local=True)


@router.get("/localVariables/{varName}", response_model=VariableValue, responses=documented(404))
@operation("tasks:read")
def get_own(session: Session, actor: Principal, id: UUID, name: VariableName) -> Response:
    """Get a variable of the task alone."""
    task = worklist.find_task(session, id, actor)
    return answer(file_values.shown(session, actor, one(visible_local_variables(session, task, actor), name)))


@router.put("/localVariables/{varName}", status_code=204, responses=documented(404))
@operation("tasks:write")
def put_own(session: Session, actor: Principal, id: UUID, name: VariableName, body: VariableValue) -> Response:
    """Set a variable of the task alone, for administrators."""
    return _set(session, actor, id, {name: body}, local=True)


@router.delete("/localVariables/{varName}", status_code=204, responses=documented(404))
@operation("tasks:write")
def remove_own(session: Session, actor: Principal, id: UUID, name: VariableName) -> Response:
    """Remove a variable of the task alone, for administrators."""
    return _set(session, actor, id, {}, [name], local=True)


def _set(
    session: Session,
    actor: Principal,
    task_id: UUID,
    sent: Mapping[str, VariableValue],
    removed: list[str] | None = None,
    *,
    local: bool = False,
) -> Response:
    task = worklist.find_task(session, task_id, actor)
    actor.require_admin()
    actor.require_scope("processes:write")
    read = file_values.read_all(session, actor, sent)
    commands.set_task_variables(session, task_id, read, actor=actor, removed=removed or (), local=local)
    file_values.attach(session, actor, read, task.process_instance_id)
    return nothing()
