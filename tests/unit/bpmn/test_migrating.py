"""Moving an instance in memory to another version: what stands stays, what is new is armed, what cannot go is told."""

from datetime import timedelta
from typing import Any

import pytest

from process_server import clock
from process_server.bpmn.engine.elements.countersign import APPROVER
from process_server.bpmn.migration.carrying import carry
from process_server.bpmn.migration.checks import faults, generate
from process_server.bpmn.migration.obstacles import obstacles
from process_server.bpmn.migration.plan import Instruction, Plan
from process_server.bpmn.waits import TimerWait
from tests.bpmn_drawing import (
    COMPENSATE,
    Trial,
    boundary,
    catch,
    compiled,
    condition,
    draw,
    end,
    error,
    event_subprocess,
    extensions,
    inside,
    message,
    node,
    repeat,
    service,
    start,
    throw,
    timer,
    user,
)
from tests.unit.bpmn.test_approving import Company, sign, step


def plan(**pairs: str) -> Plan:
    return Plan(tuple(Instruction(source, target) for source, target in pairs.items()))


def migrate(trial: Trial, model: bytes, by: Plan | None = None, **options: Any) -> Trial:
    """Take a trial to another version, and hold on to what must not change."""
    program = compiled(model)
    how = by or generate(trial.program, program, **options)
    assert faults(trial.program, program, how) == []
    assert [each.message for each in obstacles(trial.execution, program, how)] == []
    trial.execution = carry(trial.execution, program, how).execution
    trial.program = program
    trial.waits = dict(trial.execution.waits)
    trial._reload()
    return trial


def problems(trial: Trial, model: bytes, by: Plan | None = None) -> list[tuple[str, str]]:
    program = compiled(model)
    how = by or generate(trial.program, program)
    found = faults(trial.program, program, how) or obstacles(trial.execution, program, how)
    return [(each.element, each.code) for each in found]


# --- plans


def test_a_plan_takes_each_element_to_the_one_of_the_same_id_and_kind() -> None:
    before = compiled(draw("start > a > b > end", b=service()))
    after = compiled(draw("start > a > c > b > end"))
    assert generate(before, after).targets == {"start": "start", "a": "a", "end": "end"}


def test_a_renamed_element_is_found_by_its_name_only_when_asked() -> None:
    before = compiled(draw("start > a > end", a=user(name="Check")))
    after = compiled(draw("start > z > end", z=user(name="Check")))
    assert "a" not in generate(before, after).targets
    assert generate(before, after, by_name=True).targets["a"] == "z"


def test_two_of_the_same_name_are_not_guessed() -> None:
    before = compiled(draw("start > a > end", a=user(name="Check")))
    after = compiled(draw("start > y > z > end", y=user(name="Check"), z=user(name="Check")))
    assert "a" not in generate(before, after, by_name=True).targets


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([("a", "b"), ("a", "a")], "mapped_twice"),
        ([("x", "a")], "no_source"),
        ([("a", "x")], "no_target"),
        ([("a", "job")], "other_kind"),
        ([("a", "a"), ("b", "b"), ("late", "early")], "other_owner"),
        ([("late", "late")], "other_owner"),
        ([("sub", "sub"), ("c", "a")], "other_scope"),
    ],
)
def test_what_is_wrong_with_a_plan_is_told(pairs: list[tuple[str, str]], code: str) -> None:
    model = draw(
        "start > a > b > job > sub > end",
        "late > end2",
        "early > end2",
        job=service(),
        sub=inside("s1 > c > e1", s1=start(), e1=end()),
        late=boundary("a", timer("PT1H")),
        early=boundary("b", timer("PT1H")),
    )
    program = compiled(model)
    found = faults(program, program, Plan(tuple(Instruction(*pair) for pair in pairs)))
    assert code in {each.code for each in found}


def test_only_events_are_reckoned_anew() -> None:
    program = compiled(draw("start > a > end"))
    assert [each.code for each in faults(program, program, Plan((Instruction("a", "a", True),)))] == ["no_trigger"]


def test_kinds_of_events_and_loops_have_to_be_the_same() -> None:
    before = compiled(draw("start > e > a > end", e=catch(timer("PT1H")), a=user(repeat(camunda_collection="${xs}"))))
    after = compiled(draw("start > e > a > end", e=catch(message())))
    assert {"e", "a"}.isdisjoint(generate(before, after).targets)


# --- what stays


def test_a_task_keeps_its_token_and_goes_on_in_the_new_version() -> None:
    trial = Trial(draw("start > a > end"), {"x": 1})
    token = trial.wait("a").token
    migrate(trial, draw("start > a > b > end"))
    assert (trial.wait("a").token, trial.variables) == (token, {"x": 1})
    trial.complete("a")
    assert trial.waiting == ["b"]


