"""Variables on the wire as they are now: of running instances, and of open tasks alone."""

from typing import Any
from uuid import UUID

from fastapi import Response

from process_server.api.engine_rest.instances.process_instance_variables import BYTES
from process_server.api.engine_rest.wire import file_values, variables
from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.errors import documented
from process_server.api.engine_rest.wire.ids import SoughtId, definition_id
from process_server.api.engine_rest.wire.listing import Asked, Listing, VariableQueries
from process_server.api.engine_rest.wire.offering import for_administrators, offer
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn.finders.variable_instances import VARIABLE_INSTANCES
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/variable-instance", "Variable Instance")


class VariableShown(Wire):
    """A variable with its value, and whose it is."""

    id: UUID
    name: str
    value: Any
    type: str
    value_info: dict[str, Any]
    process_definition_id: str
    process_instance_id: UUID
    execution_id: UUID
    case_instance_id: str | None
    case_execution_id: str | None
    task_id: UUID | None
    batch_id: str | None
    activity_instance_id: str
    tenant_id: str | None
    error_message: str | None


class VariableInstanceQuery(Asked):
    """Which variables."""

    variable_name: Text | None = None
    variable_name_like: Text | None = None
    process_instance_id_in: list[SoughtId] | None = None
    execution_id_in: list[SoughtId] | None = None
    case_instance_id_in: list[Text] | None = None
    case_execution_id_in: list[Text] | None = None
    task_id_in: list[SoughtId] | None = None
    batch_id_in: list[Text] | None = None
    activity_instance_id_in: list[SoughtId] | None = None
    variable_scope_id_in: list[SoughtId] | None = None
    tenant_id_in: list[Text] | None = None
    variable_values: VariableQueries | None = None
    variable_names_ignore_case: bool | None = None
    variable_values_ignore_case: bool | None = None


def shown(row: Row) -> dict[str, Any]:
    """Return a variable as the wire has it."""
    owner = row["task_id"] or row["process_instance_id"]
    return {
        **variables.shown(row["value"]),
        "id": row["id"],
        "name": row["name"],
        "processDefinitionId": definition_id(row["process_key"], row["process_version"], row["definition_id"]),
        "processInstanceId": row["process_instance_id"],
        "executionId": owner,
        "caseInstanceId": None,
        "caseExecutionId": None,
        "taskId": row["task_id"],
        "batchId": None,
        "activityInstanceId": str(owner),
        "tenantId": None,
        "errorMessage": None,
    }


LIST = Listing(
    VariableInstanceQuery,
    VARIABLE_INSTANCES,
    shown,
    {"variableName": "name", "variableType": "kind", "activityInstanceId": "instance", "tenantId": "name"},
)


offer(
    router,
    LIST,
    VariableShown,
    "variables",
    note=", for administrators: others see what their forms show them",
    scope="processes:read",
    guard=for_administrators,
)


@router.get("/{id}", response_model=VariableShown, responses=documented(404))
@operation("processes:read")
def get(session: Session, actor: Principal, id: UUID) -> Response:
    """Get a variable."""
    actor.require_admin()
    return answer(shown(VARIABLE_INSTANCES.one(session, actor, id)))


@router.get("/{id}/data", response_class=Response, responses=documented(404) | BYTES)
@operation("processes:read")
def download(session: Session, actor: Principal, id: UUID) -> Response:
    """Get the content of a file, or the bytes of a text."""
    actor.require_admin()
    row = VARIABLE_INSTANCES.one(session, actor, id)
    return file_values.content(session, actor, row["name"], row["value"])
