"""One page of one list of the inbox: narrowed, sorted by any column, paged by keyset.

The rows of a page are found first, by as few tables as it takes; only then their columns are read. So a page costs the
same however much its columns show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, literal_column, null, select
from sqlalchemy.sql.elements import ColumnElement

from process_server.clock import now
from process_server.db import Session
from process_server.errors import InvalidInput
from process_server.identity import team
from process_server.identity.principal import Principal
from process_server.tasks.context import definition, incident, instance
from process_server.tasks.inbox import conditions, criteria, cursors, search
from process_server.tasks.inbox.column import Column
from process_server.tasks.inbox.columns import Columns
from process_server.tasks.inbox.lists import Listing, TableName, copy, of_person, task, values_of
from process_server.tasks.inbox.sorting import Sort, after, read_sort

_TEAMS = "teams"  # kept in session.info
REACH = 10_000  # rows that are looked through or sorted at once where no index serves


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows of which list, in which order: everything an address of the inbox says but the columns.

    `filters` as `conditions` reads them, `where` an expression, `sort` names of columns with a minus for downwards,
    separated by commas, `on_behalf_of` one of those the person stands in for, `rows` the only ones wanted.
    """

    list: str
    filters: tuple[str, ...] = ()
    text: str = ""
    where: str = ""
    sort: str = ""
    on_behalf_of: str = ""
    rows: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a list: what it is, and the value of each column asked for. A draft of a start has no case yet."""

    id: UUID
    task_id: UUID | None
    process_instance_id: UUID | None
    definition_id: UUID | None
    element_id: str | None
    process_name: str | None
    process_name_en: str | None
    revision: int | None
    cells: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries of a list, and the cursor of the next page, None at the end."""

    entries: list[Entry]
    next: str | None


@dataclass(frozen=True)
class Selection:
    """The rows a query leaves of its list, before they are sorted and paged: pages, facets and totals share it.

    `sought` are conditions that no index serves: each row has to be looked at, at most `REACH` of them at once.
    """

    columns: Columns
    wanted: tuple[ColumnElement[bool], ...]
    needs: frozenset[TableName]
    sought: tuple[ColumnElement[bool], ...] = ()
    sought_in: frozenset[TableName] = frozenset()

    @property
    def listing(self) -> Listing:
        """The list."""
        return self.columns.listing

    def rows(self, *shown: ColumnElement[Any], needs: frozenset[TableName] = frozenset()) -> Select[Any]:
        """Select expressions over the rows, which may need more tables."""
        if not self.sought:
            return self.near(*shown, needs=needs)
        source = self.listing.joined(self.needs | self.sought_in | needs)
        key = self.listing.key
        within = self.near(key).limit(REACH).scalar_subquery()
        return select(*shown).select_from(source).where(key.in_(within), *self.sought)

    def near(self, *shown: ColumnElement[Any], needs: frozenset[TableName] = frozenset()) -> Select[Any]:
        """Select expressions over the rows that indexes lead to, whatever else is sought in them."""
        source = self.listing.joined(self.needs | needs)
        return select(*shown).select_from(source).where(self.listing.of(self.columns.principal), *self.wanted)


def select_rows(session: Session, columns: Columns, query: Query) -> Selection:
    """Return the rows a query leaves. Raises InvalidInput."""
    found = conditions.parse(columns, query.filters)
    near = [each for each in found if not each.costly]
    far = [each for each in found if each.costly]
    wanted, sought = conditions.all_of(near), conditions.all_of(far)
    needs: frozenset[TableName] = frozenset().union(*(each.column.needs for each in near))
    sought_in: frozenset[TableName] = frozenset().union(*(each.column.needs for each in far))
    if query.rows:
        wanted.append(columns.listing.key.in_(query.rows))
    if query.on_behalf_of:
        columns.get("assignee", "on_behalf_of")
        wanted.append(of_person(query.on_behalf_of))
        needs |= {"task"}
    if query.text.strip():
        condition, more = search.condition(session, columns.listing, query.text.strip())
        wanted.append(condition)
        needs |= more
    if query.where.strip():
        condition, more = criteria.condition(columns, query.where)
        sought.append(condition)
        sought_in |= more
    return Selection(columns, tuple(wanted), needs, tuple(sought), sought_in)


