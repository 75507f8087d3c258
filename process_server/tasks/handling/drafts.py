"""What people entered into a form and have not sent yet: kept by the server, so that it waits on every machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from process_server.clock import now
from process_server.db import Session, changed, new_id, table_of
from process_server.errors import InvalidInput, NotFound, TooLarge
from process_server.tasks.handling.models import Draft
from process_server.values import dump_json

LARGEST = 1024 * 1024  # characters of JSON

_d = table_of(Draft)
_MINE = _d.c.user_id == bindparam("me")
_INSERT = insert(_d)
_OF_TASK = _INSERT.on_conflict_do_update(
    index_elements=[_d.c.user_id, _d.c.user_task_id],
    index_where=_d.c.user_task_id.is_not(None),
    set_={name: _INSERT.excluded[name] for name in ("values", "revision", "saved_at")},
).returning(_d)
_NEW = _INSERT.on_conflict_do_nothing(index_elements=[_d.c.id]).returning(_d)
_AGAIN = (
    update(_d)
    .where(_MINE, _d.c.id == bindparam("draft"), _d.c.process_key == bindparam("process"))
    .values(values=bindparam("new_values"), saved_at=bindparam("at"))
    .returning(_d)
)
_LIST: Select[Any] = select(_d).where(_MINE).order_by(_d.c.saved_at.desc(), _d.c.id.desc()).limit(bindparam("most"))
_BY_TASK = select(_d).where(_MINE, _d.c.user_task_id == bindparam("task"))
_BY_ID = select(_d).where(_MINE, _d.c.id == bindparam("draft"))
_DISCARD = delete(_d).where(_MINE, _d.c.id == bindparam("draft"))
_DISCARD_OF_TASK = delete(_d).where(_MINE, _d.c.user_task_id == bindparam("task"))


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft: of a task as it was at a revision, or of a process to start."""

    id: UUID
    user_id: str
    user_task_id: UUID | None
    process_key: str | None
    revision: int | None
    values: dict[str, Any]
    saved_at: datetime


def save(
    session: Session,
    user_id: str,
    values: Mapping[str, Any],
    *,
    task_id: UUID | None = None,
    process_key: str | None = None,
    revision: int | None = None,
    draft_id: UUID | None = None,
    new: bool = False,
) -> DraftRow:
    """Keep what a user has entered so far, for a task or for a process to start; the caller has checked that they may.

    A task has one draft of each person, a process as many as they like: `draft_id` names the one to write over, or is
    what the `new` one is called. Raises NotFound for a draft that is not theirs, TooLarge, InvalidInput.
    """
    if (task_id is None) == (process_key is None):
        raise InvalidInput([{"field": "task_id", "code": "required", "params": {}}])
    if len(dump_json(dict(values))) > LARGEST:
        raise TooLarge(limit=LARGEST)
    if draft_id is not None and not new:
        given = {"me": user_id, "draft": draft_id, "process": process_key, "new_values": dict(values), "at": now()}
        found = session.execute(_AGAIN, given).one_or_none()
        if found is None:
            raise NotFound(kind="draft", id=draft_id)
        return DraftRow(*found)
    row = DraftRow(draft_id or new_id(), user_id, task_id, process_key, revision, dict(values), now())
    statement = _OF_TASK if task_id is not None else _NEW
    found = session.execute(statement, {name: getattr(row, name) for name in DraftRow.__slots__}).one_or_none()
    if found is None:
        raise NotFound(kind="draft", id=draft_id)
    return DraftRow(*found)


def find(
    session: Session, user_id: str, *, task_id: UUID | None = None, draft_id: UUID | None = None
) -> DraftRow | None:
    """Return a user's draft of a task, or the one of this id; None where there is none."""
    if task_id is not None:
        found = session.execute(_BY_TASK, {"me": user_id, "task": task_id}).one_or_none()
    else:
        found = session.execute(_BY_ID, {"me": user_id, "draft": draft_id}).one_or_none()
    return DraftRow(*found) if found is not None else None


def discard(session: Session, user_id: str, *, task_id: UUID | None = None, draft_id: UUID | None = None) -> bool:
    """Throw a user's draft of a task away, or the one of this id; say whether there was one."""
    if task_id is not None:
        return bool(changed(session.execute(_DISCARD_OF_TASK, {"me": user_id, "task": task_id})))
    return bool(changed(session.execute(_DISCARD, {"me": user_id, "draft": draft_id})))


def list_drafts(session: Session, user_id: str, limit: int = 50) -> list[DraftRow]:
    """Return a user's drafts, the latest first."""
    return [DraftRow(*row) for row in session.execute(_LIST, {"me": user_id, "most": limit})]
