"""Reads FEEL expressions and unary tests into nodes."""

import re
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer, v_args

from process_server.expressions.feel.lexer import Lexer
from process_server.expressions.feel.moments import read_temporal
from process_server.expressions.feel.types import Type, simple_type
from process_server.expressions.limits import Fault
from process_server.expressions.nodes import (
    All,
    Any_,
    Apply,
    Call,
    Choose,
    ContextOf,
    Filter,
    Invoke,
    Iterate,
    Lambda,
    ListOf,
    Literal,
    Node,
    Variable,
    children,
)
from process_server.expressions.numbers import to_number
from process_server.expressions.parsing import parser, read

INPUT = "?"
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


def read_feel(text: str, names: frozenset[str] = frozenset()) -> Node:
    """Read an expression. `names` are those it may use that hold operators or keywords. Raises InvalidExpression."""
    return read(text, lambda source: _parse(source, "expression", names))


def read_unary_tests(text: str, names: frozenset[str] = frozenset()) -> Node:
    """Read the tests of a decision table's cell; the node tells whether the variable `?` meets them."""
    return read(text, lambda source: _parse(source, "unary_tests", names))


def _parse(text: str, start: str, names: frozenset[str]) -> Any:
    interactive = _parser().parse_interactive(start=start)
    token = Token("$END", "", 0, 1, 1)
    for token in Lexer(text, names, unary=start == "unary_tests").read():
        interactive.feed_token(token)
    return interactive.feed_eof(token)  # type: ignore[no-untyped-call]


@lru_cache
def _parser() -> Lark:
    return parser("feel", FeelReader, "expression", "unary_tests")


def text_value(token: str) -> str:
    """Return the text of a literal between double quotes."""

    def unescape(found: re.Match[str]) -> str:
        code = found[1]
        if code[0] in "uU" and len(code) > 1:
            return chr(int(code[1:], 16))
        return _ESCAPES.get(code, found[0])  # a pattern's \d stays as it is

    made = _ESCAPE.sub(unescape, token[1:-1])
    return made.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@v_args(inline=True)
