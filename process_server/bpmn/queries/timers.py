"""Timers that run: of cases, and of start events."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_

from process_server.bpmn.models import ProcessDefinition, ProcessInstance, Timer
from process_server.bpmn.result import Row, rows
from process_server.db import Session, table_of

_timer, _definition, _instance = table_of(Timer), table_of(ProcessDefinition), table_of(ProcessInstance)
_TIMER = (
    select(
        *(column for column in _timer.c if column.name != "armed"),
        _definition.c.key.label("definition_key"),
        _instance.c.business_key,
    )
    .join(_definition, _definition.c.id == _timer.c.definition_id)
    .outerjoin(_instance, _instance.c.id == _timer.c.process_instance_id)
)


def list_timers(
    session: Session,
    *,
    instance_id: UUID | None = None,
    definition_id: UUID | None = None,
    limit: int = 50,
    after: tuple[datetime, UUID] | None = None,
) -> list[Row]:
    """Return timers, those that are due first first; `after` is the (due_at, id) of the last one seen."""
    query = _TIMER.order_by(_timer.c.due_at, _timer.c.id).limit(limit)
    if instance_id is not None:
        query = query.where(_timer.c.process_instance_id == instance_id)
    if definition_id is not None:
        query = query.where(_timer.c.definition_id == definition_id)
    if after is not None:
        query = query.where(tuple_(_timer.c.due_at, _timer.c.id) > after)
    return rows(session, query)
