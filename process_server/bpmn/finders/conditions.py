"""What a column can be sought by: one value, some values, a pattern, later, earlier."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, false, or_, true

from process_server.bpmn.finders.patterns import like
from process_server.errors import Invalid

Condition: TypeAlias = Callable[[Any], ColumnElement[bool]]


def equal(column: ColumnElement[Any]) -> Condition:
    """Seek one value of a column."""
    return lambda value: column == value


def among(column: ColumnElement[Any]) -> Condition:
    """Seek any of some values of a column."""
    return lambda values: column.in_(list(values))


def not_among(column: ColumnElement[Any]) -> Condition:
    """Seek none of some values of a column; nothing at all is none of them."""
    return lambda values: or_(column.is_(None), column.not_in(list(values)))


def alike(column: ColumnElement[Any]) -> Condition:
    """Seek a text with wildcards in a column."""
    return lambda pattern: like(column, pattern)


def after(column: ColumnElement[Any]) -> Condition:
    """Seek what is later, or more, than a value."""
    return lambda value: column > value


def before(column: ColumnElement[Any]) -> Condition:
    """Seek what is earlier, or less, than a value."""
    return lambda value: column < value


def at_least(column: ColumnElement[Any]) -> Condition:
    """Seek what is a value or more."""
    return lambda value: column >= value


def at_most(column: ColumnElement[Any]) -> Condition:
    """Seek what is a value or less."""
    return lambda value: column <= value


def flag(yes: ColumnElement[bool]) -> Condition:
    """Seek what holds."""
    return lambda _: yes


def nowhere(*names: str) -> Mapping[str, Condition]:
    """Seek what nothing here has: cases of CMMN, tenants."""
    return dict.fromkeys(names, lambda _: false())


def refused(*names: str) -> Mapping[str, Condition]:
    """Refuse to seek by what is not kept: to leave the condition out would find too much."""

    def refuse(name: str) -> Condition:
        def condition(_: Iterable[Any]) -> ColumnElement[bool]:
            raise Invalid("Nothing can be sought by {name} here.", name=name)

        return condition

    return {name: refuse(name) for name in names}


WITHOUT_TENANTS: Mapping[str, Condition] = {
    **nowhere("tenant_id_in"),
    "without_tenant_id": lambda _: true(),
}
