"""Rows to be sent outside: claimed for some minutes, tried again with back-off, marked with how it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, bindparam, literal_column, select, update

from process_server.clock import now
from process_server.db import Session

ATTEMPTS = 8
LEASE = timedelta(minutes=5)  # a claimed row whose sender died is free again after this


@dataclass(frozen=True, slots=True)
class Outcome:
    """How sending went: sent (with a reason where some recipients were refused), again later, or failed for good."""

    state: Literal["sent", "again", "failed"]
    reason: str | None = None


class Outgoing:
    """A table of what is sent outside: its rows have `state`, `attempts`, `next_attempt_at`, `sent_at` and `error`.

    `first_delay` is doubled after each failure; `columns` are what who claims a row is given of it; `among` narrows
    the rows by bind parameters that `claim` is given.
    """

    def __init__(
        self, table: Table, columns: Sequence[str], *, first_delay: timedelta, among: Sequence[ColumnElement[bool]] = ()
    ) -> None:
        self.first_delay = first_delay
        due = (
            select(table.c.id)
            .where(table.c.state == literal_column("'pending'"), table.c.next_attempt_at <= bindparam("now"), *among)
            .order_by(table.c.next_attempt_at)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True)
        )
        self._claim = (
            update(table)
            .where(table.c.id.in_(due.scalar_subquery()))
            .values(next_attempt_at=bindparam("until"), attempts=table.c.attempts + 1)
            .returning(*(table.c[name] for name in columns))
        )
        self._mark = (
            update(table)
            .where(table.c.id == bindparam("row"))
            .values(
                state=bindparam("new_state"),
                error=bindparam("reason"),
                sent_at=bindparam("at"),
                next_attempt_at=bindparam("again"),
            )
        )

    def claim(self, session: Session, most: int, **among: Any) -> Sequence[Row[Any]]:
        """Take rows that are due, so that no other worker sends them for some minutes."""
        return session.execute(self._claim, {"now": now(), "until": now() + LEASE, "most": most, **among}).all()

    def mark(self, session: Session, row_id: UUID, attempts: int, outcome: Outcome) -> None:
        """Write down how sending went; what is to be tried again fails for good after `ATTEMPTS`."""
        state: str = outcome.state
        if state == "again":
            state = "failed" if attempts >= ATTEMPTS else "pending"
        given = {"at": now() if state == "sent" else None, "again": now() + self.first_delay * 2 ** (attempts - 1)}
        session.execute(self._mark, {"row": row_id, "new_state": state, "reason": outcome.reason, **given})

    def keep(self, session: Session, row_id: UUID) -> None:
        """Leave a row that cannot be sent because nothing is there to send it by, visible and unsent."""
        given = {"new_state": "kept", "reason": None, "at": None, "again": now()}
        session.execute(self._mark, {"row": row_id, **given})
