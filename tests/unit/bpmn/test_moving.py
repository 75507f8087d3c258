"""Returning a token to an earlier step: what is cancelled, what stays, and going on where it came from."""

from typing import Any

import pytest

from process_server.bpmn.waits import UserTaskWait
from process_server.errors import NoWayBack
from tests.bpmn_drawing import Trial, boundary, draw, event_subprocess, inside, message, repeat, start, timer, user

pytestmark = pytest.mark.requirement("PE-07")


def items(name: str = "it") -> str:
    return repeat(camunda_collection="${people}", camunda_elementVariable=name)


def test_a_step_is_done_again_and_what_follows_too() -> None:
    trial = Trial(draw("start > a > b > c > end")).complete("a").complete("b")
    trial.move("c", "a", assignee="wang")
    assert trial.waiting == ["a"]
    assert trial.wait("a").assignee == "wang"
    assert trial.path("returned") == ["c"]
    returned = next(visit for visit in trial.visits if visit.outcome == "returned")
    assert (returned.actor, returned.detail) == ("demo", {"to": "a"})
    trial.complete("a").complete("b").complete("c")
    assert trial.ended
    assert trial.counts()["b"] == 2


def test_with_resume_it_goes_back_to_where_it_was_returned_from() -> None:
    trial = Trial(draw("start > a > b > c > end")).complete("a").complete("b")
    trial.move("c", "a", resume=True).complete("a")
    assert trial.waiting == ["c"]
    assert trial.wait("c").assignee == "demo"
    assert trial.complete("c").ended
    assert trial.counts()["b"] == 1


def test_returning_within_a_return_goes_back_step_by_step() -> None:
    trial = Trial(draw("start > a > b > c > end")).complete("a").complete("b")
    trial.move("c", "b", resume=True).move("b", "a", resume=True)
    trial.complete("a")
    assert trial.waiting == ["b"]
    trial.complete("b")
    assert trial.waiting == ["c"]
    assert trial.complete("c").ended


def test_a_return_before_a_split_takes_the_other_branch_along() -> None:
    trial = Trial(draw("start > a > and1 > b > and2 > end", "and1 > c > d > and2")).complete("a").complete("c")
    trial.move("b", "a")
    assert trial.waiting == ["a"]
    assert trial.path("cancelled") == ["d"]
    trial.complete("a").complete("b").complete("c").complete("d")
    assert trial.ended


def test_what_waits_at_the_join_for_the_returned_branch_is_cancelled_with_it() -> None:
    trial = Trial(draw("start > a > and1 > b > and2 > end", "and1 > c > and2")).complete("a").complete("c")
    trial.move("b", "a").complete("a").complete("b")
    assert trial.waiting == ["c"]
    assert trial.complete("c").ended


@pytest.mark.parametrize("done", [False, True])
def test_a_return_within_a_branch_leaves_the_other_one_alone(done: bool) -> None:
    """Even where a loop around both leads from everything to everything."""
    model = draw("start > xor1 > and1 > b > c > and2 > xor2 > end [${ok}]", "and1 > d > and2", "xor2 > xor1 [default]")
    trial = Trial(model, {"ok": True}).complete("b")
    if done:
        trial.complete("d")
    trial.move("c", "b")
    assert trial.waiting == (["b"] if done else ["b", "d"])
    trial.complete("b").complete("c")
    assert trial.ended is done
    assert done or trial.complete("d").ended


def test_with_resume_the_other_branch_goes_on() -> None:
    trial = Trial(draw("start > a > and1 > b > and2 > end", "and1 > c > and2")).complete("a")
    trial.move("b", "a", resume=True)
    assert trial.waiting == ["a", "c"]
    trial.complete("c").complete("a")
    assert trial.waiting == ["b"]
    assert trial.complete("b").ended


