"""Scripts: assignments in order, in all three dialects."""

from typing import Any

import pytest

from process_server.errors import ExpressionFailed, InvalidExpression
from process_server.expressions import compile_script

SCOPE: dict[str, Any] = {"a": 3, "order": {"id": 7, "lines": [1]}}


@pytest.mark.parametrize(
    ("script", "dialect", "assigned"),
    [
        ("b = a + 1", "auto", {"b": 4}),
        ("b = a + 1\nc = b * 2", "auto", {"b": 4, "c": 8}),
        ("b = 1; c = 'x;y'", "auto", {"b": 1, "c": "x;y"}),
        ("# a comment\nb = [\n  1,\n  2\n]\n", "auto", {"b": [1, 2]}),
        ("var b = 5;", "auto", {"b": 5}),
        ("order.total = a * 2", "auto", {"order": {"id": 7, "lines": [1], "total": 6}}),
        ("x.y.z = 1", "auto", {"x": {"y": {"z": 1}}}),
        ("ok = a == 3", "auto", {"ok": True}),
        ("${execution.setVariable('b', a + 1)}", "juel", {"b": 4}),
        ("${execution.setVariable(concatenated, a)}", "juel", {"v3": 3}),
        ("execution.setVariable('b', 1);\nexecution.setVariable('c', b)", "auto", {"b": 1, "c": 1}),
        ("b = ${a}", "auto", {"b": 3}),
        ("a + 1", "auto", {}),
    ],
)
def test_a_script_assigns(script: str, dialect: Any, assigned: dict[str, Any]) -> None:
    """Assignments come back in order; the scope itself stays as it is."""
    scope = {**SCOPE, "concatenated": "v3"}
    assert compile_script(script, dialect).run(scope) == assigned
    assert scope["order"] == {"id": 7, "lines": [1]}


def test_a_feel_script_is_one_expression() -> None:
    """Its value is what `evaluate` returns."""
    script = compile_script("={net: a * 100, gross: net * 1.1}.gross", "auto")
    assert script.evaluate(SCOPE) == 330
    assert script.variables == {"a"}


def test_the_last_value_is_the_value_of_a_script() -> None:
    """An expression alone after assignments counts."""
    assert compile_script("b = a * 2\nb + 1").evaluate(SCOPE) == 7


def test_a_script_knows_what_it_reads() -> None:
    """Names assigned before they are read are its own."""
    assert compile_script("b = a\nc = b + d").variables == {"a", "d"}


def test_an_error_has_the_line_of_the_script() -> None:
    """Position counts in the whole script."""
    with pytest.raises(InvalidExpression) as caught:
        compile_script("a = 1\nb = 2 +\nc = 3")
    assert caught.value.params["position"] == (2, 8)
    assert not caught.value.params["expression"].startswith("\n")


@pytest.mark.parametrize(
    "script", ["import os", "def f(): pass", "for i in x: y = 1", "a = lambda: 1", "a.__class__ = 1 ="]
)
def test_code_is_refused(script: str) -> None:
    """A script is no programming language."""
    with pytest.raises(InvalidExpression):
        compile_script(script)


def test_a_missing_variable_is_named() -> None:
    """As in an expression."""
    with pytest.raises(ExpressionFailed, match="there is no variable z"):
        compile_script("a = z").run({})


@pytest.mark.parametrize("quoted", ['"Dear ${name}: ${1 + 1}"', '"${name}"'])
def test_a_text_with_marks_is_filled_in_as_groovy_does(quoted: str) -> None:
    """The quotes are not part of it, nor is what stands before it."""
    value = compile_script(f"a = 1\ngreeting = {quoted}").run({"name": "Li"})["greeting"]
    assert value == ("Li" if quoted == '"${name}"' else "Dear Li: 2")
