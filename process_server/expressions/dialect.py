"""What a dialect is: its grammar's reader, its operators and its functions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from process_server.expressions.nodes import Node


@dataclass(frozen=True, slots=True)
class Function:
    """A function registered with a dialect. `overloads` lists the names of its parameters, for calls by name."""

    name: str
    call: Callable[..., Any]
    overloads: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """The rules by which nodes of one language are compiled.

    `operators` holds what `Apply` may name; besides, the compiler itself uses `truth` (the test of a choice), `filter`,
    `iterate`, `lambda`, `invoke`, where `three_valued`, `all` and `any`, and where `deciding`, `decides`: there `a or
    b` is the operand that decides, not a truth value.
    """

    name: str
    read: Callable[[str], Node]
    operators: Mapping[str, Callable[..., Any]]
    functions: Mapping[str, Function]
    missing_is_null: bool = False
    three_valued: bool = False
    deciding: bool = False
    globals: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.globals["__builtins__"] = {}
        self.globals.update({f"operator {name}": call for name, call in self.operators.items()})
        self.globals.update({f"function {name}": function.call for name, function in self.functions.items()})
