"""Functions of lists."""

from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from process_server.expressions import numbers
from process_server.expressions.feel.builtin import Library, whole
from process_server.expressions.feel.operators import add as add_values
from process_server.expressions.feel.operators import conjunction, disjunction, divide, equal, less
from process_server.expressions.feel.values import FeelFunction
from process_server.expressions.limits import MAX_ITEMS, Fault, checked_value
from process_server.expressions.numbers import EXACT, is_number

library = Library()
MAX_COMPARED = 1_000
_SIMPLE = frozenset({bool, int, str, Decimal, type(None)})


def _holds(items: list[Any], item: Any) -> bool:
    return any(equal(other, item) is True for other in items)


library("list contains(list: list, element: any)")(_holds)
library("count(list: list)")(len)
library("is empty(list: list)")(lambda items: not items)


def _extreme(larger: bool) -> Any:
    def pick(items: list[Any]) -> Any:
        best = items[0] if items else None
        for item in items[1:]:
            outcome = less(best, item)
            if outcome is None:
                return None
            best = item if outcome is larger and equal(best, item) is not True else best
        return best

    return pick


for _name, _larger in (("min", False), ("max", True)):
    library(f"{_name}(list: list)")(_extreme(_larger))
    library(f"{_name}(values*: any)")(_extreme(_larger))


def total(items: list[Any]) -> Any:
    """Return the sum of numbers, or of durations; null for an empty list or other items."""
    if not items:
        return None
    result = items[0] if add_values(items[0], items[0]) is not None and type(items[0]) is not str else None
    for item in items[1:]:
        result = add_values(result, item) if type(item) is not str else None
    return result


def product(items: list[Any]) -> Any:
    """Return the product of numbers."""
    if not items or not all(map(is_number, items)):
        return None
    result: Any = 1
    for item in items:
        result = numbers.multiply(result, item)
    return result


def mean(items: list[Any]) -> Any:
    """Return the arithmetic mean."""
    whole_sum = total(items)
    return None if whole_sum is None else divide(whole_sum, len(items))


def median(items: list[Any]) -> Any:
    """Return the middle of the sorted numbers, or the mean of the two in the middle."""
    if not items or not all(map(is_number, items)):
        return None
    ordered = sorted(items)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else numbers.divide(ordered[middle - 1] + ordered[middle], 2)


def stddev(items: list[Any]) -> Any:
    """Return the sample's standard deviation; null for fewer than two numbers."""
    if len(items) < 2 or not all(map(is_number, items)):
        return None
    average = mean(items)
    squares = total([numbers.multiply(part, part) for part in (numbers.subtract(item, average) for item in items)])
    return EXACT.sqrt(numbers.divide(squares, len(items) - 1))


