"""What people changed in variables, on the wire: as far as their decisions keep what there was before."""

from typing import Any
from uuid import UUID

from process_server.api.engine_rest.history.history_variables import place
from process_server.api.engine_rest.wire import variables
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.ids import SoughtId
from process_server.api.engine_rest.wire.listing import Asked, Listing
from process_server.api.engine_rest.wire.offering import for_administrators, offer
from process_server.api.engine_rest.wire.routing import resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn.finders.variable_changes import VARIABLE_CHANGES
from process_server.bpmn.result import Row

router = resource("/history/detail", "Historic Detail")


class DetailShown(Wire):
    """A change of a variable by somebody's decision: its value after it."""

    id: UUID
    type: str
    time: str
    process_definition_key: str
    process_definition_id: str
    process_instance_id: UUID
    execution_id: UUID
    activity_instance_id: str
    task_id: UUID | None
    user_operation_id: UUID
    variable_name: str
    variable_instance_id: UUID
    variable_type: str
    value: Any
    value_info: dict[str, Any]
    initial: bool
    revision: int
    error_message: str | None
    field_id: str | None
    field_value: Any
    case_definition_key: str | None
    case_definition_id: str | None
    case_instance_id: str | None
    case_execution_id: str | None
    tenant_id: str | None
    removal_time: str | None
    root_process_instance_id: UUID


class DetailQuery(Asked):
    """Which changes of variables."""

    manners = Asked.manners | {"exclude_task_details", "deserialize_values"}

    process_instance_id: SoughtId | None = None
    process_instance_id_in: list[SoughtId] | None = None
    execution_id: SoughtId | None = None
    activity_instance_id: SoughtId | None = None
    task_id: SoughtId | None = None
    case_instance_id: Text | None = None
    case_execution_id: Text | None = None
    variable_instance_id: SoughtId | None = None
    variable_name_like: Text | None = None
    variable_type_in: list[Text] | None = None
    user_operation_id: SoughtId | None = None
    form_fields: bool | None = None
    variable_updates: bool | None = None
    exclude_task_details: bool | None = None
    deserialize_values: bool | None = None
    initial: bool | None = None
    occurred_before: Date | None = None
    occurred_after: Date | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None


def _shown(row: Row) -> dict[str, Any]:
    value = variables.shown(row["value"])
    return {
        "id": row["id"],
        "type": "variableUpdate",
        "time": row["at"],
        **place(row),
        "executionId": row["process_instance_id"],
        "activityInstanceId": row["process_instance_id"],
        "taskId": row["user_task_id"],
        "userOperationId": row["decision_id"],
        "variableName": row["name"],
        "variableInstanceId": row["variable_id"],
        "variableType": value["type"],
        "value": value["value"],
        "valueInfo": value["valueInfo"],
        "initial": row["before"] is None,
        "revision": row["revision"],
        "errorMessage": None,
        "fieldId": None,
        "fieldValue": None,
    }


LIST = Listing(
    DetailQuery,
    VARIABLE_CHANGES,
    _shown,
    {
        "processInstanceId": "instance",
        "variableName": "name",
        "variableType": "name",
        "variableRevision": "revision",
        "formPropertyId": "name",
        "time": "at",
        "occurrence": "at",
        "tenantId": "instance",
    },
)


offer(
    router,
    LIST,
    DetailShown,
    "what people changed in variables by their decisions",
    note=", for administrators",
    scope="processes:read",
    guard=for_administrators,
    ways=("find",),
)
