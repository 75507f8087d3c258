"""Decision tables: hit policies, cells, types, and the evidence of why."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from process_server.errors import ExpressionFailed, NotFound
from process_server.expressions.dmn import DecisionModel, map_result, read_decisions
from tests.unit.expressions.dmn_models import decision, definitions, table


def model(*elements: str, **options: Any) -> DecisionModel:
    """Read a model that must be without errors."""
    made, problems = read_decisions(definitions(*elements, **options), "model.dmn")
    assert [problem for problem in problems if problem["severity"] == "error"] == []
    return made


SCORES = [("< 50", '"low"'), ("[50..80]", '"mid"'), ("> 70", '"high"'), ("> 70", '"high"')]


def decide(hit_policy: str, score: Any, attributes: str = "", rules: Any = None, values: str = "") -> Any:
    """Evaluate a table over one score."""
    logic = table(hit_policy, ["score"], ["risk"], rules or SCORES, attributes, values)
    return model(decision("d", logic)).evaluate("d", {"score": score}).value


@pytest.mark.parametrize(
    ("hit_policy", "attributes", "values", "score", "expected"),
    [
        ("UNIQUE", "", "", 20, "low"),
        ("UNIQUE", "", "", 60, "mid"),
        ("FIRST", "", "", 75, "mid"),
        ("ANY", "", "", 90, "high"),
        ("PRIORITY", "", '"high","mid","low"', 75, "high"),
        ("OUTPUT ORDER", "", '"high","mid","low"', 75, ["high", "high", "mid"]),
        ("RULE ORDER", "", "", 75, ["mid", "high", "high"]),
        ("COLLECT", "", "", 75, ["mid", "high", "high"]),
        ("COLLECT", 'aggregation="COUNT"', "", 75, 3),
        ("COLLECT", 'aggregation="MIN"', "", 75, "high"),
        ("COLLECT", 'aggregation="MAX"', "", 75, "mid"),
        ("COLLECT", 'aggregation="COUNT"', "", None, 0),
        ("UNIQUE", "", "", None, None),
        ("COLLECT", "", "", None, None),
        ("", "", "", None, None),
    ],
)
def test_a_hit_policy_says_what_becomes_of_the_matching_rules(
    hit_policy: str, attributes: str, values: str, score: Any, expected: Any
) -> None:
    """All seven, and the aggregators."""
    assert decide(hit_policy or "UNIQUE", score, attributes, values=values) == expected


def test_aggregators_compute_exactly() -> None:
    """Sums of money stay exact."""
    rules = [("-", "0.1"), ("-", "0.2"), ("> 5", "score / 4")]
    assert decide("COLLECT", 6, 'aggregation="SUM"', rules) == Decimal("1.8")
    assert decide("COLLECT", 6, 'aggregation="MIN"', rules) == Decimal("0.1")
    assert decide("COLLECT", 6, 'aggregation="MAX"', rules) == Decimal("1.5")


@pytest.mark.parametrize(
    ("hit_policy", "reason"),
    [("UNIQUE", r"the rules 2 \(r2\), 3 \(r3\), 4 \(r4\) match"), ("ANY", "conclude differently")],
)
def test_a_violated_hit_policy_names_the_rules(hit_policy: str, reason: str) -> None:
    """An analyst finds the rows."""
    with pytest.raises(ExpressionFailed, match=reason) as caught:
        decide(hit_policy, 75)
    assert caught.value.params["decision"] == "d"


@pytest.mark.parametrize(
    ("cell", "value", "met"),
    [
        ("[1..5]", 5, True),
        ("< 10", 10, False),
        ("not(1, 2)", 3, True),
        ('"a", "b"', "b", True),
        ('date("2030-01-31")', date(2030, 1, 31), True),
        ('> date("2030-01-31")', date(2030, 2, 1), True),
        ("-", None, True),
        ("", None, True),
        ("? > limit", 8, True),
        ("limit", 7, True),
        ("true", True, True),
    ],
)
def test_a_cell_holds_unary_tests(cell: str, value: Any, met: bool) -> None:
    """In FEEL, with other variables at hand."""
    made = model(decision("d", table("UNIQUE", ["x"], ["y"], [(cell, '"hit"')])))
    assert (made.evaluate("d", {"x": value, "limit": 7}).value == "hit") is met


def test_several_outputs_make_a_context() -> None:
    """One of each rule that matched."""
    logic = table("COLLECT", ["x"], ["a", "b"], [("> 1", "x", "x * 2"), ("> 2", '"t"', "null")])
    made = model(decision("d", logic))
    assert made.evaluate("d", {"x": 2}).value == [{"a": 2, "b": 4}]
    assert made.evaluate("d", {"x": 3}).value == [{"a": 3, "b": 6}, {"a": "t", "b": None}]


def test_texts_from_forms_are_read_in_the_type_of_the_column() -> None:
    """A number or date that came as text, and an output that must be text."""
    logic = table("UNIQUE", ["n:number", "d:date"], ["y:string"], [("> 10", '>= date("2030-01-01")', "n")])
    made = model(decision("d", logic))
    assert made.evaluate("d", {"n": "12.50", "d": "2030-05-05"}).value == "12.50"


def test_the_default_output_stands_in_when_no_rule_matches() -> None:
    """As the table says."""
    logic = table("UNIQUE", ["x"], ["y"], [("1", '"one"')]).replace(
        '<output name="y">', '<output name="y"><defaultOutputEntry><text>"other"</text></defaultOutputEntry>'
    )
    assert model(decision("d", logic)).evaluate("d", {"x": 5}).value == "other"


def test_the_evidence_says_why() -> None:
    """Inputs, matched rules and outputs; no match is null with evidence."""
    made = model(
        decision("d", table("RULE ORDER", ["score", "a + 1"], ["risk"], [("> 1", "-", "1"), ("> 5", "3", "2")]))
    )
    found = made.evaluate("d", {"score": 6, "a": 2})
    assert found.evidence == {
        "decision": "d",
        "name": "d",
        "hit_policy": "R",
        "inputs": {"score": 6, "a + 1": 3},
        "matched": ["r1", "r2"],
        "rows": [1, 2],
        "outputs": [{"risk": 1}, {"risk": 2}],
        "result": [1, 2],
        "required": [],
    }
    nothing = made.evaluate("d", {"score": 0, "a": 2})
    assert nothing.value is None
    assert nothing.evidence["matched"] == []


def test_a_decision_tells_what_it_reads() -> None:
    """For the check at deployment."""
    made = model(decision("d", table("UNIQUE", ["score", "customer.age"], ["y"], [("1", "2", "3")])))
    assert made.decisions["d"].inputs == ("score", "customer")
    assert made.decisions["d"].line > 1


def test_an_unknown_decision_is_not_found() -> None:
    """As any other thing that does not exist."""
    with pytest.raises(NotFound):
        model(decision("d", table("UNIQUE", ["x"], ["y"], []))).evaluate("nope", {})


@pytest.mark.parametrize(
    ("result", "mode", "expected"),
    [
        ("a", "singleEntry", "a"),
        ({"x": "a"}, "singleEntry", "a"),
        (["a"], "singleEntry", "a"),
        (None, "singleEntry", None),
        ({"x": 1, "y": 2}, "singleResult", {"x": 1, "y": 2}),
        (["a", "b"], "collectEntries", ["a", "b"]),
        ([{"x": 1}, {"x": 2}], "collectEntries", [1, 2]),
        (None, "collectEntries", []),
        ({"x": 1, "y": 2}, "resultList", [{"x": 1, "y": 2}]),
        (None, "resultList", []),
        ("a", None, "a"),
    ],
)
def test_a_result_is_mapped_as_the_task_asks(result: Any, mode: Any, expected: Any) -> None:
    """camunda:mapDecisionResult."""
    assert map_result(result, mode) == expected


@pytest.mark.parametrize(
    ("result", "mode"),
    [(["a", "b"], "singleEntry"), ({"x": 1, "y": 2}, "singleEntry"), (["a", "b"], "singleResult")],
)
def test_more_results_than_the_task_asks_for_fail(result: Any, mode: Any) -> None:
    """Rather than losing some."""
    with pytest.raises(ExpressionFailed):
        map_result(result, mode)


def test_cells_in_other_languages() -> None:
    """JUEL with `cellInput` or the input's own name, as Camunda 7 has it; before DMN 1.2 without being named."""
    logic = table("UNIQUE", ["x"], ["y"], [("${cellInput > limit}", "${x + 1}")])
    juel = model(decision("d", logic), attributes='expressionLanguage="juel"')
    assert juel.evaluate("d", {"x": 9, "limit": 3}).value == 10
    old = table("UNIQUE", ["x"], ["y"], [("> 3", "x > 5 ? 'big' : 'small'")])
    made = model(decision("d", old), namespace="http://www.omg.org/spec/DMN/20151101/dmn.xsd")
    assert made.evaluate("d", {"x": 9}).value == "big"


def problems_of(condition: str, conclusion: str) -> list[Any]:
    """Read a table of one input and one output with a single faulty row."""
    logic = table("UNIQUE", ["score"], ["risk"], [("< 50", '"low"'), (condition, conclusion)])
    return read_decisions(definitions(decision("d", logic)), "model.dmn")[1]


def test_a_cell_that_cannot_be_read_is_found_by_its_row_and_column() -> None:
    (problem,) = problems_of(">> 50", '"high"')
    assert (problem["code"], problem["severity"]) == ("invalid_expression", "error")
    assert (problem["params"]["table_row"], problem["params"]["table_column"]) == (2, "score")


@pytest.mark.parametrize("cell", ["high", "高"])
def test_a_text_without_quotation_marks_is_warned_of(cell: str) -> None:
    (problem,) = problems_of("> 50", cell)
    assert (problem["code"], problem["severity"], problem["params"]["word"]) == ("unquoted", "warning", cell)
    assert (problem["params"]["table_row"], problem["params"]["table_column"]) == (2, "risk")
    assert problems_of("> 50", "score") == []
