"""Plain expressions: the common ground of Python, Java, JavaScript and spreadsheets."""

from decimal import Decimal
from typing import Any

import pytest

from process_server.errors import ExpressionFailed
from process_server.expressions import compile_expression

SCOPE: dict[str, Any] = {
    "amount": 1200,
    "name": "Li",
    "items": [1, 2, 3],
    "lead": {"score": 80, "tags": ["a"]},
    "approved": False,
    "members": lambda group: [group, "x"],
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("amount > 1000", True),
        ("amount = 1200", True),
        ("amount == 1200 and name == 'Li'", True),
        ("amount === 1200", True),
        ("amount <> 1200", False),
        ("amount > 1000 && !approved", True),
        ("amount < 1000 || not approved", True),
        ("(none_value || 0) + 1", 1),
        ("none_value or '' or 0 or name", "Li"),
        ("amount || 5", 1200),
        ("'false' || 3", 3),
        ("none_value && amount", None),
        ("name and approved or amount", 1200),
        ("1000 < amount <= 1200", True),
        ("2 in items", True),
        ("5 not in items", True),
        ("name in ('Li', 'Wu')", True),
        ("'a' in lead.tags", True),
        ("'yes' if approved else 'no'", "no"),
        ("approved ? 'yes' : 'no'", "no"),
        ("if approved then 1 else 2", 2),
        ("lead.score / 3 * 3", Decimal("80.00000000000000000000000000000001")),
        ("lead['score'] + 1", 81),
        ("items[0] + items[-1]", 4),
        ("items[7]", None),
        ("missing is None", True),
        ("name is not null", True),
        ("empty missing", True),
        ("2 ** 10", 1024),
        ("7 // 2", 3),
        ("-7 % 4", -3),
        ("len(items)", 3),
        ("sum(items) + max(1, 9) + min(items)", 16),
        ("round(2.345, 2)", Decimal("2.35")),
        ("'5' + '6'", "56"),
        ("'5' + 6", 11),
        ("upper(name) + '!'", "LI!"),
        ("name.startswith('L')", True),
        ("[amount, name]", [1200, "Li"]),
        ("{'a': 1, b: amount}", {"a": 1, "b": 1200}),
        ("members('sales')[0]", "sales"),
        ("true and True and not false", True),
        ("default(none_value, 3)", 3),
        ("date('2030-01-31') + duration('P1M')", compile_expression('@"2030-02-28"', "feel").evaluate({})),
    ],
)
def test_an_expression_has_its_value(expression: str, value: Any) -> None:
    """Without a mark the plain dialect reads it."""
    found = compile_expression(expression).evaluate({**SCOPE, "none_value": None})
    assert found == value


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("missing > 1", "there is no variable missing"),
        ("lead > 3", "a map is not a number"),
        ("1 / 0", "division by zero"),
        ("unknown(1)", "there is no function unknown"),
        ("name.explode()", "a text has no method explode"),
        ("amount.real", "a number has no property real"),
        ("int('abc')", "'abc' is not a number"),
    ],
)
def test_a_failure_says_why(expression: str, reason: str) -> None:
    """The reason is a sentence, not a traceback."""
    with pytest.raises(ExpressionFailed, match=reason):
        compile_expression(expression).evaluate(SCOPE)
