"""Decision files: requirements, knowledge models, boxed expressions, types, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest

from process_server.errors import ExpressionFailed
from process_server.expressions.dmn import DecisionModel, read_decisions
from process_server.i18n import worded
from tests.unit.expressions.dmn_models import decision, definitions, input_data, literal, table


def model(*elements: str, **options: Any) -> DecisionModel:
    """Read a model that must be without problems."""
    made, problems = read_decisions(definitions(*elements, **options), "model.dmn")
    assert problems == []
    return made


def value_of(*elements: str, **variables: Any) -> Any:
    """Evaluate the decision d."""
    return model(*elements).evaluate("d", variables).value


DISCOUNT = """
<businessKnowledgeModel id="discount" name="discount"><variable name="discount"/><encapsulatedLogic>
<formalParameter name="amount" typeRef="number"/><formalParameter name="rate" typeRef="number"/>
<literalExpression><text>amount * (1 - rate)</text></literalExpression>
</encapsulatedLogic></businessKnowledgeModel>"""


def test_a_decision_sees_the_results_of_those_it_requires() -> None:
    """By name, id, and the name of their output, as the different tools write it; each is evaluated once."""
    risk = table("UNIQUE", ["score"], ["risk level"], [("< 50", '"high"'), (">= 50", '"low"')])
    for expression in ("risk", "risk level"):
        made = model(
            decision("risk", risk, "input:score"),
            input_data("score", "number"),
            decision("d", literal(f'if {expression} = "low" then 1 else 2'), "decision:risk"),
        )
        found = made.evaluate("d", {"score": 70})
        assert found.value == 1
        assert found.evidence["required"][0]["decision"] == "risk"
        assert found.evidence["required"][0]["matched"] == ["r2"]
    assert made.decisions["risk"].inputs == ("score",)
    assert made.decisions["d"].inputs == ()
    assert made.decisions["d"].required == ("risk",)


def test_a_knowledge_model_is_a_function() -> None:
    """Called in FEEL, by position or name, and by a boxed invocation."""
    for call in ("discount(200, 0.1)", "discount(rate: 0.1, amount: 200)"):
        assert value_of(DISCOUNT, decision("d", literal(call), "knowledge:discount")) == 180
    boxed = (
        "<invocation><literalExpression><text>discount</text></literalExpression>"
        '<binding><parameter name="rate"/><literalExpression><text>r</text></literalExpression></binding>'
        '<binding><parameter name="amount"/><literalExpression><text>50</text></literalExpression></binding>'
        "</invocation>"
    )
    assert value_of(DISCOUNT, decision("d", boxed, "knowledge:discount"), r=Decimal("0.5")) == 25


def test_a_knowledge_model_calls_others_and_itself_within_bounds() -> None:
    """Recursion ends with an error, not with the worker."""
    endless = DISCOUNT.replace("amount * (1 - rate)", "discount(amount, rate)")
    with pytest.raises(ExpressionFailed):
        value_of(endless, decision("d", literal("discount(1, 2)"), "knowledge:discount"))


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        (
            '<context><contextEntry><variable name="a"/><literalExpression><text>x + 1</text></literalExpression>'
            '</contextEntry><contextEntry><variable name="b"/><literalExpression><text>a * 2</text></literalExpression>'
            "</contextEntry></context>",
            {"a": 4, "b": 8},
        ),
        (
            '<context><contextEntry><variable name="a"/><literalExpression><text>x + 1</text></literalExpression>'
            "</contextEntry><contextEntry><literalExpression><text>a * 3</text></literalExpression></contextEntry>"
            "</context>",
            12,
        ),
        (
            '<relation><column name="n"/><column name="v"/><row><literalExpression><text>"a"</text></literalExpression>'
            "<literalExpression><text>x</text></literalExpression></row></relation>",
            [{"n": "a", "v": 3}],
        ),
        (
            "<list><literalExpression><text>1</text></literalExpression>"
            "<literalExpression><text>x</text></literalExpression></list>",
            [1, 3],
        ),
        (
            "<conditional><if><literalExpression><text>x > 2</text></literalExpression></if>"
            "<then><literalExpression><text>1</text></literalExpression></then>"
            "<else><literalExpression><text>2</text></literalExpression></else></conditional>",
            1,
        ),
        (
            '<for iteratorVariable="i"><in><literalExpression><text>[1, x]</text></literalExpression></in>'
            "<return><literalExpression><text>i * i</text></literalExpression></return></for>",
            [1, 9],
        ),
        (
            '<every iteratorVariable="i"><in><literalExpression><text>[1, x]</text></literalExpression></in>'
            "<satisfies><literalExpression><text>i > 1</text></literalExpression></satisfies></every>",
            False,
        ),
        (
            "<filter><in><literalExpression><text>[1, x]</text></literalExpression></in>"
            "<match><literalExpression><text>item > 1</text></literalExpression></match></filter>",
            [3],
        ),
        (
            '<context><contextEntry><variable name="f"/><functionDefinition><formalParameter name="n"/>'
            "<literalExpression><text>n + x</text></literalExpression></functionDefinition></contextEntry>"
            "<contextEntry><literalExpression><text>f(4)</text></literalExpression></contextEntry></context>",
            7,
        ),
    ],
)
def test_boxed_expressions(logic: str, expected: Any) -> None:
    """Those of DMN 1.4."""
    assert value_of(decision("d", logic), x=3) == expected


def test_a_decision_service_is_a_function() -> None:
    """Its inputs are its parameters."""
    service = (
        '<decisionService id="s" name="fee of"><variable name="fee of"/><outputDecision href="#fee"/>'
        '<inputData href="#base"/></decisionService>'
    )
    fee = decision("fee", literal("base * 2"), "input:base")
    assert value_of(input_data("base"), fee, service, decision("d", literal("fee of(4)"), "knowledge:s")) == 8


def test_a_decision_service_is_evaluated_as_one_decision() -> None:
    """What is given of a decision it takes as input is not decided again, and taken in the decision's type."""
    services = model(
        decision("note", literal('"never asked"'), type_ref="string"),
        decision("known", literal("note != null"), "decision:note"),
        decision("fee", literal("base * 2"), "input:base"),
        input_data("base"),
        '<decisionService id="one" name="one"><outputDecision href="#known"/><inputDecision href="#note"/>'
        "</decisionService>",
        '<decisionService id="two" name="two"><outputDecision href="#known"/><outputDecision href="#fee"/>'
        '<inputData href="#base"/></decisionService>',
    )
    assert [services.evaluate("one", {"note": note}).value for note in ("given", 7)] == [True, False]
    result = services.evaluate("two", {"base": 4})
    assert result.value == {"known": True, "fee": 8}
    assert (result.evidence["inputs"], len(result.evidence["required"])) == ({"base": 4}, 2)