def test_a_task_goes_to_the_one_it_is_renamed_to() -> None:
    trial = Trial(draw("start > a > end"))
    token = trial.wait("a").token
    migrate(trial, draw("start > z > b > end"), plan(a="z"))
    assert trial.wait("z").token == token
    assert trial.complete("z").waiting == ["b"]


def test_a_timer_keeps_its_instant_unless_it_is_reckoned_anew() -> None:
    later = draw("start > e > end", e=catch(timer("PT5H")))
    trial = Trial(draw("start > e > end", e=catch(timer("PT1H"))))
    due = trial.wait("e").due
    migrate(trial, later)
    assert trial.wait("e").due == due
    clock.advance(timedelta(minutes=10))
    migrate(trial, later, update_triggers=True)
    assert trial.wait("e").due - due > timedelta(hours=4, minutes=10)


def test_what_the_message_is_called_changes_only_when_asked() -> None:
    trial = Trial(draw("start > e > end", e=catch(message(1))))
    renamed = draw("start > e > end", e=catch(message(2)))
    assert migrate(trial, renamed).wait("e").name == "M1"
    assert migrate(trial, renamed, update_triggers=True).wait("e").name == "M2"


def test_a_condition_is_looked_at_in_its_new_words() -> None:
    trial = Trial(draw("start > e > a > end", e=catch(condition("x > 5"))), {"x": 3})
    migrate(trial, draw("start > e > a > end", e=catch(condition("x > 2"))))
    assert trial.waiting == ["a"]


def test_jobs_loops_and_incidents_stay_as_they_are() -> None:
    many = repeat(camunda_collection="${xs}", camunda_elementVariable="x")
    model = draw("start > and1 > job > and2 > end", "and1 > many > and2", job=service(), many=user(many))
    trial = Trial(model, {"xs": ["p", "q"]})
    before = sorted(map(str, trial.waits))
    trial.complete("many")
    done = draw("start > and1 > job > and2 > z > end", "and1 > many > and2", job=service(), many=user(many))
    migrate(trial, done)
    assert len(before) == 3
    assert set(map(str, trial.waits)) < set(before)
    trial.complete("many").complete("job")
    assert trial.waiting == ["z"]


def test_a_countersign_goes_on_with_the_votes_it_has() -> None:
    def model(*after: str, mode: str = "all", name: str = "t") -> bytes:
        return draw(f"start > {' > '.join([name, *after])} > end", **{name: signed(mode)})  # type: ignore[arg-type]

    def signed(mode: str, **more: str) -> Any:
        return step(approver_by="user", approver_of="ann,bob,cem", approval_mode=mode, **more)

    trial = sign(Trial(model(), host=Company()), "ann")
    assert problems(trial, model(mode="any")) == [("t", "not_mapped")]
    lenient = draw("start > t > end", t=signed("all", approval_veto="false"))
    assert problems(trial, lenient) == [("t", "not_mapped")]  # a vote of before would be counted another way
    migrate(trial, model("z", name="u"), plan(t="u"))
    for person in ("bob", "cem"):
        token = next(wait.token for wait in trial.execution.waits.values() if _signer(trial, wait) == person)
        trial.execution.complete(token, {"decision": "approve"}, actor=person, outcome="approve")
        trial._reload()
    assert trial.waiting == ["z"]
    assert (trial.variables["u_outcome"], trial.variables["u_approvals"]) == ("approve", 3)


def _signer(trial: Trial, wait: Any) -> Any:
    return trial.execution.tokens[wait.token].data.get(APPROVER)


def test_branches_of_an_inclusive_gateway_meet_in_the_new_version() -> None:
    trial = Trial(draw("start > or1 > a > or2 > z > end", "or1 > b > or2")).complete("a")
    longer = draw("start > or1 > a > c > or2 > z > end", "or1 > b > or2")
    migrate(trial, longer)
    assert trial.waiting == ["b"]
    assert trial.complete("b").waiting == ["z"]


def test_an_incident_is_tried_again_in_the_new_version() -> None:
    trial = Trial(draw("start > xor1 > a [${x > 1}] > end", "xor1 > b [${x > 2}] > end"), {"x": 0})
    assert trial.incidents == {"xor1": "no_flow"}
    migrate(trial, draw("start > xor1 > a [${x > 1}] > end", "xor1 > b [default] > end"))
    assert trial.incidents == {"xor1": "no_flow"}
    assert trial.retry("xor1").waiting == ["b"]


