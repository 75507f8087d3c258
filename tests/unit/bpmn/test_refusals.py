"""What is refused at deploy, what is only warned about, and what hostile files meet."""

import time

import pytest

from process_server.bpmn.diagram.compile import read_processes
from process_server.config import settings
from process_server.errors import InvalidProcess, TooLarge
from process_server.i18n import translate
from tests.bpmn_drawing import (
    CANCEL,
    NAMESPACES,
    Trial,
    boundary,
    catch,
    draw,
    end,
    error,
    event_subprocess,
    extensions,
    inside,
    link,
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


def refused(model: bytes) -> list[tuple[str, str | None]]:
    with pytest.raises(InvalidProcess) as caught:
        read_processes(model, "m.bpmn")
    problems = [problem for problem in caught.value.problems if problem["severity"] == "error"]
    assert all(problem["file"] == "m.bpmn" and problem["message"] for problem in problems)
    return [(problem["code"], problem["element"]) for problem in problems]


def warned(model: bytes) -> list[tuple[str, str | None]]:
    return [(problem["code"], problem["element"]) for problem in read_processes(model, "m.bpmn")[1]]


LINK, LINKED = throw(link("A")), catch(link("A"))
ELSEWHERE = b'Expression camunda:resource="deployment://c.js">'
ALL_OF_THEM = node("intermediateCatchEvent", message() + timer("PT1H"), parallelMultiple=True)
ALL_ARMS = node("eventBasedGateway", instantiate=True, eventGatewayType="Parallel")
REFUSED = {
    "complex_gateway": (draw("start > g > a", g=node("complexGateway")), "g"),
    "dangling_flow": (draw("start > a").replace(b'targetRef="a"', b'targetRef="gone"'), "start_a"),
    "dangling_boundary": (draw("start > a", "m > b", m=boundary("gone", message())), "m"),
    "dangling_default": (draw("start > xor", "xor > a [${x}]", xor=node("exclusiveGateway", default="gone")), "xor"),
    "dangling_reference": (draw("start > m > a", m=catch('<bpmn:messageEventDefinition messageRef="gone"/>')), "m"),
    "parallel_events": (draw("e > c > a", "e > d > b", e=ALL_ARMS, c=catch(message()), d=catch(message(2))), "e"),
    "dangling_link": (draw("start > l", "a > end", l=throw(link("A"))), "l"),
    "ambiguous_link": (draw("start > l", "k > a", "m > b", l=LINK, k=LINKED, m=LINKED), "k"),
    "cancel_outside_transaction": (draw("start > e", e=end(CANCEL)), "e"),
    "misplaced_event": (draw("start > e > a", e=catch(error())), "e"),
    "event_gateway_target": (draw("start > event1 > a"), "event1"),
    "event_subprocess_start": (draw("start > a", es=event_subprocess("start1 > b")), "es"),
    "event_subprocess_flow": (draw("start > es > a", es=event_subprocess("s > b", s=start(message()))), "es"),
    "boundary_without_event": (draw("start > a", "m > b", m=boundary("a", "")), "m"),
    "unreachable_join": (draw("start > a > and1 > c", "never > b > and1", never=catch(message())), "and1"),
    "end_goes_on": (draw("start > end > a"), "end"),
    "start_has_incoming": (draw("start > a > start"), "start"),
    "parallel_multiple": (draw("start > c > a", c=ALL_OF_THEM), "c"),
    "condition_elsewhere": (draw("start > xor", "xor > a [C]", "xor > b").replace(b"Expression>C", ELSEWHERE), "xor_a"),
    "invalid_expression": (draw("start > a", a=user(camunda_assignee="${x +}")), "a"),
}  # fmt: skip


def test_a_boundary_event_needs_an_activity() -> None:
    assert ("dangling_boundary", "m") in refused(draw("start > xor > a", "m > b", m=boundary("xor", message())))
    es = event_subprocess("start1 > c", start1=start(message()))
    assert ("dangling_boundary", "m") in refused(draw("start > a", "m > b", es=es, m=boundary("es", message())))


@pytest.mark.parametrize("code", REFUSED)
def test_refused(code: str) -> None:
    model, element = REFUSED[code]
    assert (code, element) in refused(model)


def test_everything_wrong_is_told_in_one_round() -> None:
    model = draw(
        "start > a > xor", "xor > b [${x >}]", "xor > t [default]", "t > g > m > l > gone",
        a=user(camunda_assignee="${y +}"), t=catch(timer("3 days")), g=node("complexGateway"),
        m=catch('<bpmn:messageEventDefinition messageRef="gone"/>'), l=throw(link("A")), z=boundary("a", ""),
    ).replace(b'<bpmn:userTask id="gone"></bpmn:userTask>', b"")  # fmt: skip
    with pytest.raises(InvalidProcess) as caught:
        read_processes(model, "m.bpmn")
    found = {(problem["code"], problem["element"]) for problem in caught.value.problems}
    assert found >= {
        ("dangling_flow", "l_gone"),
        ("invalid_expression", "xor_b"),
        ("invalid_expression", "a"),
        ("bad_timer", "t"),
        ("complex_gateway", "g"),
        ("dangling_reference", "m"),
        ("dangling_link", "l"),
        ("boundary_without_event", "z"),
    }
    assert all(problem["line"] and problem["file"] == "m.bpmn" for problem in caught.value.problems)


@pytest.mark.parametrize("code", REFUSED)
def test_what_is_refused_is_looked_at_to_its_end(code: str) -> None:
    model = REFUSED[code][0].replace(
        b"</bpmn:process>", b'<bpmn:userTask id="zz" camunda:assignee="${y +}"/></bpmn:process>'
    )
    assert ("invalid_expression", "zz") in refused(model)


def test_duplicate_ids_are_refused_with_both_places() -> None:
    model = draw("start > a", extra='\n<bpmn:userTask id="a"/>')
    assert ("duplicate_id", "a") in refused(model)


def test_flow_that_shares_its_id_is_told_apart() -> None:
    model = draw("start > a > b > end").replace(b'id="start_a"', b'id="b"').replace(b'id="a_b"', b'id="b_end"')
    assert warned(model) == [("shared_id", "b"), ("shared_id", "b_end")]
    assert Trial(model).complete("a").waiting == ["b"]


def test_flows_of_one_line_with_one_id_and_the_same_ends_all_count() -> None:
    twice = '<bpmn:sequenceFlow id="start_a" sourceRef="start" targetRef="a"/>' * 2
    model = draw("start > a", extra=twice).replace(b"\n", b"")
    assert warned(model) == [("shared_id", "start_a"), ("shared_id", "start_a")]
    assert Trial(model).waiting == ["a", "a", "a"]


def test_condition_that_cannot_be_read_is_refused_at_its_flow() -> None:
    assert refused(draw("start > xor", "xor > a [${x >}]", "xor > b [default]")) == [("invalid_expression", "xor_a")]


WARNED = {
    "no_target_namespace": (draw("start > a").replace(b' targetNamespace="t"', b""), None),
    "person_decides": (draw("start > xor", "xor > a", "xor > b"), "xor"),
    "all_ways": (draw("start > or1", "or1 > a", "or1 > b", "or1 > c [default]"), "or1"),
    "flow_without_condition": (draw("start > xor", "xor > a [${x}]", "xor > b"), "xor"),
    "empty_timer": (draw("start > a", "t > b", t=boundary("a", "<bpmn:timerEventDefinition/>")), "t"),
    "bad_timer": (draw("start > a", "t > b", t=boundary("a", timer("3 days"))), "t"),
    "no_message": (draw("start > r > a", r=node("receiveTask")), "r"),
    "unreachable": (draw("start > a", "b > c"), "b"),
    "several_starts": (draw("start > a", "start2 > a"), "start2"),
    "empty_script": (draw("start > t > a", t=script(" ")), "t"),
    "foreign_call": (draw("start > xor", "xor > a [${bean.ok(x)}]", "xor > b [default]"), "xor_a"),
    "ignored_extension": (draw("start > a", a=user(camunda_formHandler="x")), "a"),
    "ignored_condition": (draw("start > and1", "and1 > a [${x}]", "and1 > b"), "and1"),
    "empty_loop": (draw("start > a", a=user(repeat())), "a"),
    "no_called_process": (draw("start > c", c=node("callActivity")), "c"),
    "no_implementation": (draw("start > j", j=node("serviceTask")), "j"),
}  # fmt: skip


@pytest.mark.parametrize("code", WARNED)
def test_tolerated_with_a_warning(code: str) -> None:
    model, element = WARNED[code]
    assert (code, element) in warned(model)


def test_what_nothing_leads_to_is_told_where_it_begins() -> None:
    model = draw("start > a", "b > c > d > end", "e > f > e", "m > g", m=boundary("c", message()))
    assert warned(model) == [("unreachable", "b"), ("unreachable", "e")]


def test_a_flow_that_leads_nowhere_is_still_the_default_of_its_gateway() -> None:
    model = draw("start > xor", "xor > a [${x}]", "xor > b [default]").replace(b'targetRef="b"', b'targetRef="gone"')
    assert refused(model) == [("dangling_flow", "xor_b")]


def test_what_a_torn_flow_or_event_led_to_is_not_told_as_well() -> None:
    model = draw("start > a > b > c", "m > d", m=boundary("gone", message())).replace(
        b'sourceRef="a"', b'sourceRef="gone"'
    )
    with pytest.raises(InvalidProcess) as caught:
        read_processes(model, "m.bpmn")
    assert [problem["code"] for problem in caught.value.problems] == ["dangling_flow", "dangling_boundary"]


@pytest.mark.parametrize(
    ("condition", "why"),
    [("${level = 3}", "write == instead of ="), ("${level == 'high}", "the text that begins with ' is not closed")],
)
def test_a_slip_in_a_condition_is_named(condition: str, why: str) -> None:
    with pytest.raises(InvalidProcess) as caught:
        read_processes(draw("start > xor", f"xor > a [{condition}]", "xor > b [default]"), "m.bpmn")
    assert [problem["params"]["reason"] for problem in caught.value.problems] == [why]


@pytest.mark.parametrize(
    ("due", "called"),
    [("${dateTime().plusDay(2)}", "..plusDay"), ("${now().plusDays(2)}", None), ("${amount.intValue()}", None)],
)
def test_a_method_no_value_has_is_warned_of(due: str, called: str | None) -> None:
    _, problems = read_processes(draw("start > a", a=user(camunda_dueDate=due)), "m.bpmn")
    assert [problem["params"]["called"] for problem in problems] == ([called] if called else [])


def test_a_clean_model_gives_no_warning() -> None:
    assert warned(draw("start > a > xor", "xor > b [${x}]", "xor > c [default]", b=service("t"))) == []


def test_a_default_alone_leaves_the_choice_to_a_person() -> None:
    model = draw("start > xor", "xor > a", "xor > b [default]")
    assert Trial(model).complete("xor", "xor_b").waiting == ["b"]
    assert warned(model) == [("person_decides", "xor")]


def test_quantities_of_tokens_have_no_effect() -> None:
    assert warned(draw("start > a", a=user(startQuantity="2", completionQuantity="1"))) == [("ignored_extension", "a")]


def test_a_word_beside_a_line_is_left_to_a_person_in_a_draft() -> None:
    data = '<bpmn:dataObject id="d" name="approved"/>'
    model = draw("start > xor", "xor > a [Yes]", "xor > b [No]", "a > pass1 [done]", "a > c [approved]", extra=data)
    (program,), problems = read_processes(model.replace(b'Executable="true"', b'Executable="false"'), "m", drafts=True)
    trial = Trial(program).complete("xor", "xor_a").complete("a", approved=False)
    assert (trial.ended, trial.path()) == (True, ["start", "xor", "a", "pass1"])
    assert [(problem["code"], problem["element"]) for problem in problems] == [
        ("condition_in_words", "a_pass1"),
        ("person_decides", "xor"),
    ]


def test_what_is_tolerated_runs() -> None:
    assert Trial(WARNED["empty_timer"][0]).waiting == ["a"]
    assert Trial(WARNED["no_message"][0]).message("r").waiting == ["a"]
    assert Trial(WARNED["flow_without_condition"][0], {"x": False}).waiting == ["b"]
    assert Trial(WARNED["empty_loop"][0]).waiting == ["a"]


def test_processes_that_are_not_executable_are_left_out_unless_wanted_as_drafts() -> None:
    model = draw("start > a").replace(b'isExecutable="true"', b'isExecutable="false"')
    assert read_processes(model, "m.bpmn")[0] == []
    assert [program.key for program in read_processes(model, "m.bpmn", drafts=True)[0]] == ["P"]


def test_namespace_named_after_a_project_is_read() -> None:
    model = draw("start > a > end").replace(b"xmlns:bpmn=", b'xmlns:own="http://A 1/My Project" xmlns:bpmn=', 1)
    assert Trial(model).waiting == ["a"]
    assert refused(model.replace(b"<bpmn:process", b"<bpmn:proces", 1)) == [("not_xml", None)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "iso-8859-1", "gbk", "macroman"])
