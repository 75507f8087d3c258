"""Rows of dynamic lists: which of the rows sent back is which of the rows there were."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from process_server.forms.components import Component, DynamicList, ExpressionField, Field, Group, Path, is_expression
from process_server.forms.inputs import Refused, same
from process_server.forms.policy import FieldPolicy
from process_server.forms.reading import shown

MAX_ROWS = 1_000

_ABSENT = object()


def read(component: DynamicList, sent: Any) -> list[dict[str, Any]]:
    """Check that rows were sent. Raises Refused."""
    if not isinstance(sent, list) or not all(isinstance(item, dict) for item in sent):
        raise Refused("not_a_list")
    if len(sent) > MAX_ROWS:
        raise Refused("too_many_rows", limit=MAX_ROWS)
    return sent


def match(
    component: DynamicList, sent: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]], policy: FieldPolicy
) -> list[int | None]:
    """Tell for each row sent which of the rows before it was; None: it is new.

    Rows have no identity of their own. What a person cannot change in a row tells it best; where nothing is locked,
    all of its values do. A row that matches none is the one that stood in its place, unless rows came or went.
    """
    leaves = list(_leaves(component.components))
    telling = [leaf for leaf in leaves if _may_be_locked(leaf, policy)] or leaves
    prints = [_prints(row, telling, len(component.path), raw=False) for row in before]
    origins: list[int | None] = [None] * len(sent)
    free = set(range(len(before)))
    for index, row in enumerate(sent):
        mine = _prints(row, telling, len(component.path), raw=True)
        if all(value is _ABSENT for value in mine):
            continue
        alike = [at for at in sorted(free, key=lambda at: (at != index, at)) if _agree(mine, prints[at])]
        if alike:
            origins[index] = alike[0]
            free.discard(alike[0])
    if len(sent) == len(before) or telling == leaves:
        for index in range(len(sent)):
            if origins[index] is None and index in free:
                origins[index] = index
                free.discard(index)
    return origins


def _leaves(components: Sequence[Component]) -> Iterator[Field]:
    for component in components:
        if isinstance(component, Field) and not isinstance(component, ExpressionField):
            yield component
        elif isinstance(component, Group) and not isinstance(component, DynamicList):
            yield from _leaves(component.components)


def _may_be_locked(field: Field, policy: FieldPolicy) -> bool:
    return bool(field.readonly is True or is_expression(field.readonly) or policy.mode(field, policy.default) == "read")


def _prints(row: Mapping[str, Any], leaves: Sequence[Field], depth: int, *, raw: bool) -> list[Any]:
    return [_seen(row, leaf, leaf.path[depth:], raw=raw) for leaf in leaves]


def _seen(row: Any, leaf: Field, path: Path, *, raw: bool) -> Any:
    for step in path:
        if not isinstance(row, Mapping) or step not in row:
            return _ABSENT if raw else shown(leaf, None)
        row = row[step]
    return row if raw else shown(leaf, row)


def _agree(mine: Sequence[Any], theirs: Sequence[Any]) -> bool:
    return all(one is _ABSENT or same(one, other) for one, other in zip(mine, theirs, strict=True))
