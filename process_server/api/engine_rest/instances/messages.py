"""News for instances: messages for one or for all, signals, variables that fulfil conditions."""

from typing import Any
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server.api.engine_rest.instances.executions import ExecutionShown
from process_server.api.engine_rest.instances.instance_shown import InstanceShown, moved
from process_server.api.engine_rest.wire import file_values, variables
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.errors import InvalidRequest, RestError, documented
from process_server.api.engine_rest.wire.ids import SoughtId
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Variables, VariableValue, Wire
from process_server.api.ground.schemas import Name, Text
from process_server.api.ground.scopes import require_system
from process_server.bpmn import commands
from process_server.bpmn.commands import Address, Message, Reached
from process_server.bpmn.finders.executions import EXECUTIONS
from process_server.db import Session
from process_server.errors import AmbiguousCorrelation, NotCorrelated, ProcessServerError
from process_server.identity.principal import Principal

router = resource("", "Message", "Signal", "Condition")

_MISMATCH = "org.camunda.bpm.engine.MismatchingMessageCorrelationException: "


class Tenant(Wire):
    """Of which tenant: there are none, so that whatever is meant for one reaches nobody."""

    tenant_id: Text | None = None
    without_tenant_id: bool = False

    def check(self) -> None:
        """Raise InvalidRequest for a tenant that is named and ruled out at once."""
        if self.tenant_id is not None and self.without_tenant_id:
            raise InvalidRequest("Parameter 'tenantId' cannot be used together with parameter 'withoutTenantId'.")


class MessageSent(Tenant):
    """A message, and whom it is meant for."""

    message_name: Name | None = None
    business_key: Name | None = None
    process_instance_id: SoughtId | None = None
    correlation_keys: Variables = Field(default_factory=dict)
    local_correlation_keys: Variables = Field(default_factory=dict)
    process_variables: Variables = Field(default_factory=dict)
    process_variables_local: Variables = Field(default_factory=dict)
    process_variables_to_triggered_scope: Variables = Field(default_factory=dict)
    all: bool = False
    result_enabled: bool = False
    variables_in_result_enabled: bool = False

    def read(self, session: Session, actor: Principal) -> Message:
        """Return the message. Raises InvalidRequest."""
        self.check()
        if not self.message_name:
            raise InvalidRequest("No message name supplied")
        if self.variables_in_result_enabled and not self.result_enabled:
            raise InvalidRequest("variablesInResultEnabled needs resultEnabled.")
        return Message(
            self.message_name,
            file_values.read_all(session, actor, self.process_variables),
            file_values.read_all(
                session, actor, self.process_variables_local | self.process_variables_to_triggered_scope
            ),
            Address(
                self.business_key,
                variables=variables.read_all(self.correlation_keys) or None,
                instance_id=self.process_instance_id,
            ),
            local_variables=variables.read_all(self.local_correlation_keys) or None,
        )


class SignalSent(Tenant):
    """A signal for all who wait for it, or for one execution."""

    name: Name | None = None
    execution_id: SoughtId | None = None
    variables: Variables = Field(default_factory=dict)


class ConditionSent(Tenant):
    """Variables that may fulfil conditions."""

    variables: Variables | None = None
    business_key: Name | None = None
    process_definition_id: SoughtId | None = None


class MessageResult(Wire):
    """Who took a message: an execution, or the process that was started."""

    result_type: str
    execution: ExecutionShown | None
    process_instance: InstanceShown | None
    variables: dict[str, VariableValue] | None = None


_TAKEN: dict[int | str, dict[str, Any]] = {
    200: {"model": list[MessageResult], "description": "Who took it, where that was asked for."},
    204: {"description": "It was taken."},
}


@router.post("/message", status_code=204, responses=_TAKEN)
@operation("messages:write")
def correlate(session: Session, actor: Principal, body: MessageSent) -> Response:
    """Give a message to the one who waits for it, or start the process it starts; with `all`, to everybody, if any."""
    require_system(actor, "messages:write")
    message = body.read(session, actor)
    reached = _correlated(session, actor, body, message)
    for each in reached:
        file_values.attach(session, actor, {**message.values, **message.local}, each.running.id)
    if not body.result_enabled:
        return nothing()
    return answer([_told(each, body.variables_in_result_enabled) for each in reached])


def _correlated(session: Session, actor: Principal, body: MessageSent, message: Message) -> list[Reached]:
    try:
        if body.tenant_id is not None:
            raise NotCorrelated(name=message.name)
        return commands.correlate(session, message, actor=actor, every=body.all)
    except NotCorrelated as error:
        if body.all:
            return []  # with Camunda, everybody may be nobody
        raise _mismatched(error) from error
    except AmbiguousCorrelation as error:
        raise _mismatched(error) from error


def _mismatched(error: ProcessServerError) -> RestError:
    return RestError(400, "RestException", _MISMATCH + error.template, **error.params)


def _told(reached: Reached, with_variables: bool) -> dict[str, Any]:
    running = reached.running
    started = reached.token is None
    told: dict[str, Any] = {
        "resultType": "ProcessDefinition" if started else "Execution",
        "execution": None
        if started
        else {
            "id": reached.token,
            "processInstanceId": running.id,
            "ended": running.execution.ended,
            "tenantId": None,
        },
        "processInstance": moved(running) if started else None,
    }
    if with_variables:
        told["variables"] = variables.shown_all(running.execution.variables)
    return told


@router.post("/signal", status_code=204, responses=documented(404))
@operation("messages:write")
def broadcast(session: Session, actor: Principal, body: SignalSent) -> Response:
    """Give a signal to all who wait for it, or to one execution."""
    require_system(actor, "messages:write")
    body.check()
    if not body.name:
        raise InvalidRequest("No signal name given")
    sent = file_values.read_all(session, actor, body.variables)
    if body.execution_id is not None:
        instance_id = UUID(str(EXECUTIONS.one(session, actor, body.execution_id)["process_instance_id"]))
        file_values.attach(session, actor, sent, instance_id)
        commands.trigger(session, instance_id, body.execution_id, sent, actor=actor, kind="signal", name=body.name)
    elif body.tenant_id is None:
        for running in commands.broadcast_signal(session, body.name, sent, actor=actor):
            file_values.attach(session, actor, sent, running.id)
    return nothing()


@router.post("/condition", response_model=list[InstanceShown])
@operation("messages:write")
def evaluate(session: Session, actor: Principal, body: ConditionSent) -> Response:
    """Start every process whose conditional start event holds for these variables."""
    require_system(actor, "messages:write")
    body.check()
    if body.variables is None:
        raise InvalidRequest("No variables given")
    if body.tenant_id is not None:
        return answer([])
    sent = file_values.read_all(session, actor, body.variables)
    started = commands.start_by_conditions(
        session,
        sent,
        actor=actor,
        business_key=body.business_key,
        definition_id=body.process_definition_id,
    )
    for running in started:
        file_values.attach(session, actor, sent, running.id)
    return answer([moved(running) for running in started])
