"""Variables that conditions and decisions read and nothing sets: warned of where that is certain or a near miss."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from process_server.bpmn import commands
from process_server.bpmn.deployment import sources
from tests.bpmn_drawing import draw, extensions, inside, message, node, script, service, start, user

SHIPPED = Path(__file__).parents[3] / "processes"


def form(identity: str, *keys: str) -> bytes:
    fields = [{"type": "textfield", "id": f"f_{key}", "key": key, "label": key} for key in keys]
    return json.dumps({"type": "default", "schemaVersion": 18, "id": identity, "components": fields}).encode()


FORMS = {"ask.form": form("ask", "region"), "check.form": form("check", "approved", "discount_rate")}
ASKED = start(camunda_formKey="ask")
CHECKED = user(camunda_formKey="check")


def unset(session: Session, *lines: str, files: dict[str, bytes] | None = None, **nodes: Any) -> list[tuple[str, str]]:
    model = draw(*lines, **nodes)
    deployed = commands.deploy(session, {"m.bpmn": model, **FORMS, **(files or {})})
    return [
        (problem["element"] or "", problem["params"]["near"] or problem["params"]["variable"])
        for problem in deployed.warnings
        if problem["code"] == "unset_variable"
    ]


WAYS = ("start > a > xor", "xor > b [${%s}]", "xor > end [default]")


def asking(condition: str) -> tuple[str, ...]:
    return tuple(line.replace("%s", condition) for line in WAYS)


def test_a_variable_that_no_form_asks_for_is_warned_of_at_its_flow(session: Session) -> None:
    assert unset(session, *asking("amount > 5"), start=ASKED, a=CHECKED, b=CHECKED) == [("xor_b", "amount")]


def test_a_word_that_nothing_here_sets_is_warned_of_where_it_is_a_whole_condition(session: Session) -> None:
    lines = ("start > j > xor", "xor > b [Yes]", "xor > c [${No}]", "xor > end [default]")
    assert unset(session, *lines, j=service()) == [("xor_b", "Yes")]


@pytest.mark.parametrize("name", ["approved", "region", "initiator", "made", "item", "result", "mapped"])
def test_what_is_set_is_not_warned_of(session: Session, name: str) -> None:
    inputs = extensions('<camunda:inputOutput><camunda:outputParameter name="mapped">1</camunda:outputParameter>'
                        "</camunda:inputOutput>")  # fmt: skip
    loop = node("multiInstanceLoopCharacteristics", camunda_collection="${region}", camunda_elementVariable="item")
    b = user(inputs + loop.xml("loop"), camunda_formKey="check")
    lines = ("start > a > s > e > b > xor", f"xor > c [${{{name} == 1}}]", "xor > end [default]")
    s = script("made = 1")
    e = node("serviceTask", camunda_expression="${1}", camunda_resultVariable="result")
    assert unset(session, *lines, start=ASKED, a=CHECKED, b=b, c=CHECKED, s=s, e=e) == []


def test_a_near_miss_is_told_even_where_others_bring_variables(session: Session) -> None:
    lines = asking("discuont_rate > 5")
    assert unset(session, *lines, a=CHECKED, b=service("x")) == [("xor_b", "discount_rate")]
    assert unset(session, *asking("discountRate > 5"), a=CHECKED, b=service("x")) == [("xor_b", "discount_rate")]
    assert unset(session, *asking("appvored"), a=CHECKED, b=service("x")) == [("xor_b", "approved")]


@pytest.mark.parametrize("condition", ["amount > 5", "approver == 1", "regions == 1"])
def test_nothing_is_said_where_a_worker_or_caller_may_bring_it(session: Session, condition: str) -> None:
    assert unset(session, *asking(condition), start=ASKED, a=CHECKED, b=service("x")) == []
    assert unset(session, *asking(condition), a=CHECKED, b=CHECKED) == []
    began = start(message(), camunda_formKey="ask")
    assert unset(session, *asking(condition), start=began, a=CHECKED, b=CHECKED) == []


@pytest.mark.parametrize(("named", "told"), [("aproved", [("a", "approved")]), ("approved", []), ("verdict", [])])
def test_an_outcome_sought_under_nearly_the_name_of_its_field_is_told(
    session: Session, named: str, told: list[tuple[str, str]]
) -> None:
    given = f'<camunda:properties><camunda:property name="outcome:variable" value="{named}"/></camunda:properties>'
    assert unset(session, "start > a", a=user(extensions(given), camunda_formKey="check")) == told


def test_no_more_names_are_compared_than_can_be_in_a_moment(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    misspelt = ("start > a > xor", "xor > b [${aproved}]", "xor > c [${discuontRate}]", "xor > end [default]")
    steps = {"a": CHECKED, "b": service("x"), "c": service("x")}
    assert unset(session, *misspelt, **steps) == [("xor_b", "approved"), ("xor_c", "discount_rate")]
    monkeypatch.setattr(sources, "COMPARED", 0)
    assert unset(session, *misspelt, **steps) == [("xor_c", "discount_rate")]  # the same letters are looked up
    monkeypatch.undo()
    half = "a" * 60
    files = {"long.form": form("long", half + half)}
    inserted = asking(f"{half}b{half} > 5")
    assert unset(session, *inserted, a=user(camunda_formKey="long"), b=service("x"), files=files) == []


def test_conditions_of_events_loops_and_decisions_are_looked_at(session: Session) -> None:
    ready = (
        "<bpmn:conditionalEventDefinition><bpmn:condition>${steady}</bpmn:condition></bpmn:conditionalEventDefinition>"
    )
    again = "<bpmn:loopCondition>${more}</bpmn:loopCondition>"
    loop = f"<bpmn:standardLoopCharacteristics>{again}</bpmn:standardLoopCharacteristics>"
    until = "<bpmn:completionCondition>${enough}</bpmn:completionCondition>"
    found = unset(
        session, "start > a > c > l > h > d", start=ASKED, a=CHECKED, c=node("intermediateCatchEvent", ready),
        l=user(loop, camunda_formKey="check"), h=inside("x", tag="adHocSubProcess", extra=until, x=node("task")),
        d=node("businessRuleTask", camunda_decisionRef="path", camunda_resultVariable="way"),
        files={"d.dmn": DECISION},
    )  # fmt: skip
    assert sorted(found) == [("c", "steady"), ("d", "cargo"), ("h", "enough"), ("l", "more")]


DECISION = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="D" name="D" namespace="x">
<decision id="path" name="path"><decisionTable hitPolicy="UNIQUE"><input id="i"><inputExpression typeRef="string">
<text>cargo</text></inputExpression></input><output id="o" name="way" typeRef="string"/>
<rule id="r"><inputEntry id="e"><text>"x"</text></inputEntry><outputEntry id="u"><text>"y"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


def test_a_called_process_gives_its_variables_and_gets_them_from_its_caller(session: Session) -> None:
    called = draw("start > a > xor", "xor > b [${amount}]", "xor > end [default]", start=ASKED, a=CHECKED, b=CHECKED)
    called = called.replace(b'id="P"', b'id="Q"')
    call = node("callActivity", extensions('<camunda:out variables="all"/>'), calledElement="Q")
    lines = ("start > call > xor", "xor > b [${approved}]", "xor > end [${amount}]")
    found = unset(session, *lines, files={"q.bpmn": called}, start=ASKED, call=call, b=CHECKED)
    assert found == [("xor_end", "amount")]


def test_the_shipped_processes_are_not_warned_of(session: Session) -> None:
    files = {path.name: path.read_bytes() for path in SHIPPED.iterdir() if path.suffix in (".bpmn", ".dmn", ".form")}
    assert [item for item in commands.deploy(session, files).warnings if item["code"] == "unset_variable"] == []
