"""The audit: who did what to what, appended in the transaction that did it.

Kept are sign-ins and failed ones, whatever changes who may do what, deployments, what administrators do to cases and
versions, and what people do to tasks beside deciding them, which the history holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, tuple_

from process_server.clock import now
from process_server.db import Session, new_id, table_of
from process_server.identity.models import Audit
from process_server.identity.principal import Principal

_a = table_of(Audit)
_INSERT = insert(_a)
_OF_MANY = (
    select(_a)
    .where(_a.c.entity_type == bindparam("type"), _a.c.entity_id.in_(bindparam("ids", expanding=True)))
    .order_by(_a.c.at, _a.c.id)
    .limit(1_000)
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit; its position and digest once it is sealed."""

    id: UUID
    at: datetime
    actor: str | None
    action: str
    entity_type: str
    entity_id: str
    detail: dict[str, Any]
    position: int | None = None
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines: by whom, what, to what, from when until when; empty: all."""

    actor: str | None = None
    action: str | None = None
    entity_type: str | None = None
    entity_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def record(
    session: Session, actor: str | None, action: str, entity_type: str, entity_id: object, **detail: Any
) -> None:
    """Append a line. `actor` is a user id, or None for the server itself; `detail` are values as variables have."""
    session.execute(
        _INSERT,
        {
            "id": new_id(),
            "at": now(),
            "actor": actor,
            "action": action,
            "entity_type": entity_type,
            "entity_id": str(entity_id),
            "detail": detail,
        },
    )


def entries_of(session: Session, entity_type: str, entity_id: object, limit: int = 200) -> list[Entry]:
    """Return what was done to an entity, newest first."""
    table = table_of(Audit)
    rows = session.execute(
        select(table)
        .where(table.c.entity_type == entity_type, table.c.entity_id == str(entity_id))
        .order_by(table.c.at.desc())
        .limit(limit)
    )
    return [Entry(**row) for row in rows.mappings()]


def list_entries(
    session: Session, wanted: Wanted, principal: Principal, limit: int, before: tuple[datetime, UUID] | None = None
) -> list[Entry]:
    """Return lines, newest first, from a position on; for administrators. Raises NotAllowed."""
    principal.require_admin()
    statement = select(_a).order_by(_a.c.at.desc(), _a.c.id.desc()).limit(limit)
    for name in ("actor", "action", "entity_type", "entity_id"):
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(_a.c[name] == value)
    if wanted.since is not None:
        statement = statement.where(_a.c.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(_a.c.at < wanted.until)
    if before is not None:
        statement = statement.where(tuple_(_a.c.at, _a.c.id) < before)
    return [Entry(**row) for row in session.execute(statement).mappings()]


def entries_of_many(session: Session, entity_type: str, ids: Iterable[object]) -> list[Entry]:
    """Return what was done to entities, in time."""
    given = {"type": entity_type, "ids": [str(each) for each in ids]}
    return [Entry(**row) for row in session.execute(_OF_MANY, given).mappings()]
