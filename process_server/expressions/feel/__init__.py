"""FEEL, the expression language of the DMN standard."""

from collections.abc import Mapping
from typing import Any

from process_server.expressions.dialect import Dialect
from process_server.expressions.feel.iteration import ITERATION
from process_server.expressions.feel.library import FUNCTIONS
from process_server.expressions.feel.operators import OPERATORS
from process_server.expressions.feel.reader import read_feel, read_unary_tests
from process_server.expressions.feel.values import FeelFunction


def _function_value(scope: Mapping[str, Any], name: str) -> Any:
    """Return a variable of the scope, or the built-in function of that name as a value."""
    if name in scope:
        return scope[name]
    function = FUNCTIONS[name]
    parameters = function.overloads[0] if function.overloads else ()
    return FeelFunction(parameters, function.call, variadic=True)


FEEL = Dialect(
    "feel",
    read_feel,
    {**OPERATORS, **ITERATION, "function value": _function_value},
    FUNCTIONS,
    missing_is_null=True,
    three_valued=True,
)

__all__ = ["FEEL", "read_feel", "read_unary_tests"]
