"""Notifications inside the application: written, listed, counted, read.

What a notification says of a task is read from the task itself, so that it shows as it is now; what asks somebody to
do something counts as unread only while that is still to be done, and nobody else has taken it. Whether one is shown
in the application, and whether it goes out by mail and other channels, is decided when it is written, by what its
reader chose.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from process_server.clock import now
from process_server.config import settings
from process_server.db import Instant, Json, Session, changed, table_of
from process_server.identity import stand_ins
from process_server.tasks.context import definition, instance
from process_server.tasks.inbox.cursors import decode_cursor, encode_cursor
from process_server.tasks.models import UserTask
from process_server.tasks.telling import wording
from process_server.tasks.telling.announcing import announce
from process_server.tasks.telling.matrix import KINDS
from process_server.tasks.telling.models import Notification
from process_server.tasks.telling.preferences import defaults

_n = table_of(Notification)
_t = UserTask.__table__
# What asks somebody who is away to do a task is told to who stands in for them as well.
_INSERT = text(
    f"""
    WITH new AS (
        SELECT * FROM jsonb_to_recordset(:rows) AS row (
            recipient text, kind text, event text, params jsonb, user_task_id uuid, process_instance_id uuid
        )
    ), told AS (
        SELECT * FROM new
        UNION
        SELECT stand_in.substitute_id, 'for_absent', 'stand_in', {wording.kept_name("assignee", "person")},
            new.user_task_id, new.process_instance_id
        FROM new
        JOIN user_account AS person ON person.id = new.recipient
        JOIN user_task AS task ON task.id = new.user_task_id
            AND (task.assignee = person.id OR task.assignee IS NULL AND person.id = ANY (task.candidate_users))
        JOIN process_definition AS definition ON definition.id = task.definition_id
        JOIN stand_in ON {stand_ins.in_force("person.id", ":at", "definition.key")}
            AND stand_in.substitute_id <> ALL (task.barred)
        WHERE new.kind = ANY (:to_do) AND new.event <> ''
    )
    INSERT INTO notification (
        id, recipient, kind, params, user_task_id, process_instance_id, created_at, in_app, deliver_at
    )
    SELECT
        gen_random_uuid(), told.recipient, told.kind, COALESCE(told.params, '{{}}'), told.user_task_id,
        told.process_instance_id, :at, told.event <> ALL (COALESCE(choice.muted, :muted)),
        CASE WHEN told.event = ANY (COALESCE(choice.elsewhere, :elsewhere)) THEN CAST(:at AS timestamptz) END
    FROM told
    LEFT JOIN notification_choice AS choice ON choice.user_id = told.recipient
    WHERE told.event <> ALL (COALESCE(choice.muted, :muted))
        OR told.event = ANY (COALESCE(choice.elsewhere, :elsewhere))
    RETURNING recipient
    """
).bindparams(
    bindparam("rows", type_=Json()),
    bindparam("at", type_=Instant()),
    bindparam("muted", type_=ARRAY(Text)),
    bindparam("elsewhere", type_=ARRAY(Text)),
    bindparam("to_do", type_=ARRAY(Text)),
)
TO_DO = (
    "task_assigned",
    "task_reassigned",
    "task_offered",
    "offered_waiting",
    "task_due_soon",
    "task_due",
    "task_returned",
    "task_resolved",
    "nudged",
    "follow_up",
)
"""Kinds that ask their reader to do a task."""

_OF_ANOTHER = ("task_escalated", "for_absent")
_MINE = and_(_n.c.recipient == bindparam("me"), _n.c.in_app)
_STILL_OPEN = _t.c.state.in_([literal_column("'open'"), literal_column("'held'")])
_UNREAD: ColumnElement[bool] = and_(
    _MINE,
    _n.c.read_at.is_(None),
    or_(
        _n.c.kind.not_in([*TO_DO, *_OF_ANOTHER]),
        and_(_STILL_OPEN, _n.c.kind.in_(_OF_ANOTHER)),
        and_(_STILL_OPEN, or_(_t.c.assignee.is_(None), _t.c.assignee == bindparam("me"))),
    ),
)
_JOINED = _n.outerjoin(_t, _t.c.id == _n.c.user_task_id).outerjoin(instance, instance.c.id == _n.c.process_instance_id)
_NO_TASK = _t.c.id.is_(None)
SUBJECT = (
    case((_NO_TASK, definition.c.name), else_=_t.c.name),
    case((_NO_TASK, definition.c.name_en), else_=_t.c.name_en),
)
"""What a notification is of: a task, or else the case as its process is called."""

NAMED = _JOINED.outerjoin(definition, definition.c.id == instance.c.definition_id)
_COLUMNS = (
    _n.c.id,
    _n.c.kind,
    _n.c.params,
    _n.c.user_task_id,
    _n.c.process_instance_id,
    _n.c.created_at,
    _n.c.read_at,
    *SUBJECT,
    _t.c.state,
    instance.c.business_key,
)
_NEWEST = (_n.c.created_at.desc(), _n.c.id.desc())
_LIST: Select[Any] = select(*_COLUMNS).select_from(NAMED).where(_MINE).order_by(*_NEWEST).limit(bindparam("page"))
_LIST_UNREAD: Select[Any] = (
    select(*_COLUMNS).select_from(NAMED).where(_UNREAD).order_by(*_NEWEST).limit(bindparam("page"))
)
_BEFORE = tuple_(_n.c.created_at, _n.c.id) < tuple_(bindparam("after", type_=_n.c.created_at.type), bindparam("last"))
_COUNT = select(func.count()).select_from(
    select(literal_column("1")).select_from(_JOINED).where(_UNREAD).limit(100).subquery()
)
_CLEAN = delete(table_of(Notification)).where(
    _n.c.id.in_(select(_n.c.id).where(_n.c.created_at < bindparam("before")).limit(bindparam("most")).scalar_subquery())
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
    task_name_en: str | None
    task_state: str | None
    business_key: str | None

    def text(self, language: str | None) -> str:
        """Return the sentence in the reader's language, the step named in it too."""
        return wording.sentence(language, self.kind, self.params, self.task_name, self.task_name_en, self.business_key)