def test_names_with_spaces_and_signs() -> None:
    """A file's own names are known to its expressions."""
    made = model(
        input_data("Applicant's age"),
        input_data("Pre-bureau risk"),
        decision("d", literal('if Applicant\'s age > 17 and Pre-bureau risk = "LOW" then "ok" else "no"')),
    )
    assert made.evaluate("d", {"Applicant's age": 20, "Pre-bureau risk": "LOW"}).value == "ok"


TYPES = """
<itemDefinition name="tLevel"><typeRef>string</typeRef>
<allowedValues><text>"A", "B"</text></allowedValues></itemDefinition>
<itemDefinition name="tLoan"><itemComponent name="amount"><typeRef>number</typeRef></itemComponent>
<itemComponent name="level"><typeRef>tLevel</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tLoans" isCollection="true"><typeRef>tLoan</typeRef></itemDefinition>"""


@pytest.mark.parametrize(
    ("type_ref", "given", "expected"),
    [
        ("tLevel", "A", "A"),
        ("tLevel", "C", None),
        ("number", "12", 12),
        ("number", "abc", None),
        ("boolean", "true", True),
        ("string", 5, None),
        ("tLoan", {"amount": 5, "level": "A"}, {"amount": 5, "level": "A"}),
        ("tLoan", {"amount": "x", "level": "A"}, None),
        ("tLoans", [{"amount": 5}], [{"amount": 5}]),
        ("tLoans", {"amount": 5}, [{"amount": 5}]),
        ("unknownType", 5, 5),
    ],
)
def test_an_input_is_taken_in_its_type(type_ref: str, given: Any, expected: Any) -> None:
    """What does not fit is null; text from a form is read."""
    assert value_of(TYPES, input_data("x", type_ref), decision("d", literal("x")), x=given) == expected


