"""Incidents of the history on the wire, open and resolved."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from process_server.api.engine_rest.operations.incident_kinds import IncidentType
from process_server.api.engine_rest.operations.incidents import SORTINGS, common
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.ids import SoughtId
from process_server.api.engine_rest.wire.listing import Asked, Listing
from process_server.api.engine_rest.wire.offering import offer
from process_server.api.engine_rest.wire.routing import resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn.finders.incidents import INCIDENTS
from process_server.bpmn.result import Row

router = resource("/history/incident", "Historic Incident")


class HistoricIncidentShown(Wire):
    """An incident, open or resolved."""

    id: UUID
    process_definition_key: str
    process_definition_id: str
    process_instance_id: UUID
    execution_id: UUID | None
    root_process_instance_id: UUID
    create_time: str
    end_time: str | None
    removal_time: str | None
    incident_type: str
    activity_id: str
    failed_activity_id: str
    cause_incident_id: UUID
    root_cause_incident_id: UUID
    configuration: UUID | None
    history_configuration: str | None
    incident_message: str | None
    tenant_id: str | None
    job_definition_id: str | None
    open: bool
    deleted: bool
    resolved: bool
    annotation: str | None


class HistoricIncidentQuery(Asked):
    """Which incidents."""

    incident_id: SoughtId | None = None
    kind: Annotated[IncidentType | None, Field(alias="incidentType")] = None
    incident_message: Text | None = None
    incident_message_like: Text | None = None
    process_definition_id: SoughtId | None = None
    process_definition_key: Text | None = None
    process_definition_key_in: list[Text] | None = None
    process_instance_id: SoughtId | None = None
    execution_id: SoughtId | None = None
    created_before: Annotated[Date | None, Field(alias="createTimeBefore")] = None
    created_after: Annotated[Date | None, Field(alias="createTimeAfter")] = None
    ended_before: Annotated[Date | None, Field(alias="endTimeBefore")] = None
    ended_after: Annotated[Date | None, Field(alias="endTimeAfter")] = None
    activity_id: Text | None = None
    failed_activity_id: Text | None = None
    cause_incident_id: SoughtId | None = None
    root_cause_incident_id: SoughtId | None = None
    configuration: SoughtId | None = None
    history_configuration: Text | None = None
    open: bool | None = None
    resolved: bool | None = None
    deleted: bool | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None
    job_definition_id_in: list[Text] | None = None


def _shown(row: Row) -> dict[str, Any]:
    return common(row) | {
        "processDefinitionKey": row["process_key"],
        "rootProcessInstanceId": row["root_id"],
        "createTime": row["created_at"],
        "endTime": row["resolved_at"],
        "removalTime": None,
        "historyConfiguration": None,
        "open": row["resolved_at"] is None,
        "deleted": False,
        "resolved": row["resolved_at"] is not None,
    }


LIST = Listing(
    HistoricIncidentQuery,
    INCIDENTS,
    _shown,
    {
        **SORTINGS,
        "createTime": "created",
        "endTime": "ended",
        "processDefinitionKey": "key",
        "historyConfiguration": "id",
        "incidentState": "state",
    },
)


offer(
    router,
    LIST,
    HistoricIncidentShown,
    "incidents of the cases one sees, open and resolved",
    scope="processes:read",
    ways=("find",),
)
