"""Incidents, open and resolved, sought by their case, element, kind, message and times."""

from process_server.bpmn.finders.conditions import (
    WITHOUT_TENANTS,
    after,
    alike,
    among,
    before,
    equal,
    flag,
    nowhere,
)
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.models import Incident, ProcessDefinition, ProcessInstance
from process_server.bpmn.runtime.incident_kinds import KIND
from process_server.bpmn.visibility import only_visible
from process_server.db import table_of

_incident, _instance, _definition = table_of(Incident), table_of(ProcessInstance), table_of(ProcessDefinition)
_OPEN = _incident.c.resolved_at.is_(None)

INCIDENTS = Finder(
    kind="incident",
    select_from=_incident.join(_instance, _instance.c.id == _incident.c.process_instance_id).join(
        _definition, _definition.c.id == _incident.c.definition_id
    ),
    columns={
        **{
            name: _incident.c[name]
            for name in (
                "id",
                "process_instance_id",
                "definition_id",
                "token_id",
                "element_id",
                "code",
                "message",
                "template",
                "params",
                "created_at",
                "resolved_at",
                "annotation",
            )
        },
        "kind": KIND,
        "root_id": _instance.c.root_id,
        "process_key": _definition.c.key,
        "process_version": _definition.c.version,
    },
    conditions={
        **WITHOUT_TENANTS,
        **nowhere("job_definition_id_in", "history_configuration", "deleted"),
        "incident_id": equal(_incident.c.id),
        "kind": equal(KIND),
        "incident_message": equal(_incident.c.message),
        "incident_message_like": alike(_incident.c.message),
        "process_definition_id": equal(_incident.c.definition_id),
        "process_definition_key": equal(_definition.c.key),
        "process_definition_key_in": among(_definition.c.key),
        "process_instance_id": equal(_incident.c.process_instance_id),
        "execution_id": equal(_incident.c.token_id),
        "configuration": equal(_incident.c.token_id),
        "activity_id": equal(_incident.c.element_id),
        "failed_activity_id": equal(_incident.c.element_id),
        "cause_incident_id": equal(_incident.c.id),
        "root_cause_incident_id": equal(_incident.c.id),
        "created_after": after(_incident.c.created_at),
        "created_before": before(_incident.c.created_at),
        "ended_after": after(_incident.c.resolved_at),
        "ended_before": before(_incident.c.resolved_at),
        "open": flag(_OPEN),
        "resolved": flag(~_OPEN),
    },
    sortings={
        "id": _incident.c.id,
        "message": _incident.c.message,
        "created": _incident.c.created_at,
        "ended": _incident.c.resolved_at,
        "kind": KIND,
        "token": _incident.c.token_id,
        "activity": _incident.c.element_id,
        "instance": _incident.c.process_instance_id,
        "definition": _incident.c.definition_id,
        "key": _definition.c.key,
        "state": _incident.c.resolved_at.is_not(None),
    },
    key=_incident.c.id,
    visible=only_visible,
)
