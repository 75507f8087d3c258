"""The lists of the inbox, each under one name: what its rows are, whose they are, and how it is sorted at first.

A list reads one table; the case and its process are joined only where a column of theirs is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from process_server.db import Instant, table_of
from process_server.errors import NotFound
from process_server.identity.principal import Principal
from process_server.tasks.context import definition, incident, instance
from process_server.tasks.handling.models import Copy, Draft, Watch
from process_server.tasks.models import UserTask

TableName: TypeAlias = Literal["task", "case", "process", "copy", "watch", "draft", "incident"]

task, copy, watch, draft = table_of(UserTask), table_of(Copy), table_of(Watch), table_of(Draft)
TABLES: Mapping[TableName, FromClause] = {
    "task": task,
    "case": instance,
    "process": definition,
    "copy": copy,
    "watch": watch,
    "draft": draft,
    "incident": incident,
}

ME: ColumnElement[str] = bindparam("me", type_=Text())
NOW: ColumnElement[datetime] = bindparam("now", type_=Instant())
_OWN = cast(bindparam("own"), ARRAY(Text))
_GROUPS = cast(bindparam("groups"), ARRAY(Text))
_STOOD_IN_FOR = cast(bindparam("stood_in_for"), ARRAY(Text))
_NONE: ColumnElement[Any] = literal_column("'{}'")  # as the predicates of the indexes say it

DUE: ColumnElement[datetime] = literal_column(
    "COALESCE(user_task.due_at, 'infinity'::timestamp with time zone)", Instant()
)
"""When a task is due, as the indexes have it: what has no due date comes last."""

URGENT = "urgency,due"
"""How lists of open tasks are sorted at first: overdue, then by the expected cost of delay, then by due date."""

OPEN = task.c.state == literal_column("'open'")
_FREE = task.c.assignee.is_(None)
_OFFERED = and_(
    or_(
        and_(_FREE, task.c.candidate_groups != _NONE, task.c.candidate_groups.overlap(_GROUPS)),
        and_(_FREE, task.c.candidate_users != _NONE, task.c.candidate_users.contains(_OWN)),
    ),
    not_(task.c.barred.contains(_OWN)),
)
_TEAM: ColumnElement[Any] = bindparam("team", expanding=True)  # a list of ids, so that the planner knows how many
_OF_TEAM = task.c.assignee.in_(_TEAM)
_SNOOZED = and_(task.c.follow_up_at.is_not(None), task.c.follow_up_at > NOW)
_NOT_SNOOZED = or_(task.c.follow_up_at.is_(None), task.c.follow_up_at <= NOW)
_OVERDUE = NOW > DUE


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of the inbox. `base` is the table its rows stand in; `counted` narrows what its number counts."""

    name: str
    base: TableName
    condition: ColumnElement[bool]
    sort: str
    counted: ColumnElement[bool] | None = None
    everybody: ColumnElement[bool] | None = None  # what an administrator sees in it instead

    @property
    def table(self) -> FromClause:
        """The table its rows stand in."""
        return TABLES[self.base]

    @property
    def tables(self) -> frozenset[TableName]:
        """The tables whose columns it can show."""
        return frozenset({self.base, *_JOINS[self.base], "case", "process"})

    @property
    def key(self) -> ColumnElement[Any]:
        """What identifies a row."""
        return watch.c.process_instance_id if self.base == "watch" else self.table.c.id

    def joined(self, needed: frozenset[TableName]) -> FromClause:
        """Return the table of the list with those of others that are needed."""
        found = self.table
        wanted = needed.union(*(_THROUGH.get((self.base, name), ()) for name in needed))
        for name, on in _JOINS[self.base].items():
            if name in wanted:
                found = found.join(TABLES[name], on, isouter=self.base in ("draft", "copy"))
        return found

    def of(self, principal: Principal) -> ColumnElement[bool]:
        """Return which rows of its table are in the list of a person."""
        if self.everybody is not None and principal.admin:
            return self.everybody
        if self.name == "on_behalf":
            return _on_behalf(principal)
        if self.name == "all" and principal.stands_in_for:
            return or_(self.condition, _on_behalf(principal))
        return self.condition


_CASE_OF_TASK = instance.c.id == task.c.process_instance_id
_NEWEST = (
    select(definition.alias("newest").c.id)
    .where(literal_column("newest.key") == draft.c.process_key)
    .order_by(literal_column("newest.version").desc())
    .limit(1)
    .correlate(draft)
    .scalar_subquery()
)
_JOINS: Mapping[TableName, Mapping[TableName, ColumnElement[bool]]] = {
    "task": {"case": _CASE_OF_TASK, "process": definition.c.id == task.c.definition_id},
    "case": {"process": definition.c.id == instance.c.definition_id},
    "watch": {
        "case": instance.c.id == watch.c.process_instance_id,
        "process": definition.c.id == instance.c.definition_id,
    },
    "copy": {
        "case": instance.c.id == copy.c.process_instance_id,
        "task": task.c.id == copy.c.user_task_id,
        "process": definition.c.id == instance.c.definition_id,
    },
    "draft": {
        "task": task.c.id == draft.c.user_task_id,
        "case": _CASE_OF_TASK,
        "process": definition.c.id == func.coalesce(task.c.definition_id, _NEWEST),
    },
    "incident": {
        "case": instance.c.id == incident.c.process_instance_id,
        "process": definition.c.id == incident.c.definition_id,
    },
}
_THROUGH: Mapping[tuple[TableName, TableName], tuple[TableName, ...]] = {  # joined by way of another table
    ("watch", "process"): ("case",),
    ("copy", "process"): ("case",),
    ("draft", "process"): ("task",),
    ("draft", "case"): ("task",),
}