def page(
    session: Session,
    columns: Columns,
    query: Query,
    shown: Sequence[str] = (),
    *,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Return a page of a list with the columns asked for.

    Of a large list in which something is sought that no index knows, a page looks at no more than `REACH` rows: it may
    be short, or empty, and still have a next one. Raises InvalidInput for columns, filters, sorts and cursors the list
    does not have, and where a list of more than `REACH` rows is to be sorted by a column without an index.
    """
    sorts = read_sort(columns, query.sort)
    selection = select_rows(session, columns, query)
    values = filled(session, columns.principal)
    _require_sortable(session, selection, sorts)
    near = _near(selection, sorts)
    order = f"{query.list}:{query.sort or columns.listing.sort}"
    if cursor:
        near = near.where(after(sorts, columns.listing, cursor, order))
    statement = _first(selection, sorts, near, limit + 1)
    cells = [columns.get(name, "columns") for name in shown]
    rows = session.execute(_with_columns(statement, columns.listing, sorts, cells), values).all()
    fixed = len(_FIXED)
    entries = [
        Entry(**dict(zip(_FIXED, row, strict=False)), cells=dict(zip(shown, row[fixed:], strict=False)))
        for row in rows[:limit]
    ]
    if len(rows) > limit:
        last = rows[limit - 1]
        return Page(entries, cursors.encode_position(order, last[fixed + len(cells) :], last[0]))
    end = session.execute(_end(near, sorts), values).one_or_none() if selection.sought else None
    return Page(entries, cursors.encode_position(order, end[1:], end[0]) if end is not None else None)


def _require_sortable(session: Session, selection: Selection, sorts: Sequence[Sort]) -> None:
    if sorts[0].column.indexed:
        return
    if beyond_reach(session, selection):
        params = {"column": sorts[0].column.name, "maximum": REACH}
        raise InvalidInput([{"field": "sort", "code": "too_many_to_sort", "params": params}])


def beyond_reach(session: Session, selection: Selection) -> bool:
    """Say whether indexes lead to more rows than are looked through or sorted at once."""
    counted = selection.near(literal_column("1")).limit(REACH + 1).subquery()
    values = filled(session, selection.columns.principal)
    return bool(session.execute(select(func.count()).select_from(counted), values).scalar_one() > REACH)


def _near(selection: Selection, sorts: Sequence[Sort]) -> Select[Any]:
    """Select the keys of the rows in order, reading no more tables than the filters and the order need."""
    needs: frozenset[TableName] = frozenset().union(*(each.column.needs for each in sorts))
    key = selection.listing.key
    shown = [each.by.label(f"sort_{number}") for number, each in enumerate(sorts)]
    ordered = [each.by.desc() if each.downwards else each.by for each in sorts]
    ordered.append(key.desc() if sorts[0].downwards else key)
    return selection.near(key.label("row_id"), *shown, needs=needs).order_by(*ordered)


def _first(selection: Selection, sorts: Sequence[Sort], near: Select[Any], limit: int) -> Select[Any]:
    """Select the keys of one page: the first rows, or those of the first `REACH` in which what is sought is found."""
    if not selection.sought:
        return near.limit(limit)
    reached = near.limit(REACH).cte("reached")
    source = selection.listing.joined(selection.sought_in).join(reached, reached.c.row_id == selection.listing.key)
    shown = [reached.c[f"sort_{number}"] for number in range(len(sorts))]
    ordered = [by.desc() if each.downwards else by for by, each in zip(shown, sorts, strict=True)]
    ordered.append(reached.c.row_id.desc() if sorts[0].downwards else reached.c.row_id)
    found = select(reached.c.row_id, *shown).select_from(source).where(*selection.sought)
    return found.order_by(*ordered).limit(limit)


def _end(near: Select[Any], sorts: Sequence[Sort]) -> Select[Any]:
    """Select the position of the last row that was reached; none where the list ends before."""
    reached = near.offset(REACH - 1).limit(1).subquery()
    return select(reached.c.row_id, *(cast(reached.c[f"sort_{number}"], Text) for number in range(len(sorts))))


def _fixed(listing: Listing) -> list[ColumnElement[Any]]:
    """Return what every entry tells of itself."""
    with_task = "task" in listing.tables
    version = task.c.definition_id if listing.base == "task" else definition.c.id
    element: ColumnElement[Any] = task.c.element_id if with_task else null()
    task_id: ColumnElement[Any] = task.c.id if with_task else null()
    if listing.base == "copy":
        element, task_id = func.coalesce(copy.c.element_id, task.c.element_id), copy.c.user_task_id
    if listing.base == "incident":
        element = incident.c.element_id
    return [
        listing.key,
        task_id,
        instance.c.id,
        version,
        element,
        definition.c.name,
        definition.c.name_en,
        task.c.revision if with_task else null(),
    ]


def _with_columns(first: Select[Any], listing: Listing, sorts: Sequence[Sort], cells: Sequence[Column]) -> Select[Any]:
    """Select the columns of the rows that were found."""
    found = first.cte("found")
    positions = [found.c[f"sort_{number}"] for number in range(len(sorts))]
    ordered = [at.desc() if each.downwards else at for at, each in zip(positions, sorts, strict=True)]
    ordered.append(found.c.row_id.desc() if sorts[0].downwards else found.c.row_id)
    source = listing.joined(listing.tables).join(found, found.c.row_id == listing.key)
    return (
        select(*_fixed(listing), *(each.value for each in cells), *(cast(at, Text) for at in positions))
        .select_from(source)
        .order_by(*ordered)
    )


def filled(session: Session, principal: Principal) -> dict[str, Any]:
    """Return what the statements of somebody's lists are filled with; whom they manage is looked up once a session."""
    known: dict[str, list[str]] = session.info.setdefault(_TEAMS, {})
    if principal.user_id not in known:
        known[principal.user_id] = team.members_of(session, principal.user_id)
    return values_of(principal, now(), known[principal.user_id])


_FIXED = [each.name for each in fields(Entry) if each.name != "cells"]
