"""Process definitions on the wire: which there are, what was drawn, and what becomes of them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Response
from pydantic import AfterValidator, Field

from process_server.api.engine_rest.operations.incident_kinds import kind_of
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.errors import InvalidRequest
from process_server.api.engine_rest.wire.ids import SoughtId, definition_id, read_definition_id
from process_server.api.engine_rest.wire.listing import Asked, Listing
from process_server.api.engine_rest.wire.offering import BY_ADDRESS, offer
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.engine_rest.wire.twins import Which, twins
from process_server.api.ground.schemas import Text
from process_server.bpmn import commands, queries
from process_server.bpmn.finders.process_definitions import PROCESS_DEFINITIONS
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.errors import NotAllowed
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


class Xml(Wire):
    """A file as it was deployed."""

    id: str
    bpmn20_xml: Annotated[str, Field(alias="bpmn20Xml")]


class CalledShown(DefinitionShown):
    """A process that another one calls, and where."""

    called_from_activity_ids: list[str]
    calling_process_definition_id: str


class DefinitionQuery(Asked):
    """Which definitions."""

    manners = Asked.manners | {"startable_permission_check"}

    process_definition_id: SoughtId | None = None
    process_definition_id_in: list[SoughtId] | None = None
    name: Text | None = None
    name_like: Text | None = None
    deployment_id: SoughtId | None = None
    deployed_after: Date | None = None
    deployed_at: Date | None = None
    key: Text | None = None
    keys_in: list[Text] | None = None
    key_like: Text | None = None
    category: Text | None = None
    category_like: Text | None = None
    version: Annotated[int | None, Field(ge=0, le=2**31 - 1)] = None
    latest_version: bool | None = None
    resource_name: Text | None = None
    resource_name_like: Text | None = None
    startable_by: Text | None = None
    active: bool | None = None
    suspended: bool | None = None
    incident_id: SoughtId | None = None
    incident_type: Annotated[Text, AfterValidator(kind_of)] | None = None
    incident_message: Text | None = None
    incident_message_like: Text | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None
    include_process_definitions_without_tenant_id: bool | None = None
    version_tag: Text | None = None
    version_tag_like: Text | None = None
    without_version_tag: bool | None = None
    startable_in_tasklist: bool | None = None
    not_startable_in_tasklist: bool | None = None
    startable_permission_check: bool | None = None


class Suspension(Wire):
    """Whether a version is to stand still, with its instances or without, now or at an instant."""

    suspended: bool
    process_definition_id: Text | None = None
    process_definition_key: Text | None = None
    include_process_instances: bool = False
    execution_date: Date | None = None


class TimeToLive(Wire):
    """For how many days instances are kept after their end; null: for good."""

    history_time_to_live: int | None = None


class Deletion(Wire):
    """What becomes of the instances."""

    cascade: bool = False


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
        "historyTimeToLive": row["history_days"],
        "startableInTasklist": row["startable"],
    }


_BY_INCIDENTS = frozenset({"incident_id", "incident_type", "incident_message", "incident_message_like"})


class DefinitionListing(Listing[DefinitionQuery]):
    """Lists versions of processes; what failed in their cases administrators alone seek them by."""

    def wanted(self, asked: DefinitionQuery, actor: Principal) -> dict[str, Any]:
        """Return the conditions for the finder. Raises NotAllowed."""
        found = super().wanted(asked, actor)
        if not actor.admin and not _BY_INCIDENTS.isdisjoint(found):
            raise NotAllowed("Only administrators search processes by their incidents.")
        if asked.startable_permission_check and not actor.admin:
            found["startable_for"] = [actor.user_id, *actor.groups]
        return found


LIST = DefinitionListing(
    DefinitionQuery,
    PROCESS_DEFINITIONS,
    shown,
    {
        "id": "id",
        "key": "key",
        "name": "name",
        "version": "version",
        "deploymentId": "deployment_id",
        "deployTime": "deployed_at",
        "versionTag": "version_tag",
        "category": "id",
        "tenantId": "id",
    },
)


offer(router, LIST, DefinitionShown, "process definitions", scope="processes:read", ways=BY_ADDRESS)


@router.put("/suspended", status_code=204)
@operation("processes:write")
def suspend_named(session: Session, actor: Principal, body: Suspension) -> Response:
    """Suspend or activate the version of an id, or every version of a key."""
    if (body.process_definition_id is None) == (body.process_definition_key is None):
        raise InvalidRequest("Give either processDefinitionId or processDefinitionKey.")
    which = Which(id=body.process_definition_id, key=body.process_definition_key)
    return _suspend(session, actor, which, body)


@twins(router, "GET", response_model=DefinitionShown)
@operation("processes:read")
def get(session: Session, actor: Principal, which: Which) -> Response:
    """Get one version of a process."""
    return answer(shown(which.row(PROCESS_DEFINITIONS, session, actor)))


@twins(router, "DELETE", status_code=204)
@operation("deployments:write")
def delete(session: Session, actor: Principal, which: Which, query: Annotated[Deletion, QueryParameters()]) -> Response:
    """Delete a version, or every version of a key; with `cascade` the instances and their history as well."""
    held = [row["id"] for row in which.versions(PROCESS_DEFINITIONS, session, actor)]
    commands.delete_definitions(session, held, actor=actor, instances="cancel" if query.cascade else "refuse")
    return nothing()


@twins(router, "GET", "/xml", response_model=Xml)
@operation("processes:read")
def xml(session: Session, actor: Principal, which: Which) -> Response:
    """Get the BPMN file of a version."""
    row = which.row(PROCESS_DEFINITIONS, session, actor)
    content = queries.definition_xml(session, row["id"])
    return answer({"id": shown(row)["id"], "bpmn20Xml": content.decode(errors="replace")})


@twins(router, "GET", "/diagram", status_code=204)
@operation("processes:read")
def diagram(session: Session, actor: Principal, which: Which) -> Response:
    """Get the picture that was deployed with a version: none is, the BPMN file holds the drawing."""
    which.row(PROCESS_DEFINITIONS, session, actor)
    return nothing()


@twins(router, "PUT", "/suspended", status_code=204)
@operation("processes:write")
def suspend(session: Session, actor: Principal, which: Which, body: Suspension) -> Response:
    """Suspend a version, or every version of a key, or let them start again."""
    return _suspend(session, actor, which, body)


def _suspend(session: Session, actor: Principal, which: Which, body: Suspension) -> Response:
    for row in which.versions(PROCESS_DEFINITIONS, session, actor):
        commands.suspend_definition(
            session,
            row["id"],
            body.suspended,
            actor=actor,
            instances=body.include_process_instances,
            at=body.execution_date,
        )
    return nothing()


@twins(router, "PUT", "/history-time-to-live", status_code=204)
@operation("processes:write")
def keep_history(session: Session, actor: Principal, which: Which, body: TimeToLive) -> Response:
    """Say for how many days instances of a version are kept after their end."""
    row = which.row(PROCESS_DEFINITIONS, session, actor)
    commands.keep_history(session, row["id"], body.history_time_to_live, actor=actor)
    return nothing()


@router.get("/{id}/static-called-process-definitions", response_model=list[CalledShown])
@operation("processes:read")
def called(session: Session, actor: Principal, id: str) -> Response:
    """List the processes that a version names in its call activities; what an expression names is not known yet."""
    row = PROCESS_DEFINITIONS.one(session, actor, read_definition_id(id))
    found = queries.called_definitions(session, row["id"])
    rows = PROCESS_DEFINITIONS.find(session, actor, {"process_definition_id_in": list(found)})
    return answer(
        [
            {
                **shown(each),
                "calledFromActivityIds": found[each["id"]],
                "callingProcessDefinitionId": shown(row)["id"],
            }
            for each in rows
        ]
    )
