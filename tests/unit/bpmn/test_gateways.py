"""Gateways: who goes on, who waits for whom."""

import pytest

from tests.bpmn_drawing import SIGNAL, Trial, catch, draw, event_subprocess, inside, message, node, script, start, timer


def test_exclusive_takes_the_first_true_flow() -> None:
    model = draw("start > xor", "xor > a [${x > 5}]", "xor > b [${x > 1}]", "xor > c [default]")
    assert Trial(model, {"x": 9}).waiting == ["a"]
    assert Trial(model, {"x": 3}).waiting == ["b"]
    assert Trial(model, {"x": 0}).waiting == ["c"]


def test_exclusive_without_a_way_is_an_incident_that_can_be_mended() -> None:
    trial = Trial(draw("start > xor", "xor > a [${x > 5}]", "xor > b [${x > 7}]"), {"x": 1})
    assert trial.incidents == {"xor": "no_flow"}
    trial.set(x=6).retry("xor")
    assert trial.waiting == ["a"]


def test_exclusive_names_the_flow_it_took() -> None:
    trial = Trial(draw("start > xor", "xor > a [${x}]", "xor > b [default]"), {"x": True})
    assert next(visit.outcome for visit in trial.visits if visit.element == "xor") == "xor_a"


def test_exclusive_without_conditions_is_decided_by_a_person() -> None:
    trial = Trial(draw("start > xor", "xor > a", "xor > b"))
    assert trial.wait("xor").choices == ("xor_a", "xor_b")
    assert trial.wait("xor").assignee == "demo"
    trial.complete("xor", outcome="xor_b")
    assert trial.waiting == ["b"]
    assert Trial(draw("start > xor", "xor > a", "xor > b")).complete("xor", flow="a").waiting == ["a"]


def test_parallel_joins_what_it_split() -> None:
    trial = Trial(draw("start > and1 > a > and2 > c > end", "and1 > b > and2"))
    assert trial.complete("a").waiting == ["b"]
    assert trial.complete("b").waiting == ["c"]
    assert trial.complete("c").ended


def test_parallel_join_counts_flows_not_tokens() -> None:
    """Two tokens on one flow do not make up for the empty other one."""
    trial = Trial(draw("start > xor1 > and2 > c", "start > a > and2", "start > b > xor1", "start > d > xor1"))
    trial.complete("b").complete("d")
    assert trial.waiting == ["a"]
    assert trial.complete("a").waiting == ["c"]


def test_parallel_join_in_a_loop_waits_in_every_round() -> None:
    model = draw(
        "start > xor1 > and1 > a > and2 > xor2", "and1 > b > and2", "xor2 > xor1 [${again}]", "xor2 > end [default]"
    )
    trial = Trial(model, {"again": True})
    for again in (True, True, False):
        assert trial.waiting == ["a", "b"]
        assert trial.complete("a").waiting == ["b"]
        trial.complete("b", again=again)
    assert trial.ended
    assert trial.counts()["a"] == 3


def test_inclusive_waits_for_those_who_may_come() -> None:
    model = draw(
        "start > or1",
        "or1 > a [${x > 1}]",
        "or1 > b [${x > 5}]",
        "or1 > c [default]",
        "a > or2 > d",
        "b > or2",
        "c > or2",
    )
    assert Trial(model, {"x": 0}).complete("c").waiting == ["d"]
    assert Trial(model, {"x": 2}).complete("a").waiting == ["d"]
    trial = Trial(model, {"x": 9}).complete("a")
    assert trial.waiting == ["b"]
    assert trial.complete("b").waiting == ["d"]


def test_inclusive_join_waits_past_a_nested_exclusive_gateway() -> None:
    model = draw("start > and1 > a > or2 > d", "and1 > b > xor1", "xor1 > c [${x}]", "xor1 > or2 [default]", "c > or2")
    trial = Trial(model, {"x": True}).complete("a").complete("b")
    assert trial.waiting == ["c"]
    assert trial.complete("c").waiting == ["d"]


def test_inclusive_join_is_freed_when_the_other_branch_ends_elsewhere() -> None:
    trial = Trial(
        draw("start > and1 > a > or2 > d", "and1 > b > xor1", "xor1 > or2 [${x}]", "xor1 > end [default]"), {"x": False}
    )
    assert trial.complete("a").waiting == ["b"]
    assert trial.complete("b").waiting == ["d"]


def test_inclusive_split_without_a_true_flow_is_an_incident() -> None:
    assert Trial(draw("start > or1", "or1 > a [${x}]", "or1 > b [${x}]"), {"x": False}).incidents == {"or1": "no_flow"}


def test_activity_splits_into_all_its_flows() -> None:
    assert Trial(draw("start > a > b", "a > c")).complete("a").waiting == ["b", "c"]


