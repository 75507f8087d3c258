"""Compiled expressions: told by their mark which dialect they are in, compiled once, evaluated without parsing."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from process_server.errors import ExpressionFailed, InvalidExpression, MissingVariable, ProcessServerError
from process_server.expressions import composite
from process_server.expressions.beans import bean_method, bean_property
from process_server.expressions.code import Compiler
from process_server.expressions.dialect import Dialect
from process_server.expressions.feel import FEEL, read_feel
from process_server.expressions.functions import FUNCTIONS
from process_server.expressions.juel import read_juel, read_plain
from process_server.expressions.limits import Fault, Run, because, checked_value
from process_server.expressions.nodes import Apply, Node
from process_server.expressions.nodes import Literal as Constant
from process_server.expressions.operators import OPERATORS, add_or_join, decides
from process_server.expressions.parsing import refuse
from process_server.values import Value

DialectName = Literal["juel", "feel", "plain", "auto"]

_OPERATORS = {**OPERATORS, "bean": bean_property, "bean method": bean_method}
JUEL = Dialect("juel", read_juel, _OPERATORS, FUNCTIONS)
PLAIN = Dialect("plain", read_plain, {**_OPERATORS, "add": add_or_join, "decides": decides}, FUNCTIONS, deciding=True)
DIALECTS = {"juel": JUEL, "plain": PLAIN, "feel": FEEL}

_FAULTS = (Fault, LookupError, ArithmeticError, RecursionError, TypeError, ValueError, AttributeError)


_SIMPLE = frozenset({bool, int, str, Decimal, type(None)})


class Expression:
    """One expression, ready to be evaluated any number of times and from any thread.

    `variables` are the names it takes from the scope, `functions` the ones it expects the host to offer there.
    """

    __slots__ = ("_evaluator", "_loops", "dialect", "functions", "text", "variables")

    def __init__(self, text: str, dialect: Dialect, node: Node) -> None:
        self.text = text
        self.dialect = dialect.name
        compiler = Compiler(dialect)
        self._evaluator = compiler.compile(node)
        self._loops = compiler.loops
        self.variables = frozenset(compiler.variables)
        self.functions = frozenset(compiler.functions)

    def evaluate(self, scope: Mapping[str, Any]) -> Value:
        """Return the value over the variables and host functions in `scope`. Raises ExpressionFailed."""
        try:
            value = self._evaluator(scope, Run() if self._loops else None)
            return value if type(value) in _SIMPLE else _checked(value)
        except ProcessServerError:
            raise
        except _FAULTS as error:
            if isinstance(error, KeyError) and error.args:
                raise MissingVariable(expression=self.text, variable=str(error.args[0])) from error
            raise ExpressionFailed(expression=self.text, **because(error)) from error

    def __repr__(self) -> str:
        return f"<Expression {self.text!r}>"


def _checked(value: Any) -> Value:
    if isinstance(value, (list, dict)):
        return checked_value(value)
    if callable(value):
        raise Fault("its value is a function of the house; call it")
    return value


def is_expression(text: str) -> bool:
    """Say whether a text holds `${..}` or `#{..}`, or begins with `=`."""
    return "${" in text or "#{" in text or text.lstrip().startswith("=")


def compile_expression(text: str, dialect: DialectName = "auto") -> Expression:
    """Compile an expression, or take it from the cache. Raises InvalidExpression with the position.

    "auto" reads `${..}` and `#{..}` as JUEL, a leading `=` as FEEL, all else as a plain expression.
    """
    return _compile(text, dialect)


def parse_expression(text: str) -> Node:
    """Return what an expression says, for who makes something else of it than a value; told by its mark as `auto`.

    Raises InvalidExpression with the position.
    """
    stripped = text.strip()
    if not stripped:
        refuse(text, "it is empty")
    if "${" in text or "#{" in text:
        return _read_marked(text)
    return FEEL.read(stripped[1:]) if stripped.startswith("=") else PLAIN.read(text)


def compile_template(text: str) -> Expression:
    """Compile a text that may hold expressions: without any it stands for itself."""
    return _compile(text, "auto" if is_expression(text) else "literal")


@lru_cache(maxsize=8192)
def compile_feel(text: str, names: frozenset[str] = frozenset()) -> Expression:
    """Compile FEEL that may use `names` with operators or keywords in them. Raises InvalidExpression."""
    return Expression(text, FEEL, read_feel(text, names))


@lru_cache(maxsize=8192)
def _compile(text: str, dialect: str) -> Expression:
    try:
        return _read(text, dialect)
    except InvalidExpression as error:  # a part could not be read: name the whole
        raise InvalidExpression(error.template, **{**error.params, "expression": text.strip()[:200]}) from error


def _read(text: str, dialect: str) -> Expression:
    if dialect == "literal":
        return Expression(text, JUEL, Constant(text))
    stripped = text.strip()
    if not stripped:
        refuse(text, "it is empty")
    if dialect == "auto":
        dialect = "juel" if "${" in text or "#{" in text else "feel" if stripped.startswith("=") else "plain"
    if dialect == "juel":
        return Expression(text, JUEL, _read_marked(text))
    if dialect == "feel":
        return Expression(text, FEEL, FEEL.read(text.replace("=", " ", 1) if stripped.startswith("=") else text))
    return Expression(text, PLAIN, PLAIN.read(text))


def _read_marked(text: str) -> Node:
    """Read `${..}` alone, or a text with several of them, or JUEL without its mark."""
    parts = composite.split(text)
    if len(parts) == 1 and isinstance(parts[0], str):
        return read_juel(text)
    significant = [part for part in parts if not isinstance(part, str) or part.strip()]
    if len(significant) == 1 and not isinstance(significant[0], str):
        return read_juel(significant[0].text)
    nodes = [Constant(part) if isinstance(part, str) else read_juel(part.text) for part in parts]
    return Apply("join", tuple(nodes))