def mode(items: list[Any]) -> Any:
    """Return the numbers that occur most often, in order."""
    if not all(map(is_number, items)):
        return None
    counts: dict[Any, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    return sorted(item for item, count in counts.items() if count == max(counts.values()))


for _name, _body in (
    *(("sum", total), ("product", product), ("mean", mean), ("median", median)),
    *(("stddev", stddev), ("mode", mode)),
):
    library(f"{_name}(list: list)")(_body)
    library(f"{_name}(values*: any)")(_body)


def _all(items: list[Any]) -> bool | None:
    outcome: bool | None = True
    for item in items:
        outcome = conjunction(outcome, item)
    return outcome


def _any(items: list[Any]) -> bool | None:
    outcome: bool | None = False
    for item in items:
        outcome = disjunction(outcome, item)
    return outcome


for _name, _body in (("all", _all), ("and", _all), ("any", _any), ("or", _any)):
    library(f"{_name}(list: list)")(_body)
    library(f"{_name}(values*: any)")(_body)


@library("sublist(list: list, start position: number, length?: number)")
def sublist(items: list[Any], start: Any, length: Any = None) -> list[Any] | None:
    """Return part of a list from a place counted from 1, or from the end with a negative one."""
    place = whole(start)
    if place == 0 or abs(place) > len(items) or (length is not None and length < 0):
        return None
    begin = place - 1 if place > 0 else len(items) + place
    if length is not None and begin + length > len(items):
        return None
    return items[begin:] if length is None else items[begin : begin + whole(length)]


library("append(list: list, items*: any)")(lambda items, more: [*items, *more])


@library("concatenate(lists*: list)")
def concatenate(lists: list[Any]) -> list[Any]:
    """Join lists to one."""
    return checked_value([item for items in lists for item in (items if type(items) is list else [items])])  # type: ignore[no-any-return]


def _place(items: list[Any], position: Any) -> int | None:
    place = whole(position)
    if place == 0 or abs(place) > len(items):
        return None
    return place - 1 if place > 0 else len(items) + place


@library("insert before(list: list, position: number, newItem: any)")
def insert_before(items: list[Any], position: Any, item: Any) -> list[Any] | None:
    """Return the list with an item put before a place."""
    place = _place(items, position)
    return None if place is None else [*items[:place], item, *items[place:]]


@library("remove(list: list, position: number)")
def remove(items: list[Any], position: Any) -> list[Any] | None:
    """Return the list without the item at a place."""
    place = _place(items, position)
    return None if place is None else [*items[:place], *items[place + 1 :]]


@library("list replace(list: list, position: number, newItem: any)")
def list_replace(items: list[Any], position: Any, item: Any) -> list[Any] | None:
    """Return the list with another item at a place."""
    place = _place(items, position)
    return None if place is None else [*items[:place], item, *items[place + 1 :]]


@library("list replace(list: list, match: function, newItem: any)")
def list_replace_matching(items: list[Any], match: FeelFunction, item: Any) -> list[Any] | None:
    """Return the list with another item wherever `match(item, newItem)` is true."""
    outcomes = [match.call(old, item) for old in items]
    if any(type(outcome) is not bool for outcome in outcomes):
        return None
    return [item if outcome else old for old, outcome in zip(items, outcomes, strict=True)]


library("reverse(list: list)")(lambda items: items[::-1])


@library("index of(list: list, match: any)")
def index_of(items: list[Any], item: Any) -> list[int]:
    """Return the places, from 1, at which an item stands."""
    return [place for place, other in enumerate(items, 1) if equal(other, item) is True]


def _grouped(items: list[Any]) -> list[list[Any]]:
    """Return the items in groups of equal ones, in the order of their first."""
    groups: list[list[Any]] = []
    simple: dict[Any, list[Any]] = {}
    others: list[list[Any]] = []
    for item in items:
        known: list[Any] | None
        if type(item) in _SIMPLE:
            key = (is_number(item) or type(item), item)
            known = simple.get(key)
        else:
            known = next((group for group in others if equal(group[0], item) is True), None)
        if known is not None:
            known.append(item)
            continue
        group = [item]
        groups.append(group)
        if type(item) in _SIMPLE:
            simple[key] = group
        else:
            others.append(group)
        if len(others) > MAX_COMPARED:
            raise Fault(
                "more than {limit} different lists, contexts or times to compare with each other", limit=MAX_COMPARED
            )
    return groups


def distinct(items: list[Any]) -> list[Any]:
    """Return the items without repetitions, in the order of their first."""
    return [group[0] for group in _grouped(items)]


library("distinct values(list: list)")(distinct)
library("union(lists*: list)")(lambda lists: distinct(concatenate(lists)))
library("duplicate values(list: list)")(lambda items: [group[0] for group in _grouped(items) if len(group) > 1])


@library("flatten(list: list)")
def flatten(items: list[Any]) -> list[Any]:
    """Return the items of all lists inside, at any depth."""
    made: list[Any] = []
    heap = [iter(items)]
    while heap:
        for item in heap[-1]:
            if type(item) is list:
                heap.append(iter(item))
                break
            made.append(item)
            if len(made) > MAX_ITEMS:
                raise Fault("a list of more than {limit} items", limit=MAX_ITEMS)
        else:
            heap.pop()
    return made


@library("sort(list: list, precedes: function)")
def sort(items: list[Any], precedes: FeelFunction) -> list[Any]:
    """Sort by a function that says whether one item precedes another."""

    def order(a: Any, b: Any) -> int:
        if precedes.call(a, b) is True:
            return -1
        return 1 if precedes.call(b, a) is True else 0

    return sorted(items, key=cmp_to_key(order))


@library("sort(list: list)")
def sort_naturally(items: list[Any]) -> list[Any]:
    """Sort by the order of the items themselves."""
    return sorted(items, key=cmp_to_key(lambda a, b: -1 if less(a, b) is True else 1 if less(b, a) is True else 0))


@library("partition(list: list, size: number)")
def partition(items: list[Any], size: Any) -> list[Any] | None:
    """Split into lists of at most `size` items."""
    step = whole(size)
    return [items[place : place + step] for place in range(0, len(items), step)] if step > 0 else None
