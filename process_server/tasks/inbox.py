"""One page of one list of the inbox: narrowed, sorted by any column, paged by keyset; and the numbers of all lists.

The rows of a page are found first, by as few tables as it takes; only then their columns are read. So a page costs the
same however much its columns show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Numeric, Select, Text, and_, cast, func, literal, literal_column, null, or_, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from process_server.clock import now
from process_server.db import Instant, Session
from process_server.errors import InvalidInput
from process_server.identity.models import User
from process_server.identity.principal import Principal
from process_server.tasks import conditions, criteria, cursors, search
from process_server.tasks.columns import Column, Columns
from process_server.tasks.context import definition, incident, instance
from process_server.tasks.lists import LISTS, ME, Listing, TableName, copy, of_person, task, values_of
from process_server.tasks.queries import COUNTED

MOST_SORTS = 3
SORTED = 20_000  # rows: what no index serves is sorted, but no more than these
_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows of which list, in which order: everything an address of the inbox says but the columns.

    `filters` as `conditions` reads them, `where` an expression, `sort` names of columns with a minus for downwards,
    separated by commas, `on_behalf_of` one of those the person stands in for.
    """

    list: str
    filters: tuple[str, ...] = ()
    text: str = ""
    where: str = ""
    sort: str = ""
    on_behalf_of: str = ""


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


@dataclass(frozen=True, slots=True)
class _Sort:
    column: Column
    downwards: bool

    @property
    def by(self) -> ColumnElement[Any]:
        value = self.column.value if self.column.order is None else self.column.order
        if not self.column.nullable:
            return value
        return func.coalesce(value, self._last())

    def _last(self) -> Any:
        """Return what stands for no value, so that it comes last either way."""
        kind = self.column.kind
        if kind in ("number", "span"):
            return literal_column("'-Infinity'::numeric" if self.downwards else "'Infinity'::numeric")
        if kind == "instant":
            return literal_column(f"'{'-' if self.downwards else ''}infinity'::timestamptz")
        if kind == "boolean":
            return literal(not self.downwards)
        return literal("" if self.downwards else _LAST_CHARACTER)

    def after(self, written: str | None) -> ColumnElement[Any]:
        """Return the value of the last row seen. Raises ValueError for what no such row can have."""
        kind = self.column.kind
        if written is None:
            raise ValueError(kind)
        if kind in ("number", "span"):
            if written.removeprefix("-") != "Infinity":
                conditions.read(written, "number")
            return cast(literal(written), Numeric)
        if kind == "instant":
            if written.removeprefix("-") != "infinity":
                conditions.read(written, "instant")
            return cast(literal(written), Instant)
        if kind == "boolean":
            return literal(written == "true")
        return literal(written)


def read_sort(columns: Columns, written: str) -> list[_Sort]:
    """Read what a list is sorted by. Raises InvalidInput for columns it does not have or cannot be sorted by."""
    names = [name for name in (written or columns.listing.sort).split(",") if name]
    if len(names) > MOST_SORTS:
        raise InvalidInput([{"field": "sort", "code": "too_many", "params": {"maximum": MOST_SORTS}}])
    sorts = [_Sort(columns.get(name.removeprefix("-"), "sort"), name.startswith("-")) for name in names]
    for each in sorts:
        if not each.column.sorts:
            raise InvalidInput([{"field": "sort", "code": "not_sortable", "params": {"column": each.column.name}}])
    return sorts


@dataclass(frozen=True)
class Selection:
    """The rows a query leaves of its list, before they are sorted and paged: pages, facets and totals share it."""

    columns: Columns
    wanted: tuple[ColumnElement[bool], ...]
    needs: frozenset[TableName]

    @property
    def listing(self) -> Listing:
        """The list."""
        return self.columns.listing

    def rows(self, *shown: ColumnElement[Any], needs: frozenset[TableName] = frozenset()) -> Select[Any]:
        """Select expressions over the rows, which may need more tables."""
        source = self.listing.joined(self.needs | needs)
        return select(*shown).select_from(source).where(self.listing.of(self.columns.principal), *self.wanted)


