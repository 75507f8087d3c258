"""FEEL as forms use it: settings that begin with "=", evaluated over the data that the browser sees."""

from collections.abc import Mapping
from typing import Any

from process_server.expressions import compile_expression
from process_server.expressions.feel.unary import compile_unary_tests
from process_server.values import Value


def variables(expression: str) -> frozenset[str]:
    """Return the names an expression takes from the data. Raises InvalidExpression."""
    return compile_expression(expression, "feel").variables


def evaluate(expression: str, scope: Mapping[str, Any]) -> Value:
    """Return what an expression gives. Raises ExpressionFailed where it asks for too much."""
    return compile_expression(expression, "feel").evaluate(scope)


def holds(condition: str, scope: Mapping[str, Any]) -> bool:
    """Decide a condition as the viewer does: as a unary test of null, so that one which comes to null holds.

    `=amount > 5` holds while there is no amount. Raises ExpressionFailed.
    """
    return compile_unary_tests(condition.removeprefix("=")).matches(None, scope)
