"""Visits of elements, finished ones and those where a token stands now, as one table."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import JSONB

from process_server.bpmn.models import Activity, Incident, Job, ProcessInstance, Subscription, Timer
from process_server.db import Instant, table_of
from process_server.tasks.models import UserTask

_activity, _task, _job = table_of(Activity), table_of(UserTask), table_of(Job)
_timer, _subscription, _incident = table_of(Timer), table_of(Subscription), table_of(Incident)
_called, _caller = table_of(ProcessInstance).alias("called"), table_of(ProcessInstance).alias("caller")

_STANDS = and_(_task.c.state.in_(["open", "held"]), _task.c.parent_id.is_(None))
_OF_JOB = exists().where(_job.c.id == _incident.c.token_id)


def _standing(table: Any, since: ColumnElement[Any], *only: ColumnElement[bool], id: Any = None) -> Select[Any]:
    return select(
        (table.c.id if id is None else id).label("id"),
        table.c.process_instance_id,
        table.c.definition_id,
        table.c.element_id,
        since.label("entered_at"),
        cast(null(), Instant).label("left_at"),
        literal("waiting").label("outcome"),
        cast(null(), Text).label("actor"),
        cast(null(), JSONB).label("detail"),
    ).where(*only)


_CALLING = (
    select(
        _called.c.parent_token,
        _called.c.parent_id,
        _caller.c.definition_id,
        _called.c.called_from,
        _called.c.started_at,
        cast(null(), Instant),
        literal("waiting"),
        cast(null(), Text),
        cast(null(), JSONB),
    )
    .join(_caller, _caller.c.id == _called.c.parent_id)
    .where(_called.c.state == "active")
)

VISITS = union_all(
    select(
        _activity.c.id,
        _activity.c.process_instance_id,
        _activity.c.definition_id,
        _activity.c.element_id,
        _activity.c.entered_at,
        _activity.c.left_at,
        _activity.c.outcome,
        _activity.c.actor,
        cast(_activity.c.detail, JSONB),
    ),
    _standing(_task, _task.c.created_at, _STANDS),
    _standing(_job, _job.c.created_at),
    _standing(_timer, _timer.c.created_at, _timer.c.process_instance_id.is_not(None), ~_timer.c.armed),
    _standing(
        _subscription,
        _subscription.c.created_at,
        _subscription.c.process_instance_id.is_not(None),
        ~_subscription.c.armed,
    ),
    _standing(
        _incident,
        _incident.c.created_at,
        _incident.c.resolved_at.is_(None),
        _incident.c.token_id.is_not(None),
        ~_OF_JOB,
        id=_incident.c.token_id,
    ),
    _CALLING,
).subquery("visit")
"""`left_at` is empty while a token stands there. What is merely armed (a boundary event) has no visit yet."""