def test_encodings(encoding: str) -> None:
    name = "Prüfung" if encoding in ("iso-8859-1", "macroman") else "合同"
    text = draw("start > a", a=user(name=name)).decode().replace('"UTF-8"', f'"{encoding.removesuffix("-sig")}"')
    (program,), _ = read_processes(text.encode(encoding), "m.bpmn")
    assert program.elements["a"].name == name


HOSTILE = {
    "doctype": b'<?xml version="1.0"?><!-- x --><!DOCTYPE x SYSTEM "http://h/x.dtd"><x/>',
    "entity": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "bomb": b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>',
    "utf-16 doctype": '\ufeff<!DOCTYPE x [<!ENTITY a "b">]><x/>'.encode("utf-16-le"),
    "not xml": b"PK\x03\x04 this is a zip",
    "empty": b"",
    "unclosed": b"<a><b></a>",
    "bad encoding": b'<?xml version="1.0" encoding="UTF-7"?><x/>',
    "not utf-8": b'<?xml version="1.0" encoding="UTF-8"?><x a="\xff\xfe"/>',
    "deep": b"<a>" * 5000 + b"</a>" * 5000,
    "a little deep": b"<a>" * 200 + b"</a>" * 200,
    "not bpmn": b"<html/>",
    "choreography": f'<bpmn:definitions {NAMESPACES}><bpmn:choreography id="c"/></bpmn:definitions>'.encode(),
    "no process": f"<bpmn:definitions {NAMESPACES}/>".encode(),
    "long name": draw("start > a", a=user(name="x" * 100_000)),
    "long id": draw("start > a" + "a" * 5000),
    "nested": None,
    "many": None,
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_are_refused_quickly(kind: str) -> None:
    content = HOSTILE[kind]
    if kind == "nested":
        sub = inside("a")
        for _ in range(40):
            sub = inside("start1 > sub", sub=sub)
        content = draw("start > sub", sub=sub)
    elif kind == "many":
        content = draw("start > a", extra="".join(f'<bpmn:userTask id="x{number}"/>' for number in range(5001)))
    assert content is not None
    began = time.process_time()
    with pytest.raises(InvalidProcess) as caught:
        read_processes(content, "m.bpmn")
    assert time.process_time() - began < 1
    assert caught.value.problems


def test_a_text_that_only_speaks_of_doctypes_is_accepted() -> None:
    text = "<bpmn:documentation><![CDATA[<!DOCTYPE html>]]></bpmn:documentation>"
    assert read_processes(draw("start > a", a=user(text)), "m.bpmn")[0]


def test_too_large_a_file_is_refused_unread() -> None:
    with pytest.raises(TooLarge):
        read_processes(b"<" * (settings().max_model + 1), "m.bpmn")


@pytest.mark.parametrize(
    "attack",
    ["${''.class}", "__import__('os').system('x')", "${x.__class__.__mro__}", "=[].__class__", "${Runtime.exec('x')}"],
)
def test_code_in_expressions_never_runs(attack: str) -> None:
    models = [
        draw("start > xor", f"xor > a [{attack}]", "xor > b [default]"),
        draw("start > t > a", t=catch(timer(attack))),
        draw("start > a", a=user(repeat(f"<bpmn:loopCardinality>{attack}</bpmn:loopCardinality>"))),
        draw("start > a", a=user(camunda_assignee=attack)),
        draw("start > t > a", t=script(attack)),
    ]
    for model in models:
        try:
            trial = Trial(model, {"x": 1})
        except InvalidProcess:
            continue
        assert set(trial.waiting) <= {"a", "b", "t", "xor"}
        assert all(type(value) in (int, str, type(None)) for value in trial.variables.values())


def test_an_endless_loop_is_stopped_by_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "max_steps", 500)
    trial = Trial(draw("start > xor1 > t > xor1", "start > a", t=script("n = n + 1")), {"n": 0})
    assert set(trial.incidents.values()) == {"runs_away"}
    assert trial.variables["n"] < 500
    element = next(iter(trial.incidents))
    trial.retry(element)
    assert trial.variables["n"] > 200


