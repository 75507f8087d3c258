"""Cases on the wire, running and ended: sought, counted, and taken away when they are over."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Response
from pydantic import Field

from process_server.api.engine_rest.operations.incident_kinds import IncidentType
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.errors import documented
from process_server.api.engine_rest.wire.ids import SoughtId, definition_id, read_id
from process_server.api.engine_rest.wire.listing import Asked, Listing, Paged, VariableQueries, from_address
from process_server.api.engine_rest.wire.offering import offer
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn import commands, queries
from process_server.bpmn.finders.historic_instances import CALL_CANCELLED, HISTORIC_INSTANCES
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.principal import Principal

router = resource("/history/process-instance", "Historic Process Instance")


class HistoricInstanceShown(Wire):
    """A case, running or ended. Those of cases of CMMN, of tenants and restarted ones are always null."""

    id: UUID
    business_key: str | None
    process_definition_id: str
    process_definition_key: str
    process_definition_name: str | None
    process_definition_version: int
    start_time: str
    end_time: str | None
    removal_time: str | None
    duration_in_millis: int | None
    start_user_id: str | None
    start_activity_id: str | None
    delete_reason: str | None
    root_process_instance_id: UUID
    super_process_instance_id: UUID | None
    super_case_instance_id: str | None
    case_instance_id: str | None
    tenant_id: str | None
    state: str
    restarted_process_instance_id: str | None


class HistoricInstanceQuery(Asked):
    """Which cases."""

    process_instance_id: SoughtId | None = None
    process_instance_ids: list[SoughtId] | None = None
    process_instance_id_not_in: list[SoughtId] | None = None
    process_definition_id: SoughtId | None = None
    process_definition_key: Text | None = None
    process_definition_key_in: list[Text] | None = None
    process_definition_key_not_in: list[Text] | None = None
    process_definition_name: Text | None = None
    process_definition_name_like: Text | None = None
    process_instance_business_key: Text | None = None
    process_instance_business_key_in: list[Text] | None = None
    process_instance_business_key_like: Text | None = None
    root_process_instances: bool | None = None
    root_process_instance_id: SoughtId | None = None
    super_process_instance_id: SoughtId | None = None
    sub_process_instance_id: SoughtId | None = None
    super_case_instance_id: Text | None = None
    sub_case_instance_id: Text | None = None
    case_instance_id: Text | None = None
    finished: bool | None = None
    unfinished: bool | None = None
    active: bool | None = None
    suspended: bool | None = None
    completed: bool | None = None
    externally_terminated: bool | None = None
    internally_terminated: bool | None = None
    started_by: Text | None = None
    started_after: Date | None = None
    started_before: Date | None = None
    finished_after: Date | None = None
    finished_before: Date | None = None
    executed_activity_after: Date | None = None
    executed_activity_before: Date | None = None
    executed_activity_id_in: list[Text] | None = None
    active_activity_id_in: list[Text] | None = None
    activity_id_in: list[Text] | None = None
    executed_job_after: Date | None = None
    executed_job_before: Date | None = None
    with_jobs_retrying: bool | None = None
    with_incidents: bool | None = None
    with_root_incidents: bool | None = None
    incident_id_in: list[SoughtId] | None = None
    incident_kind: Annotated[IncidentType | None, Field(alias="incidentType")] = None
    incident_status: Literal["open", "resolved"] | None = None
    incident_message: Text | None = None
    incident_message_like: Text | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None
    variables: VariableQueries | None = None
    variable_names_ignore_case: bool | None = None
    variable_values_ignore_case: bool | None = None
    or_queries: "list[HistoricInstanceQuery] | None" = None


def shown(row: Row) -> dict[str, Any]:
    """Return a case as the wire has it, but for where it began."""
    ended = row["ended_at"]
    return {
        "id": row["id"],
        "businessKey": row["business_key"],
        "processDefinitionId": definition_id(row["process_key"], row["process_version"], row["definition_id"]),
        "processDefinitionKey": row["process_key"],
        "processDefinitionName": row["process_name"],
        "processDefinitionVersion": row["process_version"],
        "startTime": row["started_at"],
        "endTime": ended,
        "removalTime": row["removed_at"],
        "durationInMillis": None if ended is None else round((ended - row["started_at"]).total_seconds() * 1000),
        "startUserId": row["initiator"],
        "startActivityId": None,
        "deleteReason": row["end_reason"],
        "rootProcessInstanceId": row["root_id"],
        "superProcessInstanceId": row["parent_id"],
        "superCaseInstanceId": None,
        "caseInstanceId": None,
        "tenantId": None,
        "state": _state(row),
        "restartedProcessInstanceId": None,
    }


def _state(row: Row) -> str:
    if row["state"] == "active":
        return "ACTIVE" if row["suspended_at"] is None else "SUSPENDED"
    if row["state"] == "completed":
        return "COMPLETED"
    return "INTERNALLY_TERMINATED" if row["end_reason"] == CALL_CANCELLED else "EXTERNALLY_TERMINATED"


LIST = Listing(
    HistoricInstanceQuery,
    HISTORIC_INSTANCES,
    shown,
    {
        "instanceId": "id",
        "definitionId": "definition",
        "definitionKey": "key",
        "definitionName": "name",
        "definitionVersion": "version",
        "businessKey": "business_key",
        "startTime": "started",
        "endTime": "ended",
        "duration": "duration",
        "tenantId": "id",
    },
)


def _answer(session: Session, rows: "list[Row]") -> Response:
    begun = queries.start_elements(session, {row["id"]: row["definition_id"] for row in rows})
    return answer([shown(row) | {"startActivityId": begun.get(row["id"])} for row in rows])


@router.get("", response_model=list[HistoricInstanceShown])
@operation("processes:read")
def find(
    session: Session, actor: Principal, query: Annotated[HistoricInstanceQuery, from_address(HistoricInstanceQuery)]
) -> Response:
    """List cases, running and ended: those one is involved in, to administrators all."""
    return _answer(session, list(LIST.rows(session, actor, query)))


@router.post("", response_model=list[HistoricInstanceShown])
@operation("processes:read")
def seek(session: Session, actor: Principal, body: HistoricInstanceQuery, page: Paged) -> Response:
    """List cases; what only fits a body can be asked as well: orQueries, several orders, typed variables."""
    return _answer(session, list(LIST.rows(session, actor, body, page)))


offer(router, LIST, HistoricInstanceShown, "cases", scope="processes:read", ways=("count", "count_sought"))


@router.get("/{id}", response_model=HistoricInstanceShown, responses=documented(404))
@operation("processes:read")
def get(session: Session, actor: Principal, id: str) -> Response:
    """Get a case, running or ended."""
    row = HISTORIC_INSTANCES.one(session, actor, read_id(id, kind="process instance"))
    begun = queries.start_elements(session, {row["id"]: row["definition_id"]})
    return answer(shown(row) | {"startActivityId": begun.get(row["id"])})


@router.delete("/{id}", status_code=204, responses=documented(404))
@operation("processes:write")
def delete(
    session: Session,
    actor: Principal,
    id: str,
    fail_if_not_exists: Annotated[bool, QueryParameters(alias="failIfNotExists")] = True,
) -> Response:
    """Take an ended case away for good, with all it called and all its files; for administrators."""
    try:
        commands.delete_history(session, [read_id(id, kind="process instance")], actor=actor)
    except NotFound:
        if fail_if_not_exists:
            raise
    return nothing()