def notify(
    session: Session,
    recipients: Iterable[str],
    kind: str,
    *,
    user_task_id: UUID | None = None,
    process_instance_id: UUID | None = None,
    params: Mapping[str, Any] | None = None,
    by_choice: bool = True,
) -> None:
    """Tell people something. `kind` is one of `wording.TEXTS`; its text is filled with `params`.

    By which channels is each reader's choice; not `by_choice`: in the application alone.
    """
    fields = {
        "kind": kind,
        "params": params or {},
        "user_task_id": user_task_id,
        "process_instance_id": process_instance_id,
    }
    write(session, [{"recipient": person, **fields} for person in sorted(set(recipients))], by_choice=by_choice)


def write(session: Session, rows: Sequence[Mapping[str, Any]], *, by_choice: bool = True) -> None:
    """Write any number of notifications in one statement: {recipient, kind, params, user_task_id, ..}."""
    if not rows:
        return
    usual = defaults(session)
    events = [
        {
            "event": KINDS.get(row["kind"], "message") if by_choice else "",
            **row,
            "params": wording.kept(row.get("params") or {}),
        }
        for row in rows
    ]
    given = {
        "rows": events,
        "at": now(),
        "muted": usual.muted,
        "elsewhere": usual.elsewhere,
        "to_do": list(TO_DO),
    }
    told = session.scalars(_INSERT, given)
    announce(session, told={*told, *(row["recipient"] for row in rows)})


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


def clean(session: Session, most: int = 5_000) -> int:
    """Delete notifications older than the settings keep them, so many at a time; return how many."""
    before = now() - timedelta(days=settings().notification_days)
    return changed(session.execute(_CLEAN, {"before": before, "most": most}))
