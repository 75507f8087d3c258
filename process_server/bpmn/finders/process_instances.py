"""Running cases, sought by their process, key, variables, incidents and where their tokens stand."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, literal_column

from process_server.bpmn.finders.conditions import (
    WITHOUT_TENANTS,
    alike,
    among,
    equal,
    flag,
    not_among,
    nowhere,
)
from process_server.bpmn.finders.finder import EITHER, Finder
from process_server.bpmn.finders.patterns import like
from process_server.bpmn.finders.variables import all_hold
from process_server.bpmn.finders.visits import VISITS
from process_server.bpmn.models import Incident, ProcessDefinition, ProcessInstance
from process_server.bpmn.runtime.incident_kinds import KIND
from process_server.bpmn.visibility import only_visible
from process_server.db import table_of
from process_server.identity.principal import Principal

_instance, _definition, _incident = table_of(ProcessInstance), table_of(ProcessDefinition), table_of(Incident)
_child = _instance.alias("child")


def _incident_that(condition: Callable[[Any], ColumnElement[bool]]) -> Callable[[Any], ColumnElement[bool]]:
    """Seek cases by an open incident."""
    return lambda value: exists().where(
        _incident.c.process_instance_id == _instance.c.id, _incident.c.resolved_at.is_(None), condition(value)
    )


def _running(statement: Select[Any], actor: Principal, few: bool) -> Select[Any]:
    return only_visible(statement.where(_instance.c.state == literal_column("'active'")), actor, few)


def _standing_at(elements: list[str]) -> ColumnElement[bool]:
    visit = VISITS.c
    return exists().where(
        visit.process_instance_id == _instance.c.id, visit.left_at.is_(None), visit.element_id.in_(elements)
    )


_CALLS = exists().where(_child.c.parent_id == _instance.c.id, _child.c.state == literal_column("'active'"))

PROCESS_INSTANCES = Finder(
    kind="process instance",
    select_from=_instance.join(_definition, _definition.c.id == _instance.c.definition_id),
    columns={
        **{name: _instance.c[name] for name in ("id", "root_id", "definition_id", "business_key", "suspended_at")},
        "process_key": _definition.c.key,
        "process_version": _definition.c.version,
        "process_name": _definition.c.name,
    },
    conditions={
        **WITHOUT_TENANTS,
        **nowhere("case_instance_id", "super_case_instance", "sub_case_instance"),
        "process_definition_without_tenant_id": WITHOUT_TENANTS["without_tenant_id"],
        "process_instance_ids": among(_instance.c.id),
        "process_definition_id": equal(_instance.c.definition_id),
        "process_definition_key": equal(_definition.c.key),
        "process_definition_key_in": among(_definition.c.key),
        "process_definition_key_not_in": not_among(_definition.c.key),
        "deployment_id": equal(_definition.c.deployment_id),
        "business_key": equal(_instance.c.business_key),
        "business_key_like": alike(_instance.c.business_key),
        "super_process_instance": equal(_instance.c.parent_id),
        "sub_process_instance": lambda value: exists().where(
            _child.c.id == value, _child.c.parent_id == _instance.c.id
        ),
        "root_process_instances": flag(_instance.c.parent_id.is_(None)),
        "root_process_instance_id": equal(_instance.c.root_id),
        "leaf_process_instances": flag(~_CALLS),
        "active": flag(_instance.c.suspended_at.is_(None)),
        "suspended": flag(_instance.c.suspended_at.is_not(None)),
        "activity_id_in": _standing_at,
        "with_incident": _incident_that(lambda _: _incident.c.id.is_not(None)),
        "incident_id": _incident_that(lambda value: _incident.c.id == value),
        "incident_type": _incident_that(lambda kind: kind == KIND),
        "incident_message": _incident_that(lambda text: _incident.c.message == text),
        "incident_message_like": _incident_that(lambda pattern: like(_incident.c.message, pattern)),
        "variables": lambda sought: all_hold(_instance.c.variables, sought),
    },
    sortings={
        "id": _instance.c.id,
        "definition": _instance.c.definition_id,
        "key": _definition.c.key,
        "business_key": _instance.c.business_key,
    },
    key=_instance.c.id,
    visible=_running,
    reckoned=frozenset({"variables", EITHER}),
)
