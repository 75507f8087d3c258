"""Incidents on the wire: why cases stand still, and trying again; open ones, and in the history resolved ones."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server.api.engine_rest.operations.incident_kinds import KINDS, IncidentType
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.errors import documented
from process_server.api.engine_rest.wire.ids import SoughtId, definition_id, read_id
from process_server.api.engine_rest.wire.listing import Asked, Listing
from process_server.api.engine_rest.wire.offering import BY_ADDRESS, offer
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn import commands
from process_server.bpmn.finders.incidents import INCIDENTS
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/incident", "Incident")


class IncidentShown(Wire):
    """Why a case stands still at an element. `configuration` is the id of the job, or of the external task."""

    id: UUID
    process_definition_id: str
    process_instance_id: UUID
    execution_id: UUID | None
    incident_timestamp: str
    incident_type: str
    activity_id: str
    failed_activity_id: str
    cause_incident_id: UUID
    root_cause_incident_id: UUID
    configuration: UUID | None
    tenant_id: str | None
    incident_message: str | None
    job_definition_id: str | None
    annotation: str | None


class IncidentQuery(Asked):
    """Which incidents."""

    incident_id: SoughtId | None = None
    kind: Annotated[IncidentType | None, Field(alias="incidentType")] = None
    incident_message: Text | None = None
    incident_message_like: Text | None = None
    process_definition_id: SoughtId | None = None
    process_definition_key_in: list[Text] | None = None
    process_instance_id: SoughtId | None = None
    execution_id: SoughtId | None = None
    created_before: Annotated[Date | None, Field(alias="incidentTimestampBefore")] = None
    created_after: Annotated[Date | None, Field(alias="incidentTimestampAfter")] = None
    activity_id: Text | None = None
    failed_activity_id: Text | None = None
    cause_incident_id: SoughtId | None = None
    root_cause_incident_id: SoughtId | None = None
    configuration: SoughtId | None = None
    tenant_id_in: list[Text] | None = None
    job_definition_id_in: list[Text] | None = None

    def wanted(self) -> dict[str, Any]:
        """Return the conditions for the finder: of incidents that are open."""
        return super().wanted() | {"open": True}


class Annotation(Wire):
    """What somebody notes about an incident."""

    annotation: Text | None = None


def common(row: Row) -> dict[str, Any]:
    """Return what an incident and its history have in common."""
    return {
        "id": row["id"],
        "processDefinitionId": definition_id(row["process_key"], row["process_version"], row["definition_id"]),
        "processInstanceId": row["process_instance_id"],
        "executionId": row["token_id"],
        "incidentType": KINDS[row["kind"]],
        "activityId": row["element_id"],
        "failedActivityId": row["element_id"],
        "causeIncidentId": row["id"],
        "rootCauseIncidentId": row["id"],
        "configuration": row["token_id"],
        "tenantId": None,
        "incidentMessage": row["message"],
        "jobDefinitionId": None,
        "annotation": row["annotation"],
    }


def _shown(row: Row) -> dict[str, Any]:
    return common(row) | {"incidentTimestamp": row["created_at"]}


SORTINGS = {
    "incidentId": "id",
    "incidentMessage": "message",
    "incidentType": "kind",
    "executionId": "token",
    "activityId": "activity",
    "processInstanceId": "instance",
    "processDefinitionId": "definition",
    "causeIncidentId": "id",
    "rootCauseIncidentId": "id",
    "configuration": "token",
    "tenantId": "id",
}
LIST = Listing(IncidentQuery, INCIDENTS, _shown, {**SORTINGS, "incidentTimestamp": "created"})


offer(router, LIST, IncidentShown, "open incidents of the cases one sees", scope="processes:read", ways=BY_ADDRESS)


@router.get("/{id}", response_model=IncidentShown, responses=documented(404))
@operation("processes:read")
def get(session: Session, actor: Principal, id: str) -> Response:
    """Get an incident."""
    return answer(_shown(INCIDENTS.one(session, actor, read_id(id, kind="incident"))))


@router.delete("/{id}", status_code=204, responses=documented(404))
@operation("processes:write")
def resolve(session: Session, actor: Principal, id: str) -> Response:
    """Resolve an incident: its element is tried again, and what fails again is a new incident."""
    commands.retry_incident(session, read_id(id, kind="incident"), actor=actor)
    return nothing()


@router.put("/{id}/annotation", status_code=204, responses=documented(404))
@operation("processes:write")
def annotate(session: Session, actor: Principal, id: str, body: Annotation) -> Response:
    """Note something about an incident."""
    commands.annotate_incident(session, read_id(id, kind="incident"), body.annotation, actor=actor)
    return nothing()


@router.delete("/{id}/annotation", status_code=204, responses=documented(404))
@operation("processes:write")
def clear_annotation(session: Session, actor: Principal, id: str) -> Response:
    """Take away what was noted about an incident."""
    commands.annotate_incident(session, read_id(id, kind="incident"), None, actor=actor)
    return nothing()
