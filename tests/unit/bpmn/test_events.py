"""Start, intermediate, boundary and end events."""

import pytest

from tests.bpmn_drawing import (
    ESCALATION,
    SIGNAL,
    TERMINATE,
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
    link,
    message,
    node,
    script,
    service,
    start,
    throw,
    timer,
)


def test_message_start_runs_only_its_own_path() -> None:
    model = draw("start > a", "start2 > b", start2=start(message()))
    assert Trial(model).waiting == ["a"]
    assert Trial(model, start_element="start2").waiting == ["b"]


def test_starts_are_told() -> None:
    model = draw(
        "start > a", "start2 > a", "start3 > a", "start4 > a", "start5 > a",
        start2=start(message()), start3=start(SIGNAL), start4=start(timer("R/PT1H", "timeCycle")),
        start5=start(condition("${x > 1}")),
    )  # fmt: skip
    starts = compiled(model).starts
    assert [(item.kind, item.name or item.timer) for item in starts] == [
        ("none", None), ("message", "M1"), ("signal", "S1"), ("timer", "R/PT1H"), ("condition", "${x > 1}"),
    ]  # fmt: skip


def test_start_with_several_flows_takes_all() -> None:
    assert Trial(draw("start > a", "start > b")).waiting == ["a", "b"]


def test_process_without_a_start_event_begins_where_nothing_leads() -> None:
    trial = Trial(draw("a > b", "c > d"))
    assert trial.waiting == ["a", "c"]
    assert trial.complete("a").complete("b").complete("c").complete("d").ended


def test_catch_message_takes_its_payload() -> None:
    trial = Trial(draw("start > m > a", m=catch(message())))
    assert trial.wait("m").name == "M1"
    assert trial.message("M1", k=1).variables["k"] == 1
    assert trial.waiting == ["a"]


def test_catch_timer_by_duration_date_cycle_and_expression() -> None:
    for event in (
        timer("PT72H"),
        timer("2099-01-01T00:00:00Z", "timeDate"),
        timer("R3/PT10H", "timeCycle"),
        timer("${wait}"),
        timer("=wait"),
    ):
        trial = Trial(draw("start > t > a", t=catch(event)), {"wait": "PT3H"})
        assert trial.waiting == ["t"]
        assert trial.fire("t").waiting == ["a"]
        assert trial.armed == []


def test_timer_without_a_value_is_an_incident_that_can_be_mended() -> None:
    trial = Trial(draw("start > t > a", t=catch(timer("${wait}"))), {"wait": None})
    assert list(trial.incidents) == ["t"]
    assert trial.set(wait="PT1H").retry("t").fire("t").waiting == ["a"]


def test_conditional_catch_goes_on_when_the_condition_becomes_true() -> None:
    trial = Trial(draw("start > c > a", c=catch(condition("${x > 5}"))), {"x": 1})
    assert trial.set(x=3).waiting == ["c"]
    assert trial.set(x=6).waiting == ["a"]


def test_conditional_catch_goes_on_at_once_when_it_is_true() -> None:
    assert Trial(draw("start > c > a", c=catch(condition("${x > 5}"))), {"x": 9}).waiting == ["a"]


def test_signal_wakes_everyone_in_the_instance_and_is_told_to_others() -> None:
    model = draw(
        "start > and1 > s1 > a",
        "and1 > s2 > b",
        "and1 > go > t > c",
        s1=catch(SIGNAL),
        s2=catch(SIGNAL),
        t=throw(SIGNAL),
    )
    trial = Trial(model).complete("go")
    assert trial.waiting == ["a", "b", "c"]
    assert [(item.kind, item.name) for item in trial.thrown] == [("signal", "S1")]


def test_signal_end_throws() -> None:
    trial = Trial(draw("start > end1", end1=end(SIGNAL)))
    assert trial.ended
    assert [item.name for item in trial.thrown] == ["S1"]


def test_message_throw_and_end_are_told() -> None:
    trial = Trial(draw("start > t > end1", t=throw(message()), end1=end(message(2))))
    assert trial.ended
    assert [item.name for item in trial.thrown] == ["M1", "M2"]


