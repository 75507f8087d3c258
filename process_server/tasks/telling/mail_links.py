"""Links in mails by which one person may decide one task, once: made, looked up, used up.

Whoever has the link acts as its reader, so it holds for a few days, for this task alone, and of its secret only the
hash is kept.
"""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, insert, select, update

from process_server.clock import now
from process_server.config import settings
from process_server.db import Session, new_id, table_of
from process_server.errors import NotFound
from process_server.tasks.telling.models import MailLink

_l = table_of(MailLink)
_INSERT = insert(_l)
_FIND: Select[Any] = select(_l).where(_l.c.token_hash == bindparam("hash"))
_HOLD = _FIND.with_for_update()
_USE = update(_l).where(_l.c.id == bindparam("link")).values(used_at=bindparam("at"))


class MailLinkClosed(NotFound):
    """This link was used, or its time is over. Sign in to see the task."""

    code = "mail_link_closed"


def create(session: Session, user_id: str, task_id: UUID) -> str | None:
    """Make a link for a person and a task; return its secret, or None where the server makes none."""
    hours = settings().mail_link_hours
    if hours <= 0 or not settings().base_url:
        return None
    secret = secrets.token_urlsafe(24)
    row = {"id": new_id(), "token_hash": _hash(secret), "user_id": user_id, "user_task_id": task_id}
    session.execute(_INSERT, row | {"created_at": now(), "expires_at": now() + timedelta(hours=hours)})
    return secret


def find(session: Session, secret: str, *, hold: bool = False) -> Any:
    """Return the link of a secret, locked if it is to be used. Raises MailLinkClosed where it is not, or no more."""
    row = session.execute(_HOLD if hold else _FIND, {"hash": _hash(secret)}).one_or_none()
    if row is None or row.used_at is not None or row.expires_at <= now():
        raise MailLinkClosed
    return row


def use(session: Session, link_id: UUID) -> None:
    """Use a link up."""
    session.execute(_USE, {"link": link_id, "at": now()})


def _hash(secret: str) -> bytes:
    return sha256(secret.encode(errors="surrogatepass")).digest()
