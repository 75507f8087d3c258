"""Deployments: several files sent together, checked together, deployed all or nothing."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import File, Form, Request, Response, UploadFile
from fastapi import Query as QueryParameters

from process_server.api.ground.answers import answer, attachment, nothing
from process_server.api.ground.errors import ProblemShown, documented
from process_server.api.ground.languages import language_of
from process_server.api.ground.paging import page_of
from process_server.api.ground.parts import each_file
from process_server.api.ground.payload import check_text
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Cursor, Limit, Page, Query, Shown
from process_server.api.ground.transaction import transaction
from process_server.api.processes.definitions import DefinitionShown
from process_server.bpmn import commands, queries
from process_server.config import settings
from process_server.db import Session
from process_server.errors import InvalidInput, TooLarge
from process_server.faults import told
from process_server.identity.principal import Principal

router = resource("/deployments", "deployments")

MAX_FILES = 500


class ArtefactShown(Shown):
    """A process, decision or form of a deployment. `new` says whether it became a new version."""

    id: UUID
    key: str
    version: int
    name: str | None = None
    resource: str
    new: bool


class DeployedShown(Shown):
    """What a deployment did. `changed` is false when exactly these files were the newest already."""

    id: UUID
    name: str
    changed: bool
    processes: list[ArtefactShown]
    decisions: list[ArtefactShown]
    forms: list[ArtefactShown]
    warnings: list[ProblemShown]


class DeploymentShown(Shown):
    """A set of files that were deployed together."""

    id: UUID
    name: str
    source: str | None
    deployed_at: datetime
    deployed_by: str | None
    warnings: list[ProblemShown]


class ResourceShown(Shown):
    """A deployed file. `size` is bytes."""

    id: UUID
    name: str
    size: int


class DeploymentDetail(DeploymentShown):
    """A deployment with its files and process definitions."""

    resources: list[ResourceShown]
    definitions: list[DefinitionShown]


class DeploymentQuery(Query):
    """Which page of the deployments."""

    limit: Limit = 50
    cursor: Cursor = None


class DeletionQuery(Query):
    """What becomes of the instances."""

    instances: Literal["refuse", "cancel"] = "refuse"


_UNCHANGED: dict[int | str, dict[str, Any]] = {
    200: {"model": DeployedShown, "description": "Nothing had changed: the deployment that holds these files."}
}


@router.post("", status_code=201, response_model=DeployedShown, responses=documented(413) | _UNCHANGED)
@each_file(lambda: settings().max_model)
@transaction("deployments:write")
def create(
    session: Session,
    actor: Principal,
    request: Request,
    files: Annotated[list[UploadFile], File(description="BPMN, DMN and form files, and parameters.toml.")],
    name: Annotated[str, Form(max_length=255, description="What to call the deployment.")] = "",
    drafts: Annotated[bool, Form(description="Deploy processes that are drawn as not executable as well.")] = False,
) -> Response:
    """Deploy files.

    BPMN (`.bpmn`, `.bpmn20.xml`), decisions (`.dmn`), forms (`.form`) and `parameters.toml`, in one request. What is
    byte for byte the newest version already gets no new one. If anything cannot be deployed, nothing is: the answer is
    422 with every problem, its file, element and line.
    """
    actor.require_admin()
    deployed = commands.deploy(
        session, _read(files), name=check_text(name, "name"), source="api", actor=actor.user_id, drafts=drafts
    )
    data = {field: getattr(deployed, field) for field in DeployedShown.model_fields}
    data["warnings"] = told(deployed.warnings, language_of(request, actor))
    return answer(data, 201 if deployed.changed else 200)


def _read(files: list[UploadFile]) -> dict[str, bytes]:
    if len(files) > MAX_FILES:
        raise InvalidInput([{"field": "files", "code": "too_many", "params": {"maximum": MAX_FILES}}])
    contents: dict[str, bytes] = {}
    for file in files:
        name = check_text(file.filename or "", "files").replace("\\", "/").lstrip("/")
        if not name or name in contents:
            code = "duplicate" if name else "name_required"
            raise InvalidInput([{"field": "files", "code": code, "params": {"name": name}}])
        limit = settings().max_model
        if (file.size or 0) > limit:
            raise TooLarge(limit=limit, file=name)
        contents[name] = file.file.read()
    return contents


@router.get("", response_model=Page[DeploymentShown])
@transaction("deployments:read")
def find(session: Session, actor: Principal, query: Annotated[DeploymentQuery, QueryParameters()]) -> Response:
    """List deployments, the newest first."""
    return answer(
        page_of(
            lambda limit, before: queries.list_deployments(session, limit=limit, before=before),
            "deployed_at",
            query.limit,
            query.cursor,
        )
    )


@router.get("/{deployment_id}", response_model=DeploymentDetail, responses=documented(404))
@transaction("deployments:read")
def get(session: Session, actor: Principal, request: Request, deployment_id: UUID) -> Response:
    """Get a deployment with its files and process definitions."""
    found = queries.get_deployment(session, deployment_id)
    return answer({**found, "warnings": told(found["warnings"], language_of(request, actor))})


_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get(
    "/{deployment_id}/resources/{resource_id}",
    response_class=Response,
    responses=documented(404) | _FILE,
)
@transaction("deployments:read")
def content(session: Session, actor: Principal, deployment_id: UUID, resource_id: UUID) -> Response:
    """Get a deployed file, byte for byte."""
    name, held = queries.resource_content(session, deployment_id, resource_id)
    return attachment(held, "application/octet-stream", name)


@router.delete("/{deployment_id}", status_code=204, responses=documented(404, 409))
@transaction("deployments:write")
def delete(
    session: Session, actor: Principal, deployment_id: UUID, query: Annotated[DeletionQuery, QueryParameters()]
) -> Response:
    """Delete a deployment and its definitions.

    While instances of it are kept this is refused, unless `instances=cancel` says that those running are cancelled and
    all are deleted with their history.
    """
    commands.delete_deployment(session, deployment_id, actor=actor, instances=query.instances)
    return nothing()
