"""Functions that relate points and ranges (DMN 1.4, 10.3.4.9)."""

import re
from typing import Any

from process_server.expressions.feel.builtin import Library
from process_server.expressions.feel.moments import read_date, read_datetime, read_duration, read_temporal, read_time
from process_server.expressions.feel.operators import conjunction, contains, disjunction, equal, less
from process_server.expressions.feel.values import Range
from process_server.expressions.numbers import to_number
from process_server.values import load_json

library = Library()
Truth = bool | None
_READERS = {"date": read_date, "time": read_time, "date and time": read_datetime, "duration": read_duration}
_END = r"""(-?\d+(?:\.\d+)?|@?"(?:[^"\\]|\\.)*"|(?:date and time|date|time|duration)\(\s*"[^"]*"\s*\))?"""
_RANGE = re.compile(rf"\s*([\[(\]])\s*{_END}\s*\.\.\s*{_END}\s*([\])\[])\s*")


@library("range(from: string)")
def range_of(text: str) -> Range | None:
    """Read an interval of constants, such as `[18..21)`; an end left out is open; null for anything else."""
    found = _RANGE.fullmatch(text)
    if found is None or found[2] is found[3]:
        return None
    start, end = _constant(found[2]), _constant(found[3])
    unread = (start is None) != (found[2] is None) or (end is None) != (found[3] is None)
    both = start is not None and end is not None
    if unread or (both and disjunction(less(start, end), equal(start, end)) is not True):
        return None
    return Range(start, end, found[1] == "[" and start is not None, found[4] == "]" and end is not None)


def _constant(text: str | None) -> Any:
    if text is None:
        return None
    if text[0] == "@":
        return read_temporal(text[2:-1])
    if text[0] == '"':
        return load_json(text)
    name, _, inner = text.partition("(")
    return _READERS[name](inner.strip(' ")')) if inner else to_number(text)


def _ends_before(first: Range, second: Range) -> Truth:
    touching = first.end_included and second.start_included
    apart = less(first.end, second.start)
    return apart if touching else disjunction(apart, equal(first.end, second.start))


_SIDES = (("point", "range"), ("range", "point"), ("point1", "point2"), ("range1", "range2"))


def before(first: Any, second: Any) -> Truth:
    """Say whether the first lies wholly before the second; each a point or a range."""
    if not isinstance(first, Range):
        first = Range(first, first)
    if not isinstance(second, Range):
        second = Range(second, second)
    return _ends_before(first, second)


for _first, _second in _SIDES:
    library(f"before({_first}: any, {_second}: any)")(before)
    library(f"after({_first}: any, {_second}: any)")(lambda first, second: before(second, first))


@library("meets(range1: range, range2: range)")
def meets(first: Range, second: Range) -> Truth:
    """Say whether the first ends where the second starts, both including that point."""
    return conjunction(first.end_included and second.start_included, equal(first.end, second.start))


library("met by(range1: range, range2: range)")(lambda first, second: meets(second, first))


def _reaches(first: Range, second: Range) -> Truth:
    """Say whether the first ends at or after the start of the second, sharing a point with it."""
    touching = first.end_included and second.start_included
    return disjunction(less(second.start, first.end), conjunction(touching, equal(first.end, second.start)))


@library("overlaps(range1: range, range2: range)")
def overlaps(first: Range, second: Range) -> Truth:
    """Say whether two ranges share a point."""
    return conjunction(_reaches(first, second), _reaches(second, first))


def _starts_earlier(first: Range, second: Range) -> Truth:
    wider = first.start_included and not second.start_included
    return disjunction(less(first.start, second.start), conjunction(wider, equal(first.start, second.start)))


def _ends_earlier(first: Range, second: Range) -> Truth:
    wider = second.end_included and not first.end_included
    return disjunction(less(first.end, second.end), conjunction(wider, equal(first.end, second.end)))


def _same_start(first: Range, second: Range) -> Truth:
    return conjunction(first.start_included == second.start_included, equal(first.start, second.start))


def _same_end(first: Range, second: Range) -> Truth:
    return conjunction(first.end_included == second.end_included, equal(first.end, second.end))


@library("overlaps before(range1: range, range2: range)")
def overlaps_before(first: Range, second: Range) -> Truth:
    """Say whether the first starts before the second, reaches into it and does not outlast it."""
    return conjunction(conjunction(_starts_earlier(first, second), _reaches(first, second)), _within_end(first, second))


library("overlaps after(range1: range, range2: range)")(lambda first, second: overlaps_before(second, first))


@library("finishes(point: any, range: range)")
def finishes(first: Any, second: Range) -> Truth:
    """Say whether a point, or a range inside, ends where the second ends."""
    if not isinstance(first, Range):
        return conjunction(second.end_included, equal(first, second.end))
    return conjunction(_same_end(first, second), _within_start(first, second))


def _within_start(inner: Range, outer: Range) -> Truth:
    return disjunction(_starts_earlier(outer, inner), _same_start(inner, outer))


def _within_end(inner: Range, outer: Range) -> Truth:
    return disjunction(_ends_earlier(inner, outer), _same_end(inner, outer))


library("finished by(range: range, value: any)")(lambda first, second: finishes(second, first))


@library("includes(range: range, value: any)")
def includes(outer: Range, inner: Any) -> Truth:
    """Say whether a range includes a point or another range."""
    if not isinstance(inner, Range):
        return contains(outer, inner)
    return conjunction(_within_start(inner, outer), _within_end(inner, outer))


library("during(point: any, range: range)")(lambda inner, outer: includes(outer, inner))


@library("starts(point: any, range: range)")
def starts(first: Any, second: Range) -> Truth:
    """Say whether a point, or a range inside, starts where the second starts."""
    if not isinstance(first, Range):
        return conjunction(second.start_included, equal(first, second.start))
    return conjunction(_same_start(first, second), _within_end(first, second))


library("started by(range: range, value: any)")(lambda first, second: starts(second, first))


@library("coincides(point1: any, point2: any)")
def coincides(first: Any, second: Any) -> Truth:
    """Say whether two points or two ranges are the same."""
    if isinstance(first, Range) and isinstance(second, Range):
        return conjunction(_same_start(first, second), _same_end(first, second))
    return equal(first, second)
