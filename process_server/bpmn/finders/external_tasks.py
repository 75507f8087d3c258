"""Service work for workers outside, sought by its state, its topic and its case."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, false, func, or_, select

from process_server import clock
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.finders.patterns import like
from process_server.bpmn.finders.variables import all_hold
from process_server.bpmn.models import Job, ProcessDefinition, ProcessInstance
from process_server.db import Session, table_of

_job, _instance, _definition = table_of(Job), table_of(ProcessInstance), table_of(ProcessDefinition)

_SUSPENDED = or_(_instance.c.suspended_at.is_not(None), _job.c.suspended)


def _locked(wanted: bool) -> ColumnElement[bool]:
    held = func.coalesce(_job.c.locked_until > clock.now(), False)
    return held if wanted else ~held


EXTERNAL_TASKS = Finder(
    kind="job",
    select_from=_job.join(_instance, _instance.c.id == _job.c.process_instance_id).join(
        _definition, _definition.c.id == _job.c.definition_id
    ),
    columns={
        **{
            name: _job.c[name]
            for name in (
                "id",
                "process_instance_id",
                "definition_id",
                "element_id",
                "topic",
                "priority",
                "retries",
                "attempts",
                "locked_by",
                "locked_until",
                "error",
                "error_details",
                "created_at",
            )
        },
        "suspended": _SUSPENDED,
        "business_key": _instance.c.business_key,
        "definition_key": _definition.c.key,
        "definition_version": _definition.c.version,
        "version_tag": _definition.c.version_tag,
    },
    conditions={
        "external_task_id": lambda value: _job.c.id == value,
        "external_task_id_in": lambda values: _job.c.id.in_(values),
        "topic_name": lambda value: _job.c.topic == value,
        "worker_id": lambda value: _job.c.locked_by == value,
        "locked": _locked,
        "not_locked": lambda wanted: _locked(not wanted),
        "with_retries_left": lambda _: _job.c.retries > 0,
        "no_retries_left": lambda _: _job.c.retries == 0,
        "lock_expiration_after": lambda value: _job.c.locked_until > value,
        "lock_expiration_before": lambda value: _job.c.locked_until < value,
        "activity_id": lambda value: _job.c.element_id == value,
        "activity_id_in": lambda values: _job.c.element_id.in_(values),
        "execution_id": lambda value: _job.c.id == value,
        "process_instance_id": lambda value: _job.c.process_instance_id == value,
        "process_instance_id_in": lambda values: _job.c.process_instance_id.in_(values),
        "process_definition_id": lambda value: _job.c.definition_id == value,
        "process_definition_key": lambda value: _definition.c.key == value,
        "process_definition_key_in": lambda values: _definition.c.key.in_(values),
        "process_definition_name": lambda value: _definition.c.name == value,
        "process_definition_name_like": lambda value: like(_definition.c.name, value),
        "tenant_id_in": lambda _: false(),
        "active": lambda _: ~_SUSPENDED,
        "suspended": lambda _: _SUSPENDED,
        "priority_higher_than_or_equals": lambda value: _job.c.priority >= value,
        "priority_lower_than_or_equals": lambda value: _job.c.priority <= value,
        "process_variables": lambda conditions: all_hold(_instance.c.variables, conditions),
    },
    sortings={
        "id": _job.c.id,
        "locked_until": _job.c.locked_until,
        "process_instance_id": _job.c.process_instance_id,
        "definition_id": _job.c.definition_id,
        "definition_key": _definition.c.key,
        "priority": _job.c.priority,
        "created_at": _job.c.created_at,
    },
    key=_job.c.id,
    visible=lambda statement, _actor, _few: statement.where(~_job.c.connector),
)
"""Jobs of the server's own connectors are none of these."""

_TOPICS = select(_job.c.topic).select_from(EXTERNAL_TASKS.select_from).where(~_job.c.connector).distinct()


def topic_names(session: Session, wanted: Iterable[str]) -> list[str]:
    """Return the topics of the external tasks of which some conditions hold."""
    conditions = [EXTERNAL_TASKS.conditions[name](True) for name in wanted]
    return list(session.execute(_TOPICS.where(*conditions).order_by(_job.c.topic)).scalars())