def test_message_throw_with_an_implementation_is_a_job() -> None:
    event = '<bpmn:messageEventDefinition messageRef="Message_1" camunda:type="external" camunda:topic="mail-out"/>'
    trial = Trial(draw("start > t > a", t=throw(event)))
    assert trial.wait("t").topic == "mail-out"
    assert trial.complete("t").waiting == ["a"]


def test_link_events_join_their_halves() -> None:
    model = draw(
        "start > t1",
        "c1 > a > t2",
        "c2 > b > end",
        t1=throw(link("A")),
        c1=catch(link("A")),
        t2=throw(link("B")),
        c2=catch(link("B")),
    )
    trial = Trial(model)
    assert trial.waiting == ["a"]
    assert trial.complete("a").waiting == ["b"]
    assert trial.complete("b").ended
    assert trial.path() == ["start", "t1", "c1", "a", "t2", "c2", "b", "end"]


def test_terminate_ends_everything_in_its_scope() -> None:
    trial = Trial(draw("start > and1 > a > end1", "and1 > b > end2", end1=end(TERMINATE))).complete("a")
    assert trial.ended
    assert trial.path("cancelled") == ["b"]


def test_terminate_in_a_subprocess_ends_only_that() -> None:
    sub = inside("start1 > and1 > a > end1", "and1 > b > end2", end1=end(TERMINATE))
    assert Trial(draw("start > sub > c", sub=sub)).complete("a").waiting == ["c"]


@pytest.mark.parametrize(("interrupting", "left"), [(True, ["c"]), (False, ["a", "c"])])
def test_boundary_message(interrupting: bool, left: list[str]) -> None:
    model = draw("start > a > b", "m > c", m=boundary("a", message(), interrupting=interrupting))
    trial = Trial(model).message("M1", k=1)
    assert trial.waiting == left
    assert trial.variables["k"] == 1
    assert trial.path("cancelled") == (["a"] if interrupting else [])


def test_non_interrupting_boundary_message_fires_every_time() -> None:
    trial = Trial(draw("start > a > b", "m > c", m=boundary("a", message(), interrupting=False)))
    assert trial.message("M1").message("M1").waiting == ["a", "c", "c"]
    assert trial.complete("a").waiting == ["b", "c", "c"]
    assert trial.armed == []


@pytest.mark.parametrize(("interrupting", "left"), [(True, ["c"]), (False, ["a", "c"])])
def test_boundary_timer(interrupting: bool, left: list[str]) -> None:
    trial = Trial(draw("start > a > b", "t > c", t=boundary("a", timer("PT1H"), interrupting=interrupting)))
    assert trial.fire("t").waiting == left
    assert trial.armed == []


def test_boundary_timer_is_gone_with_its_activity() -> None:
    trial = Trial(draw("start > a > b", "t > c", t=boundary("a", timer("PT1H")))).complete("a")
    assert trial.waiting == ["b"]
    assert trial.armed == []
    assert trial.counts() == {"start": 1, "a": 1}


def test_boundary_cycle_fires_as_often_as_it_says() -> None:
    trial = Trial(draw("start > a > b", "t > c", t=boundary("a", timer("R3/PT1H", "timeCycle"), interrupting=False)))
    first = trial.wait("t")
    assert first.remaining == 3
    trial.fire("t")
    assert trial.wait("t").token == first.token
    assert trial.fire("t").fire("t").waiting == ["a", "c", "c", "c"]
    assert trial.armed == []


def test_interrupting_boundary_cycle_fires_at_the_first() -> None:
    trial = Trial(draw("start > a > b", "t > c", t=boundary("a", timer("R3/PT1H", "timeCycle"))))
    assert trial.fire("t").waiting == ["c"]
    assert trial.armed == []


@pytest.mark.parametrize(("interrupting", "left"), [(True, ["c"]), (False, ["a", "c"])])
def test_boundary_signal(interrupting: bool, left: list[str]) -> None:
    trial = Trial(draw("start > a > b", "s > c", s=boundary("a", SIGNAL, interrupting=interrupting)))
    assert trial.message("S1").waiting == left


@pytest.mark.parametrize(("interrupting", "left"), [(True, ["c"]), (False, ["a", "c"])])
def test_boundary_condition(interrupting: bool, left: list[str]) -> None:
    model = draw("start > a > b", "k > c", k=boundary("a", condition("${x > 5}"), interrupting=interrupting))
    trial = Trial(model, {"x": 1})
    assert trial.waiting == ["a"]
    assert trial.set(x=6).waiting == left
    assert trial.set(y=1).waiting == left


