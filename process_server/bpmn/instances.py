"""A process instance as a row."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from process_server.bpmn.models import ProcessDefinition, ProcessInstance
from process_server.bpmn.result import Row, rows
from process_server.db import table_of
from process_server.errors import NotFound

_definition, _instance = table_of(ProcessDefinition), table_of(ProcessInstance)

INSTANCE = select(
    _instance.c.id,
    _instance.c.root_id,
    _instance.c.parent_id,
    _instance.c.definition_id,
    _definition.c.key.label("definition_key"),
    _definition.c.version.label("definition_version"),
    _definition.c.name.label("definition_name"),
    _definition.c.name_en.label("definition_name_en"),
    _instance.c.business_key,
    _instance.c.state,
    _instance.c.started_at,
    _instance.c.ended_at,
    _instance.c.end_reason,
    _instance.c.initiator,
    _instance.c.suspended_at,
    _instance.c.revision,
).join(_definition, _definition.c.id == _instance.c.definition_id)


def get_instance(session: Session, instance_id: UUID) -> Row:
    """Return one instance with its variables. Raises NotFound."""
    found = rows(session, INSTANCE.add_columns(_instance.c.variables).where(_instance.c.id == instance_id))
    if not found:
        raise NotFound(kind="process instance", id=instance_id)
    return found[0]


def get_variables(session: Session, instance_id: UUID) -> dict[str, Any]:
    """Return the variables of an instance. Raises NotFound."""
    return dict(get_instance(session, instance_id)["variables"])
