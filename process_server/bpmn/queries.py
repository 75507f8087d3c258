"""What can be read of processes: definitions, instances, history, incidents, and where tokens stand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, and_, cast, func, literal, null, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from process_server.bpmn.models import (
    Activity,
    DecisionDefinition,
    Deployment,
    Incident,
    Job,
    ProcessDefinition,
    ProcessInstance,
    Resource,
    Subscription,
    Timer,
)
from process_server.errors import NotFound
from process_server.tasks.models import UserTask

_definition, _instance, _activity = ProcessDefinition.__table__, ProcessInstance.__table__, Activity.__table__
_incident, _task, _resource = Incident.__table__, UserTask.__table__, Resource.__table__
_timer, _subscription, _job, _deployment = Timer.__table__, Subscription.__table__, Job.__table__, Deployment.__table__

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InstanceFilter:
    """What to list. Empty fields do not restrict."""

    definition_key: str | None = None
    definition_id: UUID | None = None
    state: str | None = None
    business_key: str | None = None
    initiator: str | None = None
    involved: str | None = None  # initiator, or somebody who has or had a task of it
    variables: Mapping[str, Any] | None = None  # values the instance's own have to equal
    started_after: datetime | None = None
    started_before: datetime | None = None
    with_incident: bool = False
    parent_id: UUID | None = None
    roots_only: bool = False


def _rows(session: Session, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in session.execute(query).mappings()]


# -- what is deployed

_DEFINITION = select(
    _definition.c.id,
    _definition.c.key,
    _definition.c.version,
    _definition.c.version_tag,
    _definition.c.name,
    _definition.c.name_en,
    _definition.c.deployment_id,
    _definition.c.resource_id,
    _definition.c.start_form_key,
    _definition.c.startable,
    _definition.c.candidate_starters,
    _definition.c.suspended,
    _deployment.c.deployed_at,
    _deployment.c.deployed_by,
    _resource.c.name.label("resource_name"),
).select_from(
    _definition.join(_deployment, _deployment.c.id == _definition.c.deployment_id).join(
        _resource, _resource.c.id == _definition.c.resource_id
    )
)


def list_definitions(session: Session, *, key: str | None = None, latest_only: bool = True) -> list[Row]:
    """Return process definitions by key, the newest version first; with `latest_only` one a key."""
    query = _DEFINITION.order_by(_definition.c.key, _definition.c.version.desc())
    if key is not None:
        query = query.where(_definition.c.key == key)
    if latest_only:
        query = query.distinct(_definition.c.key)
    return _rows(session, query)


def get_definition(session: Session, definition_id: UUID) -> Row:
    """Return one process definition. Raises NotFound."""
    found = _rows(session, _DEFINITION.where(_definition.c.id == definition_id))
    if not found:
        raise NotFound(kind="process definition", id=definition_id)
    return found[0]


def definition_xml(session: Session, definition_id: UUID) -> bytes:
    """Return the file a definition was deployed with, byte for byte. Raises NotFound."""
    content = session.execute(
        select(_resource.c.content)
        .join(_definition, _definition.c.resource_id == _resource.c.id)
        .where(_definition.c.id == definition_id)
    ).scalar_one_or_none()
    if content is None:
        raise NotFound(kind="process definition", id=definition_id)
    return bytes(content)


def list_decisions(session: Session) -> list[Row]:
    """Return the newest version of every decision."""
    table = DecisionDefinition.__table__
    return _rows(
        session,
        select(table.c.id, table.c.key, table.c.version, table.c.name, table.c.deployment_id)
        .distinct(table.c.key)
        .order_by(table.c.key, table.c.version.desc()),
    )


def list_deployments(
    session: Session, *, limit: int = 50, before: tuple[datetime, UUID] | None = None
) -> list[Row]:
    """Return deployments, the newest first; `before` is the (deployed_at, id) of the last one seen."""
    query = select(_deployment).order_by(_deployment.c.deployed_at.desc(), _deployment.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(tuple_(_deployment.c.deployed_at, _deployment.c.id) < before)
    return _rows(session, query)


def get_deployment(session: Session, deployment_id: UUID) -> Row:
    """Return a deployment with its files {id, name} and definitions. Raises NotFound."""
    found = _rows(session, select(_deployment).where(_deployment.c.id == deployment_id))
    if not found:
        raise NotFound(kind="deployment", id=deployment_id)
    files = _rows(
        session,
        select(_resource.c.id, _resource.c.name, func.length(_resource.c.content).label("size"))
        .where(_resource.c.deployment_id == deployment_id)
        .order_by(_resource.c.name),
    )
    definitions = _rows(session, _DEFINITION.where(_definition.c.deployment_id == deployment_id))
    return dict(found[0]) | {"resources": files, "definitions": definitions}


def resource_content(session: Session, deployment_id: UUID, resource_id: UUID) -> tuple[str, bytes]:
    """Return name and bytes of a deployed file. Raises NotFound."""
    row = session.execute(
        select(_resource.c.name, _resource.c.content).where(
            _resource.c.id == resource_id, _resource.c.deployment_id == deployment_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound(kind="resource", id=resource_id)
    return row.name, bytes(row.content)


# -- what runs

_INSTANCE = select(
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
    _instance.c.revision,
).join(_definition, _definition.c.id == _instance.c.definition_id)

_HAS_INCIDENT = select(literal(1)).where(
    _incident.c.process_instance_id == _instance.c.id, _incident.c.resolved_at.is_(None)
)


def list_instances(
    session: Session,
    wanted: InstanceFilter,
    *,
    limit: int = 50,
    before: tuple[datetime, UUID] | None = None,
) -> list[Row]:
    """Return instances, the newest first, each with `incidents` (open ones) and `variables`.

    `before` is the (started_at, id) of the last one seen.
    """
    incidents = (
        select(func.count())
        .where(_incident.c.process_instance_id == _instance.c.id, _incident.c.resolved_at.is_(None))
        .scalar_subquery()
    )
    query = (
        _INSTANCE.add_columns(incidents.label("incidents"), _instance.c.variables)
        .where(*_conditions(wanted))
        .order_by(_instance.c.started_at.desc(), _instance.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(_instance.c.started_at, _instance.c.id) < before)
    return _rows(session, query)


def count_instances(session: Session, wanted: InstanceFilter) -> int:
    """Count instances."""
    query = (
        select(func.count())
        .select_from(_instance.join(_definition, _definition.c.id == _instance.c.definition_id))
        .where(*_conditions(wanted))
    )
    return int(session.execute(query).scalar_one())


def _conditions(wanted: InstanceFilter) -> list[Any]:
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


def get_instance(session: Session, instance_id: UUID) -> Row:
    """Return one instance with its variables. Raises NotFound."""
    found = _rows(session, _INSTANCE.add_columns(_instance.c.variables).where(_instance.c.id == instance_id))
    if not found:
        raise NotFound(kind="process instance", id=instance_id)
    return found[0]


def get_variables(session: Session, instance_id: UUID) -> dict[str, Any]:
    """Return the variables of an instance. Raises NotFound."""
    return dict(get_instance(session, instance_id)["variables"])


def instance_tree(session: Session, instance_id: UUID) -> list[Row]:
    """Return the instances of one tree (what it called, what called it), the root first."""
    root = select(_instance.c.root_id).where(_instance.c.id == instance_id).scalar_subquery()
    return _rows(session, _INSTANCE.where(_instance.c.root_id == root).order_by(_instance.c.started_at))


# -- what happened and what is waited for


def activity_history(session: Session, instance_ids: Sequence[UUID]) -> list[Row]:
    """Return every visit of an element, in time: finished ones, then what is still waited for (`left_at` empty)."""
    finished = select(
        _activity.c.id,
        _activity.c.process_instance_id,
        _activity.c.definition_id,
        _activity.c.element_id,
        _activity.c.element_type,
        _activity.c.entered_at,
        _activity.c.left_at,
        _activity.c.outcome,
        _activity.c.actor,
        _activity.c.detail,
    ).where(_activity.c.process_instance_id.in_(instance_ids))
    ordered = finished.order_by(_activity.c.left_at, _activity.c.entered_at, _activity.c.id)
    return _rows(session, ordered) + open_waits(session, instance_ids)


def open_waits(session: Session, instance_ids: Sequence[UUID]) -> list[Row]:
    """Return what instances wait for, shaped like the history; `detail` says when a timer is due or what is expected."""
    empty = null()

    def part(table: Any, kind: str, since: Any, detail: Any, *only: Any) -> Select[Any]:
        return select(
            table.c.id,
            table.c.process_instance_id,
            table.c.definition_id,
            table.c.element_id,
            literal(kind).label("element_type"),
            since.label("entered_at"),
            empty.label("left_at"),
            literal("waiting").label("outcome"),
            empty.label("actor"),
            detail.label("detail"),
        ).where(table.c.process_instance_id.in_(instance_ids), *only)

    task, timer, job = _task.c, _timer.c, _job.c
    assignee = func.jsonb_build_object("assignee", task.assignee, "due", task.due_at)
    due = func.jsonb_build_object("due", timer.due_at, "cycle", timer.cycle)
    expected = func.jsonb_build_object("kind", _subscription.c.kind, "name", _subscription.c.name)
    work = func.jsonb_build_object("topic", job.topic, "retries", job.retries, "error", job.error)
    return _rows(
        session,
        union_all(  # type: ignore[arg-type]
            part(_task, "userTask", task.created_at, assignee, task.state == "open"),
            part(_timer, "timer", timer.due_at, due),
            part(_subscription, "event", _subscription.c.created_at, expected),
            part(_job, "serviceTask", job.created_at, work),
        ),
    )


def active_elements(
    session: Session, *, instance_id: UUID | None = None, definition_id: UUID | None = None
) -> dict[str, int]:
    """Count the tokens that wait at each element of an instance, or of all active instances of a definition."""
    counts: Counter[str] = Counter()
    waiting: list[tuple[Any, list[Any]]] = [
        (_task, [_task.c.state == "open"]),
        (_job, []),
        (_timer, [_timer.c.process_instance_id.is_not(None)]),
        (_subscription, [_subscription.c.process_instance_id.is_not(None)]),
    ]
    for table, only in waiting:
        scope = table.c.process_instance_id == instance_id if instance_id else table.c.definition_id == definition_id
        query = select(table.c.element_id, func.count()).where(scope, *only).group_by(table.c.element_id)
        counts.update({element: number for element, number in session.execute(query)})
    return dict(counts)


def visit_counts(
    session: Session, *, instance_id: UUID | None = None, definition_id: UUID | None = None
) -> dict[str, int]:
    """Count the finished visits of each element of an instance, or of all instances of a definition."""
    scope = (
        _activity.c.process_instance_id == instance_id if instance_id else _activity.c.definition_id == definition_id
    )
    query = select(_activity.c.element_id, func.count()).where(scope).group_by(_activity.c.element_id)
    return {element: number for element, number in session.execute(query)}


# -- incidents


def list_incidents(
    session: Session,
    *,
    instance_id: UUID | None = None,
    definition_id: UUID | None = None,
    open_only: bool = True,
    limit: int = 50,
    before: tuple[datetime, UUID] | None = None,
) -> list[Row]:
    """Return incidents, the newest first, with the process they are in."""
    query = (
        select(
            _incident,
            _definition.c.key.label("definition_key"),
            _definition.c.name.label("definition_name"),
            _instance.c.business_key,
        )
        .join(_instance, _instance.c.id == _incident.c.process_instance_id)
        .join(_definition, _definition.c.id == _incident.c.definition_id)
        .order_by(_incident.c.created_at.desc(), _incident.c.id.desc())
        .limit(limit)
    )
    if instance_id is not None:
        query = query.where(_incident.c.process_instance_id == instance_id)
    if definition_id is not None:
        query = query.where(_incident.c.definition_id == definition_id)
    if open_only:
        query = query.where(_incident.c.resolved_at.is_(None))
    if before is not None:
        query = query.where(tuple_(_incident.c.created_at, _incident.c.id) < before)
    return _rows(session, query)


def search_instances(session: Session, text: str, *, limit: int = 20) -> list[Row]:
    """Find instances whose business key or variables contain a text."""
    pattern = f"%{text.replace('%', '').replace('_', chr(92) + '_')}%"
    matches = or_(_instance.c.business_key.ilike(pattern), cast(_instance.c.variables, String).ilike(pattern))
    return _rows(session, _INSTANCE.where(and_(matches)).order_by(_instance.c.started_at.desc()).limit(limit))
