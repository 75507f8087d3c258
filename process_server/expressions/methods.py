"""The methods and properties that expressions may ask of values: a closed table, never Python's own attributes."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import regex

from process_server.expressions import numbers
from process_server.expressions.javatime import MOMENT_METHODS
from process_server.expressions.limits import Fault, checked_text
from process_server.expressions.numbers import is_number
from process_server.expressions.text import kind_of, text_of
from process_server.values import Months, dump_json, show

_MOMENT_PARTS = ("year", "month", "day", "hour", "minute", "second")

MATCHING = 1  # seconds a pattern may take


def member(target: Any, name: str) -> Any:
    """Return the entry `name` of a map, or a part of a moment or duration; null of null."""
    if type(target) is dict or isinstance(target, Mapping):
        return target.get(name)
    if target is None:
        return None
    if isinstance(target, (date, time)) and name in _MOMENT_PARTS and hasattr(target, name):
        return getattr(target, name)
    if isinstance(target, timedelta) and name in ("days", "seconds"):
        return getattr(target, name)
    if isinstance(target, Months) and name in ("years", "months"):
        return target.months // 12 if name == "years" else target.months % 12
    if isinstance(target, (list, str)) and name in ("size", "length", "empty"):
        return not target if name == "empty" else len(target)
    raise Fault("{kind} has no property {name}", kind=kind_of(target), name=name)


def _index_of(target: Any, item: Any) -> int:
    if type(target) is str:
        return int(target.find(text_of(item)))
    return next((place for place, other in enumerate(target) if other == item), -1)


def _substring(target: str, start: Any, end: Any = None) -> str:
    return target[_place(target, start) : None if end is None else _place(target, end)]


def _place(target: str, place: Any) -> int:
    if not is_number(place) or not 0 <= place <= len(target):
        raise Fault("{value} is not a place in a text of {other} characters", value=text_of(place), other=len(target))
    return int(place)


def _replace(target: str, old: Any, new: Any) -> str:
    return replaced(target, text_of(old), text_of(new))


def replaced(target: str, old: str, new: str) -> str:
    """Replace all occurrences, having checked first how long the result will be."""
    growth = target.count(old) * (len(new) - len(old))
    if len(target) + growth > 0:
        checked_text_length(len(target) + growth)
    return target.replace(old, new)


def checked_text_length(length: int) -> None:
    """Refuse a text that would be longer than allowed before it is made."""
    if length > 200_000:
        checked_text("x" * 200_001)


def _split(target: str, separator: Any) -> list[str]:
    return target.split(text_of(separator) or None)


def _matches(target: str, pattern: str) -> bool:
    """Say whether a pattern matches the whole text, as Java's method does."""
    try:
        return regex.fullmatch(pattern, target, timeout=MATCHING) is not None
    except (regex.error, OverflowError):
        raise Fault("{value} is no pattern", value=pattern[:60]) from None
    except TimeoutError:
        raise Fault("the pattern takes too long to match") from None


def _compare(target: Any, other: Any) -> int:
    if not (is_number(target) and is_number(other)):
        target, other = text_of(target), text_of(other)
    return int(target > other) - int(target < other)


def _whole(target: Any) -> int:
    return int(numbers.to_number(target) if type(target) is str else target)


def _only(items: list[Any]) -> Any:
    if len(items) > 1:
        raise Fault("one result is expected, but there are {value}", value=len(items))
    return items[0] if items else None


