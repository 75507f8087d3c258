"""Facets of a list: how many of its rows have which process, step, group, due date .. , within a bounded cost.

No more than `COUNTED_ROWS` rows are looked at; beyond them the numbers are lower bounds, and say so. A facet that is
filtered by counts as if it were not, so that another value can be chosen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, cast, func, literal, literal_column, null, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY, array

from process_server.db import Session
from process_server.errors import InvalidInput
from process_server.tasks.context import definition
from process_server.tasks.inbox.column import Column
from process_server.tasks.inbox.columns import FIELD, Columns
from process_server.tasks.inbox.conditions import BUCKETS, EMPTY, Condition
from process_server.tasks.inbox.lists import TableName
from process_server.tasks.inbox.pages import Query, Selection, beyond_reach, filled, select_rows

COUNTED_ROWS = 10_000
STEP = "step"  # counted by process and step: ids of steps are not alone in the world
DUE = "due"  # counted by buckets: a task due today is also due within three days
RANGES = 8  # columns of numbers whose span is looked for
VALUES = 50  # of one facet, the most frequent ones
STANDING = (
    "process",
    "version",
    STEP,
    "groups",
    "initiator",
    "department",
    "due",
    "sla",
    "priority",
    "tags",
    "unread",
    "attachments",
    "delegated",
    "case_state",
)


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet as a filter writes it, and how many rows have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Values by column, the most frequent first; not `complete` where there were more rows than were counted."""

    values: Mapping[str, list[Value]]
    complete: bool


@dataclass(frozen=True, slots=True)
class Range:
    """The smallest and the largest value of a column of numbers."""

    low: Decimal
    high: Decimal


def ranges(session: Session, columns: Columns, query: Query) -> dict[str, Range]:
    """Return the span of each business field of numbers over the rows of a query, as if none was filtered by.

    At most `COUNTED_ROWS` rows are looked at; a field with one value, with none, or without a label
    is left out.
    """
    found_columns = (
        columns.find(FIELD + each.name)
        for each in columns.fields.values()
        if each.kind == "number" and each.label != each.name
    )
    numbers = [column for column in found_columns if column is not None][:RANGES]
    if not numbers:
        return {}
    own = tuple(each for each in query.filters if each.partition(":")[0] not in {column.name for column in numbers})
    selection = select_rows(session, columns, replace(query, filters=own))
    needs: frozenset[TableName] = frozenset().union(*(each.needs for each in numbers))
    shown = [each.value.label(f"number_{at}") for at, each in enumerate(numbers)]
    rows = selection.rows(*shown, needs=needs).limit(COUNTED_ROWS).subquery()
    ends = [end(rows.c[f"number_{at}"]) for at in range(len(numbers)) for end in (func.min, func.max)]
    found = session.execute(select(*ends), filled(session, columns.principal)).one()
    spans = {each.name: (found[2 * at], found[2 * at + 1]) for at, each in enumerate(numbers)}
    return {name: Range(low, high) for name, (low, high) in spans.items() if low is not None and low < high}


def names(columns: Columns) -> list[str]:
    """Return which columns of a list have facets: the standing ones it has, and business fields.

    Those are fields chosen from options, and texts that an analyst shows in lists, such as the customer.
    """
    chosen = [
        FIELD + each.name
        for each in columns.fields.values()
        if each.kind in ("key", "boolean", "list") or (each.kind == "text" and each.everywhere)
    ]
    return [name for name in (*STANDING, *chosen) if columns.find(name) is not None]


def facets(session: Session, columns: Columns, query: Query, wanted: Iterable[str], like: str = "") -> Facets:
    """Count the values of columns over the rows of a query, of texts only those that contain `like`.

    Raises InvalidInput for a column that has no facet.
    """
    known, asked = set(names(columns)), list(dict.fromkeys(wanted))
    for name in asked:
        if name not in known:
            raise InvalidInput([{"field": "facet", "code": "unknown_column", "params": {"column": name}}])
    apart = {written.partition(":")[0] for written in query.filters}
    apart |= {name for name in asked if like and columns.get(name).kind == "text"}
    shared = [name for name in asked if name not in apart]
    found: dict[str, list[Value]] = {}
    complete = True
    for part in [shared, *([name] for name in asked if name in apart)]:
        if part:
            selection = select_rows(session, columns, _counting(columns, query, part[0], like))
            counted, whole = _count(session, selection, [columns.get(name) for name in part])
            found |= counted
            complete = complete and whole
    return Facets({name: found[name] for name in asked}, complete)


def _counting(columns: Columns, query: Query, name: str, like: str) -> Query:
    """Return the query over whose rows a facet is counted: not filtered by itself, but by what its texts contain."""
    others = tuple(each for each in query.filters if each.partition(":")[0] != name)
    sought = (f"{name}:{like}",) if like and columns.get(name).kind == "text" else ()
    return replace(query, filters=(*others, *sought))


def _count(session: Session, selection: Selection, wanted: Sequence[Column]) -> tuple[dict[str, list[Value]], bool]:
    """Count all facets over one reading of the rows."""
    needs: frozenset[TableName] = frozenset().union(*(each.needs for each in wanted))
    if any(each.name == STEP for each in wanted):
        needs |= {"process"}
    shown = [_bucket(each).label(f"facet_{number}") for number, each in enumerate(wanted)]
    rows = (
        selection.rows(*shown, needs=needs)
        .limit(COUNTED_ROWS + 1)
        .cte("rows")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    parts: list[Select[Any]] = [
        select(literal_column(str(number)).label("facet"), values.c.value, func.count().label("rows"))
        .select_from(values)
        .group_by(values.c.value)
        .order_by(func.count().desc(), values.c.value)
        .limit(VALUES)
        for number, each in enumerate(wanted)
        for values in [select(_values(rows, number, each)).subquery()]
    ]
    everything: list[ColumnElement[Any]] = [literal_column("-1").label("facet"), cast(null(), Text), func.count()]
    parts.append(select(*everything).select_from(rows))
    found: dict[str, list[Value]] = {each.name: [] for each in wanted}
    complete = True
    counted = union_all(*(part.subquery().select() for part in parts))
    for number, value, count in session.execute(counted, filled(session, selection.columns.principal)):
        if number < 0:
            complete = count <= COUNTED_ROWS
        else:
            found[wanted[number].name].append(Value(EMPTY if value is None else value, count))
    return found, complete and not (selection.sought and beyond_reach(session, selection))


def _values(rows: Any, number: int, column: Column) -> ColumnElement[Any]:
    value = rows.c[f"facet_{number}"]
    return (func.unnest(value) if column.kind == "list" or column.name == DUE else value).label("value")


def _bucket(column: Column) -> ColumnElement[Any]:
    """Return what rows are counted by: the value as a filter writes it, or all values whose filters leave the row."""
    if column.name == DUE:
        buckets = [case((Condition(column, name).sql(), literal(name))) for name in BUCKETS]
        buckets.append(case((column.value.is_(None), literal(EMPTY))))
        return func.array_remove(cast(array(buckets), ARRAY(Text)), null())
    if column.name == STEP:
        return definition.c.key + "/" + column.value
    if column.name == "attachments":
        return case((column.value > 0, literal("1..")), else_=literal("0"))
    if column.kind == "text":
        return literal("=", Text()) + column.value
    if column.kind == "boolean":
        return case((column.value, literal("yes")), (column.value.is_(False), literal("no")))
    return column.value if column.kind == "list" else cast(column.value, Text)
