"""Reads JUEL, the `${..}` language of Camunda 7 and Flowable, and plain expressions, which share its rules."""

import re
from typing import Any

from lark import Token, Transformer, v_args

from process_server.expressions.limits import Fault
from process_server.expressions.nodes import (
    All,
    Any_,
    Apply,
    Call,
    Choose,
    ContextOf,
    Lenient,
    ListOf,
    Literal,
    Node,
    Variable,
)
from process_server.expressions.numbers import to_number
from process_server.expressions.parsing import parser, read

_OPERATORS = {
    "==": "eq",
    "=": "eq",
    "===": "eq",
    "!=": "ne",
    "!==": "ne",
    "<>": "ne",
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "div",
    "//": "floor_div",
    "%": "mod",
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_BEANS = ("execution", "delegateExecution", "task", "delegateTask")


def read_juel(text: str) -> Node:
    """Read what stands between `${` and `}`. Raises InvalidExpression."""
    return read(text, parser("juel", JuelReader).parse)


def read_plain(text: str) -> Node:
    """Read an expression without a mark. Raises InvalidExpression."""
    return read(text, parser("plain", JuelReader).parse)


@v_args(inline=True)
class JuelReader(Transformer[Token, Any]):
    """Builds nodes from both grammars, bottom up."""

    def number(self, token: Token) -> Node:
        return Literal(to_number(token.rstrip("lLfFdD")))

    def string(self, token: Token) -> Node:
        return Literal(re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), token[1:-1], flags=re.DOTALL))

    def true(self) -> Node:
        return Literal(True)

    def false(self) -> Node:
        return Literal(False)

    def null(self) -> Node:
        return Literal(None)

    def variable(self, name: Token) -> Node:
        return Variable(str(name))

    def list_of(self, arguments: tuple[Node, ...] | None = None) -> Node:
        return ListOf(arguments or ())

    def tuple_of(self, first: Node, rest: tuple[Node, ...] | None = None) -> Node:
        return ListOf((first, *(rest or ())))

    def arguments(self, *items: Node) -> tuple[Node, ...]:
        return items

    def entries(self, *items: tuple[str, Node]) -> tuple[tuple[str, Node], ...]:
        return items

    def entry(self, key: Node, value: Node) -> tuple[str, Node]:
        match key:
            case Literal(value=text) if isinstance(text, str):
                return text, value
            case Variable(name):
                return name, value
        raise Fault("the key of a map must be a name or a text")

    def context(self, entries: tuple[tuple[str, Node], ...] | None = None) -> Node:
        return ContextOf(entries or (), sequential=False)

    def choose(self, condition: Node, then: Node, otherwise: Node) -> Node:
        return Choose(condition, then, otherwise)

    def choose_after(self, then: Node, condition: Node, otherwise: Node) -> Node:
        return Choose(condition, then, otherwise)

    def either(self, left: Node, right: Node) -> Node:
        return Any_((*left.operands, right) if isinstance(left, Any_) else (left, right))

    def both(self, left: Node, right: Node) -> Node:
        return All((*left.operands, right) if isinstance(left, All) else (left, right))

    def binary(self, left: Node, operator: Token, right: Node) -> Node:
        return _binary(str(operator), left, right)

    def power(self, base: Node, exponent: Node) -> Node:
        return Apply("power", (base, exponent))

    def chain(self, first: Node, *rest: Any) -> Node:
        """Read `a < b <= c` as `a < b and b <= c`."""
        parts, left = [], first
        for operator, right in zip(rest[::2], rest[1::2], strict=True):
            parts.append(_binary(str(operator), left, right))
            left = right
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def is_in(self, item: Node, items: Node) -> Node:
        return Apply("in", (item, items))

    def is_not_in(self, item: Node, items: Node) -> Node:
        return Apply("not", (Apply("in", (item, items)),))

    def is_null(self, operand: Node) -> Node:
        return _binary("eq", operand, Literal(None))

    def is_not_null(self, operand: Node) -> Node:
        return _binary("ne", operand, Literal(None))

    def negation(self, operand: Node) -> Node:
        return Apply("not", (operand,))

    def minus(self, operand: Node) -> Node:
        return Apply("neg", (operand,))

    def plus(self, operand: Node) -> Node:
        return operand

    def empty(self, operand: Node) -> Node:
        return Apply("empty", (Lenient(operand),))

    def index(self, target: Node, key: Node) -> Node:
        return Apply("index", (target, key))

    def member(self, target: Node, name: Token) -> Node:
        if isinstance(target, Variable) and target.name in _BEANS:
            return Apply("bean", (Apply("scope", ()), Literal(target.name), Literal(str(name))))
        return Apply("member", (target, Literal(str(name))))

    def method(self, target: Node, name: Token, arguments: tuple[Node, ...] | None = None) -> Node:
        given = arguments or ()
        if isinstance(target, Variable) and target.name in _BEANS:
            return Apply("bean method", (Apply("scope", ()), Literal(target.name), Literal(str(name)), *given))
        if isinstance(target, Variable) and target.name in ("Math", "String", "Integer", "Long", "Double", "Boolean"):
            return Call(f"{target.name}.{name}", given)
        return Apply("method", (target, Literal(str(name)), *given))

    def call(self, name: Token, arguments: tuple[Node, ...] | None = None) -> Node:
        if name == "empty":
            return self.empty(*(arguments or (Literal(None),)))
        return Call(str(name), arguments or ())


def _binary(operator: str, left: Node, right: Node) -> Node:
    name = _OPERATORS.get(operator, operator)
    if name in ("eq", "ne"):  # asking whether a variable is null must work when it is missing
        if right == Literal(None):
            left = Lenient(left)
        elif left == Literal(None):
            right = Lenient(right)
    return Apply(name, (left, right))