def test_the_result_is_given_in_the_type_of_the_decision() -> None:
    """A singleton list is its item; another kind is null."""
    assert value_of(decision("d", literal("[5]"), type_ref="number")) == 5
    assert value_of(decision("d", literal('"x"'), type_ref="number")) is None


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"<definitions", "not_xml", 1),
        (b"", "not_xml", None),
        (b"<a/>", "not_dmn", 1),
        (
            b'<!DOCTYPE a [<!ENTITY x "y">]><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>',
            "doctype",
            1,
        ),
        (definitions(decision("d", literal("1 +"))), "invalid_expression", 3),
        (definitions(decision("d", table("UNIQUE", ["x"], ["y"], [("[1..", "1")]))), "invalid_expression", 3),
        (definitions(decision("d", table("SOMETIMES", ["x"], ["y"], []))), "hit_policy", 3),
        (definitions(decision("d", table("UNIQUE", ["x"], ["y"], [("1",)]))), "table_row", 3),
        (definitions(decision("d", literal("1"), "decision:nope")), "dangling_reference", 3),
        (
            definitions(decision("a", literal("1"), "decision:b"), decision("b", literal("1"), "decision:a")),
            "decision_cycle",
            3,
        ),
        (definitions(decision("d", literal("1")), decision("d", literal("2"))), "duplicate_id", 4),
        (definitions('<import name="x" namespace="y" importType="z"/>'), "import", 3),
        (
            definitions(decision("d", '<functionDefinition kind="Java"><literalExpression/></functionDefinition>')),
            "foreign_function",
            3,
        ),
    ],
)
def test_a_problem_is_located(content: bytes, code: str, line: int | None) -> None:
    """With the file, the element where there is one, and the line, in both languages."""
    _, problems = read_decisions(content, "model.dmn")
    found = next(problem for problem in problems if problem["code"] == code)
    assert found["file"] == "model.dmn"
    assert found["message"] == worded("en", found["template"], found["params"])
    assert found["message"] != worded("zh-CN", found["template"], found["params"])
    if line is not None:
        assert found["line"] == line


def test_an_entity_is_not_expanded() -> None:
    """Neither from inside nor from a file."""
    bomb = b'<!DOCTYPE d [<!ENTITY a "x"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    made, problems = read_decisions(bomb + definitions(decision("d", literal("1"))).split(b"\n", 1)[1], "model.dmn")
    assert [problem["code"] for problem in problems] == ["doctype"]
    assert made.decisions == {}


@pytest.mark.parametrize(
    ("type_ref", "text", "expected"),
    [
        ("string", "1 + 1", None),
        ("number", "[10]", 10),
        ("number", '["foo"]', None),
        ("tNames", '"foo"', ["foo"]),
        ("tNames", "1", None),
        ("tNames", "null", None),
        ("tPerson", '{name: "a", other: 1, age: 3}', {"name": "a", "other": 1, "age": 3}),
        ("tPerson", '{name: "a"}', None),
    ],
)
def test_a_literal_expression_is_taken_in_its_type(type_ref: str, text: str, expected: Any) -> None:
    """A single value for a list and the reverse; null for another kind and for a context that is not complete."""
    types = """<itemDefinition name="tNames" isCollection="true"><typeRef>string</typeRef></itemDefinition>
    <itemDefinition name="tPerson"><itemComponent name="name"><typeRef>string</typeRef></itemComponent>
    <itemComponent name="age"><typeRef>number</typeRef></itemComponent></itemDefinition>"""
    assert value_of(types, decision("d", literal(text, f'typeRef="{type_ref}"'))) == expected


def test_decisions_may_give_and_take_functions() -> None:
    """A function closes over what its decision saw; the evidence writes functions and ranges as text."""
    make = decision("make", literal("function(a) function(b) a * b * x"), "input:x")
    made = model(input_data("x"), make, decision("d", literal("make(2)(3)"), "decision:make"))
    found = made.evaluate("d", {"x": 5})
    assert found.value == 30
    assert found.evidence["required"][0]["result"] == "function"
    ranged = model(decision("d", table("UNIQUE", ["x"], ["y"], [("-", "[1..2]")])))
    assert ranged.evaluate("d", {"x": 1}).evidence["outputs"] == [{"y": "[1..2]"}]


def test_names_that_begin_with_a_keyword() -> None:
    """Are known from the file."""
    assert value_of(
        input_data("in a list"), decision("d", literal("for i in in a list return i")), **{"in a list": [1]}
    ) == [1]