def select_rows(session: Session, columns: Columns, query: Query, *, without: str | None = None) -> Selection:
    """Return the rows a query leaves; `without` leaves out the filters on one column. Raises InvalidInput."""
    found = [each for each in conditions.parse(columns, query.filters) if each.column.name != without]
    wanted = conditions.all_of(found)
    needs: frozenset[TableName] = frozenset().union(*(each.column.needs for each in found))
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
        wanted.append(condition)
        needs |= more
    return Selection(columns, tuple(wanted), needs)


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

    Raises InvalidInput for columns, filters, sorts and cursors the list does not have, and where a list of more than
    `SORTED` rows is to be sorted by a column without an index.
    """
    sorts = read_sort(columns, query.sort)
    selection = select_rows(session, columns, query)
    values = values_of(columns.principal, now())
    _require_sortable(session, selection, sorts, values)
    statement = _first(selection, sorts).limit(limit + 1)
    order = f"{query.list}:{query.sort or columns.listing.sort}"
    if cursor:
        statement = statement.where(_after(sorts, columns.listing, cursor, order))
    cells = [columns.get(name, "columns") for name in shown]
    rows = session.execute(_with_columns(statement, columns.listing, sorts, cells), values).all()
    fixed = len(_FIXED)
    entries = [
        Entry(**dict(zip(_FIXED, row, strict=False)), cells=dict(zip(shown, row[fixed:], strict=False)))
        for row in rows[:limit]
    ]
    if len(rows) <= limit:
        return Page(entries, None)
    last = rows[limit - 1]
    return Page(entries, cursors.encode_position(order, last[fixed + len(cells) :], last[0]))


def _require_sortable(
    session: Session, selection: Selection, sorts: Sequence[_Sort], values: Mapping[str, Any]
) -> None:
    if all(each.column.indexed for each in sorts[:1]):
        return
    counted = selection.rows(literal_column("1")).limit(SORTED + 1).subquery()
    if session.execute(select(func.count()).select_from(counted), values).scalar_one() > SORTED:
        params = {"column": sorts[0].column.name, "maximum": SORTED}
        raise InvalidInput([{"field": "sort", "code": "too_many_to_sort", "params": params}])


def _first(selection: Selection, sorts: Sequence[_Sort]) -> Select[Any]:
    """Select the keys of the rows in order, reading no more tables than the filters and the order need."""
    needs: frozenset[TableName] = frozenset().union(*(each.column.needs for each in sorts))
    key = selection.listing.key
    shown = [each.by.label(f"sort_{number}") for number, each in enumerate(sorts)]
    ordered = [each.by.desc() if each.downwards else each.by for each in sorts]
    ordered.append(key.desc() if sorts[0].downwards else key)
    return selection.rows(key.label("row_id"), *shown, needs=needs).order_by(*ordered)


def _after(sorts: Sequence[_Sort], listing: Listing, cursor: str, order: str) -> ColumnElement[bool]:
    """Return the condition of the rows behind a cursor."""
    written, last = cursors.decode_position(cursor, order)
    try:
        values = [each.after(value) for each, value in zip(sorts, written, strict=True)]
    except ValueError as error:
        raise InvalidInput([{"field": "cursor", "code": "invalid", "params": {}}]) from error
    keys = [each.by for each in sorts] + [listing.key]
    seen = [*values, literal(last)]
    downwards = [each.downwards for each in sorts] + [sorts[0].downwards]
    if len(set(downwards)) == 1:
        here, there = tuple_(*keys), tuple_(*seen)
        return here < there if downwards[0] else here > there
    steps = []
    for number, (key, value, down) in enumerate(zip(keys, seen, downwards, strict=True)):
        equal = [a == b for a, b in zip(keys[:number], seen[:number], strict=True)]
        steps.append(and_(*equal, key < value if down else key > value))
    return or_(*steps)


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


def _with_columns(first: Select[Any], listing: Listing, sorts: Sequence[_Sort], cells: Sequence[Column]) -> Select[Any]:
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


def counts(session: Session, principal: Principal) -> dict[str, int]:
    """Return how many rows wait in each list of a person, each counted up to `COUNTED`: one statement.

    Of cases started those still running count, of copies the unread. Lists that are not theirs are missing: team and
    overdue without anybody who reports to them, incidents for who is no administrator.
    """
    has_people = select(User.id).where(User.supervisor_id == ME).exists()
    names = [each.name for each in LISTS.values() if each.base != "incident" or principal.admin]
    numbers = [_counted(LISTS[name], principal).scalar_subquery().label(name) for name in names]
    row = session.execute(select(has_people.label("leads"), *numbers), values_of(principal, now())).one()
    found = dict(zip(names, row[1:], strict=True))
    if not row.leads and not principal.admin:
        for name in ("team", "overdue"):
            del found[name]
    if not row.leads:
        found.pop("team", None)
    return found


def _counted(listing: Listing, principal: Principal) -> Select[Any]:
    rows: Select[Any] = select(literal_column("1")).select_from(listing.table).where(listing.of(principal))
    if listing.counted is not None:
        rows = rows.where(listing.counted)
    return select(func.count()).select_from(rows.limit(COUNTED).subquery())


def count(session: Session, columns: Columns, query: Query) -> int:
    """Return how many rows a query leaves of its list, counted up to `COUNTED`. Raises as `page` does."""
    rows = select_rows(session, columns, query).rows(literal_column("1")).limit(COUNTED).subquery()
    number: int = session.execute(
        select(func.count()).select_from(rows), values_of(columns.principal, now())
    ).scalar_one()
    return number


_FIXED = [each.name for each in fields(Entry) if each.name != "cells"]
