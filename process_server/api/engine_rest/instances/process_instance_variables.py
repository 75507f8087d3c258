"""The variables of a running instance on the wire: all of them, one of them, what a file holds."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import File, Form, Path, Response, UploadFile
from pydantic import Field

from process_server.api.engine_rest.wire import file_values
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.errors import documented
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Variables, VariableValue, Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn import commands, queries
from process_server.bpmn.finders.process_instances import PROCESS_INSTANCES
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.principal import Principal

router = resource("/process-instance/{id}/variables", "Process Instance")

VariableName = Annotated[str, Path(alias="varName", max_length=255)]
BYTES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}}
            for media in ("application/octet-stream", "text/plain", "*/*")
        }
    }
}


class Patch(Wire):
    """Variables to set, and names of those to remove: what is named as both is removed."""

    modifications: Variables | None = None
    deletions: list[Text] = Field(default_factory=list)

    @property
    def kept(self) -> dict[str, VariableValue]:
        """What is set and not removed again."""
        return {name: value for name, value in (self.modifications or {}).items() if name not in self.deletions}


@router.get("", response_model=dict[str, VariableValue], responses=documented(404))
@operation("processes:read")
def all_of(session: Session, actor: Principal, id: UUID) -> Response:
    """Get every variable of a running instance, for administrators: others see what their forms show them."""
    return answer(file_values.shown_all(session, actor, held_by(session, actor, id)))


@router.post("", status_code=204, responses=documented(404))
@operation("processes:write")
def change(session: Session, actor: Principal, id: UUID, body: Patch) -> Response:
    """Set variables, and remove others, all at once."""
    PROCESS_INSTANCES.one(session, actor, id)
    _set(session, actor, id, body.kept, body.deletions)
    return nothing()


@router.get("/{varName}", response_model=VariableValue, responses=documented(404))
@operation("processes:read")
def get(session: Session, actor: Principal, id: UUID, name: VariableName) -> Response:
    """Get a variable."""
    return answer(file_values.shown(session, actor, one(held_by(session, actor, id), name)))


@router.put("/{varName}", status_code=204, responses=documented(404))
@operation("processes:write")
def put(session: Session, actor: Principal, id: UUID, name: VariableName, body: VariableValue) -> Response:
    """Set a variable."""
    PROCESS_INSTANCES.one(session, actor, id)
    _set(session, actor, id, {name: body})
    return nothing()


@router.delete("/{varName}", status_code=204, responses=documented(404))
@operation("processes:write")
def remove(session: Session, actor: Principal, id: UUID, name: VariableName) -> Response:
    """Remove a variable; one there is not is removed already."""
    PROCESS_INSTANCES.one(session, actor, id)
    commands.set_variables(session, id, {}, actor=actor, removed=[name])
    return nothing()


@router.get("/{varName}/data", response_class=Response, responses=documented(404) | BYTES)
@operation("processes:read")
def download(session: Session, actor: Principal, id: UUID, name: VariableName) -> Response:
    """Get the content of a file, or the bytes of a text."""
    return file_values.content(session, actor, name, one(held_by(session, actor, id), name))


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
    """Set a variable to a file that is sent as a part of a form."""
    PROCESS_INSTANCES.one(session, actor, id)
    _set(session, actor, id, {name: file_values.uploaded(session, actor, name, data, value_type)})
    return nothing()


def held_by(session: Session, actor: Principal, instance_id: UUID) -> dict[str, Any]:
    """Return the variables of a running instance. Raises NotFound, NotAllowed."""
    PROCESS_INSTANCES.one(session, actor, instance_id)
    actor.require_admin()
    return queries.get_variables(session, instance_id)


def one(held: Mapping[str, Any], name: str) -> Any:
    """Return the value of a variable. Raises NotFound."""
    if name not in held:
        raise NotFound(kind="variable", id=name)
    return held[name]


def _set(
    session: Session,
    actor: Principal,
    instance_id: UUID,
    sent: Mapping[str, VariableValue],
    removed: list[str] | tuple[str, ...] = (),
) -> None:
    read = file_values.read_all(session, actor, sent)
    commands.set_variables(session, instance_id, read, actor=actor, removed=removed)
    file_values.attach(session, actor, read, instance_id)
