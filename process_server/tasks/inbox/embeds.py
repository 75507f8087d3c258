"""Embedding: a saved view or a case that other sites show in a frame, as one person sees it; to be read, not to act.

Which sites may is a setting of the server. Of the address only the hash of its secret is kept.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update

from process_server.clock import now
from process_server.config import settings
from process_server.db import Session, changed, new_id, table_of
from process_server.errors import Conflict, InvalidInput, NotFound
from process_server.identity import audit
from process_server.identity.principal import Principal
from process_server.tasks.inbox import views
from process_server.tasks.inbox.models import Embed

MOST = 50  # of one person
LONGEST_DAYS = 366
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:\d{1,5})?")

_e = table_of(Embed)
_SHOWN = [column for column in _e.c if column is not _e.c.token_hash]
_MINE = select(*_SHOWN).where(_e.c.owner == bindparam("me")).order_by(_e.c.created_at.desc(), _e.c.id)
_FIND = select(*_SHOWN).where(_e.c.token_hash == bindparam("hash"))
_USED = update(_e).where(_e.c.id == bindparam("embed")).values(last_used_at=bindparam("at"))


@dataclass(frozen=True, slots=True)
class EmbedRow:
    """Something embedded: a saved view or a case."""

    id: UUID
    owner: str
    name: str
    view_id: UUID | None
    process_instance_id: UUID | None
    language: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


def origins() -> list[str]:
    """Return the sites that may embed; none: nothing is embedded."""
    return [each for each in settings().embed_origins.split() if _ORIGIN.fullmatch(each)]


def list_embeds(session: Session, principal: Principal) -> list[EmbedRow]:
    """Return what somebody embeds, the newest first."""
    return [EmbedRow(**row._mapping) for row in session.execute(_MINE, {"me": principal.user_id})]


def create(
    session: Session,
    principal: Principal,
    name: str,
    *,
    view_id: UUID | None = None,
    instance_id: UUID | None = None,
    days: int | None = 90,
    language: str | None = None,
) -> tuple[EmbedRow, str]:
    """Embed a view, or a case whose visibility the caller has checked; return it with its secret, shown this once.

    Raises InvalidInput, NotFound for a view that is not theirs to see, Conflict where no site may embed anything.
    """
    if not origins():
        raise Conflict("No site may embed anything: see PROCESS_SERVER_EMBED_ORIGINS.")
    name = " ".join(name.split())
    wrong = {
        "name": not 0 < len(name) <= 100 or not name.isprintable(),
        "view_id": (view_id is None) == (instance_id is None),
        "days": days is not None and not 0 < days <= LONGEST_DAYS,
    }
    if problems := [field for field, is_wrong in wrong.items() if is_wrong]:
        raise InvalidInput([{"field": field, "code": "invalid", "params": {}} for field in problems])
    if view_id is not None:
        views.find(session, view_id, principal)
    if len(list_embeds(session, principal)) >= MOST:
        raise Conflict("You embed {count} things already. Delete some first.", count=MOST)
    secret = secrets.token_urlsafe(24)
    until = now() + timedelta(days=days) if days is not None else None
    made = EmbedRow(new_id(), principal.user_id, name, view_id, instance_id, language, now(), until, None)
    row: dict[str, Any] = {column.name: getattr(made, column.name) for column in _SHOWN}
    session.execute(insert(_e).values(row | {"token_hash": _hash(secret)}))
    audit.record(session, principal.user_id, "create", "embed", made.id, view=view_id, case=instance_id)
    return made, secret


def remove(session: Session, embed_id: UUID, principal: Principal) -> None:
    """Embed something no longer. Raises NotFound."""
    gone = session.execute(delete(_e).where(_e.c.id == embed_id, _e.c.owner == principal.user_id))
    if not changed(gone):
        raise NotFound(kind="embed", id=embed_id)
    audit.record(session, principal.user_id, "delete", "embed", embed_id)


def find(session: Session, secret: str) -> EmbedRow:
    """Return what an address embeds. Raises NotFound where it does not, or no longer."""
    row = session.execute(_FIND, {"hash": _hash(secret)}).one_or_none()
    if row is None or (row.expires_at is not None and row.expires_at <= now()) or not origins():
        raise NotFound("There is nothing at this address, or no longer.")
    if row.last_used_at is None or row.last_used_at < now() - timedelta(minutes=5):
        session.execute(_USED, {"embed": row.id, "at": now()})
    return EmbedRow(**row._mapping)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode(errors="surrogatepass")).digest()
