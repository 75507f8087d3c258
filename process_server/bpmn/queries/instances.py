"""What runs: process instances, listed, counted, searched."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from process_server.bpmn.instances import INSTANCE
from process_server.bpmn.models import Incident, ProcessDefinition, ProcessInstance
from process_server.bpmn.result import Row, rows
from process_server.bpmn.visibility import only_visible
from process_server.db import table_of
from process_server.identity import team
from process_server.identity.principal import Principal
from process_server.tasks.models import UserTask

_definition, _instance = table_of(ProcessDefinition), table_of(ProcessInstance)
_incident, _task = table_of(Incident), table_of(UserTask)


@dataclass(frozen=True, slots=True)
class InstanceFilter:
    """What to list. Empty fields do not restrict."""

    definition_key: str | None = None
    definition_id: UUID | None = None
    state: str | None = None
    business_key: str | None = None
    initiator: str | None = None
    involved: str | None = None  # initiator, or somebody who has or had a task of it
    manager: str | None = None  # of its initiator, or of somebody who has or had a task of it
    variables: Mapping[str, Any] | None = None  # values the instance's own have to equal
    started_after: datetime | None = None
    started_before: datetime | None = None
    with_incident: bool = False
    parent_id: UUID | None = None
    roots_only: bool = False


_HAS_INCIDENT = select(literal(1)).where(
    _incident.c.process_instance_id == _instance.c.id, _incident.c.resolved_at.is_(None)
)


def with_incidents() -> Select[Any]:
    """Select instances with `incidents` (open ones) and `variables`."""
    incidents = (
        select(func.count())
        .where(_incident.c.process_instance_id == _instance.c.id, _incident.c.resolved_at.is_(None))
        .scalar_subquery()
    )
    return INSTANCE.add_columns(incidents.label("incidents"), _instance.c.variables)


def list_instances(
    session: Session,
    wanted: InstanceFilter,
    *also: ColumnElement[bool],
    seen_by: Principal | None = None,
    limit: int = 50,
    before: tuple[datetime, UUID] | None = None,
) -> list[Row]:
    """Return instances, the newest first, each with `incidents` (open ones) and `variables`.

    `also` is asked of them besides what the filter can say; `seen_by` leaves those that somebody may look at; `before`
    is the (started_at, id) of the last one listed.
    """
    query = (
        with_incidents()
        .where(*conditions(wanted), *also)
        .order_by(_instance.c.started_at.desc(), _instance.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(_instance.c.started_at, _instance.c.id) < before)
    return rows(session, query if seen_by is None else only_visible(query, seen_by))


def count_instances(session: Session, wanted: InstanceFilter) -> int:
    """Count instances."""
    query = (
        select(func.count())
        .select_from(_instance.join(_definition, _definition.c.id == _instance.c.definition_id))
        .where(*conditions(wanted))
    )
    return int(session.execute(query).scalar_one())


def conditions(wanted: InstanceFilter) -> list[Any]:
    """Return what the filter asks of the columns of an instance and its definition."""
    c = _instance.c
    equal = {
        _definition.c.key: wanted.definition_key,
        c.definition_id: wanted.definition_id,
        c.state: wanted.state,
        c.business_key: wanted.business_key,
        c.initiator: wanted.initiator,
        c.parent_id: wanted.parent_id,
    }
    found: list[Any] = [column == value for column, value in equal.items() if value is not None]
    if wanted.involved is not None:
        worked = select(literal(1)).where(
            _task.c.process_instance_id == c.id,
            or_(_task.c.assignee == wanted.involved, _task.c.completed_by == wanted.involved),
        )
        found.append(or_(c.initiator == wanted.involved, worked.exists()))
    if wanted.manager is not None:
        found.append(of_team(wanted.manager))
    if wanted.variables:
        found.append(c.variables.contains(dict(wanted.variables)))
    if wanted.started_after is not None:
        found.append(c.started_at >= wanted.started_after)
    if wanted.started_before is not None:
        found.append(c.started_at < wanted.started_before)
    if wanted.with_incident:
        found.append(_HAS_INCIDENT.exists())
    if wanted.roots_only:
        found.append(c.parent_id.is_(None))
    return found


def of_team(manager: str) -> ColumnElement[bool]:
    """Return the condition that somebody managed started an instance, has or had a task of it."""
    members = team.MEMBERS.params(me=manager)
    worked = select(literal(1)).where(
        _task.c.process_instance_id == _instance.c.id,
        or_(_task.c.assignee.in_(members), _task.c.completed_by.in_(members)),
    )
    return or_(_instance.c.initiator.in_(members), worked.exists())


def instance_tree(session: Session, instance_id: UUID) -> list[Row]:
    """Return the instances of one tree (what it called, what called it), the root first."""
    root = select(_instance.c.root_id).where(_instance.c.id == instance_id).scalar_subquery()
    return rows(session, INSTANCE.where(_instance.c.root_id == root).order_by(_instance.c.started_at))


def search_instances(session: Session, text: str, *, limit: int = 20) -> list[Row]:
    """Find instances whose business key or variables contain a text, with what `with_incidents` adds."""
    pattern = f"%{text.replace('%', '').replace('_', chr(92) + '_')}%"
    matches = or_(_instance.c.business_key.ilike(pattern), cast(_instance.c.variables, String).ilike(pattern))
    return rows(session, with_incidents().where(matches).order_by(_instance.c.started_at.desc()).limit(limit))