def test_conditional_flow_out_of_an_activity() -> None:
    model = draw("start > a", "a > b [${x > 1}]", "a > c [default]", "a > d [${x > 2}]")
    assert Trial(model, {"x": 5}).complete("a").waiting == ["b", "d"]
    assert Trial(model, {"x": 0}).complete("a").waiting == ["c"]


def test_two_flows_into_an_activity_start_it_twice() -> None:
    trial = Trial(draw("start > and1 > a > c", "and1 > b > c")).complete("a").complete("b")
    assert trial.waiting == ["c", "c"]


def test_event_based_takes_the_first_event() -> None:
    model = draw(
        "start > event1 > m > a", "event1 > t > b", "event1 > r > c",
        m=catch(message()), t=catch(timer("PT5M")), r=node("receiveTask", messageRef="Message_2"),
    )  # fmt: skip
    trial = Trial(model)
    assert trial.armed == ["m", "r", "t"]
    assert Trial(model).message("M1", k=1).waiting == ["a"]
    assert Trial(model).fire("t").waiting == ["b"]
    assert Trial(model).message("M2").waiting == ["c"]
    assert Trial(model).message("M2").path() == ["start", "event1", "r"]


def test_two_timers_behind_an_event_based_gateway_keep_their_own_time() -> None:
    model = draw(
        "start > event1 > long > a", "event1 > short > b", long=catch(timer("PT5H")), short=catch(timer("PT1H"))
    )
    trial = Trial(model)
    assert trial.wait("long").due > trial.wait("short").due
    assert trial.fire("short").waiting == ["b"]
    assert trial.armed == []


def test_event_based_gateway_that_starts_a_process() -> None:
    model = draw(
        "event1 > m > a",
        "event1 > s > b",
        event1=node("eventBasedGateway", instantiate=True),
        m=catch(message()),
        s=catch(SIGNAL),
    )
    trial = Trial(model, start_element="m")
    assert trial.waiting == ["a"]
    assert [(start.element, start.kind, start.name) for start in trial.program.starts] == [
        ("m", "message", "M1"),
        ("s", "signal", "S1"),
    ]


@pytest.mark.parametrize("rounds", [3000])
def test_state_stays_flat_over_thousands_of_rounds(rounds: int) -> None:
    trial = Trial(
        draw("start > xor1 > a > t > xor2", "xor2 > xor1 [${again}]", "xor2 > end [default]", t=script("n = n + 1")),
        {"n": 0},
    )
    size = len(trial.execution.dump())
    execution = trial.execution
    for _ in range(rounds):
        (token,) = execution.waits
        execution.complete(token, {"again": True})
        execution.visits.clear()
    assert len(execution.dump()) == size
    assert len(execution.workflow.tasks) == 2
    assert execution.variables["n"] == rounds


def test_tokens_in_a_subprocess_do_not_hold_up_a_join_outside() -> None:
    model = draw("start > and1 > sub > or2 > c", "and1 > a > or2", sub=inside("start1 > b > end1"))
    trial = Trial(model).complete("a")
    assert trial.waiting == ["b"]
    assert trial.complete("b").waiting == ["c"]


def test_a_join_that_nobody_can_complete_is_an_incident_not_a_silent_stop() -> None:
    trial = Trial(
        draw("start > xor1", "xor1 > a [${x}]", "xor1 > b [default]", "a > and1 > c", "b > and1"), {"x": True}
    )
    trial.complete("a")
    assert trial.incidents == {"and1": "waits_in_vain"}
    trial.retry("and1")
    assert trial.incidents == {"and1": "waits_in_vain"}
    assert not trial.ended


def test_inclusive_joins_that_wait_for_each_other_do_not_stop_for_ever() -> None:
    model = draw(
        "start > and1 > a > or1 > t > or2 > xor1",
        "and1 > b > or2",
        "xor1 > or1 [${n < 2}]",
        "xor1 > end [default]",
        t=script("n = n + 1"),
    )
    trial = Trial(model, {"n": 0}).complete("a").complete("b")
    assert trial.ended


def test_a_join_that_nobody_can_complete_is_told_while_an_event_subprocess_is_armed() -> None:
    model = draw(
        "start > and1 > a > and2 > c", "and1 > b > xor1", "xor1 > and2 [${false}]", "xor1 > end [default]",
        es=event_subprocess("start2 > n > end2", start2=start(message(), isInterrupting=False)),
    )  # fmt: skip
    trial = Trial(model).complete("a")
    assert trial.incidents == {}
    assert trial.complete("b").incidents == {"and2": "waits_in_vain"}
    assert trial.message("M1").complete("n").incidents == {"and2": "waits_in_vain"}
