"""A column of the lists: one SQL expression, and what is known of its values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Numeric,
    Select,
    Text,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from process_server.db import Instant
from process_server.tasks.inbox.lists import TableName

Kind: TypeAlias = Literal["text", "key", "number", "instant", "date", "boolean", "list", "span"]
"""text is looked into, a key is compared (ids, options); a list holds several keys; a span is seconds until now."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `needs` are the tables its expression reads; `order` is what it is sorted by, where not its value.

    `nullable` is false where every row has a value: then an index on the expression alone serves the order.
    """

    name: str
    label: str
    kind: Kind
    value: ColumnElement[Any]
    needs: frozenset[TableName]
    label_en: str | None = None
    order: ColumnElement[Any] | None = None
    nullable: bool = True
    sortable: bool = True
    indexed: bool = False  # an index of the large lists serves its order
    costly: bool = False  # it is reckoned row by row: no index knows it
    has: Callable[[str], ColumnElement[bool]] | None = None  # finds by an index the rows that hold a value
    options: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # labels in Chinese and English, by value

    @property
    def sorts(self) -> bool:
        """Whether a list can be sorted by it."""
        return self.sortable and self.kind != "list"


def typed(held: ColumnElement[Any], kind: Kind) -> ColumnElement[Any]:
    """Return the value of a variable in `jsonb` as a typed one: null where it is of another type."""
    text: ColumnElement[Any] = held.op("#>>", return_type=Text())(literal_column("'{}'"))
    of_type = func.jsonb_typeof(held)
    match kind:
        case "number":
            return case((of_type == "number", cast(text, Numeric)))
        case "boolean":
            return case((of_type == "boolean", cast(text, Boolean)))
        case "date":
            return case((of_type == "object", held.op("->>", return_type=Text())(literal("$date", Text()))))
        case "instant":
            written = held.op("->>", return_type=Text())(literal("$datetime", Text()))
            return case((of_type == "object", cast(written, Instant)))
        case "list":
            items: Select[Any] = select(func.array_agg(literal_column("item"), type_=ARRAY(Text))).select_from(
                func.jsonb_array_elements_text(case((of_type == "array", held))).alias("item")
            )
            return items.scalar_subquery()
        case _:
            return case((of_type.in_(("string", "number", "boolean")), text))
