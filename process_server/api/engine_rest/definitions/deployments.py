"""Deployments on the wire: what Camunda Modeler sends, and what was deployed."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi import Query as QueryParameters
from starlette.datastructures import FormData

from process_server import clock
from process_server.api.engine_rest.definitions import decision_definitions, process_definitions
from process_server.api.engine_rest.definitions.decision_definitions import DecisionShown
from process_server.api.engine_rest.definitions.process_definitions import DefinitionShown
from process_server.api.engine_rest.wire import dates
from process_server.api.engine_rest.wire.answers import answer, link, nothing
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.ids import SoughtId, read_id
from process_server.api.engine_rest.wire.listing import Asked, Listing, from_address
from process_server.api.engine_rest.wire.multipart import field_of, files_of, form_of
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Count, Link, Wire
from process_server.api.ground.parts import each_file
from process_server.api.ground.schemas import Text
from process_server.bpmn import commands, queries
from process_server.bpmn.commands.deploy import Again, Deployed
from process_server.bpmn.finders.decision_definitions import DECISION_DEFINITIONS
from process_server.bpmn.finders.deployments import DEPLOYMENTS
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.finders.process_definitions import PROCESS_DEFINITIONS
from process_server.bpmn.result import Row
from process_server.config import settings
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.principal import Principal

router = resource("/deployment", "Deployment")


class DeploymentShown(Wire):
    """A set of files that were deployed together."""

    links: list[Link]
    id: UUID
    name: str | None
    source: str | None
    deployment_time: str
    tenant_id: str | None


class DeployedShown(DeploymentShown):
    """What a deployment made new. Nothing of a kind: null."""

    deployed_process_definitions: dict[str, DefinitionShown] | None
    deployed_decision_definitions: dict[str, DecisionShown] | None
    deployed_decision_requirements_definitions: dict[str, Any] | None
    deployed_case_definitions: dict[str, Any] | None


class DeploymentQuery(Asked):
    """Which deployments."""

    id: SoughtId | None = None
    name: Text | None = None
    name_like: Text | None = None
    source: Text | None = None
    without_source: bool | None = None
    after: Date | None = None
    before: Date | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None
    include_deployments_without_tenant_id: bool | None = None


class Redeployment(Wire):
    """Which files of an earlier deployment to deploy again. None named: all."""

    resource_ids: list[UUID] | None = None
    resource_names: list[Text] | None = None
    source: Text | None = None


def shown(row: Row, request: Request) -> dict[str, Any]:
    """Return a deployment as the wire has it."""
    return {
        "links": [link(request, f"deployment/{row['id']}")],
        "id": row["id"],
        "name": row["name"],
        "source": row["source"],
        "deploymentTime": row["deployed_at"],
        "tenantId": None,
    }


LIST = Listing(
    DeploymentQuery,
    DEPLOYMENTS,
    dict,
    {"id": "id", "name": "name", "deploymentTime": "deployed_at", "tenantId": "id"},
)


_PARTS = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "deployment-name": {"type": "string"},
                        "deployment-source": {"type": "string"},
                        "enable-duplicate-filtering": {"type": "boolean"},
                        "deploy-changed-only": {"type": "boolean"},
                        "deployment-activation-time": {"type": "string", "format": "date-time"},
                        "data": {
                            "type": "string",
                            "format": "binary",
                            "description": "A file; any number of any name.",
                        },
                    },
                }
            }
        },
    }
}


@router.post("/create", response_model=DeployedShown, responses=documented(413), openapi_extra=_PARTS)
@each_file(lambda: settings().max_model)
@operation("deployments:write")
def create(
    session: Session, actor: Principal, request: Request, form: Annotated[FormData, Depends(form_of)]
) -> Response:
    """Deploy files.

    Every part with a file name is a file, called by that name. With `enable-duplicate-filtering`, files that are all
    deployed already are not deployed again: the answer is the deployment that holds them, with no definitions. With
    `deploy-changed-only` as well, only what changed gets a new version. Before `deployment-activation-time` the new
    versions are suspended. What cannot be deployed: 400 ParseException.
    """
    actor.require_admin()
    files = files_of(form)
    if field_of(form, "tenant-id"):
        raise InvalidRequest("There are no tenants here: leave the tenant id empty.")
    given = field_of(form, "deployment-activation-time")
    active_from = dates.read(given) if given else None
    deployed = commands.deploy(
        session,
        files,
        name=field_of(form, "deployment-name"),
        source=field_of(form, "deployment-source") or None,
        actor=actor.user_id,
        again=_again(form),
    )
    if active_from is not None and active_from > clock.now():
        _activate(session, actor, deployed, active_from)
    return _deployed(session, actor, request, deployed)


def _activate(session: Session, actor: Principal, deployed: Deployed, at: datetime) -> None:
    """Let nothing begin in what is new before an instant."""
    for each in deployed.processes:
        if each["new"]:
            commands.suspend_definition(session, each["id"], True, actor=actor)
            commands.suspend_definition(session, each["id"], False, actor=actor, at=at)


def _again(form: FormData) -> Again:
    def is_set(name: str) -> bool:
        return field_of(form, name).lower() in ("true", "1")

    if is_set("deploy-changed-only"):
        return "changed"
    return "together" if is_set("enable-duplicate-filtering") else "always"


def _deployed(session: Session, actor: Principal, request: Request, deployed: Deployed) -> Response:
    """Answer with a deployment and the definitions that are new by it, in the order of the files.

    Clients that deploy and start take the first: that of the diagram, which they send first.
    """
    processes = _new(session, actor, deployed.processes, PROCESS_DEFINITIONS, process_definitions.shown)
    decisions = _new(session, actor, deployed.decisions, DECISION_DEFINITIONS, decision_definitions.shown)
    return answer(
        {
            **shown(DEPLOYMENTS.one(session, actor, deployed.id), request),
            "deployedProcessDefinitions": processes or None,
            "deployedDecisionDefinitions": decisions or None,
            "deployedDecisionRequirementsDefinitions": None,
            "deployedCaseDefinitions": None,
        }
    )


def _new(
    session: Session,
    actor: Principal,
    made: list[dict[str, Any]],
    finder: Finder,
    show: Callable[[Row], dict[str, Any]],
) -> dict[str, Any]:
    rows = (finder.one(session, actor, each["id"]) for each in made if each["new"])
    return {each["id"]: each for each in map(show, rows)}


@router.get("", response_model=list[DeploymentShown])
@operation("deployments:read")
def find(
    session: Session,
    actor: Principal,
    request: Request,
    query: Annotated[DeploymentQuery, from_address(DeploymentQuery)],
) -> Response:
    """List deployments."""
    return answer([shown(row, request) for row in LIST.rows(session, actor, query)])


@router.get("/count", response_model=Count)
@operation("deployments:read")
def count(
    session: Session, actor: Principal, query: Annotated[DeploymentQuery, from_address(DeploymentQuery)]
) -> Response:
    """Count deployments."""
    return LIST.count(session, actor, query)


@router.get("/registered", response_model=list[str])
@operation("deployments:read")
def registered(session: Session, actor: Principal) -> Response:
    """List the deployments registered with an application: there are no applications that register."""
    return answer([])


@router.get("/{id}", response_model=DeploymentShown, responses=documented(404))
@operation("deployments:read")
def get(session: Session, actor: Principal, request: Request, id: str) -> Response:
    """Get a deployment."""
    return answer(shown(DEPLOYMENTS.one(session, actor, _id(id)), request))


def _id(text: str) -> UUID:
    return read_id(text, kind="deployment")


@router.post("/{id}/redeploy", response_model=DeployedShown, responses=documented(404, 413))
@operation("deployments:write")
def redeploy(session: Session, actor: Principal, request: Request, id: str, body: Redeployment) -> Response:
    """Deploy files of an earlier deployment again: what is in them becomes the newest version."""
    actor.require_admin()
    held = queries.get_deployment(session, _id(id))
    wanted = [each for each in held["resources"] if _is_wanted(each, body)]
    known = {str(each["id"]) for each in wanted} | {each["name"] for each in wanted}
    if unknown := {*map(str, body.resource_ids or ()), *(body.resource_names or ())} - known:
        raise NotFound(kind="resource", id=sorted(unknown)[0])
    files = {each["name"]: queries.resource_content(session, held["id"], each["id"])[1] for each in wanted}
    deployed = commands.deploy(
        session, files, name=held["name"], source=body.source or held["source"], actor=actor.user_id, again="always"
    )
    return _deployed(session, actor, request, deployed)


def _is_wanted(held: Row, body: Redeployment) -> bool:
    if not body.resource_ids and not body.resource_names:
        return True
    return held["id"] in (body.resource_ids or ()) or held["name"] in (body.resource_names or ())


class Deletion(Wire):
    """What becomes of the instances."""

    cascade: bool = False


@router.delete("/{id}", status_code=204, responses=documented(404))
@operation("deployments:write")
def delete(session: Session, actor: Principal, id: str, query: Annotated[Deletion, QueryParameters()]) -> Response:
    """Delete a deployment and its definitions; with `cascade` its instances and their history as well."""
    commands.delete_deployment(session, _id(id), actor=actor, instances="cancel" if query.cascade else "refuse")
    return nothing()
