"""FEEL by table: each line of cases/feel-*.txt is an expression and, after ==>, one that must be equal to it."""

from pathlib import Path
from typing import Any

import pytest

from process_server.expressions import compile_expression
from process_server.expressions.feel.text import string_of

CASES = Path(__file__).parent / "cases"
SCOPE: dict[str, Any] = {}


def _cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("feel-*.txt")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            expression, mark, expected = line.partition("  ==>  ")
            if mark:
                found.append(pytest.param(expression, expected, id=f"{path.stem}:{number}:{expression[:40]}"))
    return found


@pytest.mark.parametrize(("expression", "expected"), _cases())
def test_an_expression_has_the_value_of_the_table(expression: str, expected: str) -> None:
    """The value and its kind are those of the line."""
    value = compile_expression(expression, "feel").evaluate(SCOPE)
    wanted = compile_expression(expected, "feel").evaluate({})
    assert string_of(value) == string_of(wanted)
    assert value == wanted


def test_every_built_in_function_occurs_in_a_table() -> None:
    """A function nobody tried is not there."""
    from process_server.expressions.feel.library import FUNCTIONS

    text = "\n".join(path.read_text("utf-8") for path in CASES.glob("feel-*.txt"))
    assert sorted(name for name in FUNCTIONS if f"{name}(" not in text) == ["now", "today", "uuid"]