def _on_behalf(principal: Principal) -> ColumnElement[bool]:
    """Select the tasks of those somebody stands in for, each in the processes it concerns."""
    parts = [_theirs(_STOOD_IN_FOR)]
    for person, processes in principal.stands_in_for.items():
        if processes is not None:
            keys = select(definition.c.id).where(definition.c.key.in_(sorted(processes))).correlate(None)
            parts.append(and_(_theirs(cast([person], ARRAY(Text))), task.c.definition_id.in_(keys)))
    return and_(OPEN, or_(*parts), not_(task.c.barred.contains(_OWN)))


def of_person(person: str) -> ColumnElement[bool]:
    """Select what is assigned to a person, or offered to them by name."""
    return _theirs(cast([person], ARRAY(Text)))


def _theirs(people: ColumnElement[Any]) -> ColumnElement[bool]:
    """Select what is assigned to people, or offered to them by name."""
    offered = and_(_FREE, task.c.candidate_users != _NONE, task.c.candidate_users.overlap(people))
    return or_(task.c.assignee == func.any(people), offered)


_DRAFT_OF_MINE = and_(
    draft.c.user_id == ME,
    or_(
        draft.c.user_task_id.is_(None),
        select(task.c.id).where(task.c.id == draft.c.user_task_id, task.c.state == "open").correlate(draft).exists(),
    ),
)
_OPEN_INCIDENT = incident.c.resolved_at.is_(None)
_AT_WORK = select(task.c.id).where(task.c.process_instance_id == incident.c.process_instance_id, OPEN, _OF_TEAM)
_STARTED = select(instance.c.id).where(instance.c.id == incident.c.process_instance_id, instance.c.initiator.in_(_TEAM))
_INCIDENT_OF_TEAM = or_(_STARTED.correlate(incident).exists(), _AT_WORK.correlate(incident).exists())

LISTS: Mapping[str, Listing] = {
    each.name: each
    for each in (
        Listing("todo", "task", and_(OPEN, task.c.assignee == ME, _NOT_SNOOZED), URGENT),
        Listing("queue", "task", and_(OPEN, _OFFERED), URGENT),
        Listing(
            "done", "task", and_(task.c.state == literal_column("'completed'"), task.c.completed_by == ME), "-done"
        ),
        Listing(
            "started",
            "case",
            and_(instance.c.initiator == ME, instance.c.parent_id.is_(None)),
            "-started",
            counted=instance.c.state == "active",
        ),
        Listing("copied", "copy", copy.c.recipient == ME, "-copied", counted=copy.c.read_at.is_(None)),
        Listing("on_behalf", "task", OPEN, URGENT),
        Listing("watching", "watch", watch.c.user_id == ME, "-watched"),
        Listing("drafts", "draft", _DRAFT_OF_MINE, "-saved"),
        Listing("snoozed", "task", and_(OPEN, task.c.assignee == ME, _SNOOZED), "follow_up"),
        Listing("team", "task", and_(OPEN, _OF_TEAM), URGENT),
        Listing("overdue", "task", and_(OPEN, _OF_TEAM, _OVERDUE), URGENT, everybody=and_(OPEN, _OVERDUE)),
        Listing("incidents", "incident", and_(_OPEN_INCIDENT, _INCIDENT_OF_TEAM), "-raised", everybody=_OPEN_INCIDENT),
        Listing("all", "task", and_(OPEN, or_(task.c.assignee == ME, _OFFERED, _OF_TEAM)), URGENT, everybody=OPEN),
    )
}
"""Every list by its name. Everybody has the nine to `snoozed`; team, overdue and incidents are for who has people."""


OFFERED_OR_MINE = Listing("mine", "task", and_(OPEN, or_(task.c.assignee == ME, _OFFERED)), URGENT)
"""What somebody has or may claim, put off or not: what their rules look at. It has no page."""


def listing(name: str) -> Listing:
    """Return a list. Raises NotFound for a name there is not."""
    found = LISTS.get(name)
    if found is None:
        raise NotFound(kind="list", id=name)
    return found


def values_of(principal: Principal, now: datetime, team: Sequence[str]) -> dict[str, Any]:
    """Return what the conditions of the lists are filled with; `team` is whom the person manages."""
    everywhere = sorted(person for person, processes in principal.stands_in_for.items() if processes is None)
    return {
        "me": principal.user_id,
        "own": [principal.user_id],
        "groups": sorted(principal.groups),
        "stood_in_for": everywhere,
        "now": now,
        "team": list(team),
    }
