"""What happened: one row per visit of an element, appended when it is left."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.models import Activity
from process_server.bpmn.waits import Visit
from process_server.db import table_of

_APPEND = insert(table_of(Activity))


def rows(visits: Iterable[Visit], *, instance_id: UUID, definition_id: UUID) -> list[dict[str, Any]]:
    """Turn the visits of one instance into rows."""
    return [
        {
            "id": visit.token,
            "left_at": datetime.fromtimestamp(visit.left, UTC),
            "entered_at": datetime.fromtimestamp(visit.entered, UTC),
            "process_instance_id": instance_id,
            "definition_id": definition_id,
            "element_id": visit.element,
            "element_type": visit.element_type,
            "outcome": visit.outcome,
            "actor": visit.actor,
            "detail": visit.detail,
        }
        for visit in visits
    ]


def append(session: Session, visits: list[dict[str, Any]]) -> None:
    """Append rows made by `rows`."""
    if visits:
        session.execute(_APPEND, visits)


def ensure_partitions(session: Session, months_ahead: int = 3) -> list[str]:
    """Make the monthly partitions of the activity table for the months to come; return the names of those made.

    A month whose rows already fell into the default partition stays there.
    """
    made = []
    first = clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(months_ahead + 1):
        following = (first + timedelta(days=32)).replace(day=1)
        name = f"activity_{first:%Y_%m}"
        if _free(session, name, first, following):
            session.execute(
                text(
                    f"CREATE TABLE {name} PARTITION OF activity "
                    f"FOR VALUES FROM ('{first.isoformat()}') TO ('{following.isoformat()}')"
                )
            )
            made.append(name)
        first = following
    return made


def _free(session: Session, name: str, first: datetime, following: datetime) -> bool:
    taken = session.execute(text("SELECT to_regclass(:name) IS NOT NULL"), {"name": name}).scalar_one()
    return (
        not taken
        and not session.execute(
            text("SELECT EXISTS (SELECT 1 FROM activity_default WHERE left_at >= :first AND left_at < :following)"),
            {"first": first, "following": following},
        ).scalar_one()
    )
