"""Functions of contexts."""

from typing import Any

from process_server.expressions.feel.builtin import Library

library = Library()


@library("get value(context: context, key: string)")
def get_value(context: dict[str, Any], key: str) -> Any:
    """Return the entry of a key, or null."""
    return context.get(key)


@library("get value(context: context, keys: list)")
def get_value_at(context: Any, keys: list[Any]) -> Any:
    """Return the entry at a path of keys, or null."""
    for key in keys:
        context = context.get(key) if type(context) is dict else None
    return context


library("get entries(context: context)")(lambda context: [{"key": key, "value": item} for key, item in context.items()])


@library("context(entries: list)")
def context_of(entries: list[Any]) -> dict[str, Any] | None:
    """Make a context of a list of `{key, value}`."""
    made: dict[str, Any] = {}
    for entry in entries:
        if type(entry) is not dict or type(entry.get("key")) is not str or "value" not in entry or entry["key"] in made:
            return None
        made[entry["key"]] = entry["value"]
    return made


@library("context put(context: context, key: string, value: any)")
def put(context: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """Return the context with an entry added or replaced."""
    return {**context, key: value}


@library("context put(context: context, keys: list, value: any)")
def put_at(context: dict[str, Any], keys: list[Any], value: Any) -> dict[str, Any] | None:
    """Return the context with an entry at a path of keys added or replaced."""
    if not keys or any(type(key) is not str for key in keys):
        return None
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0], {})
    made = put_at(inner, keys[1:], value) if type(inner) is dict else None
    return None if made is None else {**context, keys[0]: made}


library("put(context: context, key: string, value: any)")(put)


@library("context merge(contexts: list)")
def merge(contexts: list[Any]) -> dict[str, Any] | None:
    """Return one context of all entries; later ones win."""
    if any(type(context) is not dict for context in contexts):
        return None
    return {key: value for context in contexts for key, value in context.items()}


library("context merge(contexts*: context)")(merge)
library("put all(contexts*: context)")(merge)
