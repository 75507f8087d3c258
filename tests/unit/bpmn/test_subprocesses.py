"""Subprocesses, event subprocesses, transactions, compensation, ad-hoc subprocesses, calls."""

import pytest

from process_server.bpmn.diagram.compile import read_processes
from process_server.bpmn.engine.elements.gateways import UnknownChoice
from tests.bpmn_drawing import (
    CANCEL,
    COMPENSATE,
    ESCALATION,
    SIGNAL,
    Trial,
    boundary,
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
    script,
    service,
    start,
    throw,
    timer,
    user,
)

BOTH = pytest.mark.parametrize(("interrupting", "left"), [(True, ["h"]), (False, ["a", "h"])])


def test_subprocess_runs_inside_then_goes_on() -> None:
    trial = Trial(draw("start > sub > b > end", sub=inside("start1 > a > end1")))
    assert trial.waiting == ["a"]
    assert trial.complete("a", y=1).waiting == ["b"]
    assert trial.variables == {"y": 1}
    assert trial.complete("b").path() == ["start", "start1", "a", "end1", "sub", "b", "end"]


def test_subprocess_without_start_and_end() -> None:
    trial = Trial(draw("start > sub > b", sub=inside("a > c", "d > pass1"))).complete("a").complete("d")
    assert trial.waiting == ["c"]
    assert trial.complete("c").waiting == ["b"]


def test_empty_subprocess_is_passed() -> None:
    assert Trial(draw("start > sub > a", sub=inside())).waiting == ["a"]


def test_nested_subprocesses() -> None:
    trial = Trial(draw("start > sub > c", sub=inside("start1 > sub2 > b", sub2=inside("start2 > a > end2"))))
    assert trial.complete("a").waiting == ["b"]
    assert trial.complete("b").waiting == ["c"]


def test_boundary_event_cancels_all_inside() -> None:
    model = draw("start > sub > b", "m > c", sub=inside("start1 > and1 > a", "and1 > d"), m=boundary("sub", message()))
    trial = Trial(model).message("M1")
    assert trial.waiting == ["c"]
    assert sorted(trial.path("cancelled")) == ["a", "d", "sub"]


def handler(event: str, interrupting: bool) -> object:
    return event_subprocess("start9 > h > end9", start9=start(event, isInterrupting=interrupting))


@BOTH
def test_event_subprocess_message(interrupting: bool, left: list[str]) -> None:
    trial = Trial(draw("start > a > end", es=handler(message(), interrupting)))
    assert trial.waiting == ["a"]
    assert trial.armed == ["start9"]
    trial.message("M1", k=1)
    assert trial.waiting == left
    assert trial.variables["k"] == 1
    if not interrupting:
        trial.complete("a")
    trial.complete("h")
    assert trial.ended
    assert trial.counts()["es"] == 1


@BOTH
def test_event_subprocess_signal(interrupting: bool, left: list[str]) -> None:
    assert Trial(draw("start > a > end", es=handler(SIGNAL, interrupting))).message("S1").waiting == left


@BOTH
def test_event_subprocess_timer(interrupting: bool, left: list[str]) -> None:
    assert Trial(draw("start > a > end", es=handler(timer("PT1H"), interrupting))).fire("start9").waiting == left


@BOTH
def test_event_subprocess_condition(interrupting: bool, left: list[str]) -> None:
    trial = Trial(draw("start > a > end", es=handler(condition("${x > 1}"), interrupting)), {"x": 0})
    assert trial.waiting == ["a"]
    assert trial.set(x=2).waiting == left


@BOTH
def test_event_subprocess_escalation(interrupting: bool, left: list[str]) -> None:
    trial = Trial(draw("start > t > a > end", t=throw(ESCALATION), es=handler(ESCALATION, interrupting)))
    assert trial.waiting == left


def test_event_subprocess_error() -> None:
    trial = Trial(draw("start > a > end1", end1=end(error()), es=handler(error(), True)))
    assert trial.armed == []
    assert trial.complete("a").waiting == ["h"]
    assert trial.complete("h").ended


def test_event_subprocess_that_never_starts_does_not_hold_up_the_end() -> None:
    trial = Trial(draw("start > a > end", es=handler(timer("PT1H"), False)))
    assert trial.complete("a").ended
    assert "es" not in trial.path()


def test_event_subprocess_inside_a_subprocess() -> None:
    sub = inside("start1 > a > end1", es=handler(message(), True))
    trial = Trial(draw("start > sub > b", sub=sub)).message("M1")
    assert trial.waiting == ["h"]
    assert trial.complete("h").waiting == ["b"]


