"""Variables of cases on the wire, of running and of ended ones."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Response

from process_server.api.engine_rest.wire import variables
from process_server.api.engine_rest.wire.ids import SoughtId, definition_id
from process_server.api.engine_rest.wire.listing import Asked, Listing, Paged, from_address
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.payload import check_text, parse
from process_server.api.ground.schemas import Text
from process_server.bpmn.finders.historic_variables import HISTORIC_VARIABLES
from process_server.bpmn.finders.variables import VariableCondition
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.errors import InvalidInput
from process_server.identity.principal import Principal

router = resource("/history/variable-instance", "Historic Variable Instance")

KINDS = {
    "string": "text",
    "boolean": "boolean",
    "null": "null",
    "integer": "integer",
    "short": "integer",
    "long": "long",
    "double": "decimal",
    "date": "instant",
    "json": "structure",
    "object": "structure",
    "file": "file",
    "bytes": "bytes",
}
"""Types of the wire, in small letters, with our kinds of values."""


class VariableShown(Wire):
    """A variable with its value: the last one, when its case is over. When it was set first is not kept."""

    id: UUID
    name: str
    value: Any
    type: str
    value_info: dict[str, Any]
    process_definition_key: str
    process_definition_id: str
    process_instance_id: UUID
    execution_id: UUID
    activity_instance_id: str
    case_definition_key: str | None
    case_definition_id: str | None
    case_instance_id: str | None
    case_execution_id: str | None
    task_id: UUID | None
    tenant_id: str | None
    error_message: str | None
    state: str
    create_time: str
    removal_time: str | None
    root_process_instance_id: UUID


class VariableQuery(Asked):
    """Which variables."""

    manners = Asked.manners | {"include_deleted", "deserialize_values", "variable_type_in"}

    variable_name: Text | None = None
    variable_name_like: Text | None = None
    variable_name_in: list[Text] | None = None
    variable_value: Any = None
    variable_names_ignore_case: bool | None = None
    variable_values_ignore_case: bool | None = None
    variable_type_in: list[Text] | None = None
    include_deleted: bool | None = None
    deserialize_values: bool | None = None
    process_instance_id: SoughtId | None = None
    process_instance_id_in: list[SoughtId] | None = None
    process_definition_id: SoughtId | None = None
    process_definition_key: Text | None = None
    execution_id_in: list[SoughtId] | None = None
    activity_instance_id_in: list[SoughtId] | None = None
    task_id_in: list[SoughtId] | None = None
    case_instance_id: Text | None = None
    case_execution_id_in: list[Text] | None = None
    case_activity_id_in: list[Text] | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None

    def wanted(self) -> dict[str, Any]:
        """Return the conditions for the finder."""
        found = super().wanted()
        if "variable_value" in found:
            ignore = bool(self.variable_values_ignore_case)
            found["variable_value"] = VariableCondition("", "eq", found["variable_value"], ignore_case=ignore)
        if self.variable_type_in:
            found["kinds"] = [KINDS.get(name.lower(), name) for name in self.variable_type_in]
        if "variable_name" in found and self.variable_names_ignore_case:
            found["variable_name_in_any_case"] = found.pop("variable_name")
        return found


def _shown(row: Row) -> dict[str, Any]:
    task = row["task_id"]
    return variables.shown(row["value"]) | {
        "id": row["id"],
        "name": row["name"],
        **place(row),
        "executionId": task or row["process_instance_id"],
        "activityInstanceId": task or row["process_instance_id"],
        "taskId": task,
        "errorMessage": None,
        "state": "CREATED",
        "createTime": row["created_at"],
    }


def place(row: Row) -> dict[str, Any]:
    """Return where a variable belongs, and what nothing here belongs to."""
    return {
        "processDefinitionKey": row["process_key"],
        "processDefinitionId": definition_id(row["process_key"], row["process_version"], row["definition_id"]),
        "processInstanceId": row["process_instance_id"],
        "caseDefinitionKey": None,
        "caseDefinitionId": None,
        "caseInstanceId": None,
        "caseExecutionId": None,
        "tenantId": None,
        "removalTime": None,
        "rootProcessInstanceId": row["root_id"],
    }


def _primitive(text: str) -> Any:
    """Return the number or truth that an address writes, else the text."""
    try:
        value = parse(text.encode())
    except InvalidInput:
        return text
    return value if isinstance(value, bool | int | Decimal) else text


LIST = Listing(
    VariableQuery,
    HISTORIC_VARIABLES,
    _shown,
    {"instanceId": "instance", "variableName": "name", "tenantId": "instance"},
)


@router.get("", response_model=list[VariableShown])
@operation("processes:read")
def find(session: Session, actor: Principal, query: Annotated[VariableQuery, from_address(VariableQuery)]) -> Response:
    """List variables of cases, for administrators: others see what their forms show them."""
    actor.require_admin()
    if isinstance(query.variable_value, str):
        query.variable_value = _primitive(check_text(query.variable_value, "variableValue"))
    return LIST.find(session, actor, query)


@router.post("", response_model=list[VariableShown])
@operation("processes:read")
def seek(session: Session, actor: Principal, body: VariableQuery, page: Paged) -> Response:
    """List variables of cases, for administrators; typed values and several orders can be asked as well."""
    actor.require_admin()
    return LIST.find(session, actor, body, page)
