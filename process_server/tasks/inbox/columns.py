"""The columns of the lists: the standing ones, and the business fields that forms of the processes declare.

A column is one SQL expression, and everything a list does with it (show, sort, filter, count) goes through that
expression: a business field is null in a row whose reader is not shown it, and so can be found out in no other way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from process_server.errors import InvalidInput
from process_server.identity.principal import Principal
from process_server.tasks.context import instance
from process_server.tasks.inbox.column import Column, Kind, typed
from process_server.tasks.inbox.lists import ME, Listing, TableName, draft, task
from process_server.tasks.inbox.standing import STANDING

FIELD = "field."
"""Begins the names of business fields."""


@dataclass(frozen=True, slots=True)
class BusinessField:
    """A variable that a form of some process declares, and where people are shown it.

    `everywhere` are versions that show it in every list, `steps` the steps (`<version>/<element>`) whose form shows it,
    `starts` versions whose start form shows it to who starts them.
    """

    name: str
    label: str
    label_en: str
    kind: Kind
    everywhere: frozenset[UUID] = frozenset()
    steps: frozenset[str] = frozenset()
    starts: frozenset[UUID] = frozenset()
    options: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Columns:
    """All columns one person can use in one list."""

    listing: Listing
    principal: Principal
    fields: Mapping[str, BusinessField] = field(default_factory=dict)

    def get(self, name: str, parameter: str = "column") -> Column:
        """Return a column. Raises InvalidInput, naming the parameter, for one that the list does not have."""
        found = self.find(name)
        if found is None:
            problem = {
                "field": parameter,
                "code": "unknown_column",
                "params": {"column": name, "list": self.listing.name},
            }
            raise InvalidInput([problem])  # type: ignore[list-item]
        return found

    def find(self, name: str) -> Column | None:
        """Return a column, None where the list has none of this name."""
        if name.startswith(FIELD):
            known = self.fields.get(name.removeprefix(FIELD))
            return self._business(known) if known is not None and self._has(known) else None
        found = STANDING.get(name)
        return found if found is not None and found.needs <= self.listing.tables else None

    def all(self) -> list[Column]:
        """Return every column of the list, the standing ones first."""
        standing = [each for each in STANDING.values() if each.needs <= self.listing.tables]
        return standing + [self._business(each) for each in self.fields.values() if self._has(each)]

    def _has(self, known: BusinessField) -> bool:
        """Say whether the person is shown the field anywhere; administrators are shown everything."""
        return self.principal.admin or bool(known.everywhere or known.steps or known.starts)

    def _business(self, known: BusinessField) -> Column:
        needs: set[TableName] = {"case"}
        held: ColumnElement[Any] = instance.c.variables.op("->", return_type=JSONB())(literal(known.name, Text()))
        with_task = "task" in self.listing.tables
        if with_task:
            needs.add("task")
            own = task.c.variables.op("->", return_type=JSONB())(literal(known.name, Text()))
            held = func.coalesce(own, held, type_=JSONB())
        value = typed(held, known.kind)
        shown = self._shown(known, with_task)
        value = value if shown is None else case((shown, value))
        if self.listing.base == "draft":  # what one has typed oneself comes first
            typed_in = draft.c["values"].op("->", return_type=JSONB())(literal(known.name, Text()))
            value = func.coalesce(typed(typed_in, known.kind), value)
        return Column(
            name=FIELD + known.name,
            label=known.label,
            label_en=known.label_en,
            kind=known.kind,
            value=value,
            needs=frozenset(needs),
            options=known.options,
            costly=True,
        )

    def _shown(self, known: BusinessField, with_task: bool) -> ColumnElement[bool] | None:
        """Return where a field may be read: null in all other rows. None where there is nothing to hide."""
        if self.principal.admin:
            return None
        version = task.c.definition_id if self.listing.base == "task" else instance.c.definition_id
        parts: list[ColumnElement[bool]] = [version.in_(sorted(known.everywhere))] if known.everywhere else []
        if with_task and known.steps:
            place = cast(task.c.definition_id, Text) + "/" + task.c.element_id
            parts.append(place == func.any(cast(literal(sorted(known.steps), ARRAY(Text)), ARRAY(Text))))
        if known.starts:
            parts.append(and_(instance.c.initiator == ME, version.in_(sorted(known.starts))))
        return or_(*parts) if parts else false()
