"""What became of tasks that a page shows: which were changed since, whether they are still in its list, and by whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import func
from sqlalchemy.types import Uuid

from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.inbox.lists import Listing, task
from process_server.tasks.inbox.pages import filled

MOST = 500  # tasks asked about at once


@dataclass(frozen=True, slots=True)
class Change:
    """A task that is no longer as it was seen; `here` says whether its list still holds it."""

    id: UUID
    revision: int
    state: str
    assignee: str | None
    completed_by: str | None
    here: bool


def since(session: Session, principal: Principal, listing: Listing, seen: Mapping[UUID, int]) -> list[Change]:
    """Return the tasks that were changed since they were seen, or have left the list, which is one of tasks."""
    ids = list(seen)[:MOST]
    here = func.coalesce(listing.of(principal), False)
    wanted = select(
        task.c.id, task.c.revision, task.c.state, task.c.assignee, task.c.completed_by, here.label("here")
    ).where(task.c.id == func.any(literal(ids, ARRAY(Uuid))))
    found = [Change(*row) for row in session.execute(wanted, filled(session, principal))]
    return [each for each in found if not each.here or each.revision != seen[each.id]]