def test_boundary_condition_sees_what_another_branch_sets() -> None:
    model = draw(
        "start > and1 > a > b", "k > c", "and1 > d > s > end",
        k=boundary("a", condition("${x > 5}")), s=script("x = 6"),
    )  # fmt: skip
    assert Trial(model, {"x": 1}).complete("d").waiting == ["c"]


def test_job_error_is_caught_by_its_own_boundary_event() -> None:
    model = draw(
        "start > and1 > j1 > a", "x1 > c1", "and1 > j2 > b", "x2 > c2",
        j1=service(), j2=service(), x1=boundary("j1", error()), x2=boundary("j2", error()),
    )  # fmt: skip
    trial = Trial(model).error("j1", "E1", reason="no stock")
    assert trial.waiting == ["c1", "j2"]
    assert trial.variables["reason"] == "no stock"


def test_the_boundary_event_of_the_code_is_preferred_to_the_one_of_all() -> None:
    model = draw("start > j > a", "x > b", "y > c", j=service(), x=boundary("j", error(None)), y=boundary("j", error()))
    assert Trial(model).error("j", "E1").waiting == ["c"]
    assert Trial(model).error("j", "other").waiting == ["b"]


def test_an_error_without_a_code_catches_what_nobody_else_does() -> None:
    named = '<bpmn:errorEventDefinition errorRef="Named"/>'
    declared = '<bpmn:error id="Named" name="Refused" errorCode=""/>'
    inner = inside("start1 > j > end1", "x > b", j=service(), x=boundary("j", named))
    model = draw("start > sub > a", "y > c", definitions=declared, sub=inner, y=boundary("sub", error()))
    caught = {code: Trial(model).error("j", code).waiting for code in ("Refused", "E1", "other")}
    assert caught == {"Refused": ["b"], "E1": ["c"], "other": ["b"]}


def test_error_goes_outwards_to_the_nearest_scope_that_catches_it() -> None:
    inner = inside("start2 > j > end2", "x > never", j=service(), x=boundary("j", error(2)))
    outer = inside("start1 > sub > end1", sub=inner)
    trial = Trial(draw("start > sup > a", "y > b", sup=outer, y=boundary("sup", error())))
    trial.error("j", "E1")
    assert trial.waiting == ["b"]
    assert trial.path("cancelled") == ["j", "sub", "sup"]


def test_error_end_is_caught_at_the_border_of_its_subprocess() -> None:
    model = draw("start > sub > a", "x > b", sub=inside("start1 > end1", end1=end(error())), x=boundary("sub", error()))
    trial = Trial(model)
    assert trial.waiting == ["b"]
    assert trial.path() == ["start", "start1", "end1", "x"]


def test_uncaught_error_is_an_incident_and_escapes_to_the_caller() -> None:
    trial = Trial(draw("start > end1", end1=end(error())))
    assert not trial.ended
    assert trial.incidents == {"end1": "uncaught_error"}
    assert [(item.kind, item.code) for item in trial.escaped] == [("error", "E1")]


def test_uncaught_job_error_can_be_tried_again() -> None:
    trial = Trial(draw("start > j > a", j=service())).error("j", "E9")
    assert trial.incidents == {"j": "uncaught_error"}
    trial.retry("j")
    assert trial.wait("j").topic == "work"
    assert trial.complete("j").waiting == ["a"]


@pytest.mark.parametrize(("interrupting", "left"), [(True, ["c"]), (False, ["b", "c"])])
def test_escalation_out_of_a_subprocess(interrupting: bool, left: list[str]) -> None:
    sub = inside("start1 > t > b > end1", t=throw(ESCALATION))
    model = draw("start > sub > a", "x > c", sub=sub, x=boundary("sub", ESCALATION, interrupting=interrupting))
    assert Trial(model).waiting == left


def test_escalation_end() -> None:
    sub = inside("start1 > end1", end1=end(ESCALATION))
    model = draw("start > sub > a", "x > c", sub=sub, x=boundary("sub", ESCALATION, interrupting=False))
    assert Trial(model).waiting == ["a", "c"]


