"""What somebody could write into a model to break out, or to bring a worker to a stand: all refused, and quickly."""

import time
from contextlib import suppress
from typing import Any

import pytest

from process_server.errors import ExpressionFailed, InvalidExpression
from process_server.expressions import compile_expression, compile_script, compile_unary_tests, limits
from process_server.expressions.limits import MAX_TEXT


class Secret:
    """An object of the house that expressions must not look into."""

    password = "p"

    def leak(self) -> str:
        """Return what must stay inside."""
        return self.password


SCOPE: dict[str, Any] = {
    "a": 1,
    "text": "abc",
    "items": [1, 2],
    "secret": Secret(),
    "members": lambda group: [group],
    "long": "x" * 150_000,
}

_TENFOLD = ", ".join(f"{name}: [{','.join([inner] * 10)}]" for name, inner in zip("abcdef", "1abcde", strict=True))


@pytest.mark.parametrize(
    "expression",
    [
        # walks through Python's attributes
        "${text.__class__.__mro__[1].__subclasses__()}",
        "${text['__class__']}",
        "${''.getClass().forName('java.lang.Runtime')}",
        "${secret.password}",
        "${secret.leak()}",
        "${members.__globals__}",
        "${members}",
        "${execution.__class__}",
        "text.__class__",
        "text.format('{0.__class__}')",
        "items.__len__()",
        "(1).__class__",
        "=members.__globals__.a + 1 = fail(1)",
        # calls of what is not registered
        "__import__('os').system('true')",
        "eval('1')",
        "exec('1')",
        "open('/etc/passwd')",
        "getattr(text, 'upper')",
        "globals()",
        "${Runtime.exec('true')}",
        "=eval(1)",
        # numbers and texts that grow
        "9 ** 9 ** 9",
        "10 ** 100000",
        "=9 ** 99999",
        "'a' * 100000000",
        "long + long",
        "=long + long",
        "=string join(for i in 1..100000 return long)",
        '=replace(long, "x", long)',
        "${long.replace('x', 'xxxxxxxxxx')}",
        "=for i in 1..200001 return i",
        "=for i in 1..100000 return long",
        # loops
        "=for i in 1..1000000000 return i",
        "=count(for i in 1..100000, j in 1..100000 return 1)",
        "=some i in 1..1000000000 satisfies i < 0",
        "={f: function(x) f(x + 1), r: f(0)}.r",
        "={f: function(x) f(x) + f(x), r: f(0)}.r",
        f"=flatten({{{_TENFOLD}}}.f)",
        f"={{{_TENFOLD}}}.f",
        f"=string({{{_TENFOLD}}}.f)",
        f"={{{_TENFOLD}}}.f = {{{_TENFOLD}}}.f and fail(1)",
        # dates
        "${dateTime().plusYears(100000)}",
        "${dateTime().plusDays(10000000000000)}",
        '=@"2024-01-01" + duration("P999999999D") = fail(1)',
        # statements
        "import os",
        "lambda: 1",
        "[x for x in items]",
        "a := 2",
        "a; b",
        "yield a",
    ],
)
def test_an_attack_is_refused_quickly(expression: str) -> None:
    """With an error of ours, in less than the budget."""
    start = time.process_time()
    with pytest.raises((InvalidExpression, ExpressionFailed)):
        compile_expression(expression).evaluate(SCOPE)
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    "expression",
    [
        "a" + " + 1" * 5_000,
        "(" * 4_000 + "a" + ")" * 3_999,
        "not " * 2_000 + "a",
        "[" * 3_000 + "]" * 3_000,
        "${" + "-" * 5_000 + "1}",
        "=" + "if a then " * 900 + "1" + " else 2" * 900,
        "=" + "{a:" * 2_000 + "1" + "}" * 2_000,
        "=" + "f(" * 3_000 + ")" * 3_000,
        "x" * (MAX_TEXT + 1),
        "${" + "x" * (MAX_TEXT + 1) + "}",
        "=" + '"' + "x" * (MAX_TEXT + 1) + '"',
    ],
)
def test_what_is_too_long_or_too_deep_is_not_compiled(expression: str) -> None:
    """The size is refused before anything is made of it."""
    start = time.process_time()
    with pytest.raises(InvalidExpression):
        compile_expression(expression)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)+$", "^(a|a?)+$", "(.*)*b", "(?:(?:a*)*)*c"])
def test_a_pattern_that_backtracks_for_ever_is_stopped(pattern: str) -> None:
    """Matching has a time limit of its own."""
    start = time.process_time()
    expression = compile_expression(f'matches(text, "{pattern}")', "feel")
    with suppress(ExpressionFailed):  # when the limit is met
        assert expression.evaluate({"text": "a" * 5_000 + "!"}) is False
    assert time.process_time() - start < 5


def test_steps_are_counted_whatever_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop ends by its count, on a slow machine too."""
    monkeypatch.setattr(limits, "MAX_SECONDS", 600)
    with pytest.raises(ExpressionFailed, match="more than 500000 steps"):
        compile_expression("some i in 1..1000000000 satisfies i < 0", "feel").evaluate({})


def test_an_object_of_the_house_shows_nothing() -> None:
    """Neither its fields nor its address."""
    assert compile_expression("string(secret) + string(members)", "feel").evaluate(SCOPE) == "an objectan object"
    assert compile_expression("x ${secret}").evaluate(SCOPE) == "x an object"


def test_parentheses_alone_do_no_harm() -> None:
    """They leave nothing behind, however many they are."""
    assert compile_expression("(" * 2_000 + "a" + ")" * 2_000).evaluate(SCOPE) == 1


def test_scripts_and_tests_have_the_same_bounds() -> None:
    """No entry is a way around."""
    with pytest.raises(InvalidExpression):
        compile_script("a = 1\n" * MAX_TEXT)
    with pytest.raises(InvalidExpression):
        compile_unary_tests("1," * MAX_TEXT)
    with pytest.raises(ExpressionFailed):
        compile_script("a = 1; b = a.__class__").run({})
