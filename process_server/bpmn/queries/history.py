"""What happened and what is waited for: visits, open waits, counts by element, incidents."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, literal, null, select, tuple_, union_all
from sqlalchemy.orm import Session

from process_server.bpmn.models import Activity, Incident, Job, ProcessDefinition, ProcessInstance, Subscription, Timer
from process_server.bpmn.queries.instances import of_team
from process_server.bpmn.result import Row, rows
from process_server.db import table_of
from process_server.i18n import worded
from process_server.tasks.models import UserTask

_definition, _instance, _activity = table_of(ProcessDefinition), table_of(ProcessInstance), table_of(Activity)
_incident, _task = table_of(Incident), table_of(UserTask)
_timer, _subscription, _job = table_of(Timer), table_of(Subscription), table_of(Job)
STANDS: ColumnElement[bool] = and_(_task.c.state.in_(["open", "held"]), _task.c.parent_id.is_(None))
"""What a row of `user_task` is where a token stands: an added signer has none."""


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
    return rows(session, ordered) + open_waits(session, instance_ids)


def open_waits(session: Session, instance_ids: Sequence[UUID]) -> list[Row]:
    """Return what instances wait for, shaped like the history; `detail` says until when, or for what."""
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
    return rows(
        session,
        union_all(  # type: ignore[arg-type]
            part(_task, "userTask", task.created_at, assignee, STANDS),
            part(_timer, "timer", timer.due_at, due),
            part(_subscription, "event", _subscription.c.created_at, expected),
            part(_job, "serviceTask", job.created_at, work),
        ),
    )


def active_elements(
    session: Session, *, instance_id: UUID | None = None, definition_id: UUID | None = None
) -> dict[str, int]:
    """Count the tokens that wait at each element of an instance, or of all active instances of a definition."""
    waits = tokens(lambda case, version: case == instance_id if instance_id else version == definition_id, armed=True)
    counted = select(waits.c.element_id, func.count()).group_by(waits.c.element_id)
    return dict(session.execute(counted).all())


def tokens(of: Callable[[ColumnElement[UUID], ColumnElement[UUID]], ColumnElement[bool]], *, armed: bool) -> Subquery:
    """Select where tokens wait, each with its case; `of` chooses by the columns of the case and of its version.

    What is `armed` only listens: a boundary event, the start of an event subprocess.
    """
    there = [] if armed else [~_timer.c.armed, ~_subscription.c.armed]
    places = [
        select(table.c.process_instance_id, table.c.element_id).where(
            of(table.c.process_instance_id, table.c.definition_id), *only
        )
        for table, only in (
            (_task, [STANDS]),
            (_job, []),
            (_timer, [_timer.c.process_instance_id.is_not(None), *there[:1]]),
            (_subscription, [_subscription.c.process_instance_id.is_not(None), *there[1:]]),
        )
    ]
    caller = _instance.alias("caller")
    calling = (
        select(caller.c.id, _instance.c.called_from)
        .join(caller, caller.c.id == _instance.c.parent_id)
        .where(_instance.c.state == "active", of(caller.c.id, caller.c.definition_id))
    )
    return union_all(*places, calling).subquery("waiting")


def visit_counts(session: Session, instance_id: UUID) -> dict[str, int]:
    """Count the finished visits of each element of an instance."""
    query = select(_activity.c.element_id, func.count()).where(_activity.c.process_instance_id == instance_id)
    return dict(session.execute(query.group_by(_activity.c.element_id)).all())


def list_incidents(
    session: Session,
    *,
    instance_id: UUID | None = None,
    definition_id: UUID | None = None,
    open_only: bool = True,
    manager: str | None = None,
    limit: int = 50,
    before: tuple[datetime, UUID] | None = None,
    language: str | None = None,
) -> list[Row]:
    """Return incidents, the newest first, with the process they are in; of a `manager` those of their people.

    `message` says why in a language; what an outside worker said stays as it said it, and so do its `details`.
    """
    query = (
        select(
            _incident,
            _definition.c.key.label("definition_key"),
            _definition.c.name.label("definition_name"),
            _definition.c.name_en.label("definition_name_en"),
            _instance.c.business_key,
            _job.c.error_details.label("details"),
        )
        .join(_instance, _instance.c.id == _incident.c.process_instance_id)
        .join(_definition, _definition.c.id == _incident.c.definition_id)
        .outerjoin(_job, _job.c.id == _incident.c.token_id)
        .order_by(_incident.c.created_at.desc(), _incident.c.id.desc())
        .limit(limit)
    )
    if instance_id is not None:
        query = query.where(_incident.c.process_instance_id == instance_id)
    if definition_id is not None:
        query = query.where(_incident.c.definition_id == definition_id)
    if manager is not None:
        query = query.where(of_team(manager))
    if open_only:
        query = query.where(_incident.c.resolved_at.is_(None))
    if before is not None:
        query = query.where(tuple_(_incident.c.created_at, _incident.c.id) < before)
    return [_worded(row, language) for row in rows(session, query)]


def _worded(incident: Row, language: str | None) -> Row:
    template = incident["template"]
    if not template or language is None:
        return incident
    return {**incident, "message": worded(language, template, incident["params"] or {})}
