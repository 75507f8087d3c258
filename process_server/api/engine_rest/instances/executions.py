"""Executions on the wire: running instances themselves, and each token that waits in one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server.api.engine_rest.operations.incident_kinds import IncidentType
from process_server.api.engine_rest.wire import file_values
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.errors import documented
from process_server.api.engine_rest.wire.ids import SoughtId
from process_server.api.engine_rest.wire.listing import Asked, Listing, VariableQueries
from process_server.api.engine_rest.wire.offering import offer
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Variables, VariableValue, Wire
from process_server.api.ground.schemas import Text
from process_server.api.ground.scopes import require_system
from process_server.bpmn import commands
from process_server.bpmn.finders.event_subscriptions import EVENT_SUBSCRIPTIONS
from process_server.bpmn.finders.executions import EXECUTIONS
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.principal import Principal

router = resource("/execution", "Execution")


class ExecutionShown(Wire):
    """A running instance, or a token in one."""

    id: UUID
    process_instance_id: UUID
    ended: bool
    tenant_id: str | None


class ExecutionQuery(Asked):
    """Which executions."""

    business_key: Text | None = None
    process_definition_id: SoughtId | None = None
    process_definition_key: Text | None = None
    process_instance_id: SoughtId | None = None
    activity_id: Text | None = None
    signal_event_subscription_name: Text | None = None
    message_event_subscription_name: Text | None = None
    active: bool | None = None
    suspended: bool | None = None
    incident_id: SoughtId | None = None
    incident_type: IncidentType | None = None
    incident_message: Text | None = None
    incident_message_like: Text | None = None
    tenant_id_in: list[Text] | None = None
    variables: VariableQueries | None = None
    process_variables: VariableQueries | None = None
    variable_names_ignore_case: bool | None = None
    variable_values_ignore_case: bool | None = None


class Trigger(Wire):
    """What comes with what was waited for."""

    variables: Variables = Field(default_factory=dict)


class SubscriptionShown(Wire):
    """A message a token waits for."""

    id: UUID
    event_type: str
    event_name: str
    execution_id: UUID
    process_instance_id: UUID
    activity_id: str
    created_date: str
    tenant_id: str | None


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an execution as the wire has it."""
    return {"id": row["id"], "processInstanceId": row["process_instance_id"], "ended": False, "tenantId": None}


LIST = Listing(
    ExecutionQuery,
    EXECUTIONS,
    shown,
    {"instanceId": "instance", "definitionKey": "key", "definitionId": "definition", "tenantId": "id"},
)


offer(router, LIST, ExecutionShown, "executions", scope="processes:read")


@router.get("/{id}", response_model=ExecutionShown, responses=documented(404))
@operation("processes:read")
def get(session: Session, actor: Principal, id: UUID) -> Response:
    """Get an execution."""
    return answer(shown(EXECUTIONS.one(session, actor, id)))


@router.post("/{id}/signal", status_code=204, responses=documented(404))
@operation("messages:write")
def signal(session: Session, actor: Principal, id: UUID, body: Trigger) -> Response:
    """Tell an execution that what it waits for has come, whatever message or signal that is."""
    require_system(actor, "messages:write")
    instance_id = EXECUTIONS.one(session, actor, id)["process_instance_id"]
    sent = _given(session, actor, instance_id, body.variables)
    commands.trigger(session, instance_id, id, sent, actor=actor)
    return nothing()


@router.get("/{id}/messageSubscriptions/{messageName}", response_model=SubscriptionShown, responses=documented(404))
@operation("processes:read")
def subscription(session: Session, actor: Principal, id: UUID, messageName: str) -> Response:
    """Get what says that an execution waits for a message."""
    EXECUTIONS.one(session, actor, id)
    row = _subscription(session, actor, id, messageName)
    return answer(
        {
            "id": row["id"],
            "eventType": "message",
            "eventName": row["name"],
            "executionId": row["id"],
            "processInstanceId": row["process_instance_id"],
            "activityId": row["element_id"],
            "createdDate": row["created_at"],
            "tenantId": None,
        }
    )


@router.post("/{id}/messageSubscriptions/{messageName}/trigger", status_code=204, responses=documented(404))
@operation("messages:write")
def trigger(session: Session, actor: Principal, id: UUID, messageName: str, body: Trigger) -> Response:
    """Give an execution the message it waits for."""
    require_system(actor, "messages:write")
    instance_id = EXECUTIONS.one(session, actor, id)["process_instance_id"]
    sent = _given(session, actor, instance_id, body.variables)
    commands.trigger(session, instance_id, id, sent, actor=actor, kind="message", name=messageName)
    return nothing()


def _given(
    session: Session, actor: Principal, instance_id: UUID, sent: Mapping[str, VariableValue] | None
) -> dict[str, Any]:
    """Return the variables that were sent; files among them belong to the instance from now on."""
    given = file_values.read_all(session, actor, sent)
    file_values.attach(session, actor, given, instance_id)
    return given


def _subscription(session: Session, actor: Principal, execution_id: UUID, name: str) -> Row:
    wanted = {"event_type": "message", "event_name": name}
    for which in ("execution_id", "process_instance_id"):
        found = EVENT_SUBSCRIPTIONS.find(session, actor, {**wanted, which: execution_id}, limit=1)
        if found:
            return found[0]
    raise NotFound(kind="event subscription", id=name)
