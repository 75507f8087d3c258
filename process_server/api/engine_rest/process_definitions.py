"""Process definitions on the wire: which there are, and what was drawn."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Response

from process_server.api.engine_rest.answers import answer
from process_server.api.engine_rest.dates import Date
from process_server.api.engine_rest.errors import documented
from process_server.api.engine_rest.ids import definition_id, read_definition_id
from process_server.api.engine_rest.listing import Asked, Listing, from_address
from process_server.api.engine_rest.routing import operation, resource
from process_server.api.engine_rest.schemas import Count, Wire
from process_server.api.schemas import Text
from process_server.bpmn.finders.process_definitions import PROCESS_DEFINITIONS
from process_server.bpmn.queries.result import Row
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/process-definition", "Process Definition")


class DefinitionShown(Wire):
    """One version of a process."""

    id: str
    key: str
    category: str | None
    description: str | None
    name: str | None
    version: int
    resource: str
    deployment_id: UUID
    diagram: str | None
    suspended: bool
    tenant_id: str | None
    version_tag: str | None
    history_time_to_live: int | None
    startable_in_tasklist: bool


class DefinitionQuery(Asked):
    """Which definitions."""

    process_definition_id: Text | None = None
    name: Text | None = None
    name_like: Text | None = None
    key: Text | None = None
    keys_in: list[Text] | None = None
    key_like: Text | None = None
    version: Annotated[int | None, None] = None
    latest_version: bool | None = None
    deployed_after: Date | None = None


def shown(row: Row) -> dict[str, Any]:
    """Return a definition as the wire has it."""
    return {
        "id": definition_id(row["key"], row["version"], row["id"]),
        "key": row["key"],
        "category": None,
        "description": None,
        "name": row["name"],
        "version": row["version"],
        "resource": row["resource_name"],
        "deploymentId": row["deployment_id"],
        "diagram": None,
        "suspended": row["suspended"],
        "tenantId": None,
        "versionTag": row["version_tag"],
        "historyTimeToLive": None,
        "startableInTasklist": row["startable"],
    }


LIST = Listing(
    DefinitionQuery,
    PROCESS_DEFINITIONS,
    shown,
    {"id": "id", "key": "key", "name": "name", "version": "version", "deploymentId": "deployment_id"},
)


@router.get("", response_model=list[DefinitionShown])
@operation("processes:read")
def find(
    session: Session, actor: Principal, query: Annotated[DefinitionQuery, from_address(DefinitionQuery)]
) -> Response:
    """List process definitions."""
    return LIST.find(session, actor, query)


@router.get("/count", response_model=Count)
@operation("processes:read")
def count(
    session: Session, actor: Principal, query: Annotated[DefinitionQuery, from_address(DefinitionQuery)]
) -> Response:
    """Count process definitions."""
    return LIST.count(session, actor, query)


@router.get("/{id}", response_model=DefinitionShown, responses=documented(404))
@operation("processes:read")
def get(session: Session, actor: Principal, id: str) -> Response:
    """Get one version of a process."""
    return answer(shown(PROCESS_DEFINITIONS.one(session, actor, read_definition_id(id))))
