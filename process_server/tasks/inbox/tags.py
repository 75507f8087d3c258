"""Tags: words people put on tasks, to find them again by; one's own, or shared by everybody.

Who sees a task may put their own tags on it; shared ones, who works the task or manages who does.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, Uuid, bindparam, delete, func, literal, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, insert

from process_server.clock import now
from process_server.db import Session, changed, new_id, table_of
from process_server.errors import Conflict, InvalidInput, NotAllowed, NotFound
from process_server.identity import audit, team
from process_server.identity.principal import Principal
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.lists import ME, task
from process_server.tasks.inbox.models import Tag, TaskTag
from process_server.tasks.inbox.worklist import TaskRow
from process_server.tasks.permission import may_work
from process_server.tasks.telling.announcing import announce

MOST = 200  # tags of one person, and shared ones
LONGEST = 40  # characters
COLOURS = ("#4050c8", "#14713f", "#8f5200", "#b32525", "#1f62a8", "#6b4bb5")
_NAME = re.compile(r"[^\x00-\x1f\x7f,]+")

_g, _on = table_of(Tag), table_of(TaskTag)
_SEEN = or_(_g.c.owner.is_(None), _g.c.owner == ME)
_BY_NAME = select(_g).where(_SEEN, func.lower(_g.c.name) == bindparam("wanted"))
_OF_TASKS = (
    select(_on.c.user_task_id, _g.c.id, _g.c.name, _g.c.colour, _g.c.owner)
    .join_from(_on, _g, _g.c.id == _on.c.tag_id)
    .where(_on.c.user_task_id == func.any(bindparam("tasks", type_=ARRAY(Uuid))), _SEEN)
    .order_by(func.lower(_g.c.name))
)
_ALL = (
    select(_g.c.id, _g.c.name, _g.c.colour, _g.c.owner, func.count(task.c.id).label("open"))
    .select_from(
        _g.outerjoin(_on, _on.c.tag_id == _g.c.id).outerjoin(
            task, (task.c.id == _on.c.user_task_id) & (task.c.state == "open")
        )
    )
    .where(_SEEN)
    .group_by(_g.c.id)
    .order_by(func.lower(_g.c.name))
)
_PUT = insert(_on).on_conflict_do_nothing()
_TAKE = delete(_on).where(_on.c.user_task_id == bindparam("task"), _on.c.tag_id == bindparam("tag"))

_NAMES = (
    select(func.array_agg(aggregate_order_by(_g.c.name, func.lower(_g.c.name)), type_=ARRAY(Text)))
    .join_from(_on, _g, _g.c.id == _on.c.tag_id)
    .where(_on.c.user_task_id == task.c.id, _SEEN)
    .correlate(task)
    .scalar_subquery()
)
VALUE: ColumnElement[Any] = func.coalesce(_NAMES, literal_column("'{}'::text[]"), type_=ARRAY(Text))
"""The names of the tags of a row of `user_task` that its reader sees."""


def has(name: str) -> ColumnElement[bool]:
    """Select the tasks with a tag of this name that their reader sees, by its index."""
    tagged = (
        select(_on.c.user_task_id)
        .join_from(_on, _g, _g.c.id == _on.c.tag_id)
        .where(func.lower(_g.c.name) == literal(name.lower()), _SEEN)
    )
    return task.c.id.in_(tagged)


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag; `shared` by everybody, or one's own; `open` tasks have it."""

    id: UUID
    name: str
    colour: str | None
    shared: bool
    open: int = 0


def list_tags(session: Session, principal: Principal) -> list[TagRow]:
    """Return one's own tags and the shared ones, by name."""
    rows = session.execute(_ALL, {"me": principal.user_id})
    return [TagRow(row.id, row.name, row.colour, row.owner is None, row.open) for row in rows]


def of_tasks(session: Session, tasks: Iterable[UUID], principal: Principal) -> dict[UUID, list[TagRow]]:
    """Return the tags of tasks that somebody sees, by task; the caller has checked that they see the tasks."""
    found: dict[UUID, list[TagRow]] = {}
    for row in session.execute(_OF_TASKS, {"tasks": list(tasks), "me": principal.user_id}):
        found.setdefault(row.user_task_id, []).append(TagRow(row.id, row.name, row.colour, row.owner is None))
    return found


