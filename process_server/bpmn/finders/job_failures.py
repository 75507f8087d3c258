"""Attempts that failed: at jobs of workers and connectors, and at steps the server could not take."""

from sqlalchemy import Integer, Text, cast, exists, literal, null, select, union_all

from process_server.bpmn.finders.conditions import (
    WITHOUT_TENANTS,
    among,
    at_least,
    at_most,
    equal,
    flag,
    nowhere,
    refused,
)
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.models import Incident, JobFailure, ProcessDefinition, ProcessInstance
from process_server.db import table_of

_failure, _incident = table_of(JobFailure), table_of(Incident)
_instance, _definition = table_of(ProcessInstance), table_of(ProcessDefinition)

_ATTEMPTED = exists().where(_failure.c.job_id == _incident.c.token_id)
_FAILED = union_all(
    select(
        _failure.c.id,
        _failure.c.job_id,
        _failure.c.process_instance_id,
        _failure.c.definition_id,
        _failure.c.element_id,
        _failure.c.topic,
        _failure.c.connector,
        _failure.c.worker,
        cast(_failure.c.priority, Integer).label("priority"),
        cast(_failure.c.retries, Integer).label("retries"),
        _failure.c.error,
        _failure.c.at,
    ),
    select(
        _incident.c.id,
        _incident.c.token_id,
        _incident.c.process_instance_id,
        _incident.c.definition_id,
        _incident.c.element_id,
        cast(null(), Text),
        literal(True),
        cast(null(), Text),
        literal(0, Integer),
        literal(0, Integer),
        _incident.c.message,
        _incident.c.created_at,
    ).where(~_ATTEMPTED),
).subquery("failed")
_failed = _FAILED.c

JOB_FAILURES = Finder(
    kind="failed attempt",
    select_from=_FAILED.join(_definition, _definition.c.id == _failed.definition_id).join(
        _instance, _instance.c.id == _failed.process_instance_id
    ),
    columns={
        **{column.name: column for column in _failed},
        "process_key": _definition.c.key,
        "process_version": _definition.c.version,
        "deployment_id": _definition.c.deployment_id,
        "root_id": _instance.c.root_id,
    },
    conditions={
        **WITHOUT_TENANTS,
        **nowhere("creation_log", "success_log", "deletion_log", "job_definition_id"),
        **refused("job_definition_type", "job_definition_configuration"),
        "failure_log": flag(literal(True)),
        "by_workers": flag(~_failed.connector),
        "by_the_server": flag(_failed.connector),
        "log_id": equal(_failed.id),
        "job_id": equal(_failed.job_id),
        "topic": equal(_failed.topic),
        "worker": equal(_failed.worker),
        "error": equal(_failed.error),
        "activity_id_in": among(_failed.element_id),
        "failed_activity_id_in": among(_failed.element_id),
        "activity_instance_id_in": among(_failed.job_id),
        "execution_id_in": among(_failed.job_id),
        "process_instance_id": equal(_failed.process_instance_id),
        "process_definition_id": equal(_failed.definition_id),
        "process_definition_key": equal(_definition.c.key),
        "deployment_id": equal(_definition.c.deployment_id),
        "priority_lower_than_or_equals": at_most(_failed.priority),
        "priority_higher_than_or_equals": at_least(_failed.priority),
    },
    sortings={
        "at": _failed.at,
        "job": _failed.job_id,
        "topic": _failed.topic,
        "worker": _failed.worker,
        "retries": _failed.retries,
        "priority": _failed.priority,
        "activity": _failed.element_id,
        "instance": _failed.process_instance_id,
        "definition": _failed.definition_id,
        "key": _definition.c.key,
        "deployment": _definition.c.deployment_id,
    },
    key=_failed.id,
)