def test_non_interrupting_event_subprocess_starts_every_time() -> None:
    trial = Trial(draw("start > a > end", es=handler(message(), False))).message("M1").message("M1")
    assert trial.waiting == ["a", "h", "h"]


def test_error_in_an_event_subprocess_goes_to_the_scope_around() -> None:
    es = event_subprocess("start9 > end9", start9=start(error()), end9=end(error()))
    sub = inside("start1 > j > end1", j=service(), es=es)
    trial = Trial(draw("start > sub > a", "x > b", sub=sub, x=boundary("sub", error()))).error("j", "E1")
    assert trial.waiting == ["b"]


def undo(host: str) -> object:
    return boundary(host, COMPENSATE)


def associate(*pairs: str) -> str:
    return "".join(
        f'<bpmn:association id="as{number}" sourceRef="{pair.split()[0]}" targetRef="{pair.split()[1]}"/>'
        for number, pair in enumerate(pairs)
    )


def test_compensation_undoes_in_reverse_order() -> None:
    model = draw(
        "start > a > b > t > c", extra=associate("ua undo_a", "ub undo_b"),
        a=script("x = 1"), b=script("y = 1"), t=throw(COMPENSATE), ua=undo("a"), ub=undo("b"),
        undo_a=script("x = 0", isForCompensation=True), undo_b=script("y = 0", isForCompensation=True),
    )  # fmt: skip
    trial = Trial(model)
    assert trial.path() == ["start", "a", "b", "undo_b", "undo_a", "t"]
    assert trial.waiting == ["c"]
    assert trial.variables == {"x": 0, "y": 0}


def test_compensation_waits_for_its_handlers_and_skips_what_never_ran() -> None:
    model = draw(
        "start > a > t > c", "never > b", extra=associate("ua undo_a", "ub undo_b"),
        never=start(message()), t=throw(COMPENSATE), ua=undo("a"), ub=undo("b"),
        undo_a=user(isForCompensation=True), undo_b=user(isForCompensation=True),
    )  # fmt: skip
    trial = Trial(model).complete("a")
    assert trial.waiting == ["undo_a"]
    assert trial.complete("undo_a").waiting == ["c"]


def test_compensation_of_one_activity() -> None:
    model = draw(
        "start > a > b > t > c", extra=associate("ua undo_a", "ub undo_b"),
        t=throw('<bpmn:compensateEventDefinition activityRef="a"/>'), ua=undo("a"), ub=undo("b"),
        undo_a=user(isForCompensation=True), undo_b=user(isForCompensation=True),
    )  # fmt: skip
    assert Trial(model).complete("a").complete("b").waiting == ["undo_a"]


def test_compensation_of_an_activity_further_in_or_out() -> None:
    one = throw('<bpmn:compensateEventDefinition activityRef="a"/>')
    handlers = associate("ua undo_a", "ub undo_b")
    undoing = {"ua": undo("a"), "ub": undo("b")} | dict.fromkeys(("undo_a", "undo_b"), user(isForCompensation=True))
    deep = inside("start1 > a > b > end1", extra=handlers, **undoing)
    trial = Trial(draw("start > sub > t > c", sub=deep, t=one)).complete("a").complete("b")
    assert trial.waiting == ["undo_a"]
    assert trial.complete("undo_a").waiting == ["c"]
    thrower = inside("start1 > t > end1", t=one)
    trial = Trial(draw("start > a > b > sub > c", extra=handlers, sub=thrower, **undoing)).complete("a").complete("b")
    assert trial.waiting == ["undo_a"]
    assert trial.complete("undo_a").waiting == ["c"]


def test_compensation_that_is_not_waited_for() -> None:
    model = draw(
        "start > a > t > c", t=throw('<bpmn:compensateEventDefinition waitForCompletion="false"/>'),
        extra=associate("ua undo_a"), ua=undo("a"), undo_a=user(isForCompensation=True),
    )  # fmt: skip
    trial = Trial(model).complete("a")
    assert trial.waiting == ["c", "undo_a"]
    assert not trial.complete("c").ended
    assert trial.complete("undo_a").ended


def test_compensation_of_a_finished_subprocess_undoes_its_inside() -> None:
    sub = inside("start1 > a > end1", extra=associate("ua undo_a"), ua=undo("a"), undo_a=user(isForCompensation=True))
    trial = Trial(draw("start > sub > b > t > c", sub=sub, t=throw(COMPENSATE))).complete("a").complete("b")
    assert trial.waiting == ["undo_a"]
    assert trial.complete("undo_a").waiting == ["c"]