def test_a_called_process_is_still_waited_for() -> None:
    trial = Trial(draw("start > c > end", c=node("callActivity", calledElement="other")))
    token = trial.wait("c").token
    migrate(trial, draw("start > c > a > end", c=node("callActivity", calledElement="newer")))
    assert trial.wait("c").token == token
    assert trial.complete("c").waiting == ["a"]


# --- events


def test_a_boundary_event_of_the_new_version_is_armed_and_one_that_is_gone_is_not() -> None:
    plain = draw("start > a > end")
    timed = draw("start > a > end", "late > b > end2", late=boundary("a", timer("PT1H")))
    trial = migrate(Trial(plain), timed)
    assert trial.armed == ["late"]
    assert migrate(trial, plain).armed == []
    assert trial.complete("a").ended
    assert migrate(Trial(plain), timed).fire("late").waiting == ["b"]


def test_an_armed_event_keeps_its_instant_and_goes_with_its_activity() -> None:
    trial = Trial(draw("start > a > end", "late > b > end2", late=boundary("a", timer("PT1H"))))
    due = trial.wait("late").due
    clock.advance(timedelta(minutes=5))
    renamed = draw("start > z > end", "later > b > end2", later=boundary("z", timer("PT1H")))
    migrate(trial, renamed, plan(a="z", late="later"))
    assert trial.wait("later", TimerWait).due == due
    assert trial.fire("later").waiting == ["b"]


def test_an_event_that_was_used_up_is_not_armed_again() -> None:
    model = draw("start > a > end", "late > b > end2", late=boundary("a", timer("PT1H"), interrupting=False))
    trial = Trial(model).fire("late")
    assert trial.armed == []
    migrate(trial, model)
    assert (trial.armed, trial.waiting) == ([], ["a", "b"])


def test_an_event_that_is_not_mapped_begins_anew() -> None:
    trial = Trial(draw("start > a > end", "late > b > end2", late=boundary("a", timer("PT1H"))))
    due = trial.wait("late").due
    clock.advance(timedelta(minutes=5))
    migrate(trial, draw("start > a > end", "late > b > end2", late=boundary("a", timer("PT1H"))), plan(a="a"))
    assert trial.wait("late").due - due > timedelta(minutes=5)


def test_an_event_based_gateway_has_the_ways_out_of_the_new_version() -> None:
    before = draw("start > event > x > end", "event > y > end", x=catch(message(1)), y=catch(timer("PT1H")))
    after = draw("start > event > y > b > end", "event > w > a > end", y=catch(timer("PT9H")), w=catch(message(2)))
    trial = Trial(before)
    due = trial.wait("y").due
    migrate(trial, after)
    assert (trial.armed, trial.wait("y").due) == (["w", "y"], due)
    assert trial.message("M2").waiting == ["a"]


def test_event_subprocesses_are_armed_kept_and_disarmed() -> None:
    plain = draw("start > a > end")
    handled = draw("start > a > end", h=event_subprocess("s > b > e", s=start(message()), e=end()))
    trial = migrate(Trial(plain), handled)
    assert trial.armed == ["s"]
    token = trial.wait("s").token
    assert migrate(trial, handled).wait("s").token == token
    assert migrate(trial, plain).armed == []
    assert migrate(trial, handled).message("M1").waiting == ["b"]
    assert migrate(trial, handled).waiting == ["b"]
    assert trial.complete("b").ended


# --- scopes


def test_what_is_inside_a_subprocess_stays_inside_the_one_it_becomes() -> None:
    trial = Trial(draw("start > sub > end", sub=inside("s > a > e", s=start(), e=end())))
    renamed = draw("start > under > z > end", under=inside("s2 > a > b > e2", s2=start(), e2=end()))
    migrate(trial, renamed, plan(sub="under", a="a"))
    assert trial.complete("a").waiting == ["b"]
    assert trial.complete("b").waiting == ["z"]


def test_a_subprocess_may_be_put_around_a_task_with_a_time_limit_of_its_own() -> None:
    trial = Trial(draw("start > a > end"))
    token = trial.wait("a").token
    around = draw(
        "start > sub > end",
        "late > c > end2",
        sub=inside("s > a > b > e", s=start(), e=end()),
        late=boundary("sub", timer("PT1H")),
    )
    migrate(trial, around)
    assert (trial.wait("a").token, trial.waiting, trial.armed) == (token, ["a"], ["late"])
    assert trial.complete("a").waiting == ["b"]
    assert trial.fire("late").waiting == ["c"]


