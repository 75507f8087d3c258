"""Who did what, on the wire: operations of users, and to whom tasks were given and offered."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Response

from process_server.api.engine_rest.operations.operation_words import (
    ACTIONS,
    ENTITIES,
    actions_of,
    category_of,
    changed,
    entity_types_of,
)
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.ids import SoughtId, definition_id
from process_server.api.engine_rest.wire.listing import Asked, Listing, from_address
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn.finders.identity_links import IDENTITY_LINKS
from process_server.bpmn.finders.operations import OPERATIONS
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/history", "Historic User Operation Log")


class OperationShown(Wire):
    """What somebody did to something; `orgValue` and `newValue` say what a property was and became."""

    id: UUID
    user_id: str | None
    timestamp: str
    operation_id: UUID
    operation_type: str
    entity_type: str
    category: str
    annotation: str | None
    property: str | None
    org_value: str | None
    new_value: str | None
    deployment_id: str | None
    process_definition_id: str | None
    process_definition_key: str | None
    process_instance_id: UUID | None
    execution_id: UUID | None
    case_definition_id: str | None
    case_instance_id: str | None
    case_execution_id: str | None
    task_id: str | None
    external_task_id: str | None
    batch_id: str | None
    job_id: str | None
    job_definition_id: str | None
    removal_time: str | None
    root_process_instance_id: UUID | None


class OperationQuery(Asked):
    """Which operations."""

    manners = Asked.manners | {"operation_type", "entity_type", "entity_type_in", "category", "category_in"}

    operation_id: SoughtId | None = None
    operation_type: Text | None = None
    entity_type: Text | None = None
    entity_type_in: list[Text] | None = None
    category: Text | None = None
    category_in: list[Text] | None = None
    user_id: Text | None = None
    property: Text | None = None
    deployment_id: SoughtId | None = None
    process_definition_id: SoughtId | None = None
    process_definition_key: Text | None = None
    process_instance_id: SoughtId | None = None
    execution_id: SoughtId | None = None
    task_id: SoughtId | None = None
    external_task_id: SoughtId | None = None
    job_id: SoughtId | None = None
    batch_id: SoughtId | None = None
    job_definition_id: Text | None = None
    case_definition_id: Text | None = None
    case_instance_id: Text | None = None
    case_execution_id: Text | None = None
    after_timestamp: Date | None = None
    before_timestamp: Date | None = None

    def wanted(self) -> dict[str, Any]:
        """Return the conditions for the finder."""
        found = super().wanted()
        if self.operation_type is not None:
            found["actions"] = actions_of(self.operation_type)
        names = ([self.entity_type] if self.entity_type else None, self.entity_type_in)
        categories = ([self.category] if self.category else None, self.category_in)
        sought = [entity_types_of(names=each) for each in names if each]
        sought += [entity_types_of(categories=each) for each in categories if each]
        return found | {"entity_types": sorted(set.intersection(*sought))} if sought else found


def _operation(row: Row) -> dict[str, Any]:
    kind, entity = row["entity_type"], row["entity_id"]
    has_version = row["process_key"] is not None
    return {
        "id": row["id"],
        "userId": row["actor"],
        "timestamp": row["at"],
        "operationId": row["id"],
        "operationType": ACTIONS.get(row["action"], row["action"]),
        "entityType": ENTITIES.get(kind, kind),
        "category": category_of(kind),
        "annotation": None,
        **changed(row["action"], row["actor"], row["detail"] or {}),
        "deploymentId": entity if kind == "deployment" else None,
        "processDefinitionId": (
            definition_id(row["process_key"], row["process_version"], row["definition_id"]) if has_version else None
        ),
        "processDefinitionKey": row["process_key"],
        "processInstanceId": row["process_instance_id"],
        "executionId": row["process_instance_id"],
        "caseDefinitionId": None,
        "caseInstanceId": None,
        "caseExecutionId": None,
        "taskId": entity if kind == "user_task" else None,
        "externalTaskId": None,
        "batchId": entity if kind == "batch" else None,
        "jobId": entity if kind in ("timer", "job") else None,
        "jobDefinitionId": None,
        "removalTime": None,
        "rootProcessInstanceId": row["root_id"],
    }


OPERATION_LOG = Listing(OperationQuery, OPERATIONS, _operation, {"timestamp": "at"})


@router.get("/user-operation", response_model=list[OperationShown])
@operation("audit:read")
def operations(
    session: Session, actor: Principal, query: Annotated[OperationQuery, from_address(OperationQuery)]
) -> Response:
    """List who did what, for administrators: the audit, and what people decided about tasks and cases."""
    actor.require_admin()
    return OPERATION_LOG.find(session, actor, query)


class IdentityLinkShown(Wire):
    """Somebody who was given a task, or a group it was offered to; or from whom it was taken."""

    id: UUID
    time: str
    type: str
    user_id: str | None
    group_id: str | None
    task_id: UUID
    process_definition_id: str
    process_definition_key: str
    operation_type: str
    assigner_id: str | None
    tenant_id: str | None
    removal_time: str | None
    root_process_instance_id: UUID


class IdentityLinkQuery(Asked):
    """Which links."""

    type: Text | None = None
    user_id: Text | None = None
    group_id: Text | None = None
    date_before: Date | None = None
    date_after: Date | None = None
    task_id: SoughtId | None = None
    process_definition_id: SoughtId | None = None
    process_definition_key: Text | None = None
    operation_type: Text | None = None
    assigner_id: Text | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None


def _link(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "time": row["at"],
        "type": row["type"],
        "userId": row["user_id"],
        "groupId": row["group_id"],
        "taskId": row["task_id"],
        "processDefinitionId": definition_id(row["process_key"], row["process_version"], row["definition_id"]),
        "processDefinitionKey": row["process_key"],
        "operationType": row["operation"],
        "assignerId": row["actor"],
        "tenantId": None,
        "removalTime": None,
        "rootProcessInstanceId": row["root_id"],
    }


IDENTITY_LINK_LOG = Listing(
    IdentityLinkQuery,
    IDENTITY_LINKS,
    _link,
    {
        "time": "at",
        "type": "type",
        "userId": "user",
        "groupId": "group",
        "taskId": "task",
        "processDefinitionId": "definition",
        "processDefinitionKey": "key",
        "operationType": "operation",
        "assignerId": "actor",
        "tenantId": "task",
    },
)


@router.get("/identity-link-log", response_model=list[IdentityLinkShown], tags=["Historic Identity Link Log"])
@operation("processes:read")
def identity_links(
    session: Session, actor: Principal, query: Annotated[IdentityLinkQuery, from_address(IdentityLinkQuery)]
) -> Response:
    """List to whom tasks of the cases one sees were given, offered and taken from."""
    return IDENTITY_LINK_LOG.find(session, actor, query)