def create(
    session: Session, name: str, principal: Principal, *, shared: bool = False, colour: str | None = None
) -> TagRow:
    """Make a tag. Raises InvalidInput, NotAllowed for who may make no shared one, Conflict where there is one."""
    name = check_name(name)
    if colour is not None and not re.fullmatch(r"#[0-9a-f]{6}", colour):
        raise InvalidInput([{"field": "colour", "code": "invalid", "params": {}}])
    if shared:
        require_may_share(session, principal)
    known = list_tags(session, principal)
    if sum(each.shared == shared for each in known) >= MOST:
        raise Conflict("There are {count} tags already. Delete some first.", count=MOST)
    if any(each.name.lower() == name.lower() for each in known):
        raise Conflict("There is a tag “{name}” already.", name=name)
    made = TagRow(new_id(), name, colour or COLOURS[len(known) % len(COLOURS)], shared)
    owner = None if shared else principal.user_id
    row = {"id": made.id, "owner": owner, "name": name, "colour": made.colour}
    session.execute(insert(_g).values(row | {"created_by": principal.user_id, "created_at": now()}))
    if shared:
        audit.record(session, principal.user_id, "create", "tag", made.id, name=name)
    return made


def remove(session: Session, tag_id: UUID, principal: Principal) -> None:
    """Delete a tag, from all tasks. Raises NotFound, NotAllowed."""
    row = session.execute(select(_g).where(_g.c.id == tag_id, _SEEN), {"me": principal.user_id}).one_or_none()
    if row is None:
        raise NotFound(kind="tag", id=tag_id)
    if row.owner is None:
        require_may_share(session, principal)
        audit.record(session, principal.user_id, "delete", "tag", tag_id, name=row.name)
    session.execute(delete(_g).where(_g.c.id == tag_id))


def may_share(session: Session, principal: Principal) -> bool:
    """Say whether somebody may make and delete shared tags: administrators may, and who manages people."""
    return principal.admin or bool(team.members_of(session, principal.user_id))


def require_may_share(session: Session, principal: Principal) -> None:
    """Raise NotAllowed unless somebody may make and delete shared tags."""
    if not may_share(session, principal):
        raise NotAllowed("Shared tags are made by administrators and by who manages people.")


def put(session: Session, task_id: UUID, name: str, principal: Principal) -> TagRow:
    """Put a tag on a task; a name there is no tag of becomes a tag of one's own. Raises NotFound, NotAllowed."""
    row = worklist.find_task(session, task_id, principal)
    found = _named(session, name, principal) or create(session, name, principal)
    _require_may_tag(session, row, found, principal)
    given = {"user_task_id": task_id, "tag_id": found.id, "tagged_by": principal.user_id, "at": now()}
    if changed(session.execute(_PUT, given)):
        _tell(session, row, found, principal, "tag")
    return found


def take(session: Session, task_id: UUID, name: str, principal: Principal) -> None:
    """Take a tag off a task, where it is on it. Raises NotFound, NotAllowed."""
    row = worklist.find_task(session, task_id, principal)
    found = _named(session, name, principal)
    if found is None:
        raise NotFound(kind="tag", id=name)
    _require_may_tag(session, row, found, principal)
    if changed(session.execute(_TAKE, {"task": task_id, "tag": found.id})):
        _tell(session, row, found, principal, "untag")


def check_name(name: str) -> str:
    """Return a name as it is kept. Raises InvalidInput."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST or not _NAME.fullmatch(name) or name in ("-", "*"):
        raise InvalidInput([{"field": "tag", "code": "invalid", "params": {}}])
    return name


def _named(session: Session, name: str, principal: Principal) -> TagRow | None:
    """Return the tag of a name: one's own before a shared one."""
    given = {"wanted": check_name(name).lower(), "me": principal.user_id}
    rows: Sequence[Any] = session.execute(_BY_NAME, given).all()
    row = min(rows, key=lambda each: each.owner is None, default=None)
    return TagRow(row.id, row.name, row.colour, row.owner is None) if row is not None else None


def _require_may_tag(session: Session, row: TaskRow, tag: TagRow, principal: Principal) -> None:
    if tag.shared and not may_work(principal, row) and not team.manages(session, principal.user_id, [row.assignee]):
        raise NotAllowed("Shared tags are put on a task by who works it, and who manages them.")


def _tell(session: Session, row: TaskRow, tag: TagRow, principal: Principal, action: str) -> None:
    if tag.shared:
        audit.record(session, principal.user_id, action, "user_task", row.id, tag=tag.name)
        free = row.assignee is None
        groups = row.candidate_groups if free else []
        announce(session, people=[row.assignee, *(row.candidate_users if free else ())], groups=groups, tasks=[row.id])


__all__ = ["COLOURS", "VALUE", "TagRow", "create", "has", "list_tags", "may_share", "of_tasks", "put", "remove", "take"]
