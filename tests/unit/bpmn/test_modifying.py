"""Modifying a running instance: tokens are taken away, others begin elsewhere, scopes are opened as needed."""

from typing import Any

import pytest

from process_server.bpmn.engine.instructions import Begin, Cancel
from process_server.errors import AmbiguousPlace, NoPlace, NotFound
from tests.bpmn_drawing import (
    Trial,
    boundary,
    draw,
    event_subprocess,
    extensions,
    inside,
    message,
    node,
    repeat,
    start,
    timer,
    user,
)


def modify(trial: Trial, *instructions: Any, **options: Any) -> Trial:
    trial.execution.modify(instructions, **options)
    trial._reload()
    return trial


def before(at: str, **variables: Any) -> Begin:
    return Begin(at, variables=variables)


def items(collection: str = "${people}", **options: Any) -> str:
    return repeat(camunda_collection=collection, camunda_elementVariable="it", **options)


def test_a_token_is_moved_from_one_activity_to_another() -> None:
    trial = modify(Trial(draw("start > a > b > c > end")), Cancel("a"), before("c", known=1))
    assert trial.waiting == ["c"]
    assert trial.path("cancelled") == ["a"]
    assert trial.variables["known"] == 1
    assert trial.complete("c").ended
    assert trial.execution.end_reason is None


def test_what_is_begun_stands_beside_what_is_there() -> None:
    trial = modify(Trial(draw("start > a > b > end")), before("b"), before("b"))
    assert trial.waiting == ["a", "b", "b"]
    for element in ("b", "b", "a", "b"):
        trial.complete(element)
    assert trial.ended


def test_one_activity_instance_is_cancelled_of_several() -> None:
    trial = modify(Trial(draw("start > a > end")), before("a"))
    modify(trial, Cancel(token=trial.wait("a").token))
    assert trial.waiting == ["a"]
    assert trial.complete("a").ended


def test_an_instance_without_a_token_left_is_cancelled() -> None:
    trial = modify(Trial(draw("start > a > end")), Cancel("a"), reason="no longer wanted")
    assert trial.ended
    assert trial.execution.end_reason == "no longer wanted"


def test_after_an_activity_and_along_a_flow() -> None:
    model = draw("start > a > xor1 > b > end", "xor1 > c > end")
    trial = modify(Trial(model), Cancel("a"), Begin("xor1_c", "along"))
    assert trial.waiting == ["c"]
    assert modify(Trial(model, {"flow": 1}), Cancel("a"), Begin("c", "after")).ended
    with pytest.raises(NoPlace):
        modify(Trial(model), Begin("xor1", "after"))
    for instruction in (before("nowhere"), Begin("nowhere", "along"), Cancel("nowhere"), before("b#multiInstanceBody")):
        with pytest.raises(NotFound):
            modify(Trial(model), instruction)


def test_subprocesses_around_are_opened() -> None:
    deep = inside("s2 > x > y > e2", s2=start(), e2=node("endEvent"), extra="")
    outer = inside("s1 > deep > e1", s1=start(), e1=node("endEvent"), deep=deep)
    model = draw("start > a > sub > z > end", "late > end", sub=outer, late=boundary("sub", timer("PT1H")))
    trial = modify(Trial(model), Cancel("a"), before("y"))
    assert trial.waiting == ["y"]
    assert trial.armed == ["late"]
    assert sorted(trial.execution.active_elements()) == ["deep", "sub", "y"]
    modify(trial, before("x"))
    assert trial.waiting == ["x", "y"], "what is open already is used"
    assert sorted(trial.execution.active_elements()) == ["deep", "sub", "x", "y"]
    assert trial.complete("y").complete("x").complete("y").complete("z").ended


def test_a_subprocess_left_empty_goes_with_its_last_token() -> None:
    sub = inside("s1 > x > y > e1", s1=start(), e1=node("endEvent"))
    trial = modify(Trial(draw("start > sub > z > end", sub=sub)), Cancel("x"), before("z"))
    assert trial.waiting == ["z"]
    assert trial.path("cancelled") == ["x", "sub"]
    assert trial.complete("z").ended
    trial = modify(Trial(draw("start > sub > z > end", sub=sub)), before("y"), Cancel("x"))
    assert trial.path("cancelled") == ["x"], "begun first, the subprocess is never empty"
    assert trial.complete("y").complete("z").ended


def test_in_which_of_several_subprocesses() -> None:
    sub = inside("s1 > x > y > e1", s1=start(), e1=node("endEvent"))
    trial = modify(Trial(draw("start > sub > end", sub=sub)), before("sub"))
    with pytest.raises(AmbiguousPlace):
        modify(trial, before("y"))
    trial = modify(Trial(draw("start > sub > end", sub=sub)), before("sub"))
    first, _ = trial.execution.active_elements()["sub"]
    modify(trial, Begin("y", ancestor=first))
    assert sorted(
        token.workflow.owner.id == first for token in trial.execution.tokens.values() if token.task_spec.name in "xy"
    ) == [False, True, True]  # type: ignore[union-attr]
    modify(trial, Begin("y", ancestor=trial.execution.instance_id))
    assert len(trial.execution.active_elements()["sub"]) == 3, "a new one inside of the instance itself"
    with pytest.raises(NoPlace):
        modify(trial, Begin("sub", ancestor=first))


