"""Executions, as clients of Camunda call them: running cases themselves, and each token that waits in one."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, literal_column, null, or_, select, true, union

from process_server.bpmn.finders.conditions import WITHOUT_TENANTS, equal, flag
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.finders.historic_variables import VARIABLES
from process_server.bpmn.finders.patterns import like
from process_server.bpmn.finders.variables import VariableCondition, all_hold, value_is
from process_server.bpmn.finders.visits import VISITS
from process_server.bpmn.models import Incident, ProcessDefinition, ProcessInstance, Subscription, Timer
from process_server.bpmn.runtime.incident_kinds import KIND
from process_server.bpmn.visibility import only_visible
from process_server.db import table_of
from process_server.identity.principal import Principal

_instance, _definition, _incident = table_of(ProcessInstance), table_of(ProcessDefinition), table_of(Incident)
_timer, _subscription = table_of(Timer), table_of(Subscription)
_itself = _instance.alias("itself")
_visit, _variable = VISITS.c, VARIABLES.c

_EXECUTIONS = union(
    select(
        _itself.c.id.label("id"),
        _itself.c.id.label("process_instance_id"),
        cast(null(), Text).label("element_id"),
    ).where(_itself.c.state == literal_column("'active'")),
    select(_visit.id, _visit.process_instance_id, _visit.element_id).where(_visit.left_at.is_(None)),
    *(
        select(table.c.id, table.c.process_instance_id, table.c.element_id).where(
            table.c.process_instance_id.is_not(None)
        )
        for table in (_timer, _subscription)  # those that are merely armed as well: messages are sent to them
    ),
).subquery("execution")
_execution = _EXECUTIONS.c


def _waits_for(kind: str) -> Callable[[str], ColumnElement[bool]]:
    return lambda name: exists().where(
        _subscription.c.id == _execution.id, _subscription.c.kind == kind, _subscription.c.name == name
    )


def _incident_that(condition: Callable[[Any], ColumnElement[bool]]) -> Callable[[Any], ColumnElement[bool]]:
    return lambda value: exists().where(
        _incident.c.token_id == _execution.id, _incident.c.resolved_at.is_(None), condition(value)
    )


def _has(sought: Iterable[VariableCondition]) -> ColumnElement[bool]:
    """Seek by variables of an execution alone."""
    owned = or_(
        and_(_variable.task_id.is_(None), _variable.process_instance_id == _execution.id),
        _variable.task_id == _execution.id,
    )
    return and_(
        true(),
        *(
            exists().where(owned, _variable.name == condition.name, value_is(_variable.value, condition))
            for condition in sought
        ),
    )


def _running(statement: Select[Any], actor: Principal, few: bool) -> Select[Any]:
    return only_visible(statement.where(_instance.c.state == literal_column("'active'")), actor, few)


EXECUTIONS = Finder(
    kind="execution",
    select_from=_EXECUTIONS.join(_instance, _instance.c.id == _execution.process_instance_id).join(
        _definition, _definition.c.id == _instance.c.definition_id
    ),
    columns={name: _execution[name] for name in ("id", "process_instance_id", "element_id")},
    conditions={
        **WITHOUT_TENANTS,
        "business_key": equal(_instance.c.business_key),
        "process_definition_id": equal(_instance.c.definition_id),
        "process_definition_key": equal(_definition.c.key),
        "process_instance_id": equal(_execution.process_instance_id),
        "activity_id": equal(_execution.element_id),
        "message_event_subscription_name": _waits_for("message"),
        "signal_event_subscription_name": _waits_for("signal"),
        "active": flag(_instance.c.suspended_at.is_(None)),
        "suspended": flag(_instance.c.suspended_at.is_not(None)),
        "incident_id": _incident_that(lambda value: _incident.c.id == value),
        "incident_type": _incident_that(lambda kind: kind == KIND),
        "incident_message": _incident_that(lambda text: _incident.c.message == text),
        "incident_message_like": _incident_that(lambda pattern: like(_incident.c.message, pattern)),
        "variables": _has,
        "process_variables": lambda sought: all_hold(_instance.c.variables, sought),
    },
    sortings={
        "instance": _execution.process_instance_id,
        "key": _definition.c.key,
        "definition": _instance.c.definition_id,
        "id": _execution.id,
    },
    key=_execution.id,
    visible=_running,
)
