"""Conditions on the value of a variable, wherever variables are held in `jsonb`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias, get_args

from sqlalchemy import ColumnElement, and_, cast, exists, func, literal, not_, true
from sqlalchemy.dialects.postgresql import JSONB

from process_server.bpmn.finders.patterns import like
from process_server.db import Json
from process_server.errors import Invalid
from process_server.tasks.inbox.column import Kind, typed

Operator: TypeAlias = Literal["eq", "neq", "gt", "gteq", "lt", "lteq", "like", "notLike"]
OPERATORS: tuple[str, ...] = get_args(Operator)


@dataclass(frozen=True, slots=True)
class VariableCondition:
    """What a variable has to be."""

    name: str
    operator: Operator
    value: Any
    ignore_case_of_name: bool = False
    ignore_case: bool = False


def holds(held: ColumnElement[Any], condition: VariableCondition) -> ColumnElement[bool]:
    """Say of an object of variables that one of them is as a condition has it. Raises Invalid."""
    variables = cast(held, JSONB)
    if not condition.ignore_case_of_name:
        value_holds = value_is(variables[condition.name], condition)
        if condition.operator != "eq" or condition.ignore_case:
            return value_holds
        return and_(variables.contains(literal({condition.name: condition.value}, Json)), value_holds)  # by the index
    each = func.jsonb_each(variables).table_valued("key", "value", name="variable")
    return (
        exists()
        .select_from(each)
        .where(func.lower(each.c.key) == condition.name.lower(), value_is(cast(each.c.value, JSONB), condition))
    )


def all_hold(held: ColumnElement[Any], conditions: Iterable[VariableCondition]) -> ColumnElement[bool]:
    """Say of an object of variables that every condition holds. Raises Invalid."""
    return and_(true(), *[holds(held, condition) for condition in conditions])


def value_is(value: ColumnElement[Any], condition: VariableCondition) -> ColumnElement[bool]:
    """Say of one value in `jsonb` that it is as a condition has it; a value there is not is nothing. Raises Invalid."""
    match condition.operator:
        case "eq":
            return _same(value, condition)
        case "neq":
            return and_(value.is_not(None), not_(_same(value, condition)))
        case "like":
            return _alike(value, condition)
        case "notLike":
            return and_(value.is_not(None), not_(_alike(value, condition)))
        case _:
            return _in_order(value, condition)


def _same(value: ColumnElement[Any], condition: VariableCondition) -> ColumnElement[bool]:
    if condition.value is None:
        return func.jsonb_typeof(value) == "null"
    if condition.ignore_case and isinstance(condition.value, str):
        return func.coalesce(func.lower(typed(value, "text")) == condition.value.lower(), False)
    return value == literal(condition.value, Json)


def _alike(value: ColumnElement[Any], condition: VariableCondition) -> ColumnElement[bool]:
    if not isinstance(condition.value, str):
        raise Invalid("Only texts are compared by {operator}.", operator=condition.operator)
    return func.coalesce(like(typed(value, "text"), condition.value, ignore_case=condition.ignore_case), False)


def _in_order(value: ColumnElement[Any], condition: VariableCondition) -> ColumnElement[bool]:
    wanted = condition.value
    held = typed(value, _kind(condition))
    bound = literal(wanted.isoformat() if type(wanted) is date else wanted)
    match condition.operator:
        case "gt":
            return held > bound
        case "gteq":
            return held >= bound
        case "lt":
            return held < bound
        case _:
            return held <= bound


def _kind(condition: VariableCondition) -> Kind:
    match condition.value:
        case bool() | None | list() | dict():
            raise Invalid("Such a value cannot be compared by {operator}.", operator=condition.operator)
        case int() | Decimal():
            return "number"
        case datetime():
            return "instant"
        case date():
            return "date"
        case _:
            return "text"
