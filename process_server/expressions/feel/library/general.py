"""Conversion and logic: number, string, not, is, get or else and the like."""

from base64 import b64decode, b64encode
from random import random
from typing import Any
from uuid import uuid4

from process_server.expressions.feel.builtin import Library
from process_server.expressions.feel.operators import equal
from process_server.expressions.feel.text import string_of
from process_server.expressions.limits import Fault, checked_text, checked_value
from process_server.expressions.numbers import to_number
from process_server.values import dump_json, load_json, show

library = Library()


@library("number(from: string)")
def number(text: str) -> Any:
    """Read a number; null for a text that is none."""
    try:
        return to_number(text)
    except ValueError:
        return None


@library("number(from: number)")
def same_number(value: Any) -> Any:
    """Return a number as it is."""
    return value


@library("number(from: string, grouping separator?: string, decimal separator?: string)")
def number_with_separators(text: str, grouping: str | None = None, point: str | None = None) -> Any:
    """Read a number written with separators; null when they are not separators, or alike."""
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (grouping and grouping == point):
        return None
    plain = text.replace(grouping, "") if grouping else text
    return number(plain.replace(point, ".") if point else plain)


library("string(from: any)")(string_of)


@library("not(negand: any)")
def negation(value: Any) -> bool | None:
    """Return the opposite of a truth value; null for anything else."""
    return not value if type(value) is bool else None


@library("is(value1: any, value2: any)")
def is_same(a: Any, b: Any) -> bool:
    """Say whether two values are the same of the same kind, offsets of times included."""
    if a is None or b is None:
        return a is b
    if hasattr(a, "utcoffset") and hasattr(b, "utcoffset") and type(a) is type(b):
        return bool(a.replace(tzinfo=None) == b.replace(tzinfo=None) and str(a.tzinfo) == str(b.tzinfo))
    return equal(a, b) is True


@library("is defined(value: any)")
def is_defined(value: Any) -> bool:
    """Say whether there is a value: false for null and for what does not exist."""
    return value is not None


@library("get or else(value: any, default: any)")
def get_or_else(value: Any, default: Any) -> Any:
    """Return the value, or the default where it is null."""
    return default if value is None else value


@library("from json(value: string)")
def from_json(text: str) -> Any:
    """Read JSON text; null for a text that is none."""
    try:
        return checked_value(load_json(text))
    except ValueError:
        return None


library("to json(value: any)")(lambda value: checked_text(dump_json(show(checked_value(value)))))
library("to base64(value: string)")(lambda text: b64encode(text.encode()).decode())
library("uuid()")(lambda: str(uuid4()))
library("random number()")(lambda: to_number(str(random())))
library("fromAi(value: any, description?: any, type?: any, schema?: any, options?: any)")(lambda value, *_: value)


@library("from base64(value: string)")
def from_base64(text: str) -> str | None:
    """Read text that is encoded in base 64; null for a text that is not."""
    try:
        return b64decode(text, validate=True).decode()
    except ValueError:
        return None


@library("assert(value: any, condition: any, cause?: string)")
def assertion(value: Any, condition: Any, cause: str | None = None) -> Any:
    """Return the value when the condition holds. Raises Fault otherwise."""
    if condition is not True:
        raise Fault(cause or "an assertion does not hold")
    return value
