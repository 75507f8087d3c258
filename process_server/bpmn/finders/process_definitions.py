"""Versions of processes, sought by what they are called, where they come from and what became of their cases."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Text, cast, exists, func, or_
from sqlalchemy.dialects.postgresql import ARRAY

from process_server.bpmn.finders.conditions import WITHOUT_TENANTS, nowhere
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.finders.patterns import like
from process_server.bpmn.models import Deployment, Incident, ProcessDefinition, Resource
from process_server.bpmn.runtime.incident_kinds import KIND
from process_server.db import table_of

_definition, _deployment, _resource = table_of(ProcessDefinition), table_of(Deployment), table_of(Resource)
_incident = table_of(Incident)
_newer = _definition.alias("newer")

_IS_LATEST = ~exists().where(_newer.c.key == _definition.c.key, _newer.c.version > _definition.c.version)


def _with_incident(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    open_here = (_incident.c.definition_id == _definition.c.id, _incident.c.resolved_at.is_(None))
    return exists().where(*open_here, condition)


def _startable_for(names: Iterable[str]) -> ColumnElement[bool]:
    """Seek what one of some people and groups may start: all may start what names nobody."""
    starters = _definition.c.candidate_starters
    return or_(func.cardinality(starters) == 0, starters.overlap(cast(list(names), ARRAY(Text))))


PROCESS_DEFINITIONS = Finder(
    kind="process definition",
    select_from=_definition.join(_deployment, _deployment.c.id == _definition.c.deployment_id).join(
        _resource, _resource.c.id == _definition.c.resource_id
    ),
    columns={
        **{
            name: _definition.c[name]
            for name in (
                "id",
                "key",
                "version",
                "version_tag",
                "name",
                "deployment_id",
                "resource_id",
                "start_form_key",
                "startable",
                "candidate_starters",
                "suspended",
                "history_days",
            )
        },
        "resource_name": _resource.c.name,
        "deployed_at": _deployment.c.deployed_at,
    },
    conditions={
        **WITHOUT_TENANTS,
        **nowhere("category", "category_like"),
        "process_definition_id": lambda value: _definition.c.id == value,
        "process_definition_id_in": lambda value: _definition.c.id.in_(value),
        "name": lambda value: _definition.c.name == value,
        "name_like": lambda value: like(_definition.c.name, value),
        "deployment_id": lambda value: _definition.c.deployment_id == value,
        "deployed_after": lambda value: _deployment.c.deployed_at > value,
        "deployed_at": lambda value: func.date_trunc("milliseconds", _deployment.c.deployed_at) == value,
        "key": lambda value: _definition.c.key == value,
        "keys_in": lambda value: _definition.c.key.in_(value),
        "key_like": lambda value: like(_definition.c.key, value),
        "version": lambda value: _definition.c.version == value,
        "latest_version": lambda _: _IS_LATEST,
        "resource_name": lambda value: _resource.c.name == value,
        "resource_name_like": lambda value: like(_resource.c.name, value),
        "startable_by": lambda user_id: _startable_for([user_id]),
        "startable_for": _startable_for,
        "active": lambda _: ~_definition.c.suspended,
        "suspended": lambda _: _definition.c.suspended,
        "incident_id": lambda value: _with_incident(_incident.c.id == value),
        "incident_type": lambda value: _with_incident(value == KIND),
        "incident_message": lambda value: _with_incident(_incident.c.message == value),
        "incident_message_like": lambda value: _with_incident(like(_incident.c.message, value)),
        "version_tag": lambda value: _definition.c.version_tag == value,
        "version_tag_like": lambda value: like(_definition.c.version_tag, value),
        "without_version_tag": lambda _: _definition.c.version_tag.is_(None),
        "startable_in_tasklist": lambda _: _definition.c.startable,
        "not_startable_in_tasklist": lambda _: ~_definition.c.startable,
    },
    sortings={
        "id": _definition.c.id,
        "key": _definition.c.key,
        "name": _definition.c.name,
        "version": _definition.c.version,
        "version_tag": _definition.c.version_tag,
        "deployment_id": _definition.c.deployment_id,
        "deployed_at": _deployment.c.deployed_at,
    },
    key=_definition.c.id,
)
