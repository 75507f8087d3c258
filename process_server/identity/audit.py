"""The audit: who did what to what, appended in the transaction that did it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from process_server.clock import now
from process_server.db import Session, new_id, table_of
from process_server.identity.models import Audit

_INSERT = insert(table_of(Audit))


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit."""

    id: UUID
    at: datetime
    actor: str | None
    action: str
    entity_type: str
    entity_id: str
    detail: dict[str, Any]


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
