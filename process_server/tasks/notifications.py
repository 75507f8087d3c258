"""Notifications inside the application: written, listed, counted, read. Each kind has its text in both languages.

What a notification says of a task is read from the task itself, so that it shows as it is now; offers and assignments
count as unread only while their task is still open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, insert, literal_column, or_, select, tuple_, update

from process_server.clock import now
from process_server.db import Session, new_id, table_of
from process_server.i18n import gettext_noop, translate
from process_server.tasks.context import instance
from process_server.tasks.cursors import decode_cursor, encode_cursor
from process_server.tasks.models import Notification, UserTask

TEXTS = {
    "task_assigned": gettext_noop("{task} is yours to do"),
    "task_offered": gettext_noop("{task} can be claimed"),
    "task_due": gettext_noop("{task} is due"),
    "task_escalated": gettext_noop("{task} of {assignee} is overdue"),
    "comment": gettext_noop("{author} commented on {task}"),
    "task_resolved": gettext_noop("{author} gave {task} back to you"),
    "task_returned": gettext_noop("{author} returned {task} to you"),
    "signer_removed": gettext_noop("{author} no longer asks you to sign {task}"),
    "nudged": gettext_noop("{author} asks you to do {task}"),
    "copied": gettext_noop("{author} sent you a copy of {task}"),
    "copied_by_model": gettext_noop("You were sent a copy of {task}"),
    "withdrawn": gettext_noop("{author} withdrew {task}"),
    "recalled": gettext_noop("{author} took {task} back"),
    "message": gettext_noop("{subject}"),
}

_n = table_of(Notification)
_t = UserTask.__table__
_INSERT = insert(table_of(Notification))
_MINE = _n.c.recipient == bindparam("me")
_UNREAD: ColumnElement[bool] = and_(
    _MINE,
    _n.c.read_at.is_(None),
    or_(_n.c.kind.not_in(["task_assigned", "task_offered"]), _t.c.state == literal_column("'open'")),
)
_JOINED = _n.outerjoin(_t, _t.c.id == _n.c.user_task_id).outerjoin(instance, instance.c.id == _n.c.process_instance_id)
_COLUMNS = (
    _n.c.id,
    _n.c.kind,
    _n.c.params,
    _n.c.user_task_id,
    _n.c.process_instance_id,
    _n.c.created_at,
    _n.c.read_at,
    _t.c.name,
    _t.c.state,
    instance.c.business_key,
)
_NEWEST = (_n.c.created_at.desc(), _n.c.id.desc())
_LIST: Select[Any] = select(*_COLUMNS).select_from(_JOINED).where(_MINE).order_by(*_NEWEST).limit(bindparam("page"))
_LIST_UNREAD: Select[Any] = (
    select(*_COLUMNS).select_from(_JOINED).where(_UNREAD).order_by(*_NEWEST).limit(bindparam("page"))
)
_BEFORE = tuple_(_n.c.created_at, _n.c.id) < tuple_(bindparam("after", type_=_n.c.created_at.type), bindparam("last"))
_COUNT = select(func.count()).select_from(
    select(literal_column("1")).select_from(_JOINED).where(_UNREAD).limit(100).subquery()
)
_READ = update(table_of(Notification)).where(_MINE, _n.c.read_at.is_(None)).values(read_at=bindparam("at"))
_READ_SOME = _READ.where(_n.c.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class Note:
    """A notification as its recipient sees it."""

    id: UUID
    kind: str
    params: dict[str, Any]
    user_task_id: UUID | None
    process_instance_id: UUID | None
    created_at: datetime
    read_at: datetime | None
    task_name: str | None
    task_state: str | None
    business_key: str | None

    def text(self, language: str | None) -> str:
        """Return the sentence in the reader's language."""
        task = " ".join(filter(None, (self.task_name, self.business_key)))
        template = TEXTS.get(self.kind, TEXTS["message"])
        return translate(language, template, **({"subject": self.kind, "task": task} | self.params))


def notify(
    session: Session,
    recipients: Iterable[str],
    kind: str,
    *,
    user_task_id: UUID | None = None,
    process_instance_id: UUID | None = None,
    params: Mapping[str, Any] | None = None,
) -> None:
    """Tell people something. `kind` is one of `TEXTS`; its text is filled with `params`."""
    rows = [
        {
            "id": new_id(),
            "recipient": recipient,
            "kind": kind,
            "params": dict(params or {}),
            "user_task_id": user_task_id,
            "process_instance_id": process_instance_id,
            "created_at": now(),
        }
        for recipient in sorted(set(recipients))
    ]
    if rows:
        session.execute(_INSERT, rows)


def list_notifications(
    session: Session, user_id: str, *, unread: bool = False, cursor: str | None = None, limit: int = 50
) -> tuple[list[Note], str | None]:
    """Return a page of what a person was told, newest first, and the cursor of the next page."""
    statement = _LIST_UNREAD if unread else _LIST
    values: dict[str, Any] = {"me": user_id, "page": limit + 1}
    if cursor:
        after, last = decode_cursor(cursor, "-created")
        statement, values = statement.where(_BEFORE), values | {"after": datetime.fromisoformat(after), "last": last}
    notes = [Note(*row) for row in session.execute(statement, values)]
    if len(notes) <= limit:
        return notes, None
    end = notes[limit - 1]
    return notes[:limit], encode_cursor("-created", end.created_at.isoformat(), end.id)


def count_unread(session: Session, user_id: str) -> int:
    """Return how many notifications a person has not read, counted up to 100."""
    count: int = session.execute(_COUNT, {"me": user_id}).scalar_one()
    return count


def mark_read(session: Session, user_id: str, ids: Iterable[UUID] | None = None) -> None:
    """Mark notifications of a person as read: the given ones, or all."""
    if ids is None:
        session.execute(_READ, {"me": user_id, "at": now()})
    else:
        session.execute(_READ_SOME, {"me": user_id, "at": now(), "ids": list(ids)})
