"""Choosing otherwise than from a list: from a source, along a tree, in an allowed order, by words of one's own."""

import json
from collections.abc import Iterator
from typing import Any

from process_server.forms import inputs
from process_server.forms.components import ChoiceField, Field
from process_server.forms.controls.behaviour import Behaviour, Context, setting
from process_server.forms.inputs import Refused, clean, same
from process_server.forms.limits import Broken
from process_server.forms.options import check_choice, offered
from process_server.values import Value

MAX_TAG = 50


class Sourced(Behaviour):
    """The key of something a source knows, or several; `source` names it where the control does not."""

    def __init__(self, source: str = "") -> None:
        self.source = source

    def source_of(self, field: Field) -> str:
        """Return the name of the source a field chooses from."""
        return self.source or setting(field, "source")

    def read(self, field: Field, raw: Any) -> Value:
        value = inputs.read(field, raw)
        for key in value if isinstance(value, list) else [value]:
            if key is not None and not isinstance(key, str):
                raise Refused("not_text")
        return value

    def settle(self, field: Field, value: Value, context: Context) -> Value:
        keys = keys_of(value)
        before = keys_of(context.before)
        found = context.lookup.find(self.source_of(field), keys, field.properties)
        listed: list[Value] = []
        if isinstance(field, ChoiceField):
            listed = [option for option, _ in offered(field, context.scope, context.variables)]
        for key in keys:
            choice = found.get(key)
            if (choice is None or not choice.active) and key not in before and key not in listed:
                raise Refused("not_an_option", value=key)
        return value


def keys_of(value: Value) -> list[str]:
    """Return the keys a value holds, whether it is one or several."""
    return [key for key in (value if isinstance(value, list) else [value]) if isinstance(key, str)]


class Cascade(Behaviour):
    """A path through a tree, outermost first: each step is a child of the one before. `tree` holds it, or `source`."""

    listed = False

    def read(self, field: Field, raw: Any) -> Value:
        if isinstance(raw, str) and raw.startswith("["):
            try:
                raw = json.loads(raw)
            except ValueError as error:
                raise Refused("not_a_list") from error
        if raw in (None, "", []):
            return None
        if not isinstance(raw, list):
            raise Refused("not_a_list")
        if not all(isinstance(step, str) for step in raw) or len(raw) > 20:
            raise Refused("not_text")
        return [clean(step) for step in raw]

    def shown(self, field: Field, value: Value) -> Any:
        return value if isinstance(value, list) else None

    def broken(self, field: Field, value: Value, context: Context) -> Iterator[Broken]:
        yield from ()

    def settle(self, field: Field, value: Value, context: Context) -> Value:
        if same(value, context.before):
            return value
        children = _in_tree(field, value) if setting(field, "tree") else _in_source(field, value, context)
        if children and setting(field, "partial") != "true":
            raise Refused("path_incomplete")
        return value


def tree_of(field: Field) -> list[dict[str, Any]]:
    """Return the tree an analyst wrote down: `[{value, label, children}]`. Raises ValueError."""
    tree = json.loads(setting(field, "tree"))
    if not _is_tree(tree):
        raise ValueError("a list of {value, label, children} is expected")
    return list(tree)


def _is_tree(nodes: Any) -> bool:
    return isinstance(nodes, list) and all(
        isinstance(node, dict) and isinstance(node.get("value"), str) and _is_tree(node.get("children") or [])
        for node in nodes
    )


def _in_tree(field: Field, path: list[str]) -> bool:
    """Walk down a tree; tell whether it goes on. Raises Refused."""
    nodes = tree_of(field)
    for step in path:
        node = next((node for node in nodes if node["value"] == step), None)
        if node is None:
            raise Refused("not_an_option", value=step)
        nodes = node.get("children") or []
    return bool(nodes)


def _in_source(field: Field, path: list[str], context: Context) -> bool:
    found = context.lookup.find(setting(field, "source"), path, field.properties)
    above = None
    for step in path:
        choice = found.get(step)
        if choice is None or not choice.active or choice.parent != above:
            raise Refused("not_an_option", value=step)
        above = step
    return not found[path[-1]].leaf


class Stage(Behaviour):
    """Where something stands; `transition:<stage>` lists where it may go from there, without one anywhere."""

    def broken(self, field: Field, value: Value, context: Context) -> Iterator[Broken]:
        if context.before is None or same(value, context.before):
            return
        allowed = setting(field, f"transition:{context.before}", "*")
        steps = [step.strip() for step in allowed.split(",")]
        if "*" not in steps and str(value) not in steps:
            yield "transition", {"before": context.before, "value": value}


class Tags(Behaviour):
    """Words to find something by; with `create` = false only those the form lists."""

    listed = False

    def read(self, field: Field, raw: Any) -> Value:
        value = inputs.read(field, raw)
        if value is None:
            return None
        tags = [tag.strip() for tag in value if isinstance(tag, str) and tag.strip()]
        if len(tags) != len(value):
            raise Refused("not_text")
        if any(len(tag) > MAX_TAG for tag in tags):
            raise Refused("max_length", limit=MAX_TAG)
        return list(dict.fromkeys(tags))

    def settle(self, field: Field, value: Value, context: Context) -> Value:
        assert isinstance(field, ChoiceField)
        if setting(field, "create") == "false":
            check_choice(field, value, context.before, offered(field, context.scope, context.variables))
        return value
