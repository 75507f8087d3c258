"""Boxed expressions: literals, contexts, invocations, relations, lists, functions and the boxed forms of DMN 1.4."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from process_server.expressions.dmn.types import ItemType
from process_server.expressions.expression import Expression
from process_server.expressions.feel.iteration import invoke, iterate
from process_server.expressions.feel.operators import as_list
from process_server.expressions.feel.values import FeelFunction
from process_server.expressions.limits import Run

Scope = Mapping[str, Any]


class Logic(Protocol):
    """How a decision comes to its value."""

    def evaluate(self, scope: Scope, record: dict[str, Any]) -> Any:
        """Return the value over the scope; note in `record` what a person needs to see why."""
        ...


@dataclass(frozen=True, slots=True)
class Nothing:
    """A decision without logic: null."""

    def evaluate(self, scope: Scope, record: dict[str, Any]) -> Any:
        """Return null."""
        return None


@dataclass(frozen=True, slots=True)
class Formula:
    """A literal expression."""

    expression: Expression

    def evaluate(self, scope: Scope, record: dict[str, Any]) -> Any:
        """Return the expression's value."""
        return self.expression.evaluate(scope)


@dataclass(frozen=True, slots=True)
class Typed:
    """A boxed expression with a type of its own: null where its value is of another."""

    logic: Logic
    type: ItemType

    def evaluate(self, scope: Scope, record: dict[str, Any]) -> Any:
        """Return the value in its type."""
        return self.type.conforming(self.logic.evaluate(scope, record))


@dataclass(frozen=True, slots=True)
class BoxedContext:
    """Named entries, each seeing those before it; an entry without a name is the result."""

    entries: tuple[tuple[str | None, Logic, ItemType | None], ...]

    def evaluate(self, scope: Scope, record: dict[str, Any]) -> Any:
        """Return the context, or its result entry."""
        inner = dict(scope)
        made: dict[str, Any] = {}
        for name, logic, kind in self.entries:
            value = logic.evaluate(inner, {})
            value = kind.conforming(value) if kind else value
            if name is None:
                return value
            made[name] = inner[name] = value
        return made


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call of a function with arguments by name."""

    function: Expression
    bindings: tuple[tuple[str, Logic], ...]

    def evaluate(self, scope: Scope, record: dict[str, Any]) -> Any:
        """Return what the function gives."""
        function = self.function.evaluate(scope)
        arguments = tuple(logic.evaluate(scope, {}) for _, logic in self.bindings)
        return invoke(Run(), function, arguments, tuple(name for name, _ in self.bindings))


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of named columns: a list of contexts."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Logic, ...], ...]

    def evaluate(self, scope: Scope, record: dict[str, Any]) -> Any:
        """Return the rows."""
        return [
            {name: cell.evaluate(scope, {}) for name, cell in zip(self.columns, row, strict=False)} for row in self.rows
        ]


@dataclass(frozen=True, slots=True)
class BoxedList:
    """A list of boxed expressions."""

    items: tuple[Logic, ...]

    def evaluate(self, scope: Scope, record: dict[str, Any]) -> Any:
        """Return the items."""
        return [item.evaluate(scope, {}) for item in self.items]


@dataclass(frozen=True, slots=True)
class BoxedFunction:
    """A function as the value of a boxed expression."""

    parameters: tuple[str, ...]
    types: tuple[ItemType | None, ...]
    body: Logic

    def evaluate(self, scope: Scope, record: dict[str, Any]) -> Any:
        """Return the function, closed over the scope."""

        def call(*arguments: Any) -> Any:
            given = typed_arguments(self.parameters, self.types, arguments)
            return self.body.evaluate({**scope, **given}, {})

        return FeelFunction(self.parameters, call, Run())


def typed_arguments(
    names: tuple[str, ...], types: tuple[ItemType | None, ...], values: tuple[Any, ...]
) -> dict[str, Any]:
    """Return the arguments of a call by name; null for one of another type than its parameter."""
    return {
        name: kind.conforming(value) if kind else value for name, kind, value in zip(names, types, values, strict=True)
    }


@dataclass(frozen=True, slots=True)
class Conditional:
    """One of two, by a condition."""

    condition: Logic
    then: Logic
    otherwise: Logic

    def evaluate(self, scope: Scope, record: dict[str, Any]) -> Any:
        """Return the branch chosen."""
        chosen = self.then if self.condition.evaluate(scope, {}) is True else self.otherwise
        return chosen.evaluate(scope, {})


@dataclass(frozen=True, slots=True)
class Iterator:
    """`for`, `some` or `every` over a list."""

    kind: str
    variable: str
    source: Logic
    body: Logic

    def evaluate(self, scope: Scope, record: dict[str, Any]) -> Any:
        """Return the list, or whether some or every item satisfies the body."""
        kind = "for partial" if self.kind == "for" else self.kind

        def body(item: Any, partial: list[Any] | None = None) -> Any:
            return self.body.evaluate({**scope, self.variable: item, "partial": partial}, {})

        return iterate(Run(), kind, (lambda: self.source.evaluate(scope, {}),), body)


@dataclass(frozen=True, slots=True)
class BoxedFilter:
    """The items of a list for which a condition holds."""

    source: Logic
    condition: Logic

    def evaluate(self, scope: Scope, record: dict[str, Any]) -> Any:
        """Return the items kept."""
        run, kept = Run(), []
        for item in as_list(self.source.evaluate(scope, {})):
            run.step()
            members = item if isinstance(item, dict) else {}
            if self.condition.evaluate({**scope, **members, "item": item}, {}) is True:
                kept.append(item)
        return kept
