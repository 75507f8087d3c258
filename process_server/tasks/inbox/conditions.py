"""Filters as an address writes them, `<column>:<what>`, made into conditions on the columns of a list.

Of a key (process, assignee ..): the value. Of a text: what it contains, or `=` and the whole. Of a number, date or
instant: `100..500`, `100..`, `..500`, or one value. Of a boolean: yes or no. `-` is what has no value, `*` what has
one. A due date also knows overdue, today, 3d, 7d and later. The same column twice means either, different ones both.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Text, and_, cast, func, literal, or_
from sqlalchemy.dialects.postgresql import ARRAY

from process_server.clock import now
from process_server.config import settings
from process_server.errors import InvalidInput
from process_server.tasks.inbox.column import Column, Kind
from process_server.tasks.inbox.columns import Columns

MOST = 50  # filters of one list
LONGEST = 500  # characters of one
EMPTY, _ANY = "-", "*"
_RANGE = ".."
_DAYS = {"today": 1, "3d": 3, "7d": 7}
BUCKETS = ("overdue", *_DAYS, "later")
"""What a due date may be filtered by besides a range: days end at midnight, and each bucket holds those before it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter: a column of the list, and which of its rows it leaves."""

    column: Column
    wanted: str

    @property
    def costly(self) -> bool:
        """Whether each row has to be looked at."""
        return self.column.costly and (self.column.has is None or self.wanted in (EMPTY, _ANY))

    def sql(self) -> ColumnElement[bool]:
        """Return the condition. Raises InvalidInput for what the column's kind cannot be."""
        value = self.column.value
        if self.wanted == EMPTY:
            return func.coalesce(func.cardinality(value), 0) == 0 if self.column.kind == "list" else value.is_(None)
        if self.wanted == _ANY:
            return func.cardinality(value) > 0 if self.column.kind == "list" else value.is_not(None)
        match self.column.kind:
            case _ if self.column.has is not None:
                return self.column.has(self.wanted)
            case "key":
                return value == literal(self.wanted)
            case "text":
                exactly = self.wanted.startswith("=")
                return contains(value, self.wanted) if not exactly else value.in_([self.wanted[1:]])
            case "list":
                return value.contains(cast(literal([self.wanted], ARRAY(Text)), ARRAY(Text)))
            case "boolean":
                return value.is_(self._yes())
            case _:
                return self._within()

    def _yes(self) -> bool:
        if self.wanted not in ("yes", "no"):
            raise self.invalid("boolean")
        return self.wanted == "yes"

    def _within(self) -> ColumnElement[bool]:
        by_index = self.column.order if self.column.kind == "instant" else None
        value = self.column.value if by_index is None else by_index
        if self.column.kind == "instant" and self.wanted in BUCKETS:
            return self._in_bucket(value)
        low, separator, high = self.wanted.partition(_RANGE)
        kind = self.column.kind
        if not separator:
            if kind == "instant":
                return and_(value >= self._bound(low), value < self._bound(low, end=True))
            return value.in_([self._bound(low)])
        parts = [value >= self._bound(low)] if low else []
        if high:
            upper = self._bound(high, end=True)
            parts.append(value < upper if kind == "instant" and _is_day(high) else value <= upper)
        if not parts:
            raise self.invalid("range")
        return and_(*parts)

    def _in_bucket(self, value: ColumnElement[Any]) -> ColumnElement[bool]:
        if self.wanted == "overdue":
            return value < now()
        zone = ZoneInfo(settings().time_zone)
        today = datetime.combine(now().astimezone(zone).date(), time.min, zone)
        if self.wanted == "later":
            return and_(self.column.value.is_not(None), value >= today + timedelta(days=_DAYS["7d"]))
        return and_(value >= now(), value < today + timedelta(days=_DAYS[self.wanted]))

    def _bound(self, text: str, *, end: bool = False) -> Any:
        try:
            return read(text, self.column.kind, end=end)
        except ValueError as error:
            raise self.invalid(self.column.kind) from error

    def invalid(self, code: str) -> InvalidInput:
        """Return the error that names the column."""
        params = {"column": self.column.name, "value": self.wanted, "expected": code}
        return InvalidInput([{"field": "filter", "code": "invalid_filter", "params": params}])


def read(text: str, kind: Kind, *, end: bool = False) -> Any:
    """Return a value that a text writes; a day as its begin, with `end` as that of the next. Raises ValueError."""
    match kind:
        case "number" | "span":
            try:
                number = Decimal(text)
            except InvalidOperation as error:
                raise ValueError(text) from error
            if not number.is_finite() or abs(number.adjusted()) > 100:
                raise ValueError(text)
            return number
        case "date":
            return date.fromisoformat(text).isoformat()
        case "instant" if _is_day(text):
            day = date.fromisoformat(text) + timedelta(days=int(end))
            return datetime.combine(day, time.min, ZoneInfo(settings().time_zone))
        case "instant":
            instant = datetime.fromisoformat(text)
            if instant.tzinfo is None or not 1900 <= instant.year <= 9000:
                raise ValueError(text)
            return instant
    return text


def _is_day(text: str) -> bool:
    return len(text) == len("2026-01-31")


def contains(value: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Return whether a text holds another, whatever its case."""
    escaped = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return value.ilike(f"%{escaped}%")


def parse(columns: Columns, filters: Iterable[str]) -> list[Condition]:
    """Read filters. Raises InvalidInput for a column the list does not have, or what cannot be compared with it."""
    conditions: list[Condition] = []
    for written in filters:
        name, separator, wanted = written.partition(":")
        if not separator or not wanted or len(written) > LONGEST or "\0" in written or len(conditions) >= MOST:
            raise InvalidInput([{"field": "filter", "code": "not_a_filter", "params": {"value": written[:100]}}])
        made = Condition(columns.get(name, "filter"), wanted)
        made.sql()
        conditions.append(made)
    return conditions


def all_of(conditions: Iterable[Condition]) -> list[ColumnElement[bool]]:
    """Return what all filters ask for together: of one column either, of different ones both."""
    by_column: dict[str, list[ColumnElement[bool]]] = {}
    for each in conditions:
        by_column.setdefault(each.column.name, []).append(each.sql())
    return [or_(*parts) for parts in by_column.values()]