_TEXT: dict[str, Callable[..., Any]] = {
    "contains": lambda target, part: text_of(part) in target,
    "startsWith": lambda target, part: target.startswith(text_of(part)),
    "matches": lambda target, pattern: _matches(target, text_of(pattern)),
    "endsWith": lambda target, part: target.endswith(text_of(part)),
    "toUpperCase": lambda target: checked_text(target.upper()),
    "toLowerCase": lambda target: checked_text(target.lower()),
    "trim": lambda target: target.strip(),
    "strip": lambda target: target.strip(),
    "length": len,
    "size": len,
    "isEmpty": lambda target: not target,
    "isBlank": lambda target: not target.strip(),
    "equalsIgnoreCase": lambda target, other: target.lower() == text_of(other).lower(),
    "substring": _substring,
    "indexOf": _index_of,
    "lastIndexOf": lambda target, part: target.rfind(text_of(part)),
    "replace": _replace,
    "replaceAll": _replace,
    "charAt": lambda target, place: target[_place(target, place)],
    "concat": lambda target, other: checked_text(target + text_of(other)),
    "split": _split,
    "intValue": _whole,
    "lower": lambda target: checked_text(target.lower()),
    "upper": lambda target: checked_text(target.upper()),
    "startswith": lambda target, part: target.startswith(text_of(part)),
    "endswith": lambda target, part: target.endswith(text_of(part)),
    "find": _index_of,
}
_LIST: dict[str, Callable[..., Any]] = {
    "size": len,
    "length": len,
    "isEmpty": lambda target: not target,
    "contains": lambda target, item: item in target,
    "containsAll": lambda target, items: all(item in target for item in items),
    "indexOf": _index_of,
    "get": lambda target, place: target[int(place)] if 0 <= place < len(target) else None,
    "subList": lambda target, start, end: target[int(start) : int(end)],
    "toArray": list,
    "count": lambda target, item=None: len(target) if item is None else target.count(item),
    # the result of a decision: rows of entries
    "getSingleResult": lambda target: _only(target),
    "getFirstResult": lambda target: target[0] if target else None,
    "getSingleEntry": lambda target: _only(list((_only(target) or {}).values())),
    "getResultList": list,
    "collectEntries": lambda target, name: [row.get(name) for row in target],
}
_MAP: dict[str, Callable[..., Any]] = {
    "get": lambda target, key, default=None: target.get(key, default),
    "getEntry": lambda target, key: target.get(key),
    "getSingleEntry": lambda target: _only(list(target.values())),
    "getFirstEntry": lambda target: next(iter(target.values()), None),
    "getOrDefault": lambda target, key, default: target.get(key, default),
    "containsKey": lambda target, key: key in target,
    "containsValue": lambda target, item: item in target.values(),
    "size": len,
    "isEmpty": lambda target: not target,
    "keySet": list,
    "keys": list,
    "values": lambda target: list(target.values()),
    # Camunda Spin: a JSON document is a map here already
    "prop": lambda target, key: target.get(key),
    "hasProp": lambda target, key: key in target,
    "fieldNames": list,
}
_NUMBER: dict[str, Callable[..., Any]] = {
    "intValue": int,
    "longValue": int,
    "doubleValue": numbers.decimal,
    "floatValue": numbers.decimal,
    "abs": abs,
    "signum": lambda target: (target > 0) - (target < 0),
    "negate": lambda target: numbers.subtract(0, target),
    "add": lambda target, other: numbers.add(target, other),
    "subtract": lambda target, other: numbers.subtract(target, other),
    "multiply": lambda target, other: numbers.multiply(target, other),
    "divide": lambda target, other: numbers.divide(target, other),
}
_BOOLEAN: dict[str, Callable[..., Any]] = {"booleanValue": lambda target: target}
_ANY: dict[str, Callable[..., Any]] = {
    "toString": lambda target, *pattern: text_of(target),
    "equals": lambda target, other: (
        (type(target) is type(other) and bool(target == other)) or _same_number(target, other)
    ),
    "compareTo": _compare,
    # Camunda Spin
    "value": lambda target: target,
    "stringValue": text_of,
    "numberValue": lambda target: numbers.to_number(target) if type(target) is str else target,
    "boolValue": lambda target: target is True or target == "true",
    "elements": lambda target: target if isinstance(target, list) else [target],
    "isNull": lambda target: target is None,
    "isArray": lambda target: isinstance(target, list),
    "isObject": lambda target: isinstance(target, dict),
    "jsonPath": lambda target, path: json_path(target, path),
    "element": lambda target: target,
    "elementList": lambda target: target if isinstance(target, list) else [target],
    "mapTo": lambda target, *kind: target,
    "toJson": lambda target: dump_json(show(target)),
}


def _same_number(a: Any, b: Any) -> bool:
    return is_number(a) and is_number(b) and bool(a == b)


def json_path(target: Any, path: str) -> Any:
    """Follow a path of names and places such as `$.customer.orders[0].id`."""
    for step in path.removeprefix("$").replace("[", ".").replace("]", "").split("."):
        name = step.strip("'\"")
        if name == "":
            continue
        if isinstance(target, list):
            target = target[int(name)] if name.isdigit() and int(name) < len(target) else None
        else:
            target = member(target, name)
    return target


_TABLES: tuple[tuple[tuple[type, ...], dict[str, Callable[..., Any]]], ...] = (
    ((str,), _TEXT),
    ((list, tuple), _LIST),
    ((dict,), _MAP),
    ((bool,), _BOOLEAN),
    ((datetime, date, time, timedelta, Months), MOMENT_METHODS),
)


_GETTER = re.compile(r"(?:get|is)([A-Z]\w*)")
METHOD_NAMES = frozenset(name for _, table in _TABLES for name in table) | frozenset(_ANY)
NUMBER_NAMES = frozenset(_NUMBER)


def call_method(target: Any, name: str, *arguments: Any) -> Any:
    """Call the method `name` of the table for the target's kind. Raises Fault for any other."""
    if target is None and name not in ("isNull", "value"):
        raise Fault("{name}() is asked of null", name=name)
    method = next((table.get(name) for kinds, table in _TABLES if isinstance(target, kinds)), None)
    if method is None and is_number(target):
        method = _NUMBER.get(name)
    method = method or _ANY.get(name)
    getter = _GETTER.fullmatch(name)
    if method is None and not arguments and getter and isinstance(target, (dict, date)):
        return member(target, getter[1][0].lower() + getter[1][1:])
    if method is None:
        raise Fault("{kind} has no method {name}", kind=kind_of(target), name=name)
    try:
        return method(target, *arguments)
    except (TypeError, AttributeError):
        raise Fault("{name}() does not take these arguments", name=name) from None