def test_uncaught_escalation_goes_on_and_escapes() -> None:
    trial = Trial(draw("start > t > a", t=throw(ESCALATION)))
    assert trial.waiting == ["a"]
    assert [(item.kind, item.code) for item in trial.escaped] == [("escalation", "X1")]


def test_error_code_and_message_are_handed_over() -> None:
    event = '<bpmn:errorEventDefinition camunda:errorCodeVariable="code" camunda:errorMessageVariable="text"/>'
    trial = Trial(draw("start > j > a", "x > b", j=service(), x=boundary("j", event))).error("j", "E7")
    assert (trial.variables["code"], trial.variables["text"]) == ("E7", "it failed")


def test_receive_task_waits_for_its_message() -> None:
    trial = Trial(draw("start > r > a", r=node("receiveTask", messageRef="Message_1")))
    assert trial.wait("r").name == "M1"
    assert trial.message("M1", k=2).waiting == ["a"]
    assert trial.variables["k"] == 2


def test_message_correlation_key_is_evaluated() -> None:
    definitions = (
        '<bpmn:message id="Message_k" name="paid"><bpmn:extensionElements><zeebe:subscription correlationKey="=order"/>'
        "</bpmn:extensionElements></bpmn:message>"
    )
    event = '<bpmn:messageEventDefinition messageRef="Message_k"/>'
    trial = Trial(draw("start > m > a", m=catch(event), definitions=definitions), {"order": 17})
    assert (trial.wait("m").name, trial.wait("m").correlation_key) == ("paid", "17")


def test_a_signal_that_stops_the_scope_it_came_from() -> None:
    sub = inside("start1 > t > b", t=throw(SIGNAL))
    trial = Trial(draw("start > sub > a", "s > c", sub=sub, s=boundary("sub", SIGNAL)))
    assert trial.waiting == ["c"]
    assert "t" in trial.path()


def test_a_signal_for_this_instance_alone() -> None:
    model = draw("start > and1 > s > a", "and1 > go > t > b", s=catch(SIGNAL), t=throw(SIGNAL))
    model = model.replace(b'<bpmn:signal id="Signal_1"', b'<bpmn:signal id="Signal_1" flowable:scope="processInstance"')
    trial = Trial(model).complete("go")
    assert trial.waiting == ["a", "b"]
    assert trial.thrown == []


def mapped(inputs: str = "", outputs: str = "") -> str:
    """Mappings as Camunda 7 writes them: "name=expression"."""
    parts = [("inputParameter", inputs), ("outputParameter", outputs)]
    texts = [(tag, *part.split("=", 1)) for tag, given in parts for part in given.split(";") if part]
    inner = "".join(f'<camunda:{tag} name="{name}">{text}</camunda:{tag}>' for tag, name, text in texts)
    return extensions(f"<camunda:inputOutput>{inner}</camunda:inputOutput>")


def told(output: str) -> str:
    """An output as Camunda 8 writes it: with one, the rest of what came stays with the event."""
    source, target = output.split(" as ")
    return extensions(f'<zeebe:ioMapping><zeebe:output source="={source}" target="{target}"/></zeebe:ioMapping>')


def test_events_have_inputs_and_outputs_as_activities_do() -> None:
    model = draw(
        "start > m > t > a", m=catch(mapped("own=${1 + 1}", "given=${own + 1}") + message()),
        t=throw(mapped("own=${given + 1}", "last=${own}")),
    )  # fmt: skip
    assert Trial(model).message("M1").variables == {"given": 3, "last": 4}


def test_what_an_event_brings_stays_with_it_where_it_says_what_leaves() -> None:
    caught = Trial(draw("start > m > a", m=catch(told("order as number") + message())))
    assert caught.message("M1", order=7, rest=1).variables == {"number": 7}
    chosen = Trial(draw("start > event1", "event1 > m > a", m=catch(told("order as number") + message())))
    assert chosen.message("M1", order=7, rest=1).variables == {"number": 7}
    border = Trial(draw("start > w", "m > a", m=boundary("w", told("order as number") + message())))
    assert border.message("M1", order=7, rest=1).variables == {"number": 7}
    failed = Trial(draw("start > w", "e > a", w=service(), e=boundary("w", told("reason as why") + error())))
    assert failed.error("w", "E1", reason="late", rest=1).variables == {"why": "late"}
    beside = event_subprocess("start2 > n", start2=start(told("order as number") + message()))
    assert Trial(draw("start > w", es=beside)).message("M1", order=7, rest=1).variables == {"number": 7}