def test_compensation_out_of_an_event_subprocess_undoes_its_own_work_and_that_around_it() -> None:
    undoing = {"ua": undo("a"), "ub": undo("b")} | dict.fromkeys(("undo_a", "undo_b"), user(isForCompensation=True))
    handlers = associate("ua undo_a", "ub undo_b")  # that of b stands further out than b
    own = {key: undoing.pop(key) for key in ("ub", "undo_b")}
    es = event_subprocess("es1 > b > t > d", es1=start(SIGNAL), t=throw(COMPENSATE), **own)
    trial = Trial(draw("start > a > c", extra=handlers, es=es, **undoing)).complete("a").message("S1").complete("b")
    assert trial.waiting == ["undo_a", "undo_b"]
    assert trial.complete("undo_a").complete("undo_b").waiting == ["d"]


def test_compensation_event_subprocess() -> None:
    es = event_subprocess("start9 > h > end9", start9=start(COMPENSATE))
    sub = inside("start1 > a > end1", es=es)
    trial = Trial(draw("start > sub > t > c", sub=sub, t=throw(COMPENSATE))).complete("a")
    assert trial.waiting == ["h"]
    assert trial.complete("h").waiting == ["c"]


def test_compensation_of_every_instance_of_a_loop() -> None:
    model = draw(
        "start > a > t > c", extra=associate("ua undo_a"),
        a=user(repeat("<bpmn:loopCardinality>3</bpmn:loopCardinality>")), t=throw(COMPENSATE), ua=undo("a"),
        undo_a=user(isForCompensation=True),
    )  # fmt: skip
    trial = Trial(model).complete("a").complete("a").complete("a")
    assert trial.waiting == ["undo_a", "undo_a", "undo_a"]


def test_transaction_cancelled_compensates_then_leaves_at_the_cancel_event() -> None:
    sub = inside(
        "start1 > a > b > endx", tag="transaction", extra=associate("ua undo_a"), endx=end(CANCEL), ua=undo("a"),
        undo_a=user(isForCompensation=True),
    )  # fmt: skip
    model = draw("start > sub > ok", "x > cancelled", sub=sub, x=boundary("sub", CANCEL))
    trial = Trial(model).complete("a").complete("b")
    assert trial.waiting == ["undo_a"]
    assert trial.complete("undo_a").waiting == ["cancelled"]


def test_transaction_that_ends_well() -> None:
    sub = inside("start1 > a > end1", tag="transaction")
    assert Trial(draw("start > sub > ok", "x > no", sub=sub, x=boundary("sub", CANCEL))).complete("a").waiting == ["ok"]


def ad_hoc(*lines: str, ordering: str = "Parallel", done: str = "", **nodes: object) -> object:
    extra = f"<bpmn:completionCondition>{done}</bpmn:completionCondition>" if done else ""
    return inside(*lines, tag="adHocSubProcess", extra=extra, attributes={"ordering": ordering}, **nodes)


def test_ad_hoc_in_parallel_until_all_are_done() -> None:
    trial = Trial(draw("start > sub > c", sub=ad_hoc("a > b", "d")))
    assert trial.waiting == ["a", "d"]
    assert trial.complete("a").complete("b").complete("d").waiting == ["c"]


def test_ad_hoc_until_its_condition_holds() -> None:
    trial = Trial(draw("start > sub > c", sub=ad_hoc("a", "b", done="${done}")), {"done": False})
    assert trial.waiting == ["a", "b"]
    assert trial.complete("a", done=True).waiting == ["c"]
    assert trial.path("cancelled") == ["b"]


def test_ad_hoc_one_after_another() -> None:
    trial = Trial(draw("start > sub > c", sub=ad_hoc("a", "b", ordering="Sequential")))
    assert trial.waiting == ["a"]
    assert trial.complete("a").waiting == ["b"]
    assert trial.complete("b").waiting == ["c"]


def test_call_hands_variables_in_and_out() -> None:
    call = node(
        "callActivity",
        extensions(
            '<camunda:in source="x" target="y"/><camunda:in sourceExpression="${x + 1}" target="z"/>'
            '<camunda:in businessKey="${business_key}"/><camunda:out source="r" target="result"/>'
        ),
        calledElement="${which}", camunda_calledElementBinding="version", camunda_calledElementVersion="3",
    )  # fmt: skip
    trial = Trial(draw("start > call > a", call=call), {"x": 1, "which": "Q"})
    wait = trial.wait("call")
    assert (wait.called, wait.variables, wait.binding, wait.version, wait.business_key) == (
        "Q", {"y": 1, "z": 2}, "version", "3", "key",
    )  # fmt: skip
    trial.complete("call", r=5, other=6)
    assert trial.variables == {"x": 1, "which": "Q", "result": 5}
    assert trial.waiting == ["a"]