def test_an_instance_is_added_to_a_loop() -> None:
    model = draw("start > a > b > end", a=user(items()))
    trial = modify(Trial(model, {"people": ["li", "wang"]}), Begin("a", local={"it": "chen"}))
    assert trial.waiting == ["a", "a", "a"]
    assert {wait.local["it"] for wait in trial.waits.values()} == {"li", "wang", "chen"}
    for _ in range(3):
        assert trial.waiting == ["a"] * (3 - _)
        trial.complete("a")
    assert trial.complete("b").ended


def test_a_loop_is_opened_for_one_instance_or_begun_as_a_whole() -> None:
    model = draw("start > a > b > end", b=user(items()))
    trial = modify(Trial(model, {"people": ["li", "wang"]}), Cancel("a"), before("b"))
    assert trial.waiting == ["b"]
    assert trial.complete("b").ended
    trial = modify(Trial(model, {"people": ["li", "wang"]}), Cancel("a"), before("b#multiInstanceBody"))
    assert trial.waiting == ["b", "b"]
    modify(trial, Cancel("b#multiInstanceBody"), before("a"))
    assert trial.waiting == ["a"]


def test_the_last_instance_takes_its_loop_along() -> None:
    model = draw("start > a > b > end", a=user(items()))
    trial = Trial(model, {"people": ["li", "wang"]})
    modify(trial, Cancel(token=trial.wait("a").token))
    assert trial.waiting == ["a"]
    modify(trial, Cancel("a"), before("b"))
    assert trial.waiting == ["b"]
    assert trial.complete("b").ended


@pytest.mark.parametrize("sequential", [False, True])
def test_inside_of_a_subprocess_that_repeats(sequential: bool) -> None:
    sub = inside("s1 > x > y > e1", s1=start(), e1=node("endEvent"), extra=items(sequential=sequential))
    model = draw("start > a > sub > z > end", sub=sub)
    trial = modify(Trial(model, {"people": ["li", "wang"]}), Cancel("a"), before("y"))
    assert trial.waiting == ["y"]
    assert trial.complete("y").complete("z").ended


def test_instances_that_follow_one_another_are_not_added_to() -> None:
    model = draw("start > a > end", a=user(items(sequential=True)))
    with pytest.raises(NoPlace):
        modify(Trial(model, {"people": ["li", "wang"]}), before("a"))


def test_at_a_join_it_stands_for_the_branch_that_is_missing() -> None:
    trial = Trial(draw("start > and1 > a > and2 > c > end", "and1 > b > and2")).complete("a")
    modify(trial, Cancel("b"), before("and2"))
    assert trial.waiting == ["c"]
    assert trial.complete("c").ended


def test_a_token_that_waits_at_a_join_is_cancelled() -> None:
    trial = Trial(draw("start > and1 > a > and2 > c > end", "and1 > b > and2")).complete("a")
    modify(trial, Cancel("and2"), before("a"))
    assert trial.waiting == ["a", "b"]
    assert trial.complete("b").complete("a").complete("c").ended


def test_an_event_subprocess_that_interrupts_does_so() -> None:
    handler = event_subprocess("es > h > ee", es=start(message(), isInterrupting=True), ee=node("endEvent"))
    model = draw("start > a > end", definitions='<bpmn:message id="Message_1" name="stop"/>', handler=handler)
    for at in ("h", "handler", "es"):
        trial = modify(Trial(model), before(at))
        assert trial.waiting == ["h"]
        assert trial.complete("h").ended


def test_a_boundary_event_that_interrupts_does_so() -> None:
    model = draw("start > a > end", "late > b > end", late=boundary("a", timer("PT1H")))
    trial = modify(Trial(model), before("late"))
    assert trial.waiting == ["b"]
    assert trial.complete("b").ended


def test_listeners_and_mappings_can_be_left_out() -> None:
    content = extensions(
        '<camunda:inputOutput><camunda:inputParameter name="given">1</camunda:inputParameter></camunda:inputOutput>'
        '<camunda:executionListener event="start" expression="${execution.setVariable(\'heard\', true)}"/>'
    )
    model = draw("start > a > b > end", b=user(content))
    trial = modify(Trial(model), before("b"))
    assert (trial.variables.get("heard"), trial.wait("b").local) == (True, {"given": "1"})
    trial = modify(Trial(model), before("b"), skipped=("listeners", "mappings"))
    assert (trial.variables.get("heard"), trial.wait("b").local) == (None, None)
