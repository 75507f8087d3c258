"""Computed fields among one another: which needs which, in what order to compute them, and when they go in circles."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from process_server.errors import InvalidExpression
from process_server.forms import feel
from process_server.forms.appearances import Entry
from process_server.forms.components import ExpressionField, FormSchema, Path

_OF = ("of",)  # the property by which computed controls name the field they compute from


def needs(field: ExpressionField) -> frozenset[str]:
    """Return the names a computed field takes from the form's data."""
    try:
        named = feel.variables(field.expression or "=null")
    except InvalidExpression:
        named = frozenset()
    settings = (field.properties.get(name, "") for name in _OF)
    return named | {name.split(".")[0] for name in settings if name}


def in_order(entries: Sequence[Entry]) -> list[Entry]:
    """Return computed fields so that what others need comes first; rows before what adds them up."""
    by_root: dict[str, list[int]] = {}
    for index, entry in enumerate(entries):
        for name in {str(entry.place[0]), str(entry.place[-1])}:
            by_root.setdefault(name, []).append(index)
    graph = {
        index: {other for name in _named(entry) for other in by_root.get(name, ()) if other != index}
        for index, entry in enumerate(entries)
    }
    try:
        return [entries[index] for index in TopologicalSorter(graph).static_order()]
    except CycleError:  # among rows, where names alone do not tell: repeating settles it
        return list(entries)


def _named(entry: Entry) -> frozenset[str]:
    assert isinstance(entry.field, ExpressionField)
    return needs(entry.field)


def circles(schema: FormSchema) -> Iterator[list[str]]:
    """Give the computed fields that need one another in a circle, by name; a form has at most one reported."""
    fields: Mapping[Path, ExpressionField] = {
        field.path: field for field in schema.fields() if isinstance(field, ExpressionField) and len(field.path) == 1
    }
    graph = {path[0]: needs(field) & {other[0] for other in fields} for path, field in fields.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield list(error.args[1])
