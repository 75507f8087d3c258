"""Overviews: how many instances of each process run and are stuck, and which stand at an element."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, or_, select
from sqlalchemy.orm import Session

from process_server.bpmn.models import Incident, Job, ProcessDefinition, ProcessInstance, Subscription, Timer
from process_server.bpmn.queries.history import STANDS
from process_server.bpmn.queries.instances import InstanceFilter, list_instances
from process_server.bpmn.result import Row, rows
from process_server.bpmn.visibility import only_visible
from process_server.db import table_of
from process_server.identity.principal import Principal
from process_server.tasks.models import UserTask

_definition, _instance, _incident = table_of(ProcessDefinition), table_of(ProcessInstance), table_of(Incident)
_task = table_of(UserTask)


def running_by_process(session: Session, actor: Principal) -> dict[str, dict[str, int]]:
    """Return how many instances of each process run that somebody may see, and how many of them are stuck."""
    stuck = (
        select(literal(1))
        .where(_incident.c.process_instance_id == _instance.c.id, _incident.c.resolved_at.is_(None))
        .exists()
    )
    query = (
        select(_definition.c.key, func.count().label("running"), func.count().filter(stuck).label("stuck"))
        .join(_instance, _instance.c.definition_id == _definition.c.id)
        .where(_instance.c.state == "active")
        .group_by(_definition.c.key)
    )
    return {
        row["key"]: {"running": row["running"], "stuck": row["stuck"]}
        for row in rows(session, only_visible(query, actor))
    }


def running_by_version(session: Session, actor: Principal, key: str) -> dict[UUID, int]:
    """Return how many instances of each version of a process run and somebody may see; one of none is left out."""
    query = (
        select(_instance.c.definition_id, func.count())
        .join(_definition, _definition.c.id == _instance.c.definition_id)
        .where(_definition.c.key == key, _instance.c.state == "active")
        .group_by(_instance.c.definition_id)
    )
    return dict(session.execute(only_visible(query, actor)).all())


def count_open_incidents(session: Session) -> int:
    """Count the incidents nobody has resolved, up to 1,000."""
    counted = select(literal(1)).where(_incident.c.resolved_at.is_(None)).limit(1_000).subquery()
    return int(session.execute(select(func.count()).select_from(counted)).scalar_one())


def instances_at(
    session: Session,
    definition_id: UUID,
    element_id: str,
    *,
    seen_by: Principal,
    limit: int = 50,
    before: tuple[datetime, UUID] | None = None,
) -> list[Row]:
    """Return the instances of a version that wait or are stuck at an element and somebody may see, the newest first."""
    wanted = InstanceFilter(definition_id=definition_id)
    return list_instances(session, wanted, stands_at(element_id), seen_by=seen_by, limit=limit, before=before)


def stands_at(element_id: str) -> ColumnElement[bool]:
    """Say of a row of `process_instance` whether it waits or is stuck at an element."""
    places = [
        _at(table, element_id, *only)
        for table, only in (
            (_task, [STANDS]),
            (table_of(Job), []),
            (table_of(Timer), []),
            (table_of(Subscription), []),
            (_incident, [_incident.c.resolved_at.is_(None)]),
        )
    ]
    return or_(*(_instance.c.id.in_(place) for place in [*places, _calls(element_id)]))


def _calls(element_id: str) -> Select[tuple[UUID | None]]:
    """Select the instances that wait at a call activity for what it called."""
    called = _instance.alias("called")
    return select(called.c.parent_id).where(called.c.called_from == element_id, called.c.state == "active")


def _at(table: Any, element_id: str, *only: Any) -> Select[tuple[UUID]]:
    return select(table.c.process_instance_id).where(table.c.element_id == element_id, *only)