def test_call_with_all_variables() -> None:
    call = node(
        "callActivity", extensions('<camunda:in variables="all"/><camunda:out variables="all"/>'), calledElement="Q"
    )
    trial = Trial(draw("start > call > a", call=call), {"x": 1})
    assert trial.wait("call").variables == {"x": 1}
    assert trial.complete("call", x=2, y=3).variables == {"x": 2, "y": 3}


def test_error_and_escalation_out_of_a_call() -> None:
    call = node("callActivity", calledElement="Q")
    model = draw(
        "start > call > a",
        "x > b",
        "y > c",
        call=call,
        x=boundary("call", error()),
        y=boundary("call", ESCALATION, interrupting=False),
    )
    assert Trial(model).error("call", "E1").waiting == ["b"]
    assert Trial(model).escalate("call", "X1").waiting == ["c", "call"]


def test_an_error_out_of_a_call_brings_what_the_call_hands_out() -> None:
    call = node("callActivity", extensions('<camunda:out source="r" target="reason"/>'), calledElement="Q")
    trial = Trial(draw("start > call > a", "x > b", call=call, x=boundary("call", error()))).error(
        "call", "E1", r=1, other=2
    )
    assert trial.waiting == ["b"]
    assert trial.variables == {"reason": 1}


def test_tokens_at_a_join_are_gone_with_their_scope() -> None:
    model = draw("start > and1 > a > or1 > c", "and1 > b > or1", es=handler(message(), True))
    trial = Trial(model).complete("a").message("M1")
    assert trial.waiting == ["h"]
    assert trial.complete("h").ended


def test_ad_hoc_that_completes_by_itself() -> None:
    assert Trial(draw("start > sub > c", sub=ad_hoc("a", done="autocomplete"))).complete("a").waiting == ["c"]


PERSON = extensions('<camunda:properties><camunda:property name="adhoc:choose" value="person"/></camunda:properties>')


def chosen(*lines: str, ordering: str = "Parallel", **options: object) -> object:
    done = f"<bpmn:completionCondition>{options['done']}</bpmn:completionCondition>" if "done" in options else ""
    given = {"ordering": ordering, "cancelRemainingInstances": str(options.get("cancel", True)).lower()}
    return inside(*lines, tag="adHocSubProcess", extra=PERSON + done, attributes=given)


def test_ad_hoc_chosen_by_a_person() -> None:
    trial = Trial(draw("start > sub > c", sub=chosen("a > b", "d")))
    assert trial.wait("sub").choices == ("a", "d", "sub")
    assert trial.wait("sub").assignee == "demo"
    trial.complete("sub", flow="a").complete("sub", outcome="a")
    assert trial.waiting == ["a", "a", "sub"]
    trial.complete("a").complete("a").complete("b")
    assert trial.waiting == ["b", "sub"]
    assert trial.complete("sub", flow="sub").waiting == ["c"]
    assert trial.path("cancelled") == ["b"]
    with pytest.raises(UnknownChoice):
        Trial(draw("start > sub > c", sub=chosen("a > b", "d"))).complete("sub", flow="b")


def test_ad_hoc_chosen_by_a_person_one_after_another() -> None:
    trial = Trial(draw("start > sub > c", sub=chosen("a", "b", ordering="Sequential")))
    assert trial.complete("sub", flow="b").waiting == ["b"]
    assert trial.complete("b").waiting == ["sub"]
    assert trial.complete("sub", flow="sub").waiting == ["c"]


def test_ad_hoc_chosen_by_a_person_lets_what_runs_come_to_its_end() -> None:
    trial = Trial(draw("start > sub > c", sub=chosen("a", "b", cancel=False)))
    trial.complete("sub", flow="a").complete("sub", flow="sub")
    assert trial.waiting == ["a"]
    assert trial.complete("a").waiting == ["c"]
    trial = Trial(draw("start > sub > c", sub=chosen("a", "b", cancel=False, done="${enough}")), {"enough": False})
    trial.complete("sub", flow="a").complete("sub", flow="b").complete("a", enough=True)
    assert trial.waiting == ["b"]
    assert trial.complete("b").waiting == ["c"]


def test_ad_hoc_that_a_worker_would_direct_is_directed_by_a_person() -> None:
    worker = extensions('<zeebe:taskDefinition type="agent"/>')
    model = draw("start > sub > c", sub=inside("a", "b", tag="adHocSubProcess", extra=worker))
    assert [problem["code"] for problem in read_processes(model, "m.bpmn")[1]] == ["person_chooses"]
    assert Trial(model).waiting == ["sub"]