def test_a_bomb_of_forks_is_stopped_by_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "max_steps", 500)
    trial = Trial(draw("start > xor1 > t", "t > xor1", "t > pass1", "pass1 > xor1", t=node("task")))
    assert set(trial.incidents.values()) == {"runs_away"}


def test_a_300_task_diagram_is_read_in_under_a_second() -> None:
    model = draw("start > " + " > ".join(f"t{number}" for number in range(300)) + " > end")
    began = time.process_time()
    read_processes(model, "m.bpmn")
    assert time.process_time() - began < 1


@pytest.mark.parametrize("code", [*REFUSED, *WARNED])
def test_every_fault_is_told_in_both_languages(code: str) -> None:
    try:
        _, problems = read_processes((REFUSED.get(code) or WARNED[code])[0], "m.bpmn")
    except InvalidProcess as error:
        problems = error.problems
    for problem in problems:
        chinese = translate("zh-CN", problem["template"], **problem["params"])
        assert chinese != problem["message"]
        assert "{" not in chinese.replace("${", "")
        assert problem["message"] == translate("en", problem["template"], **problem["params"])
        assert not problem["hint"] or translate("zh-CN", problem["hint"]) != problem["hint"]


def test_a_compensation_names_an_activity_that_is_there() -> None:
    gone = throw('<bpmn:compensateEventDefinition activityRef="gone"/>')
    assert refused(draw("start > t > a", t=gone)) == [("dangling_reference", "t")]


def test_what_has_no_effect_is_told_wherever_it_stands() -> None:
    aggregation = repeat(extensions('<flowable:variableAggregation target="all"/>'), flowable_collection="xs")
    model = draw("start > a > t > b", a=user(aggregation), t=throw('<bpmn:signalEventDefinition camunda:unheard="1"/>'))
    assert ("ignored_extension", "a") in warned(model)
    assert ("ignored_extension", "t") in warned(model)


def test_a_cancellation_that_leads_nowhere() -> None:
    transaction = inside("start1 > a > end1", tag="transaction", end1=end(CANCEL))
    assert ("no_cancel_event", "t") in warned(draw("start > t > b", t=transaction))


def test_several_starts_are_told_as_they_are_used() -> None:
    used = read_processes(draw("start > a", "start2 > b"), "m.bpmn")[1]
    assert [(problem["code"], "is used" in problem["message"]) for problem in used] == [("several_starts", True)]
    model = draw("start > sub", sub=inside("start1 > a", "start2 > b"))
    assert [problem["message"] for problem in read_processes(model, "m.bpmn")[1]] == [
        "The subprocess has more than one start event: all of them start"
    ]
    assert Trial(model).waiting == ["a", "b"]
