"""Which variables an expression sees: locals from the inside out, the instance's, what the house offers."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from process_server.bpmn.engine.workflow import Token

Change = Literal["create", "update", "delete"]  # what happened to a variable


class Visible(Mapping[str, Any]):
    """Several dictionaries seen as one; the first that knows a name has it."""

    __slots__ = ("layers",)

    def __init__(self, layers: list[Mapping[str, Any]]) -> None:
        self.layers = layers

    def __getitem__(self, name: str) -> Any:
        for layer in self.layers:
            if name in layer:
                return layer[name]
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of `name`, or `default`."""
        for layer in self.layers:
            if name in layer:
                return layer[name]
        return default

    def __contains__(self, name: object) -> bool:
        return any(name in layer for layer in self.layers)

    def __iter__(self) -> Iterator[str]:
        return iter({name: None for layer in self.layers for name in layer})

    def __len__(self) -> int:
        return sum(1 for _ in self)


def locals_of(token: Token | None) -> list[dict[str, Any]]:
    """Return the local variables a token sees, innermost first: its own, its loop's, its subprocesses'."""
    layers = []
    while token is not None:
        if token.data:
            layers.append(token.data)
        workflow = token.workflow
        parent = None if token.on_top else workflow.tasks.get(token._parent)
        token = parent if parent is not None else workflow.owner
    return layers


def merged_locals(token: Token) -> dict[str, Any]:
    """Return everything that is local to where a token stands, the innermost winning."""
    merged: dict[str, Any] = {}
    for layer in reversed(locals_of(token)):
        merged |= layer
    return merged


def visible(
    token: Token | None,
    variables: dict[str, Any],
    facts: Mapping[str, Any],
    functions: Mapping[str, Callable[..., Any]],
    overlay: Mapping[str, Any] | None = None,
) -> Visible:
    """Return everything an expression at `token` may name."""
    layers: list[Mapping[str, Any]] = list(locals_of(token))
    if overlay:
        layers.insert(0, overlay)
    layers += (variables, facts, functions)
    return Visible(layers)


def assign(layers: list[dict[str, Any]], variables: dict[str, Any], name: str, value: Any) -> None:
    """Set a variable where it lives: in the nearest local scope that has it, else in the instance."""
    for layer in layers:
        if name in layer:
            layer[name] = value
            return
    variables[name] = value