def test_a_join_that_has_fired_is_not_waited_for_in_vain() -> None:
    trial = Trial(draw("start > a > and1 > b > and2 > d > end", "and1 > c > and2")).complete("a")
    trial.complete("b").complete("c")
    with pytest.raises(NoWayBack):
        trial.move("d", "b")
    assert trial.execution.steps_before(trial.wait("d").token) == ["a"]
    assert trial.move("d", "b", resume=True).complete("b").waiting == ["d"]
    assert trial.complete("d").ended


def test_one_instance_of_a_loop_takes_its_fellows_along() -> None:
    trial = Trial(draw("start > a > b > end", b=user(items())), {"people": ["x", "y", "z"]}).complete("a").complete("b")
    assert trial.waiting == ["b", "b"]
    trial.move("b", "a")
    assert trial.waiting == ["a"]
    assert trial.path("returned") + trial.path("cancelled") == ["b", "b"]
    trial.complete("a")
    assert trial.waiting == ["b", "b", "b"]
    assert trial.complete("b").complete("b").complete("b").ended


def test_a_step_inside_a_repeated_subprocess_returns_within_its_instance() -> None:
    sub = inside("start1 > p > q > end1", extra=items())
    trial = Trial(draw("start > a > s > end", s=sub), {"people": ["x", "y"]}).complete("a").complete("p").complete("p")
    assert trial.waiting == ["q", "q"]
    trial.move("q", "p")
    assert trial.waiting == ["p", "q"]
    trial.complete("p").complete("q").complete("q")
    assert trial.ended


def test_out_of_a_subprocess_and_back_into_it() -> None:
    sub = inside("start1 > p > q > end1")
    timed = boundary("s", timer("P1D"))
    trial = Trial(draw("start > a > s > end", "late > x > end2", s=sub, late=timed)).complete("a").complete("p")
    assert sorted(trial.execution.steps_before(trial.wait("q").token)) == ["a", "p"]
    trial.move("q", "a", resume=True)
    assert (trial.waiting, trial.armed) == (["a"], [])
    trial.complete("a")
    assert (trial.waiting, trial.armed) == (["q"], ["late"])
    assert trial.wait("q").assignee == "demo"
    assert trial.complete("q").ended


def test_a_subprocess_whose_other_branches_were_given_up_begins_anew() -> None:
    sub = inside("start1 > and1 > p > and2 > end1", "and1 > q > and2")
    trial = Trial(draw("start > a > s > end", s=sub)).complete("a").complete("p")
    trial.move("q", "a", resume=True).complete("a")
    assert trial.waiting == ["p", "q"]
    assert trial.wait("q").assignee is None
    assert trial.complete("p").complete("q").ended


def test_out_of_two_subprocesses_and_through_again() -> None:
    inner = inside("start2 > q > end2")
    outer = inside("start1 > p > t > end1", t=inner)
    trial = Trial(draw("start > a > s > end", s=outer)).complete("a").complete("p").move("q", "a")
    assert trial.waiting == ["a"]
    trial.complete("a").complete("p").complete("q")
    assert trial.ended


def test_boundary_events_go_with_their_step() -> None:
    timed = boundary("b", timer("P1D"))
    trial = Trial(draw("start > a > b > end", "late > x > end2", late=timed)).complete("a")
    assert trial.armed == ["late"]
    trial.move("b", "a")
    assert trial.armed == []
    trial.complete("a").fire("late")
    assert trial.waiting == ["x"]
    trial.move("x", "a")
    assert trial.waiting == ["a"]


def test_an_event_subprocess_beside_is_left_alone() -> None:
    beside = event_subprocess("start2 > n > end2", start2=start(message(), isInterrupting=False))
    trial = Trial(draw("start > a > b > end", e=beside)).complete("a").message("M1")
    assert trial.waiting == ["b", "n"]
    trial.move("b", "a")
    assert trial.waiting == ["a", "n"]
    for resume in (False, True):
        with pytest.raises(NoWayBack):
            trial.move("n", "a", resume=resume)
    trial.complete("n").complete("a").complete("b")
    assert trial.ended


