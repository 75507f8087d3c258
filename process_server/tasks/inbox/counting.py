"""How many rows a list of the inbox holds: all lists of a person at once, or one of them narrowed."""

from typing import Any

from sqlalchemy import Select, func, literal_column, select

from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.inbox.columns import Columns
from process_server.tasks.inbox.lists import DUE, LISTS, Listing
from process_server.tasks.inbox.pages import Query, filled, select_rows
from process_server.tasks.inbox.queries import COUNTED


def count_lists(session: Session, principal: Principal) -> dict[str, int]:
    """Return how many rows wait in each list of a person, each counted up to `COUNTED`: one statement.

    Of cases started those still running count, of copies the unread. Lists that are not theirs are missing: team,
    overdue and incidents for who manages nobody, all for who is no administrator.
    """
    values = filled(session, principal)
    names = [name for name in LISTS if _has(name, principal, bool(values["team"]))]
    numbers = [_counted(LISTS[name], principal).scalar_subquery().label(name) for name in names]
    return dict(zip(names, session.execute(select(*numbers), values).one(), strict=True))


def _has(name: str, principal: Principal, leads: bool) -> bool:
    match name:
        case "all":
            return principal.admin
        case "team":
            return leads
        case "overdue" | "incidents":
            return leads or principal.admin
    return True


def _counted(listing: Listing, principal: Principal) -> Select[Any]:
    rows: Select[Any] = select(literal_column("1")).select_from(listing.table).where(listing.of(principal))
    if listing.counted is not None:
        rows = rows.where(listing.counted)
    if principal.admin and listing.base == "task" and listing.everybody is not None:
        rows = rows.order_by(DUE)  # by its index: else the planner may read the whole table to find the first
    return select(func.count()).select_from(rows.limit(COUNTED).subquery())


def count_rows(session: Session, columns: Columns, query: Query) -> int:
    """Return how many rows a query leaves of its list, counted up to `COUNTED`. Raises as `pages.page` does.

    Where something is sought that no index knows, they are counted among the first `REACH` rows.
    """
    rows = select_rows(session, columns, query).rows(literal_column("1")).limit(COUNTED).subquery()
    number: int = session.execute(
        select(func.count()).select_from(rows), filled(session, columns.principal)
    ).scalar_one()
    return number
