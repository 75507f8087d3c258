"""Unary tests: the cells of a decision table, such as `[1..5]`, `< 10`, `"a", "b"` or `not(> 3)`."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from process_server.expressions.expression import Expression
from process_server.expressions.feel import FEEL
from process_server.expressions.feel.reader import INPUT, read_unary_tests


class UnaryTests:
    """Compiled tests that an input value meets or not."""

    __slots__ = ("_expression", "text")

    def __init__(self, text: str, expression: Expression) -> None:
        self.text = text
        self._expression = expression

    @property
    def variables(self) -> frozenset[str]:
        """Return the variables the tests read besides the input."""
        return self._expression.variables - {INPUT}

    def matches(self, value: Any, scope: Mapping[str, Any]) -> bool:
        """Say whether the input meets one of the tests. Raises ExpressionFailed."""
        return self._expression.evaluate({**scope, INPUT: value}) is True


@lru_cache(maxsize=8192)
def compile_unary_tests(text: str, names: frozenset[str] = frozenset()) -> UnaryTests:
    """Compile the tests of a cell, or take them from the cache. Raises InvalidExpression with the position.

    An empty cell and `-` are met by every value; `names` are variables whose names hold operators or keywords.
    """
    node = read_unary_tests(text if text.strip() else "-", names)
    return UnaryTests(text, Expression(text, FEEL, node))