def test_what_an_event_began_inside_cannot_be_jumped_back_to() -> None:
    beside = event_subprocess("start2 > n > end2", start2=start(message(), isInterrupting=False))
    sub = inside("start1 > p > end1", e=beside)
    trial = Trial(draw("start > a > s > end", s=sub)).complete("a").message("M1")
    assert trial.waiting == ["n", "p"]
    with pytest.raises(NoWayBack):
        trial.move("n", "a", resume=True)
    assert trial.move("n", "a").waiting == ["a"]


@pytest.mark.parametrize("to", ["c", "end", "nowhere", "xor1"])
def test_only_a_step_before_can_be_returned_to(to: str) -> None:
    trial = Trial(draw("start > a > xor1 > b > c > end")).complete("a")
    with pytest.raises(NoWayBack):
        trial.move("b", to)
    assert trial.waiting == ["b"]


def test_conditions_on_the_way_out_are_not_asked_when_it_jumps_back() -> None:
    trial = Trial(draw("start > a > b > end", "a > c [${missing}]", "c > end"), {"missing": False}).complete("a")
    trial.move("b", "a", resume=True)
    del trial.execution.variables["missing"]
    assert trial.complete("a").waiting == ["b"]


def signers(trial: Trial) -> dict[str, Any]:
    return {wait.local["it"]: wait.token for wait in trial.waits.values() if isinstance(wait, UserTaskWait)}


def several(*, sequential: bool = False, completion: str = "") -> Trial:
    inner = f"<bpmn:completionCondition>{completion}</bpmn:completionCondition>" if completion else ""
    loop = repeat(inner, sequential=sequential, camunda_collection="${people}", camunda_elementVariable="it")
    return Trial(draw("start > a > end", a=user(loop)), {"people": ["x", "y"]})


def counters(trial: Trial) -> tuple[int, int, int]:
    body = next(token for token in trial.execution.tokens.values() if "nrOfInstances" in token.data).data
    return body["nrOfInstances"], body["nrOfActiveInstances"], body["nrOfCompletedInstances"]


def test_an_instance_is_added_beside_the_others() -> None:
    trial = several().add("a", "z")
    assert sorted(signers(trial)) == ["x", "y", "z"]
    assert counters(trial) == (3, 3, 0)
    trial.complete("a").complete("a")
    assert counters(trial) == (3, 1, 2)
    assert trial.complete("a").ended


def test_an_instance_is_taken_out() -> None:
    trial = several().add("a", "z")
    trial.remove(signers(trial)["y"])
    assert sorted(signers(trial)) == ["x", "z"]
    assert counters(trial) == (2, 2, 0)
    assert trial.path("removed") == ["a"]
    assert trial.complete("a").complete("a").ended


def test_taking_the_last_open_one_out_ends_the_loop() -> None:
    trial = several().complete("a")
    (left,) = signers(trial).values()
    assert trial.remove(left).ended


def test_taking_one_out_may_fulfil_the_condition() -> None:
    trial = several(completion="${nrOfCompletedInstances / nrOfInstances >= 0.5}").add("a", "z")
    trial.complete("a")
    assert counters(trial) == (3, 2, 1)
    assert trial.remove(next(iter(signers(trial).values()))).ended


def test_a_sequence_grows_and_shrinks() -> None:
    trial = several(sequential=True).add("a", "z").add("a", "w")
    assert list(signers(trial)) == ["x"]
    assert counters(trial) == (4, 1, 0)
    trial.remove(trial.wait("a").token, "z")
    trial.remove(trial.wait("a").token)
    assert list(signers(trial)) == ["y"]
    assert counters(trial) == (2, 1, 0)
    trial.complete("a")
    assert list(signers(trial)) == ["w"]
    assert trial.complete("a").ended
