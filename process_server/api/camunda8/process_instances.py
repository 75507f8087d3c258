"""Starting as clients of Camunda 8 do, with plain JSON for variables."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server.api.camunda8.deployments import require_no_tenant
from process_server.api.camunda8.routing import TENANT, resource
from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.ids import read_id
from process_server.api.engine_rest.wire.routing import operation
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn import commands
from process_server.bpmn.commands.modification import Begin
from process_server.bpmn.definitions import find_definition_id
from process_server.db import Session
from process_server.errors import Invalid
from process_server.identity.principal import Principal

router = resource("/process-instances")

LATEST = -1


class Place(Wire):
    """An element to begin at, instead of the start event."""

    element_id: Text


class Start(Wire):
    """What to start: one version by its key, or a process by its id, its newest version unless another is named."""

    process_definition_key: Text | None = None
    process_definition_id: Text | None = None
    process_definition_version: Annotated[int, Field(ge=LATEST, le=2**31 - 1)] = LATEST
    variables: dict[str, Any] = Field(default_factory=dict)
    start_instructions: list[Place] = Field(default_factory=list)
    runtime_instructions: list[dict[str, Any]] = Field(default_factory=list)
    tenant_id: Text | None = None
    await_completion: bool = False


class Started(Wire):
    """The instance that was started."""

    process_instance_key: str
    process_definition_key: str
    process_definition_id: str
    process_definition_version: int
    tenant_id: str
    variables: dict[str, Any]


@router.post("", response_model=Started)
@operation("processes:write")
def create(session: Session, actor: Principal, body: Start) -> Response:
    """Start an instance and run it until it waits."""
    require_no_tenant(body.tenant_id)
    if body.await_completion:
        raise Invalid("Nobody waits here for a process to end: leave out awaitCompletion.")
    if body.runtime_instructions:
        raise Invalid("Instances are not ended by an instruction to come: leave out runtimeInstructions.")
    running = commands.start_instance(
        session,
        _definition(session, body),
        body.variables,
        actor=actor,
        instructions=[Begin(place.element_id) for place in body.start_instructions],
    )
    held = running.definition
    return answer(
        {
            "processInstanceKey": str(running.id),
            "processDefinitionKey": str(held.id),
            "processDefinitionId": held.key,
            "processDefinitionVersion": held.version,
            "tenantId": TENANT,
            "variables": {},
        }
    )


def _definition(session: Session, body: Start) -> UUID:
    if body.process_definition_key is not None:
        return read_id(body.process_definition_key, kind="process definition")
    if body.process_definition_id is None:
        raise Invalid("Give either processDefinitionKey or processDefinitionId.")
    if body.process_definition_version == LATEST:
        return find_definition_id(session, body.process_definition_id)
    version = str(body.process_definition_version)
    return find_definition_id(session, body.process_definition_id, binding="version", version=version)
