"""Visits of elements, sought by where they are, when they began and ended, and how."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB

from process_server.bpmn.finders.conditions import WITHOUT_TENANTS, after, before, equal, flag
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.finders.visits import VISITS
from process_server.bpmn.models import ProcessDefinition, ProcessInstance
from process_server.bpmn.visibility import only_visible
from process_server.db import table_of
from process_server.tasks.models import UserTask

_instance, _definition, _task = table_of(ProcessInstance), table_of(ProcessDefinition), table_of(UserTask)
_called = _instance.alias("called_here")
_visit = VISITS.c

_ASSIGNEE: ColumnElement[str | None] = func.coalesce(_task.c.assignee, _visit.actor)
_CALLED: Select[tuple[object]] = (
    select(_called.c.id)
    .where(_called.c.parent_id == _visit.process_instance_id, _called.c.parent_token == _visit.id)
    .order_by(_called.c.started_at.desc())
    .limit(1)
)
_OVER = _visit.left_at.is_not(None)
_CANCELLED = and_(_OVER, _visit.outcome == "cancelled")


def _of(elements: Collection[tuple[UUID, str]]) -> ColumnElement[bool]:
    """Select visits of elements, each named by the version of the process it is in."""
    return tuple_(_visit.definition_id, _visit.element_id).in_(elements)


def by_what_is_said(told: Mapping[tuple[UUID, str], str]) -> ColumnElement[str]:
    """Return the order of visits by what is said of their elements, each named by its version and itself."""
    known = literal({f"{version}/{element}": text for (version, element), text in told.items()}, JSONB)
    ordered: ColumnElement[str] = known[cast(_visit.definition_id, Text) + "/" + _visit.element_id].astext
    return ordered


HISTORIC_ACTIVITIES = Finder(
    kind="activity",
    select_from=VISITS.join(_instance, _instance.c.id == _visit.process_instance_id)
    .join(_definition, _definition.c.id == _visit.definition_id)
    .outerjoin(_task, _task.c.id == _visit.id),
    columns={
        **{name: _visit[name] for name in ("id", "process_instance_id", "definition_id", "element_id")},
        **{name: _visit[name] for name in ("entered_at", "left_at", "outcome", "detail")},
        "assignee": _ASSIGNEE,
        "task_id": _task.c.id,
        "root_id": _instance.c.root_id,
        "process_key": _definition.c.key,
        "process_version": _definition.c.version,
        "called_id": _CALLED.scalar_subquery(),
    },
    conditions={
        **WITHOUT_TENANTS,
        "activity_instance_id": equal(_visit.id),
        "execution_id": equal(_visit.id),
        "process_instance_id": equal(_visit.process_instance_id),
        "process_definition_id": equal(_visit.definition_id),
        "activity_id": equal(_visit.element_id),
        "elements": _of,
        "task_assignee": equal(_ASSIGNEE),
        "finished": flag(_OVER),
        "unfinished": flag(_visit.left_at.is_(None)),
        "canceled": flag(_CANCELLED),
        "started_after": after(_visit.entered_at),
        "started_before": before(_visit.entered_at),
        "finished_after": after(_visit.left_at),
        "finished_before": before(_visit.left_at),
    },
    sortings={
        "id": _visit.id,
        "instance": _visit.process_instance_id,
        "activity": _visit.element_id,
        "started": _visit.entered_at,
        "ended": _visit.left_at,
        "duration": _visit.left_at - _visit.entered_at,
        "definition": _visit.definition_id,
    },
    key=_visit.id,
    visible=only_visible,
    alone=VISITS,
    beside=frozenset({"task_assignee"}),
)
