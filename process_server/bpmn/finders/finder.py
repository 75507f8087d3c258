"""A finder: rows of one entity by any of its named conditions, in any of its orders."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, ColumnElement, FromClause, Select, and_, false, func, literal, or_, select

from process_server.bpmn.result import Row, rows
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.principal import Principal

MOST = 10_000
"""Rows that are found at once, however many are asked for."""

EITHER = "or_queries"
"""Names a list of wanted conditions: of each list entry at least one condition has to hold."""

Conditions: TypeAlias = Mapping[str, Callable[[Any], ColumnElement[bool]]]
Orders: TypeAlias = Sequence[tuple[ColumnElement[Any], bool]]
"""What is ordered by, each with: descending?"""
Order: TypeAlias = str | ColumnElement[Any]
"""An order by its name among a finder's, or one that is made for a single question."""
Sort: TypeAlias = Sequence[tuple[Order, bool]]
"""Orders, each with: descending?"""
Visible: TypeAlias = Callable[[Select[Any], Principal, bool], Select[Any]]

_OF_FEW = frozenset(
    {
        *("process_instance_id", "process_instance_ids", "process_instance_id_in", "process_instance_business_key"),
        *("business_key", "root_process_instance_id", "super_process_instance", "super_process_instance_id"),
        *("execution_id", "task_id", "task_id_in", "activity_instance_id", "incident_id", "configuration"),
    }
)
"""Conditions that leave few rows: of each it is then asked whether somebody may see it."""

_PAGE = 200
"""Rows that are looked at one by one until there are so many: in the order of the key that soon comes to an end."""

_FEW = 2_000
"""So many rows that fulfil what no index knows are sorted at once; of more the head of the order is looked at first."""


@dataclass(frozen=True, kw_only=True)
class Finder:
    """Seeks one kind of thing. `visible` narrows a statement, that finds few rows or many, to what somebody may see.

    `reckoned` are conditions that no statistics know anything of: what they leave is found first and sorted then. An
    index of the order would be walked to its end where hardly anything fulfils them. `alone` is the table whose rows
    are counted for an administrator, unless a condition in `beside` needs another one.
    """

    kind: str
    select_from: FromClause
    columns: Mapping[str, ColumnElement[Any]]
    conditions: Conditions
    sortings: Mapping[str, ColumnElement[Any]]
    key: ColumnElement[Any]
    visible: Visible | None = None
    reckoned: frozenset[str] = frozenset()
    alone: FromClause | None = None
    beside: frozenset[str] = frozenset()
    _shown: list[ColumnElement[Any]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_shown", [column.label(name) for name, column in self.columns.items()])

    def find(
        self,
        session: Session,
        actor: Principal,
        wanted: Mapping[str, Any],
        sort: Sort = (),
        first: int = 0,
        limit: int | None = None,
    ) -> list[Row]:
        """Return the rows that fulfil every condition wanted; `sort` holds orders, each with: descending?"""
        orders: Orders = [
            *((self.sortings[order] if isinstance(order, str) else order, descending) for order, descending in sort),
            (self.key, False),
        ]
        limit = MOST if limit is None else min(limit, MOST)
        if self.reckoned & wanted.keys():
            statement = self._reckoned(session, actor, wanted, sort, orders, first + limit)
        else:
            few = not sort and first + limit <= _PAGE
            statement = self._narrowed(select(*self._shown), actor, wanted, few=few).order_by(*_by(orders))
        return rows(session, statement.offset(first or None).limit(limit))

    def _reckoned(
        self,
        session: Session,
        actor: Principal,
        wanted: Mapping[str, Any],
        sort: Sort,
        orders: Orders,
        needed: int,
    ) -> Select[Any]:
        """Select in order what fulfils conditions that no index knows: how, depends on how many do."""
        found = session.scalars(self._narrowed(select(self.key), actor, wanted).limit(_FEW + 1)).all()
        known = select(*self._shown).select_from(self.select_from)
        if len(found) <= _FEW:
            return known.where(self._among(found)).order_by(*_by(orders))
        if needed <= _PAGE and all(name in self.sortings for name, _ in sort):
            others = {name: value for name, value in wanted.items() if name not in self.reckoned}
            head = self._narrowed(select(self.key), actor, others).order_by(*_by(orders)).limit(_FEW).scalar_subquery()
            near = self._narrowed(select(self.key), actor, wanted).where(self.key.in_(head)).order_by(*_by(orders))
            found = session.scalars(near.limit(needed)).all()
            if len(found) == needed:
                return known.where(self._among(found)).order_by(*_by(orders))
        return self._found_first(actor, wanted, orders)

    def _among(self, keys: Sequence[Any]) -> ColumnElement[bool]:
        return self.key == func.any(literal(list(keys), ARRAY(self.key.type)))

    def _found_first(self, actor: Principal, wanted: Mapping[str, Any], orders: Orders) -> Select[Any]:
        named = [order.label(f"order_{at}") for at, (order, _) in enumerate(orders)]
        found = self._narrowed(select(*self._shown, *named), actor, wanted).offset(0).subquery()
        again: Orders = [
            (found.c[label.name], descending) for label, (_, descending) in zip(named, orders, strict=True)
        ]
        return select(*(found.c[name] for name in self.columns)).order_by(*_by(again))

    def count(self, session: Session, actor: Principal, wanted: Mapping[str, Any]) -> int:
        """Return how many rows fulfil every condition wanted."""
        statement = self._narrowed(select(func.count()), actor, wanted)
        if self.alone is not None and actor.admin and self.beside.isdisjoint(wanted):
            statement = select(func.count()).select_from(self.alone).where(*self._where(wanted))
        return int(session.execute(statement).scalar_one())

    def one(self, session: Session, actor: Principal, key: Any) -> Row:
        """Return one row by its key. Raises NotFound."""
        found = rows(session, self._narrowed(select(*self._shown), actor, {}, few=True).where(self.key == key))
        if not found:
            raise NotFound(kind=self.kind, id=key)
        return found[0]

    def _narrowed(
        self, statement: Select[Any], actor: Principal, wanted: Mapping[str, Any], *, few: bool = False
    ) -> Select[Any]:
        statement = statement.select_from(self.select_from).where(*self._where(wanted))
        if self.visible is None:
            return statement
        return self.visible(statement, actor, few or not _OF_FEW.isdisjoint(wanted))

    def _where(self, wanted: Mapping[str, Any]) -> list[ColumnElement[bool]]:
        return [
            and_(*[or_(false(), *self._where(each)) for each in value if each])
            if name == EITHER
            else self.conditions[name](value)
            for name, value in wanted.items()
        ]


def _by(orders: Orders) -> list[ColumnElement[Any]]:
    return [order.desc() if descending else order.asc() for order, descending in orders]
