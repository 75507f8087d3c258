"""What a list is sorted by: any of its columns, what has no value last, and where the next page begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Numeric, and_, cast, func, literal, literal_column, or_, tuple_
from sqlalchemy.sql.elements import ColumnElement

from process_server.db import Instant
from process_server.errors import InvalidInput
from process_server.tasks.inbox import conditions, cursors
from process_server.tasks.inbox.column import Column
from process_server.tasks.inbox.columns import Columns
from process_server.tasks.inbox.lists import Listing

MOST = 3  # columns
_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Sort:
    """One column a list is sorted by."""

    column: Column
    downwards: bool

    @property
    def by(self) -> ColumnElement[Any]:
        """What the rows are ordered by: never null."""
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


def read_sort(columns: Columns, written: str) -> list[Sort]:
    """Read what a list is sorted by. Raises InvalidInput for columns it does not have or cannot be sorted by."""
    names = [name for name in (written or columns.listing.sort).split(",") if name]
    if len(names) > MOST:
        raise InvalidInput([{"field": "sort", "code": "too_many", "params": {"maximum": MOST}}])
    sorts = [Sort(columns.get(name.removeprefix("-"), "sort"), name.startswith("-")) for name in names]
    for each in sorts:
        if not each.column.sorts:
            raise InvalidInput([{"field": "sort", "code": "not_sortable", "params": {"column": each.column.name}}])
    return sorts


def after(sorts: Sequence[Sort], listing: Listing, cursor: str, order: str) -> ColumnElement[bool]:
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
