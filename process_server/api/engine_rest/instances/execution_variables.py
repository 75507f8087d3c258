"""The variables that an execution alone has, on the wire; of an instance itself they are all of its own."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import File, Form, Response, UploadFile

from process_server.api.engine_rest.instances.process_instance_variables import BYTES, Patch, VariableName, one
from process_server.api.engine_rest.wire import file_values
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.errors import documented
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import VariableValue
from process_server.api.ground.scopes import require_system
from process_server.bpmn import commands, queries
from process_server.bpmn.finders.executions import EXECUTIONS
from process_server.db import Session
from process_server.identity.principal import SYSTEM, Principal

router = resource("/execution/{id}/localVariables", "Execution")


@router.get("", response_model=dict[str, VariableValue], responses=documented(404))
@operation("jobs:read")
def all_of(session: Session, actor: Principal, id: UUID) -> Response:
    """Get the variables an execution alone has, for administrators and workers."""
    return answer(file_values.shown_all(session, SYSTEM, _local(session, actor, id)))


@router.post("", status_code=204, responses=documented(404))
@operation("processes:write")
def change(session: Session, actor: Principal, id: UUID, body: Patch) -> Response:
    """Set variables of an execution alone, and remove others."""
    _set(session, actor, id, body.kept, body.deletions)
    return nothing()


@router.get("/{varName}", response_model=VariableValue, responses=documented(404))
@operation("jobs:read")
def get(session: Session, actor: Principal, id: UUID, name: VariableName) -> Response:
    """Get a variable an execution sees: one it has alone, else its instance's."""
    return answer(file_values.shown(session, SYSTEM, one(_seen(session, actor, id, name), name)))


@router.put("/{varName}", status_code=204, responses=documented(404))
@operation("processes:write")
def put(session: Session, actor: Principal, id: UUID, name: VariableName, body: VariableValue) -> Response:
    """Set a variable of an execution alone."""
    _set(session, actor, id, {name: body})
    return nothing()


@router.delete("/{varName}", status_code=204, responses=documented(404))
@operation("processes:write")
def remove(session: Session, actor: Principal, id: UUID, name: VariableName) -> Response:
    """Remove a variable of an execution alone."""
    _set(session, actor, id, {}, [name])
    return nothing()


@router.get("/{varName}/data", response_class=Response, responses=documented(404) | BYTES)
@operation("jobs:read")
def download(session: Session, actor: Principal, id: UUID, name: VariableName) -> Response:
    """Get the content of a file, or the bytes of a text, that an execution sees."""
    value = one(_seen(session, actor, id, name), name)
    return file_values.content(session, SYSTEM, name, value)  # who may read the variable may read what it holds


@router.post("/{varName}/data", status_code=204, responses=documented(404, 413))
@operation("processes:write")
def upload(
    session: Session,
    actor: Principal,
    id: UUID,
    name: VariableName,
    data: Annotated[UploadFile | None, File()] = None,
    value_type: Annotated[str, Form(alias="valueType")] = "File",
) -> Response:
    """Set a variable of an execution alone to a file that is sent as a part of a form."""
    _set(session, actor, id, {name: file_values.uploaded(session, actor, name, data, value_type)})
    return nothing()


def _instance(session: Session, actor: Principal, execution_id: UUID) -> UUID:
    """Return the instance of an execution that an administrator or worker asks of. Raises NotFound, NotAllowed."""
    system = not actor.admin and not actor.scopes.isdisjoint({"jobs", "jobs:read"})
    row = EXECUTIONS.one(session, SYSTEM if system else actor, execution_id)
    require_system(actor, "jobs:read")
    return UUID(str(row["process_instance_id"]))


def _local(session: Session, actor: Principal, execution_id: UUID) -> Mapping[str, Any]:
    return queries.local_variables(session, _instance(session, actor, execution_id), execution_id)


def _seen(session: Session, actor: Principal, execution_id: UUID, name: str) -> Mapping[str, Any]:
    instance_id = _instance(session, actor, execution_id)
    held = queries.local_variables(session, instance_id, execution_id)
    return held if name in held else queries.get_variables(session, instance_id)


def _set(
    session: Session,
    actor: Principal,
    execution_id: UUID,
    sent: Mapping[str, VariableValue],
    removed: list[str] | tuple[str, ...] = (),
) -> None:
    instance_id = UUID(str(EXECUTIONS.one(session, actor, execution_id)["process_instance_id"]))
    read = file_values.read_all(session, actor, sent)
    commands.set_local_variables(session, instance_id, execution_id, read, actor=actor, removed=removed)
    file_values.attach(session, actor, read, instance_id)
