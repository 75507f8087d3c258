"""Where values lie in the data of a form: in nested objects and lists, and in every row."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from process_server.forms.components import ROW, DynamicList, Field, FormSchema, Path

Place: TypeAlias = tuple[str | int, ...]
"""A path with the indexes of its rows: ("items", 0, "price")."""


def at(data: Any, place: Place, default: Any = None) -> Any:
    """Return what lies at a place in nested objects and lists."""
    for step in place:
        if isinstance(step, int):
            if not isinstance(data, list) or step >= len(data):
                return default
        elif not isinstance(data, Mapping) or step not in data:
            return default
        data = data[step]
    return data


def sent_at(data: Any, place: Place, missing: Any) -> Any:
    """Return what was sent for a place: null where an object around it was cleared by null."""
    for depth in range(len(place)):
        if at(data, place[:depth], missing) is None:
            return None
    return at(data, place, missing)


def put(data: dict[str, Any], place: Place, value: Any) -> None:
    """Lay a value at a place, making the objects on the way."""
    target: Any = data
    for step in place[:-1]:
        if isinstance(step, int):
            target = target[step]
            continue
        if not isinstance(target.get(step), dict | list):
            target[step] = {}
        target = target[step]
    target[place[-1]] = value


def everywhere(data: Any, path: Path) -> Iterator[Any]:
    """Give what lies at a path: in each row, where it leads through rows; nothing where nothing lies."""
    if not path:
        yield data
    elif path[0] == ROW:
        for row in data if isinstance(data, list) else ():
            yield from everywhere(row, path[1:])
    elif isinstance(data, Mapping) and path[0] in data:
        yield from everywhere(data[path[0]], path[1:])


def unknown(submitted: Mapping[str, Any], schema: FormSchema) -> Iterator[str]:
    """Name what was sent for no field of the form."""
    trie: dict[str, Any] = {}
    for component in schema.walk():
        if isinstance(component, Field | DynamicList):
            node = trie
            for step in component.path:
                node = node.setdefault(step, {})
    return _unknown(submitted, trie, "")


def _unknown(sent: Any, node: Mapping[str, Any], prefix: str) -> Iterator[str]:
    if isinstance(sent, list):
        for index, item in enumerate(sent):
            yield from _unknown(item, node.get(ROW, {}), f"{prefix}{index}.") if isinstance(item, dict) else ()
    elif isinstance(sent, Mapping):
        for name, item in sent.items():
            if name not in node:
                yield f"{prefix}{name}"
            elif node[name]:
                yield from _unknown(item, node[name], f"{prefix}{name}.")
