"""Copies of a case sent to people who need not act (抄送): whoever gets one may look at the case from then on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, insert, select, update

from process_server.clock import now
from process_server.db import Session, changed, new_id, table_of
from process_server.errors import InvalidInput
from process_server.identity import users
from process_server.identity.principal import Principal
from process_server.tasks.handling import decisions
from process_server.tasks.handling.handing import require_allowed
from process_server.tasks.handling.models import Copy
from process_server.tasks.inbox import worklist
from process_server.tasks.telling import notifications

MOST = 100  # people at once

_c = table_of(Copy)
_INSERT = insert(_c)
_ROWS: Select[Any] = select(_c).order_by(_c.c.at.desc(), _c.c.id.desc()).limit(bindparam("most"))
_MINE = _ROWS.where(_c.c.recipient == bindparam("me"))
_UNREAD = _MINE.where(_c.c.read_at.is_(None))
_OF_INSTANCE = _ROWS.where(_c.c.process_instance_id == bindparam("instance"))
_READ = update(_c).where(_c.c.recipient == bindparam("me"), _c.c.read_at.is_(None)).values(read_at=bindparam("seen"))
_READ_SOME = _READ.where(_c.c.id.in_(bindparam("ids", expanding=True)))
_READ_CASE = _READ.where(_c.c.process_instance_id == bindparam("instance"))


@dataclass(frozen=True, slots=True)
class CopyRow:
    """A copy somebody was sent; without `sender` the model sent it."""

    id: UUID
    process_instance_id: UUID
    user_task_id: UUID | None
    element_id: str | None
    recipient: str
    sender: str | None
    opinion: str | None
    at: datetime
    read_at: datetime | None


def send_copy(
    session: Session,
    instance_id: UUID,
    people: Sequence[str],
    *,
    principal: Principal,
    task_id: UUID | None = None,
    opinion: str | None = None,
) -> list[UUID]:
    """Send people a copy of a case; return the ids of the copies. The caller has checked that the user sees the case.

    With a task the copy is of that step, where the model allows copies at it. Raises NotFound, NotAllowed, InvalidForm.
    """
    wanted = sorted(set(people))
    if not 0 < len(wanted) <= MOST:
        raise InvalidInput([{"field": "people", "code": "count", "params": {"minimum": 1, "maximum": MOST}}])
    element_id = None
    if task_id is not None:
        task = worklist.find_task(session, task_id, principal)
        instance_id, element_id = task.process_instance_id, task.element_id
        require_allowed(task, "copy", principal)
    for person in wanted:
        users.find(session, person)
    opinion = decisions.clean_opinion(opinion)
    place = {"process_instance_id": instance_id, "user_task_id": task_id, "element_id": element_id}
    ids = write(session, [place | {"recipient": person} for person in wanted], sender=principal, opinion=opinion)
    decisions.record(
        session,
        "copy",
        principal.user_id,
        instance_id=instance_id,
        task_id=task_id,
        element_id=element_id,
        opinion=opinion,
        people=wanted,
    )
    return ids


def write(
    session: Session,
    rows: Iterable[Mapping[str, Any]],
    *,
    sender: Principal | None = None,
    opinion: str | None = None,
) -> list[UUID]:
    """Write copies and tell their recipients; each row names instance, task, element and recipient."""
    made = [
        {
            "id": new_id(),
            **row,
            "sender": sender and sender.user_id,
            "opinion": opinion,
            "at": now(),
        }
        for row in rows
    ]
    if not made:
        return []
    session.execute(_INSERT, made)
    told: dict[tuple[UUID, UUID | None], list[str]] = {}
    for row in made:
        told.setdefault((row["process_instance_id"], row["user_task_id"]), []).append(row["recipient"])
    for (instance, task), people in told.items():
        notifications.notify(
            session,
            [person for person in people if sender is None or person != sender.user_id],
            "copied" if sender else "copied_by_model",
            user_task_id=task,
            process_instance_id=instance,
            params={"author": sender.named} if sender else None,
        )
    return [row["id"] for row in made]


def list_copies(session: Session, principal: Principal, *, unread: bool = False, limit: int = 50) -> list[CopyRow]:
    """Return the copies a user was sent, the latest first."""
    found = session.execute(_UNREAD if unread else _MINE, {"me": principal.user_id, "most": limit})
    return [CopyRow(*row) for row in found]


def copies_of(session: Session, instance_id: UUID) -> list[CopyRow]:
    """Return who was sent a copy of a case; the caller has checked who asks."""
    return [CopyRow(*row) for row in session.execute(_OF_INSTANCE, {"instance": instance_id, "most": 1_000})]


def mark_read(
    session: Session,
    principal: Principal,
    ids: Iterable[UUID] | None = None,
    *,
    instance_id: UUID | None = None,
) -> int:
    """Mark copies of a user as read: the given ones, those of a case, or all; return how many were unread."""
    given: dict[str, Any] = {"me": principal.user_id, "seen": now()}
    if instance_id is not None:
        return changed(session.execute(_READ_CASE, given | {"instance": instance_id}))
    if ids is None:
        return changed(session.execute(_READ, given))
    return changed(session.execute(_READ_SOME, given | {"ids": list(ids)}))