def test_a_message_that_starts_a_process_arms_its_event_subprocesses_and_is_listened_to() -> None:
    heard = extensions("<camunda:executionListener event='start' expression=\"${execution.setVariable('l', 1)}\"/>")
    model = draw(
        "start > w > end", start=start(heard + message(), camunda_initiator="who"),
        es=event_subprocess("start2 > n", start2=start(message(2), isInterrupting=False)),
    )  # fmt: skip
    trial = Trial(model, start_element="start")
    assert trial.variables == {"l": 1, "who": "demo"}
    assert (trial.waiting, trial.armed) == (["w"], ["start2"])
    assert trial.message("M2").complete("w").complete("n").ended


def test_listeners_of_an_arm_run_when_it_is_chosen() -> None:
    heard = extensions("<camunda:executionListener event='start' expression=\"${execution.setVariable('l', 1)}\"/>")
    assert Trial(draw("start > event1", "event1 > m > a", m=catch(heard + message()))).message("M1").variables == {
        "l": 1
    }


def test_one_event_throws_several_things() -> None:
    model = draw("start > t > a > end", t=throw(SIGNAL + message()), end=end(TERMINATE + message(2)))
    trial = Trial(model)
    assert (trial.waiting, trial.counts()["t"]) == (["a"], 1)
    assert trial.complete("a").ended
    assert [thrown.name for thrown in trial.thrown] == ["S1", "M1", "M2"]


def test_several_events_behind_a_gateway_and_at_the_start_of_an_event_subprocess() -> None:
    model = draw(
        "start > event1", "event1 > m > a", "event1 > m2 > b", m=catch(message() + SIGNAL), m2=catch(message(2))
    )
    assert Trial(model).message("S1").waiting == ["a"]
    assert Trial(model).message("M2").waiting == ["b"]
    either = event_subprocess("start2 > n > end", start2=start(message() + SIGNAL))
    assert Trial(draw("start > w", es=either)).message("S1").complete("n").ended
    assert Trial(draw("start > w", es=either)).message("M1").waiting == ["n"]


def test_a_signal_takes_all_variables_along() -> None:
    everything = extensions('<camunda:in variables="all"/>')
    event = f'<bpmn:signalEventDefinition signalRef="Signal_1">{everything}</bpmn:signalEventDefinition>'
    assert Trial(draw("start > t > a", t=throw(event)), {"x": 3}).thrown[0].variables == {"x": 3}


def test_an_error_has_the_message_the_model_gives_it() -> None:
    definition = '<bpmn:error id="Late" errorCode="late" camunda:errorMessage="by ${days} days"/>'
    inner = inside("start2 > end", end=end('<bpmn:errorEventDefinition errorRef="Late"/>'))
    catching = '<bpmn:errorEventDefinition errorRef="Late" camunda:errorMessageVariable="why"/>'
    model = draw("start > s", "e > a", s=inner, e=boundary("s", catching), definitions=definition)
    assert Trial(model, {"days": 3}).variables["why"] == "by 3 days"


def test_a_condition_that_looks_at_some_changes_only() -> None:
    def watching(**filters: str) -> Trial:
        event = "<bpmn:condition>${x > 5}</bpmn:condition>"
        content = node("conditionalEventDefinition", event, **filters).xml("when")
        return Trial(draw("start > w", "b > c", b=boundary("w", content, interrupting=False)), {"y": 1})

    named = watching(camunda_variableName="y").set(x=6)
    assert named.waiting == ["w"]
    assert named.set(y=2).waiting == ["c", "w"]
    updated = watching(camunda_variableName="x", camunda_variableEvents="update").set(x=6)
    assert updated.waiting == ["w"]
    assert updated.set(x=7).waiting == ["c", "w"]
    assert watching(camunda_variableName="x", camunda_variableEvents="create").set(x=6).set(x=7).waiting == ["c", "w"]
