"""Compiles nodes to a Python code object, once; evaluating it parses and looks up nothing again.

The code is built from syntax nodes made here, never from text: it holds names of registered operators and functions
(spelled with a space, so that no expression can name them), constants, and subscripts of the scope.
"""

import ast
from collections.abc import Callable, Mapping
from typing import Any

from process_server.expressions.dialect import Dialect
from process_server.expressions.limits import Fault, Run
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
    Lenient,
    ListOf,
    Literal,
    Node,
    Variable,
    children,
)

Evaluator = Callable[[Mapping[str, Any], Run | None], Any]

_PLAIN = (str, int, bool, type(None))


class Compiler:
    """Turns one expression into code and collects what it needs from outside."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.variables: set[str] = set()
        self.functions: set[str] = set()
        self.loops = False
        self._constants: list[Any] = []
        self._frames: list[dict[str, str] | str] = []  # a text is the Python name of a filter's item
        self._soft = dialect.missing_is_null
        self._count = 0

    def compile(self, node: Node) -> Evaluator:
        """Return a function of the scope and the run's budget."""
        body = self._node(node)
        inner = _function(["scope", "run"], body)
        outer = _function([f"constant {index}" for index in range(len(self._constants))], inner)
        tree = ast.fix_missing_locations(ast.Expression(outer))
        make = eval(compile(tree, "<expression>", "eval"), self.dialect.globals)
        evaluator: Evaluator = make(*self._constants)
        return evaluator

    def _node(self, node: Node) -> ast.expr:
        made: ast.expr = getattr(self, "_" + type(node).__name__.strip("_").lower())(node)
        return made

    def _fresh(self) -> str:
        self._count += 1
        return f"local {self._count}"

    def _literal(self, node: Literal) -> ast.expr:
        if type(node.value) in _PLAIN:
            return ast.Constant(node.value)
        return self._constant(node.value)

    def _constant(self, value: Any) -> ast.expr:
        self._constants.append(value)
        return _name(f"constant {len(self._constants) - 1}")

    def _variable(self, node: Variable) -> ast.expr:
        return self._lookup(node.name, len(self._frames))

    def _lookup(self, name: str, depth: int) -> ast.expr:
        guarded = False
        for index in range(depth - 1, -1, -1):
            frame = self._frames[index]
            if isinstance(frame, str):
                guarded = True
                item = _name(frame)
                inner = ast.Subscript(item, ast.Constant(name), ast.Load())
                return ast.IfExp(self._apply_named("has", item, ast.Constant(name)), inner, self._outer(name, index))
            if name in frame:
                return _name(frame[name])
        return self._free(name, guarded)

    def _outer(self, name: str, depth: int) -> ast.expr:
        for frame in reversed(self._frames[:depth]):
            if isinstance(frame, str) or name in frame:
                return self._lookup(name, depth)
        return self._free(name, guarded=True)

    def _free(self, name: str, guarded: bool) -> ast.expr:
        if not guarded:
            self.variables.add(name)
        if not self._soft:
            return ast.Subscript(_name("scope"), ast.Constant(name), ast.Load())
        if self.dialect.missing_is_null and name in self.dialect.functions:
            self.variables.discard(name)
            return self._apply_named("function value", _name("scope"), ast.Constant(name))
        return _calling(ast.Attribute(_name("scope"), "get", ast.Load()), ast.Constant(name))

    def _apply(self, node: Apply) -> ast.expr:
        return self._apply_named(node.operator, *(self._node(operand) for operand in node.operands))

    def _apply_named(self, operator: str, *operands: ast.expr) -> ast.expr:
        if operator == "scope":
            return _name("scope")
        if operator not in self.dialect.operators:
            raise Fault("{operator} is not an operator of {value}", operator=operator, value=self.dialect.name)
        return _calling(_name(f"operator {operator}"), *operands)

    def _call(self, node: Call) -> ast.expr:
        name = node.function
        bound = any(isinstance(frame, dict) and name in frame for frame in self._frames)
        if bound:
            return self._invoke(Invoke(Variable(name), node.arguments, node.names))
        registered = self.dialect.functions.get(name)
        if registered is None:
            self.functions.add(name)
            self.loops = True
            names = self._constant(node.names)
            arguments = ast.Tuple([self._node(argument) for argument in node.arguments], ast.Load())
            return self._apply_named("host", _name("scope"), ast.Constant(name), arguments, names, _name("run"))
        arguments_ = node.arguments if node.names is None else _positional(node, registered.overloads)
        if arguments_ is None:
            return ast.Constant(None)
        return _calling(_name(f"function {name}"), *(self._node(argument) for argument in arguments_))

    def _invoke(self, node: Invoke) -> ast.expr:
        self.loops = True
        arguments = ast.Tuple([self._node(argument) for argument in node.arguments], ast.Load())
        return self._apply_named(
            "invoke", _name("run"), self._node(node.function), arguments, self._constant(node.names)
        )

    def _all(self, node: All) -> ast.expr:
        return self._junction(node.operands, ast.And(), "all", False)

    def _any(self, node: Any_) -> ast.expr:
        return self._junction(node.operands, ast.Or(), "any", True)

    def _junction(self, operands: tuple[Node, ...], python: ast.boolop, name: str, decisive: bool) -> ast.expr:
        if self.dialect.deciding:
            return self._deciding(operands, decisive)
        if not self.dialect.three_valued:
            return ast.BoolOp(python, [self._truth(operand) for operand in operands])
        made = self._node(operands[-1])
        for operand in reversed(operands[:-1]):
            local = self._fresh()
            first = ast.NamedExpr(ast.Name(local, ast.Store()), self._node(operand))
            test = ast.Compare(first, [ast.Is()], [ast.Constant(decisive)])
            made = ast.IfExp(test, ast.Constant(decisive), self._apply_named(name, _name(local), made))
        return made

    def _deciding(self, operands: tuple[Node, ...], decisive: bool) -> ast.expr:
        made = self._node(operands[-1])
        for operand in reversed(operands[:-1]):
            local = self._fresh()
            test = self._apply_named("decides", ast.NamedExpr(ast.Name(local, ast.Store()), self._node(operand)))
            first = _name(local)
            made = ast.IfExp(test, first, made) if decisive else ast.IfExp(test, made, first)
        return made

    def _truth(self, node: Node) -> ast.expr:
        return self._apply_named("truth", self._node(node))

    def _choose(self, node: Choose) -> ast.expr:
        return ast.IfExp(self._truth(node.condition), self._node(node.then), self._node(node.otherwise))

    def _listof(self, node: ListOf) -> ast.expr:
        return ast.List([self._node(item) for item in node.items], ast.Load())

    def _contextof(self, node: ContextOf) -> ast.expr:
        frame: dict[str, str] = {}
        if node.sequential:
            self._frames.append(frame)
        steps: list[ast.expr] = []
        keys: list[ast.expr | None] = []
        values: list[ast.expr] = []
        for key, value in node.entries:
            local = self._fresh()
            if isinstance(value, Lambda):
                frame[key] = local  # a function may call itself
            steps.append(ast.NamedExpr(ast.Name(local, ast.Store()), self._node(value)))
            frame[key] = local
            keys.append(ast.Constant(key))
            values.append(_name(local))
        if node.sequential:
            self._frames.pop()
        made = ast.Dict(keys, values)
        return ast.Subscript(ast.Tuple([*steps, made], ast.Load()), ast.Constant(-1), ast.Load())

    def _bind(self, names: tuple[str, ...], body: Node) -> ast.expr:
        frame = {name: self._fresh() for name in names}
        self._frames.append(frame)
        made = _function(list(frame.values()), self._node(body))
        self._frames.pop()
        return made

    def _lambda(self, node: Lambda) -> ast.expr:
        self.loops = True
        types = self._constant(node.types)
        made = self._bind(node.parameters, node.body)
        return self._apply_named("lambda", _name("run"), self._constant(node.parameters), types, made)

    def _filter(self, node: Filter) -> ast.expr:
        self.loops = True
        source = self._node(node.source)
        item = self._fresh()
        self._frames += [{"item": item}, item]
        condition = _function([item], self._node(node.condition))
        del self._frames[-2:]
        return self._apply_named("filter", _name("run"), source, condition)

    def _iterate(self, node: Iterate) -> ast.expr:
        self.loops = True
        sources: list[ast.expr] = []
        for index, source in enumerate(node.sources):
            sources.append(self._bind(node.names[:index], source))
        partial = node.kind == "for" and _mentions(node.body, "partial")
        names = (*node.names, "partial") if partial else node.names
        body = self._bind(names, node.body)
        kind = "for partial" if partial else node.kind
        return self._apply_named("iterate", _name("run"), ast.Constant(kind), ast.Tuple(sources, ast.Load()), body)

    def _lenient(self, node: Lenient) -> ast.expr:
        before, self._soft = self._soft, True
        made = self._node(node.inner)
        self._soft = before
        return made


def _mentions(node: Node, name: str) -> bool:

    heap: list[Node] = [node]
    while heap:
        node = heap.pop()
        if isinstance(node, Variable) and node.name == name:
            return True
        heap.extend(children(node))
    return False


def _positional(node: Call, overloads: tuple[tuple[str, ...], ...]) -> tuple[Node, ...] | None:
    """Put arguments given by name in the order of the first overload that knows them all."""
    given = dict(zip(node.names or (), node.arguments, strict=True))
    for overload in overloads:
        if given.keys() <= set(overload):
            used = [name in given for name in overload]
            length = len(used) - used[::-1].index(True) if any(used) else 0
            return tuple(given.get(name, Literal(None)) for name in overload[:length])
    return None


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _calling(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    return ast.Call(function, list(arguments), [])


def _function(parameters: list[str], body: ast.expr) -> ast.expr:
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(name) for name in parameters], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    return ast.Lambda(arguments, body)