def test_two_branches_come_into_one_new_subprocess() -> None:
    trial = Trial(draw("start > and1 > a > and2 > end", "and1 > b > and2"))
    around = draw("start > sub > z > end", sub=inside("s > and1 > a > and2 > e", "and1 > b > and2", s=start(), e=end()))
    migrate(trial, around)
    assert trial.complete("a").waiting == ["b"]
    assert trial.complete("b").waiting == ["z"]


def test_a_subprocess_may_be_taken_away() -> None:
    model = draw(
        "start > sub > end",
        "late > c > end2",
        sub=inside("s > a > e", s=start(), e=end()),
        late=boundary("sub", timer("PT1H")),
    )
    trial = migrate(Trial(model), draw("start > a > b > end"))
    assert trial.armed == []
    assert trial.complete("a").waiting == ["b"]


def test_instances_of_a_repeated_subprocess_stay_apart() -> None:
    def model(*lines: str) -> bytes:
        loop = repeat(camunda_collection="${xs}", camunda_elementVariable="x")
        return draw("start > sub > end", sub=inside(*lines, extra=loop, s=start(), e=end()))

    trial = Trial(model("s > a > e"), {"xs": [1, 2]})
    migrate(trial, model("s > a > b > e"))
    assert trial.waiting == ["a", "a"]
    trial.complete("a").complete("a")
    assert trial.waiting == ["b", "b"]
    assert trial.complete("b").complete("b").ended


# --- what is remembered of the way


def test_a_branch_that_waits_at_a_join_stays_there() -> None:
    trial = Trial(draw("start > and1 > a > and2 > end", "and1 > b > and2")).complete("a")
    migrate(trial, draw("start > and1 > a > c > and2 > end", "and1 > b > and2"))
    assert trial.waiting == ["b"]
    assert trial.complete("b").ended


def test_a_join_of_fewer_branches_lets_go_what_has_come() -> None:
    three = draw("start > and1 > a > and2 > z > end", "and1 > b > and2", "and1 > c > and2")
    two = draw("start > and1 > a > and2 > z > end", "and1 > b > and2")
    trial = Trial(three).complete("a").complete("b")
    assert problems(trial, two) == [("c", "not_mapped")]
    after = draw("start > and1 > a > and2 > z > c > end", "and1 > b > and2")
    assert migrate(trial, after).waiting == ["c", "z"]


def test_nobody_guesses_by_which_flow_a_branch_came() -> None:
    trial = Trial(draw("start > and1 > a > and2 > end", "and1 > b > and2", "and1 > c > and2")).complete("a")
    after = draw("start > and1 > b > and2 > end", "and1 > c > and2", "and1 > x > and2", "and1 > y > and2")
    assert problems(trial, after) == [("and2", "no_flow")]


def test_what_compensation_may_undo_is_not_lost() -> None:
    def model(name: str) -> bytes:
        link = f'<bpmn:association id="l" sourceRef="c" targetRef="u{name}" associationDirection="One"/>'
        return draw(
            f"start > {name} > a > t > end",
            extra=link,
            t=throw(COMPENSATE),
            c=boundary(name, COMPENSATE),
            **{f"u{name}": user(isForCompensation=True)},
        )

    trial = Trial(model("p")).complete("p")
    assert problems(trial, model("q")) == [("p", "undo_lost")]
    migrate(trial, model("q"), plan(p="q", a="a"))
    assert trial.complete("a").waiting == ["uq"]


def test_a_task_returned_for_rework_finds_its_way_back() -> None:
    trial = Trial(draw("start > a > b > end")).complete("a").move("b", "a", resume=True)
    assert problems(trial, draw("start > a > end")) == [("a", "no_way_back")]
    migrate(trial, draw("start > a > x > y > end"), plan(a="a", b="y"))
    assert trial.complete("a").waiting == ["y"]


def test_an_added_input_of_a_new_subprocess_is_evaluated() -> None:
    given = extensions(
        '<camunda:inputOutput><camunda:inputParameter name="y">${x + 1}</camunda:inputParameter></camunda:inputOutput>'
    )
    around = draw("start > sub > end", sub=inside("s > a > e", extra=given, s=start(), e=end()))
    trial = migrate(Trial(draw("start > a > end"), {"x": 1}), around)
    token = trial.execution.tokens[trial.wait("a").token]
    assert trial.execution.scope(token).get("y") == 2


def test_an_error_is_caught_by_what_the_new_version_draws() -> None:
    trial = Trial(draw("start > job > end", job=service()))
    migrate(trial, draw("start > job > end", "oops > b > end2", job=service(), oops=boundary("job", error())))
    assert trial.error("job", "E1").waiting == ["b"]
