"""Tasks of every state on the wire: which there were, what became of them, how long they took."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.ids import SoughtId, definition_id
from process_server.api.engine_rest.wire.listing import Asked, Listing, VariableQueries
from process_server.api.engine_rest.wire.offering import offer
from process_server.api.engine_rest.wire.routing import resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn.commands.standalone import KEY as STANDALONE
from process_server.bpmn.finders.history_tasks import HISTORIC_TASKS
from process_server.bpmn.result import Row

router = resource("/history/task", "Historic Task Instance")


class HistoricTaskShown(Wire):
    """A task, open or ended; what has to do with cases of CMMN and with tenants is always null."""

    id: UUID
    process_definition_key: str | None
    process_definition_id: str | None
    process_instance_id: UUID | None
    root_process_instance_id: UUID | None
    execution_id: UUID | None
    activity_instance_id: str | None
    task_definition_key: str | None
    case_definition_key: str | None
    case_definition_id: str | None
    case_instance_id: str | None
    case_execution_id: str | None
    name: str
    description: str | None
    delete_reason: Literal["completed", "deleted"] | None
    owner: str | None
    assignee: str | None
    start_time: datetime
    end_time: datetime | None
    duration: Annotated[int | None, Field(description="Milliseconds.")]
    priority: int
    due: datetime | None
    follow_up: datetime | None
    parent_task_id: UUID | None
    tenant_id: str | None
    removal_time: datetime | None
    task_state: Literal["Created", "Updated", "Completed", "Deleted"]


class HistoricTaskQuery(Asked):
    """Which tasks. What is not given does not restrict."""

    task_id: SoughtId | None = None
    task_parent_task_id: SoughtId | None = None
    process_instance_id: SoughtId | None = None
    root_process_instance_id: SoughtId | None = None
    process_instance_business_key: Text | None = None
    process_instance_business_key_in: list[Text] | None = None
    process_instance_business_key_like: Text | None = None
    execution_id: SoughtId | None = None
    process_definition_id: SoughtId | None = None
    process_definition_key: Text | None = None
    process_definition_name: Text | None = None
    case_instance_id: Text | None = None
    case_execution_id: Text | None = None
    case_definition_id: Text | None = None
    case_definition_key: Text | None = None
    case_definition_name: Text | None = None
    activity_instance_id_in: list[Text] | None = None
    task_name: Text | None = None
    task_name_like: Text | None = None
    task_description: Text | None = None
    task_description_like: Text | None = None
    task_definition_key: Text | None = None
    task_definition_key_in: list[Text] | None = None
    task_delete_reason: Text | None = None
    task_delete_reason_like: Text | None = None
    task_assignee: Text | None = None
    task_assignee_like: Text | None = None
    task_owner: Text | None = None
    task_owner_like: Text | None = None
    task_priority: int | None = None
    assigned: bool | None = None
    unassigned: bool | None = None
    finished: bool | None = None
    unfinished: bool | None = None
    process_finished: bool | None = None
    process_unfinished: bool | None = None
    task_due_date: Date | None = None
    task_due_date_before: Date | None = None
    task_due_date_after: Date | None = None
    without_task_due_date: bool | None = None
    task_follow_up_date: Date | None = None
    task_follow_up_date_before: Date | None = None
    task_follow_up_date_after: Date | None = None
    started_before: Date | None = None
    started_after: Date | None = None
    finished_before: Date | None = None
    finished_after: Date | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None
    task_variables: VariableQueries | None = None
    process_variables: VariableQueries | None = None
    variable_names_ignore_case: bool | None = None
    variable_values_ignore_case: bool | None = None
    task_involved_user: Text | None = None
    task_involved_group: Text | None = None
    task_had_candidate_user: Text | None = None
    task_had_candidate_group: Text | None = None
    with_candidate_groups: bool | None = None
    without_candidate_groups: bool | None = None
    or_queries: list["HistoricTaskQuery"] | None = None


def shown(row: Row) -> dict[str, Any]:
    """Return a task as the wire has it."""
    free = row["process_key"] == STANDALONE
    of_process = definition_id(row["process_key"], row["process_version"], row["definition_id"])
    return {
        "id": row["id"],
        "processDefinitionKey": None if free else row["process_key"],
        "processDefinitionId": None if free else of_process,
        "processInstanceId": None if free else row["process_instance_id"],
        "rootProcessInstanceId": None if free else row["root_id"],
        "executionId": None if free else row["id"],
        "activityInstanceId": None if free else f"{row['element_id']}:{row['id']}",
        "taskDefinitionKey": None if free else row["element_id"],
        **dict.fromkeys(("caseDefinitionKey", "caseDefinitionId", "caseInstanceId", "caseExecutionId")),
        "name": row["name"],
        "description": row["description"],
        "deleteReason": row["delete_reason"],
        "owner": row["owner"],
        "assignee": row["assignee"],
        "startTime": row["created_at"],
        "endTime": row["completed_at"],
        "duration": None if row["milliseconds"] is None else int(row["milliseconds"]),
        "priority": row["priority"],
        "due": row["due_at"],
        "followUp": row["follow_up_at"],
        "parentTaskId": row["parent_id"],
        "tenantId": None,
        "removalTime": None,
        "taskState": _state(row),
    }


def _state(row: Row) -> str:
    match row["state"]:
        case "completed":
            return "Completed"
        case "cancelled":
            return "Deleted"
    return "Created" if row["revision"] == 1 else "Updated"


LIST = Listing(
    HistoricTaskQuery,
    HISTORIC_TASKS,
    shown,
    {
        "taskId": "id",
        "activityInstanceId": "id",
        "executionId": "id",
        "tenantId": "id",
        "caseDefinitionId": "id",
        "caseInstanceId": "id",
        "caseExecutionId": "id",
        "processDefinitionId": "definition",
        "processInstanceId": "instance",
        "duration": "duration",
        "endTime": "ended",
        "startTime": "started",
        "taskName": "name",
        "taskDescription": "description",
        "assignee": "assignee",
        "owner": "owner",
        "dueDate": "due",
        "followUpDate": "follow_up",
        "deleteReason": "delete_reason",
        "taskDefinitionKey": "element",
        "priority": "priority",
    },
)


offer(router, LIST, HistoricTaskShown, "tasks, open and ended", scope="tasks:read")
