"""Multi-instance and standard loops."""

import pytest

from tests.bpmn_drawing import Trial, boundary, draw, extensions, inside, message, node, repeat, script, service, user


def cardinality(count: object) -> str:
    return f"<bpmn:loopCardinality>{count}</bpmn:loopCardinality>"


def test_parallel_instances_all_at_once() -> None:
    trial = Trial(draw("start > a > b", a=user(repeat(cardinality(3)))))
    assert trial.waiting == ["a", "a", "a"]
    trial.complete("a").complete("a")
    assert trial.waiting == ["a"]
    assert trial.complete("a").waiting == ["b"]
    assert trial.counts()["a"] == 3


def test_sequential_instances_one_after_another() -> None:
    trial = Trial(draw("start > a > b", a=user(repeat(cardinality("${n}"), sequential=True))), {"n": 2})
    assert trial.waiting == ["a"]
    assert trial.complete("a").waiting == ["a"]
    assert trial.complete("a").waiting == ["b"]


def test_no_instance_goes_on_at_once() -> None:
    assert Trial(draw("start > a > b", a=user(repeat(cardinality(0))))).waiting == ["b"]
    model = draw("start > a > b", a=user(repeat(camunda_collection="people", camunda_elementVariable="p")))
    assert Trial(model, {"people": []}).waiting == ["b"]


@pytest.mark.parametrize("collection", ["people", "${people}"])
@pytest.mark.parametrize("sequential", [True, False])
def test_collection_gives_each_instance_its_element(collection: str, sequential: bool) -> None:
    loop = repeat(sequential=sequential, camunda_collection=collection, camunda_elementVariable="person")
    trial = Trial(draw("start > a > b", a=user(loop, camunda_assignee="${person}")), {"people": ["x", "y"]})
    seen = []
    while trial.waiting != ["b"]:
        seen.append(trial.wait("a").assignee)
        trial.complete("a")
    assert sorted(seen) == ["x", "y"]
    assert "person" not in trial.variables


def test_collection_of_the_standard() -> None:
    loop = repeat("<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef><bpmn:inputDataItem name='p'/>")
    trial = Trial(draw("start > a", a=user(loop, camunda_assignee="${p}")), {"people": ["x", "y"]})
    assert {wait.assignee for wait in trial.waits.values()} == {"x", "y"}


def test_output_collection_keeps_the_order_of_the_input() -> None:
    loop = repeat(
        extensions(
            '<zeebe:loopCharacteristics inputCollection="=people" inputElement="p" outputCollection="results" '
            'outputElement="=p + answer"/>'
        )
    )
    trial = Trial(draw("start > a > b", a=user(loop)), {"people": ["x", "y"]})
    first, second = (wait.token for wait in trial.waits.values())
    order = {trial.execution.tokens[token].index: token for token in (first, second)}
    trial.execution.complete(order[1], {"answer": "2"})
    trial.execution.complete(order[0], {"answer": "1"})
    assert trial.execution.variables["results"] == ["x1", "y2"]


def test_flowable_gathers_variables_of_each_instance() -> None:
    gathered = (
        '<flowable:variableAggregation xmlns:flowable="http://flowable.org/bpmn" target="reviews">'
        '<variable source="points" target="score"/><variable source="ok"/><variable sourceExpression="${points * 2}"'
        ' target="twice"/></flowable:variableAggregation>'
    )
    done = "<bpmn:completionCondition>${nrOfCompletedInstances == 2}</bpmn:completionCondition>"
    trial = Trial(draw("start > a > b", a=user(repeat(extensions(gathered) + cardinality(3) + done))))
    trial.complete("a", points=1, ok=True).complete("a", points=2, ok=False)
    assert trial.variables == {"reviews": [{"score": 1, "ok": True, "twice": 2}, {"score": 2, "ok": False, "twice": 4}]}


@pytest.mark.parametrize("sequential", [True, False])
def test_completion_condition_sees_the_output_so_far_which_holds_completed_instances_alone(sequential: bool) -> None:
    loop = repeat(
        "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>answers</bpmn:loopDataOutputRef>"
        "<bpmn:inputDataItem name='p'/><bpmn:outputDataItem id='answer' name='the answer'/>"
        "<bpmn:completionCondition>answers.size == 1</bpmn:completionCondition>",
        sequential=sequential,
    )
    trial = Trial(draw("start > a > b", a=user(loop)), {"people": ["x", "y"]}).complete("a", answer="yes")
    assert (trial.waiting, trial.variables["answers"]) == (["b"], ["yes"])


