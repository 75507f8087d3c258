"""The statements of the lists of user tasks, each made once and kept."""

from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    SmallInteger,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from process_server.clock import now
from process_server.db import Instant
from process_server.identity import team
from process_server.tasks.context import definition, instance
from process_server.tasks.handling.models import Copy
from process_server.tasks.models import TaskDecision, UserTask
from process_server.tasks.telling.models import Notification

COUNTED = 1_000  # a count stops here: "more than 999" is all a person needs to know

_t, _c = UserTask.__table__, Copy.__table__
_n, _d = Notification.__table__, TaskDecision.__table__


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as lists show it, with the process it belongs to. The instance's variables come only when asked for."""

    id: UUID
    process_instance_id: UUID
    definition_id: UUID
    element_id: str
    name: str
    description: str | None
    state: str
    assignee: str | None
    candidate_users: list[str]
    candidate_groups: list[str]
    priority: int
    due_at: datetime | None
    warn_at: datetime | None
    calendar: str | None
    paused_at: datetime | None
    paused_by: str | None
    pause_reason: str | None
    follow_up_at: datetime | None
    form_key: str | None
    form_definition_id: UUID | None
    created_at: datetime
    opened_at: datetime | None
    claimed_at: datetime | None
    completed_at: datetime | None
    completed_by: str | None
    outcome: str | None
    escalated_at: datetime | None
    owner: str | None
    delegation: str | None
    parent_id: UUID | None
    signing: str | None
    on_behalf_of: str | None
    nudged_at: datetime | None
    barred: list[str]
    actions: list[str] | None
    revision: int
    business_key: str | None
    initiator: str | None
    started_at: datetime
    process_key: str
    process_name: str | None
    process_name_en: str | None
    process_version: int
    variables: dict[str, Any] | None = None

    @property
    def overdue(self) -> bool:
        """Whether it is open though its due date has passed."""
        return self.state == "open" and self.due_at is not None and self.due_at < now()


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to: every field given has to hold. `text` is looked for in names and business keys."""

    instance: UUID | None = None
    process_key: str | None = None
    element: str | None = None
    assignee: str | None = None
    candidate_user: str | None = None
    candidate_group: str | None = None
    business_key: str | None = None
    initiator: str | None = None
    text: str | None = None
    due_before: datetime | None = None
    due_after: datetime | None = None
    follow_up_before: datetime | None = None
    created_before: datetime | None = None
    created_after: datetime | None = None
    priority_from: int | None = None
    priority_to: int | None = None
    unassigned: bool | None = None

    def given(self) -> dict[str, Any]:
        """Return the fields that were given."""
        return {each.name: value for each in fields(self) if (value := getattr(self, each.name)) is not None}


NO_FILTER = Filter()


def _any_of(name: str) -> ColumnElement[Any]:
    return cast(bindparam(name), ARRAY(Text))


_NONE: ColumnElement[Any] = literal_column("'{}'")  # as the predicates of the indexes say it
_OPEN = _t.c.state == literal_column("'open'")
_due = literal_column("COALESCE(user_task.due_at, 'infinity'::timestamp with time zone)", Instant())
_ME: ColumnElement[str] = bindparam("me")
_OFFERED_TO_GROUP = and_(
    _t.c.assignee.is_(None), _t.c.candidate_groups != _NONE, _t.c.candidate_groups.overlap(_any_of("groups"))
)
_OFFERED_TO_ME = and_(
    _t.c.assignee.is_(None), _t.c.candidate_users != _NONE, _t.c.candidate_users.contains(_any_of("own"))
)
_TEAM = _t.c.assignee.in_(team.MEMBERS)
_LISTS: dict[str, ColumnElement[bool]] = {
    "mine": and_(_OPEN, _t.c.assignee == _ME),
    "claimable": and_(_OPEN, or_(_OFFERED_TO_GROUP, _OFFERED_TO_ME)),
    "done": and_(_t.c.state == literal_column("'completed'"), _t.c.completed_by == _ME),
    "team": and_(_OPEN, _TEAM),
    "all": and_(_OPEN, or_(_t.c.assignee == _ME, _OFFERED_TO_GROUP, _OFFERED_TO_ME, _TEAM)),
    "everything": _OPEN,
}


def _contains(column: ColumnElement[Any]) -> ColumnElement[bool]:
    return column.ilike(bindparam("text"))


_FILTERS: dict[str, ColumnElement[bool]] = {
    "instance": _t.c.process_instance_id == bindparam("instance"),
    "process_key": _t.c.definition_id.in_(
        select(definition.c.id).where(definition.c.key == bindparam("process_key")).correlate(None)
    ),
    "element": _t.c.element_id == bindparam("element"),
    "assignee": _t.c.assignee == bindparam("assignee"),
    "candidate_user": and_(
        _t.c.assignee.is_(None),
        _t.c.candidate_users != _NONE,
        _t.c.candidate_users.contains(_any_of("candidate_user")),
    ),
    "candidate_group": and_(
        _t.c.assignee.is_(None),
        _t.c.candidate_groups != _NONE,
        _t.c.candidate_groups.overlap(_any_of("candidate_group")),
    ),
    "business_key": instance.c.business_key == bindparam("business_key"),
    "initiator": instance.c.initiator == bindparam("initiator"),
    "text": or_(*map(_contains, (_t.c.name, instance.c.business_key, definition.c.name, definition.c.name_en))),
    "due_before": _due < bindparam("due_before"),
    "due_after": and_(_t.c.due_at.is_not(None), _due >= bindparam("due_after")),
    "follow_up_before": or_(_t.c.follow_up_at.is_(None), _t.c.follow_up_at < bindparam("follow_up_before")),
    "created_before": _t.c.created_at < bindparam("created_before"),
    "created_after": _t.c.created_at >= bindparam("created_after"),
    "priority_from": _t.c.priority >= bindparam("priority_from"),
    "priority_to": _t.c.priority <= bindparam("priority_to"),
    "unassigned": _t.c.assignee.is_(None),
    "assigned": _t.c.assignee.is_not(None),
}
_SORTS: dict[str, tuple[ColumnElement[Any], ColumnElement[Any]]] = {  # what to sort by, and the value of a cursor
    "due": (_due, cast(bindparam("after"), Instant())),
    "created": (_t.c.created_at, cast(bindparam("after"), Instant())),
    "priority": (_t.c.priority, cast(bindparam("after"), SmallInteger)),
    "completed": (_t.c.completed_at, cast(bindparam("after"), Instant())),
}

_SELECT: Select[Any] = select(
    *(_t.c[each.name] for each in fields(TaskRow) if each.name in _t.c and each.name != "variables"),
    instance.c.business_key,
    instance.c.initiator,
    instance.c.started_at,
    definition.c.key,
    definition.c.name,
    definition.c.name_en,
    definition.c.version,
).select_from(
    _t.join(instance, instance.c.id == _t.c.process_instance_id).join(definition, definition.c.id == _t.c.definition_id)
)
ONE: Select[Any] = _SELECT.where(_t.c.id == bindparam("task"))
COPIED: Select[Any] = (
    select(literal_column("1"))
    .where(_c.c.process_instance_id == bindparam("instance"), _c.c.recipient == bindparam("me"))
    .limit(1)
)
HAD: Select[Any] = select(
    or_(
        exists().where(_n.c.recipient == bindparam("me"), _n.c.user_task_id == bindparam("task")),
        exists().where(
            _d.c.user_task_id == bindparam("task"),
            or_(_d.c.actor == bindparam("me"), _d.c.people.contains(cast(bindparam("own"), ARRAY(Text)))),
        ),
    )
)
"""Whether somebody had to do with a task before: they were told of it, or are named in what was decided about it."""
OF_INSTANCE: Select[Any] = (
    _SELECT.where(_t.c.process_instance_id == bindparam("instance")).order_by(_t.c.created_at, _t.c.id).limit(1_000)
)


def _narrow(statement: Select[Any], which: str, conditions: frozenset[str]) -> Select[Any]:
    return statement.where(_LISTS[which], *(_FILTERS[name] for name in sorted(conditions)))


@lru_cache(maxsize=1_000)
def list_statement(
    which: str, conditions: frozenset[str], order: str, continued: bool, with_variables: bool
) -> Select[Any]:
    by, after = _SORTS[order.removeprefix("-")]
    statement = _narrow(_SELECT, which, conditions)
    if with_variables:
        local = func.coalesce(_t.c.variables, literal_column("'{}'::jsonb"))
        held = instance.c.variables
        merged = held.op("||", return_type=held.type)(local)
        statement = statement.add_columns(merged.label("variables"))
    seen, position = tuple_(by, _t.c.id), tuple_(after, bindparam("last"))
    if order.startswith("-"):
        statement = statement.order_by(by.desc(), _t.c.id.desc())
        return (statement.where(seen < position) if continued else statement).limit(bindparam("page"))
    statement = statement.order_by(by, _t.c.id)
    return (statement.where(seen > position) if continued else statement).limit(bindparam("page"))


@lru_cache(maxsize=1_000)
def count_statement(which: str, conditions: frozenset[str]) -> Select[Any]:
    joined: Select[Any] = select(literal_column("1")).select_from(_SELECT.get_final_froms()[0])
    plain: Select[Any] = select(literal_column("1")).select_from(_t)
    needed = joined if conditions & {"business_key", "initiator", "text"} else plain
    return select(func.count()).select_from(_narrow(needed, which, conditions).limit(COUNTED).subquery())


@lru_cache(maxsize=1)
def counts_statement() -> Select[Any]:
    lists = [("mine", frozenset[str]()), ("mine", frozenset({"due_before"})), ("claimable", frozenset[str]())]
    return select(*(count_statement(which, conditions).scalar_subquery() for which, conditions in lists))