class FeelReader(Transformer[Token, Any]):
    """Builds nodes bottom up while the parser reads."""

    def number(self, token: Token) -> Node:
        return Literal(to_number(token))

    def string(self, token: Token) -> Node:
        return Literal(text_value(token))

    def temporal(self, token: Token) -> Node:
        return Literal(read_temporal(text_value(token[1:])))

    def true(self) -> Node:
        return Literal(True)

    def false(self) -> Node:
        return Literal(False)

    def null(self) -> Node:
        return Literal(None)

    def variable(self, name: Token) -> Node:
        return Variable(str(name))

    def either(self, left: Node, right: Node) -> Node:
        return Any_((*left.operands, right) if isinstance(left, Any_) else (left, right))

    def both(self, left: Node, right: Node) -> Node:
        return All((*left.operands, right) if isinstance(left, All) else (left, right))

    def binary(self, left: Node, operator: Token, right: Node) -> Node:
        return Apply(operator.type, (left, right))

    def minus(self, _sign: Token, operand: Node) -> Node:
        if isinstance(operand, Literal) and type(operand.value) is not bool and hasattr(operand.value, "__neg__"):
            return Apply("neg", (operand,)) if isinstance(operand.value, str) else Literal(-operand.value)
        return Apply("neg", (operand,))

    def between(self, value: Node, low: Node, high: Node) -> Node:
        return Apply("between", (value, low, high))

    def is_in(self, value: Node, test: Node) -> Node:
        return Apply("in", (value, test))

    def is_in_half(self, value: Node, operator: Token, end: Node) -> Node:
        return Apply(operator.type, (value, end))

    def is_in_any(self, value: Node, *tests: Any) -> Node:
        halves = [test if isinstance(test, tuple) else ("in", test) for test in tests]
        return Any_(tuple(Apply(operator, (value, end)) for operator, end in halves))

    def instance_of(self, value: Node, kind: Type) -> Node:
        return Apply("instance of", (value, Literal(kind)))

    def choose(self, condition: Node, then: Node, otherwise: Node) -> Node:
        return Choose(condition, then, otherwise)

    def iterator(self, name: Token, source: Node) -> tuple[str, Node]:
        return str(name), source

    def counting(self, name: Token, start: Node, end: Node) -> tuple[str, Node]:
        return str(name), Apply("counting", (start, end))

    def iterators(self, *items: Any) -> tuple[Any, ...]:
        return items

    def for_each(self, iterators: Any, body: Node) -> Node:
        return Iterate("for", tuple(name for name, _ in iterators), tuple(source for _, source in iterators), body)

    def quantified(self, kind: Token, iterators: Any, body: Node) -> Node:
        names, sources = zip(*iterators, strict=True)
        return Iterate(str(kind), tuple(names), tuple(sources), body)

    def parameter(self, name: Token, kind: Type | None = None) -> tuple[str, Type | None]:
        return str(name), kind

    def parameters(self, *items: Any) -> tuple[Any, ...]:
        return items

    def function(self, parameters: Any, body: Node) -> Node:
        given = parameters or ()
        return Lambda(tuple(name for name, _ in given), body, tuple(kind for _, kind in given))

    def type(self, name: Token) -> Type:
        found = simple_type(str(name))
        if found is None:
            raise Fault("there is no type {name}", name=name)
        return found

    def generic(self, name: Token, _open: Token, *rest: Any) -> Type:
        return Type(self.type(name).name, items=rest[:-1])

    def record(self, name: Token, _open: Token, *rest: Any) -> Type:
        return Type(self.type(name).name, members=rest[:-1])

    def member(self, name: Token, kind: Type) -> tuple[str, Type]:
        return str(name), kind

    def function_type(self, name: Token, *_rest: Any) -> Type:
        return self.type(name)

    def path(self, target: Node, name: Token) -> Node:
        return Apply("path", (target, Literal(str(name))))

    def filter(self, source: Node, condition: Node) -> Node:
        if isinstance(condition, Literal) and type(condition.value) in (int,):
            return Apply("index", (source, condition))
        return Filter(source, condition)

    def arguments(self, *items: Node) -> tuple[Node, ...]:
        return items

    def named(self, name: Token, value: Node) -> tuple[str, Node]:
        return str(name), value

    def named_arguments(self, *items: Any) -> tuple[Any, ...]:
        return items

    def call(self, target: Node, arguments: Any = None) -> Node:
        return _called(target, arguments or (), None)

    def call_by_name(self, target: Node, arguments: Any) -> Node:
        return _called(target, tuple(value for _, value in arguments), tuple(name for name, _ in arguments))

    def half(self, operator: Token, end: Node) -> Node:
        none, included = Literal(None), Literal(operator.type in ("LE", "GE", "EQ"))
        if operator.type == "NE":
            return Apply("unequal", (end,))
        if operator.type == "EQ":
            return Apply("range", (end, end, included, included))
        if operator.type in ("LT", "LE"):
            return Apply("range", (none, end, Literal(False), included))
        return Apply("range", (end, none, included, Literal(False)))

    def range_to(self) -> bool:
        return True

    def range_before(self) -> bool:
        return False

    def range_from(self, start: Node, end: Node, end_included: bool) -> Node:
        return Apply("range", (start, end, Literal(True), Literal(end_included)))

    def range_after(self, start: Node, end: Node, end_included: bool) -> Node:
        return Apply("range", (start, end, Literal(False), Literal(end_included)))

    def list_of(self, items: Any = None) -> Node:
        return ListOf(items or ())

    def entry(self, key: Token, value: Node) -> tuple[str, Node]:
        return (text_value(key) if key.type == "STRING" else str(key)), value

    def context(self, *entries: Any) -> Node:
        given = tuple(entry for entry in entries if entry is not None)
        if len({key for key, _ in given}) < len(given):
            raise Fault("a context names an entry twice")
        return ContextOf(given)

    def value_test(self, value: Node) -> Node:
        return value

    def half_test(self, operator: Token, end: Node) -> tuple[str, Node]:
        return operator.type, end

    def test(self, *parts: Any) -> Any:
        return parts[0]

    def tests(self, *items: Any) -> Node:
        made = tuple(_unary(item) for item in items)
        return made[0] if len(made) == 1 else Any_(made)

    def anything(self, _sign: Token) -> Node:
        return Literal(True)

    def some_of(self, tests: Node) -> Node:
        return tests

    def none_of(self, tests: Node) -> Node:
        return Call("not", (tests,))


def _unary(test: Any) -> Node:
    if type(test) is tuple:
        return Apply(test[0], (Variable(INPUT), test[1]))
    speaks = _mentions_input(test)
    return Apply("matches", (Variable(INPUT), test, Literal(speaks)))


def _mentions_input(node: Node) -> bool:
    heap = [node]
    while heap:
        found = heap.pop()
        if isinstance(found, Variable) and found.name == INPUT:
            return True
        heap.extend(children(found))
    return False


def _called(target: Node, arguments: tuple[Node, ...], names: tuple[str, ...] | None) -> Node:
    if isinstance(target, Variable):
        return Call(target.name, arguments, names)
    return Invoke(target, arguments, names)
