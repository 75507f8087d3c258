"""Unary tests: what the cells of decision tables and the validation of fields say."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from process_server.errors import InvalidExpression
from process_server.expressions import compile_unary_tests

SCOPE: dict[str, Any] = {"limit": 5, "allowed": ["a", "b"]}


@pytest.mark.parametrize(
    ("tests", "value", "met"),
    [
        ("-", None, True),
        ("", 3, True),
        ("5", 5, True),
        ("5", Decimal("5.0"), True),
        ("-5", -5, True),
        ("1, 2, 3", 2, True),
        ("1, 2, 3", 4, False),
        ('"EN", "DE"', "DE", True),
        ("< 10", 9, True),
        ("< 10", None, False),
        (">= 10", 10, True),
        ("= 10", 10, True),
        ("!= 10", 11, True),
        ("[1..5]", 5, True),
        ("[1..5)", 5, False),
        ("]1..5[", 1, False),
        ("(1..5], > 9", 10, True),
        ("not(1, 2)", 3, True),
        ("not(1, 2)", 2, False),
        ("not([1..5])", 7, True),
        ("not(null)", None, False),
        ("null", None, True),
        ("limit", 5, True),
        ("> limit", 6, True),
        ("allowed", "b", True),
        ("true", True, True),
        ("false", False, True),
        ("false", True, False),
        ("? > 3 and ? < limit", 4, True),
        ("? > 3 and ? < limit", 5, False),
        ('contains(?, "a")', "bar", True),
        ('starts with(?, "x"), ends with(?, "r")', "bar", True),
        ("count(?) > 1", [1, 2], True),
        ("? in [1..3] or ? = 9", 9, True),
        ('date("2030-01-31")', date(2030, 1, 31), True),
        ('> date("2030-01-01")', date(2030, 1, 31), True),
        ('[date("2030-01-01")..date("2030-12-31")]', date(2031, 1, 1), False),
        ('@"P1D"', 3, False),
        ('< "m"', "a", True),
        ("[1, 2]", 2, True),
        ("odd(?)", 3, True),
        ("unknown", 3, False),
        ("unknown", None, True),
    ],
)
def test_a_value_meets_the_tests_or_not(tests: str, value: Any, met: bool) -> None:
    """By value, by range, by comparison, by negation, or by an expression about `?`."""
    assert compile_unary_tests(tests).matches(value, SCOPE) is met


@pytest.mark.parametrize("tests", ["< ", "[1..", "1,", "not(", "a b c )", "1 2"])
def test_what_cannot_be_read_is_refused(tests: str) -> None:
    """With the position."""
    with pytest.raises(InvalidExpression) as caught:
        compile_unary_tests(tests)
    assert caught.value.params["position"][0] == 1


def test_the_variables_it_reads_are_known() -> None:
    """The input itself is none of them."""
    assert compile_unary_tests("> limit, ? = other").variables == {"limit", "other"}
