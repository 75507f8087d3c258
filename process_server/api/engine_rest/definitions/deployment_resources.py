"""The files of a deployment, as they were sent."""

import mimetypes
from typing import Any
from uuid import UUID

from fastapi import Response

from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.errors import documented
from process_server.api.engine_rest.wire.ids import read_id
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.answers import attachment
from process_server.bpmn import queries
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.principal import Principal

router = resource("/deployment/{id}/resources", "Deployment")

_TYPES = {".bpmn": "text/xml", ".dmn": "text/xml", ".cmmn": "text/xml", ".form": "application/json"}


class ResourceShown(Wire):
    """A deployed file."""

    id: UUID
    name: str
    deployment_id: UUID


@router.get("", response_model=list[ResourceShown], responses=documented(404))
@operation("deployments:read")
def resources(session: Session, actor: Principal, id: str) -> Response:
    """List the files of a deployment."""
    held = queries.get_deployment(session, read_id(id, kind="deployment"))
    return answer([_resource(each, held["id"]) for each in held["resources"]])


def _resource(row: Row, deployment_id: UUID) -> dict[str, Any]:
    return {"id": row["id"], "name": row["name"], "deploymentId": deployment_id}


@router.get("/{resourceId}", response_model=ResourceShown, responses=documented(404))
@operation("deployments:read")
def get_resource(session: Session, actor: Principal, id: str, resourceId: str) -> Response:
    """Get a file of a deployment."""
    held = queries.get_deployment(session, read_id(id, kind="deployment"))
    found = next((each for each in held["resources"] if str(each["id"]) == resourceId), None)
    if found is None:
        raise NotFound(kind="resource", id=resourceId)
    return answer(_resource(found, held["id"]))


_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}}


@router.get("/{resourceId}/data", response_class=Response, responses=documented(404) | _FILE)
@operation("deployments:read")
def content(session: Session, actor: Principal, id: str, resourceId: str) -> Response:
    """Get what a deployed file holds, byte for byte."""
    name, held = queries.resource_content(session, read_id(id, kind="deployment"), read_id(resourceId, kind="resource"))
    ending = f".{name.rpartition('.')[2].lower()}"
    return attachment(held, _TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream", name)
