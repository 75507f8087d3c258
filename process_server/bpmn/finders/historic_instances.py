"""Cases, running and ended, sought by their process, key, times, end, variables, steps and incidents."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal_column, or_

from process_server.bpmn.finders.conditions import (
    WITHOUT_TENANTS,
    after,
    alike,
    among,
    before,
    equal,
    flag,
    not_among,
    nowhere,
    refused,
)
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.finders.patterns import like
from process_server.bpmn.finders.variables import all_hold
from process_server.bpmn.finders.visits import VISITS
from process_server.bpmn.models import Activity, Incident, Job, ProcessDefinition, ProcessInstance
from process_server.bpmn.runtime.incident_kinds import KIND
from process_server.bpmn.visibility import only_visible
from process_server.db import table_of

_instance, _definition, _incident = table_of(ProcessInstance), table_of(ProcessDefinition), table_of(Incident)
_job, _activity = table_of(Job), table_of(Activity)
_root, _child = _instance.alias("root"), _instance.alias("child")
_root_definition = _definition.alias("root_definition")

CALL_CANCELLED = "call_cancelled"
"""Why an instance ended whose caller no longer waits for it."""

_RUNS = _instance.c.state == literal_column("'active'")
_CANCELLED = _instance.c.state == literal_column("'cancelled'")
_WITH_ITS_CALLER = _instance.c.end_reason == CALL_CANCELLED
_DURATION = _instance.c.ended_at - _instance.c.started_at


def _incident_that(condition: Callable[[Any], ColumnElement[bool]]) -> Callable[[Any], ColumnElement[bool]]:
    return lambda value: exists().where(_incident.c.process_instance_id == _instance.c.id, condition(value))


def _visited(condition: Callable[[Any], ColumnElement[bool]]) -> Callable[[Any], ColumnElement[bool]]:
    """Seek cases by a visit that has ended."""
    return lambda value: exists().where(_activity.c.process_instance_id == _instance.c.id, condition(value))


def _at(*only: ColumnElement[bool]) -> Callable[[list[str]], ColumnElement[bool]]:
    here = VISITS.c.process_instance_id == _instance.c.id
    return lambda ids: exists().where(here, VISITS.c.element_id.in_(ids), *only)


def _status(value: str) -> ColumnElement[bool]:
    return _incident.c.resolved_at.is_(None) if value == "open" else _incident.c.resolved_at.is_not(None)


def _instance_and_child(value: Any) -> ColumnElement[bool]:
    return exists().where(_child.c.id == value, _child.c.parent_id == _instance.c.id)


HISTORIC_INSTANCES = Finder(
    kind="process instance",
    select_from=_instance.join(_definition, _definition.c.id == _instance.c.definition_id)
    .outerjoin(_root, _root.c.id == _instance.c.root_id)
    .outerjoin(_root_definition, _root_definition.c.id == _root.c.definition_id),
    columns={
        **{
            name: _instance.c[name]
            for name in (
                "id",
                "root_id",
                "parent_id",
                "definition_id",
                "business_key",
                "state",
                "suspended_at",
                "started_at",
                "ended_at",
                "initiator",
                "end_reason",
            )
        },
        "process_key": _definition.c.key,
        "process_version": _definition.c.version,
        "process_name": _definition.c.name,
        "removed_at": _root.c.ended_at + func.make_interval(0, 0, 0, _root_definition.c.history_days),
    },
    conditions={
        **WITHOUT_TENANTS,
        **nowhere("super_case_instance_id", "sub_case_instance_id", "case_instance_id"),
        **refused("executed_job_after", "executed_job_before"),
        "process_instance_id": equal(_instance.c.id),
        "process_instance_ids": among(_instance.c.id),
        "process_instance_id_not_in": not_among(_instance.c.id),
        "process_definition_id": equal(_instance.c.definition_id),
        "process_definition_key": equal(_definition.c.key),
        "process_definition_key_in": among(_definition.c.key),
        "process_definition_key_not_in": not_among(_definition.c.key),
        "process_definition_name": equal(_definition.c.name),
        "process_definition_name_like": alike(_definition.c.name),
        "process_instance_business_key": equal(_instance.c.business_key),
        "process_instance_business_key_in": among(_instance.c.business_key),
        "process_instance_business_key_like": alike(_instance.c.business_key),
        "root_process_instances": flag(_instance.c.parent_id.is_(None)),
        "root_process_instance_id": equal(_instance.c.root_id),
        "super_process_instance_id": equal(_instance.c.parent_id),
        "sub_process_instance_id": _instance_and_child,
        "finished": flag(_instance.c.ended_at.is_not(None)),
        "unfinished": flag(_instance.c.ended_at.is_(None)),
        "active": flag(and_(_RUNS, _instance.c.suspended_at.is_(None))),
        "suspended": flag(and_(_RUNS, _instance.c.suspended_at.is_not(None))),
        "completed": flag(_instance.c.state == literal_column("'completed'")),
        "externally_terminated": flag(and_(_CANCELLED, or_(_instance.c.end_reason.is_(None), ~_WITH_ITS_CALLER))),
        "internally_terminated": flag(and_(_CANCELLED, _WITH_ITS_CALLER)),
        "started_by": equal(_instance.c.initiator),
        "started_after": after(_instance.c.started_at),
        "started_before": before(_instance.c.started_at),
        "finished_after": after(_instance.c.ended_at),
        "finished_before": before(_instance.c.ended_at),
        "executed_activity_after": _visited(lambda value: _activity.c.left_at > value),
        "executed_activity_before": _visited(lambda value: _activity.c.left_at < value),
        "executed_activity_id_in": _visited(lambda ids: _activity.c.element_id.in_(ids)),
        "active_activity_id_in": _at(VISITS.c.left_at.is_(None)),
        "activity_id_in": _at(),
        "with_jobs_retrying": flag(
            exists().where(_job.c.process_instance_id == _instance.c.id, _job.c.retries > 0, _job.c.attempts > 0)
        ),
        "with_incidents": _incident_that(lambda _: _incident.c.id.is_not(None)),
        "with_root_incidents": _incident_that(lambda _: _incident.c.id.is_not(None)),
        "incident_id_in": _incident_that(lambda ids: _incident.c.id.in_(ids)),
        "incident_kind": _incident_that(lambda kind: kind == KIND),
        "incident_status": _incident_that(_status),
        "incident_message": _incident_that(lambda text: _incident.c.message == text),
        "incident_message_like": _incident_that(lambda pattern: like(_incident.c.message, pattern)),
        "variables": lambda sought: all_hold(_instance.c.variables, sought),
    },
    sortings={
        "id": _instance.c.id,
        "definition": _instance.c.definition_id,
        "key": _definition.c.key,
        "name": _definition.c.name,
        "version": _definition.c.version,
        "business_key": _instance.c.business_key,
        "started": _instance.c.started_at,
        "ended": _instance.c.ended_at,
        "duration": _DURATION,
    },
    key=_instance.c.id,
    visible=only_visible,
)
