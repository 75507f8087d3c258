"""The one form all dialects are read into: what is not a node here cannot be said in any of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from process_server.expressions.limits import MAX_DEPTH, MAX_NODES


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    value: Any


@dataclass(frozen=True, slots=True)
class Variable:
    """A name: bound by an enclosing node, or a variable of the scope."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator of the dialect applied to its operands."""

    operator: str
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function called by name: bound, registered with the dialect, or offered by the host in the scope."""

    function: str
    arguments: tuple["Node", ...]
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Invoke:
    """A function value called."""

    function: "Node"
    arguments: tuple["Node", ...]
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class All:
    """Conjunction, evaluated only as far as needed."""

    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Any_:
    """Disjunction, evaluated only as far as needed."""

    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choose:
    """One of two, by a condition."""

    condition: "Node"
    then: "Node"
    otherwise: "Node"


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class ContextOf:
    """A context; each entry sees those before it when `sequential`."""

    entries: tuple[tuple[str, "Node"], ...]
    sequential: bool = True


@dataclass(frozen=True, slots=True)
class Lambda:
    """A function of the language; `types` names the type each parameter must have, or None."""

    parameters: tuple[str, ...]
    body: "Node"
    types: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """The items of a list for which the condition holds, or the one at an index."""

    source: "Node"
    condition: "Node"


@dataclass(frozen=True, slots=True)
class Iterate:
    """`for`, `some` and `every`: the body for each combination of the sources' items."""

    kind: str
    names: tuple[str, ...]
    sources: tuple["Node", ...]
    body: "Node"


@dataclass(frozen=True, slots=True)
class Lenient:
    """Inside, a variable that is missing is null."""

    inner: "Node"


Node = (
    Literal
    | Variable
    | Apply
    | Call
    | Invoke
    | All
    | Any_
    | Choose
    | ListOf
    | ContextOf
    | Lambda
    | Filter
    | Iterate
    | Lenient
)


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly below."""
    match node:
        case Apply(_, parts) | All(parts) | Any_(parts) | ListOf(parts) | Call(_, parts, _):
            yield from parts
        case Invoke(function, arguments, _):
            yield function
            yield from arguments
        case Choose(condition, then, otherwise):
            yield from (condition, then, otherwise)
        case ContextOf(entries, _):
            yield from (value for _, value in entries)
        case Lambda(_, body, _):
            yield body
        case Filter(source, condition):
            yield from (source, condition)
        case Iterate(_, _, sources, body):
            yield from sources
            yield body
        case Lenient(inner):
            yield inner


def too_large(root: Node) -> str | None:
    """Say in what way an expression is too large to be compiled, if it is; never recurses."""
    heap = [(root, 1)]
    count = 0
    while heap:
        node, depth = heap.pop()
        count += 1
        if depth > MAX_DEPTH:
            return f"it is nested deeper than {MAX_DEPTH} levels"
        if count > MAX_NODES:
            return f"it has more than {MAX_NODES} parts"
        heap.extend((child, depth + 1) for child in children(node))
    return None