def test_completion_condition_cancels_the_rest() -> None:
    done = "<bpmn:completionCondition>${nrOfCompletedInstances / nrOfInstances >= 0.5}</bpmn:completionCondition>"
    trial = Trial(draw("start > a > b", a=user(repeat(cardinality(5) + done))))
    trial.complete("a").complete("a")
    assert trial.waiting == ["a", "a", "a"]
    assert trial.complete("a").waiting == ["b"]
    assert len(trial.path("cancelled")) == 2


def test_counters_are_visible_and_local() -> None:
    inputs = "".join(
        f'<camunda:inputParameter name="{name}">${{{variable}}}</camunda:inputParameter>'
        for name, variable in (("i", "loopCounter"), ("n", "nrOfInstances"), ("act", "nrOfActiveInstances"))
    )
    loop = repeat(cardinality(2), sequential=True)
    task = user(extensions(f"<camunda:inputOutput>{inputs}</camunda:inputOutput>") + loop)
    trial = Trial(draw("start > a > b", a=task))
    assert {name: trial.wait("a").local[name] for name in ("i", "n", "act")} == {"i": 0, "n": 2, "act": 1}
    trial.complete("a")
    assert trial.wait("a").local["i"] == 1
    assert trial.variables == {}


def test_loop_over_a_subprocess() -> None:
    sub = inside(
        "start1 > a > c > end1",
        extra=repeat(camunda_collection="items", camunda_elementVariable="item"),
        c=script("seen = item"),
    )
    trial = Trial(draw("start > sub > b", sub=sub), {"items": [1, 2, 3]})
    assert trial.waiting == ["a", "a", "a"]
    trial.complete("a").complete("a").complete("a")
    assert trial.waiting == ["b"]
    assert trial.counts()["sub"] == 3


def test_boundary_event_stops_all_instances() -> None:
    model = draw("start > a > b", "m > c", a=user(repeat(cardinality(3))), m=boundary("a", message()))
    trial = Trial(model)
    assert trial.armed == ["m"]
    trial.complete("a").message("M1")
    assert trial.waiting == ["c"]


def test_loop_over_jobs_and_calls() -> None:
    model = draw(
        "start > j > call > b",
        j=service(content=repeat(cardinality(2))),
        call=node("callActivity", repeat(cardinality(2)), calledElement="Q"),
    )
    trial = Trial(model).complete("j").complete("j")
    assert trial.waiting == ["call", "call"]
    assert trial.complete("call").complete("call").waiting == ["b"]


def test_thousand_automatic_instances_cost_little() -> None:
    trial = Trial(draw("start > a > b", a=script("n = n + 1", content=repeat(cardinality(1000)))), {"n": 0})
    assert trial.variables["n"] == 1000
    assert trial.waiting == ["b"]


def test_too_many_instances_is_an_incident() -> None:
    trial = Trial(draw("start > a > b", a=user(repeat(cardinality(100_000_000)))))
    assert trial.incidents == {"a": "too_many_instances"}


@pytest.mark.parametrize("count", ["${n}", "three", "${name}"])
def test_a_cardinality_that_is_no_number_is_an_incident(count: str) -> None:
    trial = Trial(draw("start > a > b", a=user(repeat(cardinality(count)))), {"n": None, "name": "x"})
    assert trial.incidents == {"a": "expression_failed"}


def test_a_collection_that_is_no_list_is_an_incident_that_can_be_mended() -> None:
    trial = Trial(draw("start > a > b", a=user(repeat(camunda_collection="people"))), {"people": 3})
    assert trial.incidents == {"a": "expression_failed"}
    assert trial.set(people=[1, 2]).retry("a").waiting == ["a", "a"]


def standard(condition: str = "", **attributes: object) -> str:
    inner = f"<bpmn:loopCondition>{condition}</bpmn:loopCondition>" if condition else ""
    return node("standardLoopCharacteristics", inner, **attributes).xml("loop")


def test_standard_loop_repeats_while_its_condition_holds() -> None:
    trial = Trial(draw("start > a > b", a=user(standard("${again}"))))
    assert trial.complete("a", again=True).waiting == ["a"]
    assert trial.complete("a", again=False).waiting == ["b"]


def test_standard_loop_tested_before() -> None:
    model = draw("start > a > b", a=user(standard("${again}", testBefore=True)))
    assert Trial(model, {"again": False}).waiting == ["b"]
    assert Trial(model, {"again": True}).waiting == ["a"]


def test_standard_loop_with_a_maximum() -> None:
    trial = Trial(draw("start > a > b", a=user(standard("${true}", loopMaximum=2)))).complete("a")
    assert trial.waiting == ["a"]
    assert trial.complete("a").waiting == ["b"]
