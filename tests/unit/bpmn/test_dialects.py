"""The words of the tools that draw: what each means here."""

import pytest

from process_server.bpmn.diagram.compile import read_processes
from tests.bpmn_drawing import (
    COMPENSATE,
    SIGNAL,
    Trial,
    boundary,
    catch,
    compiled,
    draw,
    end,
    extensions,
    inside,
    message,
    node,
    repeat,
    script,
    start,
    throw,
    timer,
    user,
)

DROOLS = b'xmlns:drools="http://www.jboss.org/drools" xmlns:bpmn='


def of_jbpm(model: bytes) -> bytes:
    return model.replace(b"xmlns:bpmn=", DROOLS, 1)


def without_camunda(model: bytes) -> bytes:
    return model.replace(b"camunda.org/schema/1.0/bpmn", b"example.org/a").replace(
        b"flowable.org/bpmn", b"example.org/b"
    )


def test_jbpm_work_item_is_a_job_of_its_name() -> None:
    model = of_jbpm(draw("start > t > a", t=node("task"))).replace(
        b'<bpmn:task id="t"', b'<bpmn:task id="t" drools:taskName="Email"'
    )
    assert Trial(model).wait("t").topic == "Email"


def test_jbpm_means_a_person_by_the_bare_name_of_an_owner() -> None:
    owner = (
        "<bpmn:potentialOwner><bpmn:resourceAssignmentExpression><bpmn:formalExpression>mary</bpmn:formalExpression>"
        "</bpmn:resourceAssignmentExpression></bpmn:potentialOwner>"
    )
    model = draw("start > a", a=user(owner))
    asked = Trial(of_jbpm(model)).wait("a")
    assert (asked.candidate_users, asked.candidate_groups) == (("mary",), ())
    assert Trial(model).wait("a").candidate_groups == ("mary",)


def test_jbpm_tries_the_flows_of_a_gateway_by_their_priority() -> None:
    model = of_jbpm(draw("start > xor", "xor > a [x > 0]", "xor > b [x > 0]"))
    for flow, place in ((b"xor_a", b"2"), (b"xor_b", b"1")):
        model = model.replace(b'id="' + flow + b'"', b'id="' + flow + b'" drools:priority="' + place + b'"')
    assert Trial(model, {"x": 1}).waiting == ["b"]
    no_place = model.replace(b'priority="2"', b'priority="' + b"9" * 5000 + b'"')  # more digits than Python reads
    assert Trial(no_place, {"x": 1}).waiting == ["a"]


def test_jbpm_loop_over_a_process_variable() -> None:
    task = user(
        '<bpmn:ioSpecification><bpmn:dataInput id="in1" name="IN_COLLECTION"/>'
        '<bpmn:dataInput id="in2" name="person"/></bpmn:ioSpecification>'
        "<bpmn:dataInputAssociation><bpmn:sourceRef>people</bpmn:sourceRef><bpmn:targetRef>in1</bpmn:targetRef></bpmn:dataInputAssociation>"
        "<bpmn:dataInputAssociation><bpmn:sourceRef>item1</bpmn:sourceRef><bpmn:targetRef>in2</bpmn:targetRef></bpmn:dataInputAssociation>"
        + repeat('<bpmn:loopDataInputRef>in1</bpmn:loopDataInputRef><bpmn:inputDataItem id="item1" name="item"/>')
    )
    trial = Trial(draw("start > a", a=task, extra='<bpmn:property id="people"/>'), {"people": ["x", "y"]})
    assert {trial.execution.tokens[token].data["person"] for token in trial.waits} == {"x", "y"}


def test_jbpm_actor_group_and_returning_conditions() -> None:
    def given(name: str, value: str) -> str:
        return (
            f"<bpmn:dataInputAssociation><bpmn:targetRef>{name}_in</bpmn:targetRef><bpmn:assignment><bpmn:from>{value}</bpmn:from>"
            f"<bpmn:to>{name}_in</bpmn:to></bpmn:assignment></bpmn:dataInputAssociation>"
        )

    task = user(
        '<bpmn:ioSpecification><bpmn:dataInput id="ActorId_in" name="ActorId"/>'
        '<bpmn:dataInput id="GroupId_in" name="GroupId"/>'
        '<bpmn:dataInput id="TaskName_in" name="TaskName"/></bpmn:ioSpecification>'
        + given("ActorId", "ann") + given("GroupId", "sales") + given("TaskName", "x")
    )  # fmt: skip
    model = draw("start > a > xor", "xor > b [return ok == true;]", "xor > c [default]", a=task)
    model = model.replace(
        b"<bpmn:conditionExpression>", b'<bpmn:conditionExpression language="http://www.java.com/java">'
    )
    trial = Trial(model)
    wait = trial.wait("a")
    assert (wait.assignee, wait.candidate_groups, wait.local) == ("ann", ("sales",), None)
    assert trial.complete("a", ok=True).waiting == ["b"]


def test_flowable_decision_task() -> None:
    content = extensions(
        '<flowable:field name="decisionTableReferenceKey"><flowable:string>'
        "<![CDATA[discount]]></flowable:string></flowable:field>"
    )
    assert compiled(draw("start > d", d=node("serviceTask", content, flowable_type="dmn"))).decisions == (
        ("d", "discount"),
    )


def test_camunda_8_counters_in_a_completion_condition() -> None:
    done = "<bpmn:completionCondition>=numberOfCompletedInstances = 2</bpmn:completionCondition>"
    loop = repeat(extensions('<zeebe:loopCharacteristics inputCollection="=[1,2,3]" inputElement="i"/>') + done)
    trial = Trial(draw("start > a > b", a=user(loop))).complete("a")
    assert trial.waiting == ["a", "a"]
    assert trial.complete("a").waiting == ["b"]


def test_camunda_8_counts_loops_from_one_camunda_7_from_zero() -> None:
    new = repeat(extensions('<zeebe:loopCharacteristics inputCollection="=[5]" inputElement="i"/>'))
    old = repeat(camunda_collection="${items}", camunda_elementVariable="i")
    for loop, first in ((new, 1), (old, 0)):
        trial = Trial(draw("start > a", a=user(loop)), {"items": [5]})
        local = trial.wait("a").local
        assert (local["loopCounter"], local["i"]) == (first, 5)


def test_a_call_without_mappings_is_given_all_unless_the_dialect_names_what_it_gives() -> None:
    model = draw("start > c > a", c=node("callActivity", calledElement="Q"))
    assert Trial(model, {"x": 1}).wait("c").variables == {}
    trial = Trial(without_camunda(model), {"x": 1})
    assert trial.wait("c").variables == {"x": 1}
    assert trial.complete("c", y=2).variables == {"x": 1, "y": 2}


def test_camunda_8_call() -> None:
    content = extensions(
        '<zeebe:calledElement processId="Q" propagateAllChildVariables="false" '
        'bindingType="versionTag" versionTag="v1"/>'
        '<zeebe:ioMapping><zeebe:input source="=x + 1" target="y"/><zeebe:output source="=r" '
        'target="result"/></zeebe:ioMapping>'
    )
    trial = Trial(draw("start > c > a", c=node("callActivity", content)), {"x": 1})
    wait = trial.wait("c")
    assert (wait.called, wait.binding, wait.version, wait.variables) == ("Q", "version_tag", "v1", {"x": 1, "y": 2})


def test_what_camunda_8_maps_without_an_equals_sign_is_a_text() -> None:
    sources = ("GET", "https://example.org/a?b=c", "{{secrets.KEY}}", "gpt-4o", "in-process", "1.5", "")
    inputs = "".join(f'<zeebe:input source="{text}" target="v{at}"/>' for at, text in enumerate(sources))
    trial = Trial(draw("start > a", a=user(extensions(f"<zeebe:ioMapping>{inputs}</zeebe:ioMapping>"))), {"GET": 1})
    assert tuple(trial.wait("a").local[f"v{at}"] for at in range(len(sources))) == sources


def test_spiffworkflow_scripts_before_and_after() -> None:
    content = extensions(
        "<spiffworkflow:preScript>before = x</spiffworkflow:preScript>"
        "<spiffworkflow:postScript>after = x + 1</spiffworkflow:postScript>"
    )
    trial = Trial(draw("start > a > b", a=user(content)), {"x": 1})
    assert trial.variables["before"] == 1
    assert trial.complete("a").variables["after"] == 2


@pytest.mark.parametrize("value", [5, "a", None, [1]])
def test_a_gateway_tells_the_plain_values_it_saw(value: object) -> None:
    trial = Trial(draw("start > xor", "xor > a [${x == 5}]", "xor > b [default]"), {"x": value})
    detail = next(visit.detail for visit in trial.visits if visit.element == "xor")
    assert detail == (None if isinstance(value, list) else {"saw": {"x": value}})


def test_process_facts() -> None:
    model = draw(
        "start > t > a",
        start=start(camunda_formKey="lead-entry"),
        t=script("y = 1"),
        attributes=(
            ' name="商机" camunda:versionTag="v2" camunda:candidateStarterGroups="sales" '
            'camunda:candidateStarterUsers="ann"'
        ),
        extra=extensions(
            '<camunda:properties><camunda:property name="name:en" value="Opportunity"/></camunda:properties>'
        ),
    )
    program = compiled(model)
    assert (program.key, program.name, program.localised_name("en"), program.version_tag) == (
        "P",
        "商机",
        "Opportunity",
        "v2",
    )
    assert (program.start_form_key, set(program.candidate_starters)) == ("lead-entry", {"sales", "ann"})
    assert program.form_keys == (("start", "lead-entry"),)
    assert program.flows["start_t"] == ("start", "t")


@pytest.mark.parametrize(
    ("drawn", "startable"),
    [
        ({}, True),
        ({"attributes": ' camunda:isStartableInTasklist="true"'}, True),
        ({"attributes": ' camunda:isStartableInTasklist="false"'}, False),
        ({"extra": extensions('<zeebe:properties><zeebe:property name="startable" value="false"/></zeebe:properties>')},
         False),
    ],
)  # fmt: skip
def test_a_process_may_be_kept_off_the_list_of_those_people_start(drawn: dict[str, str], startable: bool) -> None:
    assert compiled(draw("start > a", **drawn)).startable is startable


def test_camunda_8_headers_are_given_to_the_worker() -> None:
    headers = '<zeebe:taskHeaders><zeebe:header key="currency" value="CNY"/></zeebe:taskHeaders>'
    content = extensions('<zeebe:taskDefinition type="pay"/>' + headers)
    assert Trial(draw("start > j", j=node("serviceTask", content))).wait("j").payload == {
        "headers": {"currency": "CNY"}
    }


@pytest.mark.parametrize(("text", "retries"), [("R5/PT10M", 5), ("7", 7), ("PT1M", 3), ("${n}", 3), ("", 3)])
def test_retries_of_a_job(text: str, retries: int) -> None:
    content = extensions(f"<camunda:failedJobRetryTimeCycle>{text}</camunda:failedJobRetryTimeCycle>")
    task = node("serviceTask", content, camunda_type="external", camunda_topic="t")
    assert Trial(draw("start > j", j=task)).wait("j").retries == retries


def test_what_jbpm_calls_its_context_is_known() -> None:
    text = 'return kcontext.getVariable("x") == 1;'
    model = draw("start > xor", f"xor > a [{text}]", "xor > b [default]")
    model = model.replace(
        b"<bpmn:conditionExpression>", b'<bpmn:conditionExpression language="http://www.java.com/java">'
    )
    assert read_processes(model, "m.bpmn")[1] == []
    assert Trial(model, {"x": 1}).waiting == ["a"]


def test_flowable_skips_what_a_case_allows_it_to() -> None:
    model = draw("start > a > b", a=user(flowable_skipExpression="${small}"))
    assert Trial(model, {"small": True}).waiting == ["a"]
    assert Trial(model, {"small": True, "_FLOWABLE_SKIP_EXPRESSION_ENABLED": True}).waiting == ["b"]
    assert Trial(model, {"small": False, "_FLOWABLE_SKIP_EXPRESSION_ENABLED": True}).waiting == ["a"]


def test_flowable_terminates_all_out_of_a_subprocess() -> None:
    all_of_it = '<bpmn:terminateEventDefinition flowable:terminateAll="true"/>'
    sub = inside("start2 > a > e", e=end(all_of_it))
    trial = Trial(draw("start > and1 > sub > c", "and1 > b", sub=sub))
    assert trial.complete("a").ended
    assert trial.path("cancelled") == ["sub", "b"]


@pytest.mark.parametrize(
    ("condition", "way"),
    [
        ("${variables:contains(tags, 'x', 'y')}", "a"),
        ("${variables:contains(tags, 'x', 'q')}", "b"),
        ("${var:containsAny(tags, 'q', 'y')}", "a"),
        ("${vars:containsAny(tags, 'q')}", "b"),
        ("${variables:contains(missing, 'x')}", "b"),
        ("${vars:containsAny(missing, 'q', 'x')}", "b"),
    ],
)
def test_flowable_looks_for_several_values(condition: str, way: str) -> None:
    model = draw("start > xor", f"xor > a [{condition}]", "xor > b [default]")
    assert Trial(model, {"tags": ["x", "y"]}).waiting == [way]


@pytest.mark.parametrize("sequential", [True, False])
def test_flowable_terminates_all_instances_of_a_subprocess(sequential: bool) -> None:
    over = '<bpmn:terminateEventDefinition flowable:terminateMultiInstance="true"/>'
    loop = repeat("<bpmn:loopCardinality>3</bpmn:loopCardinality>", sequential=sequential)
    deep = inside("start3 > a > e", e=end(over))
    sub = inside("start2 > and1 > deep", "and1 > c", extra=loop, deep=deep)
    assert Trial(draw("start > sub > b", sub=sub)).complete("a").waiting == ["b"]


def given_back(variable: str, content: str) -> str:
    """A data output of an element and the variable it goes to."""
    output = '<bpmn:dataOutput id="out" name="answer"/>'
    target = f"<bpmn:targetRef>{variable}</bpmn:targetRef>"
    return f"{output}<bpmn:dataOutputAssociation>{content}{target}</bpmn:dataOutputAssociation>"


FROM_OUTPUT, KEPT = "<bpmn:sourceRef>out</bpmn:sourceRef>", '<bpmn:property id="kept" name="kept"/>'


def test_data_goes_in_and_out_of_events() -> None:
    caught = start(given_back("kept", FROM_OUTPUT) + message())
    trial = Trial(draw("start > a", start=caught, extra=KEPT), {"answer": 7}, start_element="start")
    assert trial.variables["kept"] == 7
    taken = '<bpmn:dataInput id="in" name="question"/><bpmn:dataInputAssociation><bpmn:sourceRef>kept</bpmn:sourceRef>'
    thrown = throw(f"{taken}<bpmn:targetRef>in</bpmn:targetRef></bpmn:dataInputAssociation>{SIGNAL}")
    assert Trial(draw("start > t", t=thrown, extra=KEPT), {"kept": 7}).thrown[0].variables == {"question": 7}


def test_data_goes_out_of_a_call_and_through_an_assignment() -> None:
    call = node("callActivity", given_back("kept", FROM_OUTPUT), calledElement="Q")
    assert Trial(draw("start > c > a", c=call, extra=KEPT)).complete("c", answer=7, more=1).variables == {"kept": 7}
    assigned = "<bpmn:assignment><bpmn:from>#{answer + 1}</bpmn:from><bpmn:to>kept</bpmn:to></bpmn:assignment>"
    trial = Trial(draw("start > a > b", a=user(given_back("kept", assigned)), extra=KEPT)).complete("a", answer=7)
    assert trial.variables["kept"] == 8


@pytest.mark.parametrize(
    "transformation",
    [
        '<bpmn:transformation language="feel">answer + 1</bpmn:transformation>',
        "<bpmn:transformation>&lt;d:literalExpression xmlns:d='http://d'&gt;&lt;d:text&gt;"
        "if answer &amp;gt; 1 then 8 else 0&lt;/d:text&gt;&lt;/d:literalExpression&gt;</bpmn:transformation>",
    ],
)
def test_data_is_transformed_on_its_way(transformation: str) -> None:
    output = given_back("kept", FROM_OUTPUT).replace("</bpmn:targetRef>", "</bpmn:targetRef>" + transformation)
    model = draw("start > a > b", a=user(output), extra=KEPT)
    assert Trial(model).complete("a", answer=7).variables["kept"] == 8
    mapped = extensions(
        '<camunda:inputOutput><camunda:outputParameter name="kept">v</camunda:outputParameter></camunda:inputOutput>'
    )
    model = draw("start > a > b", a=user(mapped + output), extra=KEPT)
    assert Trial(model).complete("a", answer=7).variables["kept"] == "v"


def test_a_signal_that_jbpm_names_where_others_refer() -> None:
    model = draw("start > c > a", c=catch('<bpmn:signalEventDefinition signalRef="Ready"/>'))
    assert [problem["code"] for problem in read_processes(model, "m.bpmn")[1]] == ["undefined_signal"]
    assert Trial(model).message("Ready").waiting == ["a"]


def test_events_of_flowables_registry_are_messages() -> None:
    arrived = extensions(
        '<flowable:eventType>order</flowable:eventType><flowable:eventOutParameter source="id" target="order"/>'
    )
    cancelled = extensions(
        "<flowable:eventType>cancelled</flowable:eventType>"
        '<flowable:eventCorrelationParameter name="order" value="${order}"/>'
    )
    model = draw("start > w", "b > c", start=start(arrived), b=boundary("w", cancelled))
    assert [(begin.kind, begin.name) for begin in compiled(model).starts] == [("message", "order")]
    trial = Trial(model, {"id": 7}, start_element="start")
    assert trial.variables["order"] == 7
    assert (trial.wait("b").name, trial.wait("b").correlation_key) == ("cancelled", "7")


def test_the_expression_language_of_the_file_is_that_of_its_expressions() -> None:
    model = draw("start > xor", "xor > a [n between 1 and 5]", "xor > b [default]").replace(
        b' targetNamespace="t"',
        b' targetNamespace="t" expressionLanguage="https://www.omg.org/spec/DMN/20191111/FEEL/"',
    )
    assert Trial(model, {"n": 3}).waiting == ["a"]


def test_a_resource_is_a_group() -> None:
    owner = "<bpmn:potentialOwner><bpmn:resourceRef>r</bpmn:resourceRef></bpmn:potentialOwner>"
    trial = Trial(draw("start > a", a=user(owner), definitions='<bpmn:resource id="r" name="Sales"/>'))
    assert trial.wait("a").candidate_groups == ("Sales",)


def test_truth_values_may_be_numbers_as_xml_schema_has_them() -> None:
    loop = "<bpmn:loopCardinality>2</bpmn:loopCardinality>"
    model = draw(
        "start > a", "b > c",
        a=user(node("multiInstanceLoopCharacteristics", loop, isSequential="1").xml("loop")),
        b=node("boundaryEvent", message(), attachedToRef="a", cancelActivity="0"),
        again=inside("start9 > d", attributes={"triggeredByEvent": " 1 "}, start9=start(SIGNAL, isInterrupting="0")),
    )  # fmt: skip
    trial = Trial(model)
    assert (trial.waiting, trial.armed) == (["a"], ["b", "start9"])
    assert trial.message("M1").waiting == ["a", "c"]
    assert read_processes(draw("start > a").replace(b'"true"', b'"0"'), "m.bpmn")[0] == []


def test_references_may_bear_a_prefix_that_the_file_declares() -> None:
    call = node("callActivity", calledElement="tns:Other")
    model = draw(
        "start > a > t > c", "b > d", c=call, b=node("boundaryEvent", message(), attachedToRef="tns:a"),
        u=boundary("a", COMPENSATE), undo=user(isForCompensation=True),
        t=throw('<bpmn:compensateEventDefinition activityRef="tns:a"/>'),
        extra='<bpmn:association id="as" sourceRef="u" targetRef="undo"/>',
    )  # fmt: skip
    trial = Trial(model.replace(b"<bpmn:definitions", b'<bpmn:definitions xmlns:tns="t"')).complete("a")
    assert trial.complete("undo").wait("c").called == "Other"


def test_a_lane_without_a_name_belongs_to_the_lane_around_it() -> None:
    inner = "<bpmn:childLaneSet><bpmn:lane><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane></bpmn:childLaneSet>"
    lanes = f'<bpmn:laneSet id="l"><bpmn:lane name="sales">{inner}</bpmn:lane></bpmn:laneSet>'
    assert Trial(draw("start > a", extra=lanes)).wait("a").candidate_groups == ("sales",)


def test_feel_as_the_language_of_a_file_reaches_data_numbers_owners_and_times() -> None:
    data = (
        '<bpmn:ioSpecification><bpmn:dataInput id="i" name="double"/></bpmn:ioSpecification><bpmn:dataInputAssociation>'
        "<bpmn:targetRef>i</bpmn:targetRef><bpmn:assignment><bpmn:from>amount * 2</bpmn:from><bpmn:to>i</bpmn:to>"
        "</bpmn:assignment></bpmn:dataInputAssociation>"
    )
    owner = (
        "<bpmn:potentialOwner><bpmn:resourceAssignmentExpression><bpmn:formalExpression>%s</bpmn:formalExpression>"
        "</bpmn:resourceAssignmentExpression></bpmn:potentialOwner>"
    )
    model = draw(
        "start > and1", "and1 > work", "and1 > a", "and1 > b", "and1 > t1", "and1 > t2",
        work=node("serviceTask", data), b=user(owner % "clerks"),
        a=user(owner % '"clerks"' + repeat("<bpmn:loopCardinality>count(items)</bpmn:loopCardinality>")),
        t1=catch(timer('duration("PT1H")')), t2=catch(timer("PT2H")),
    )  # fmt: skip
    whole = b'<bpmn:definitions expressionLanguage="https://www.omg.org/spec/DMN/20191111/FEEL/"'
    trial = Trial(model.replace(b"<bpmn:definitions", whole), {"amount": 3, "items": [1, 2]})
    assert trial.waiting == ["a", "a", "b", "t1", "t2", "work"]
    assert trial.wait("work").payload == {"double": 6}
    assert [trial.wait(name).candidate_groups for name in ("a", "b")] == [("clerks",), ("clerks",)]
    assert (trial.wait("t2").due - trial.wait("t1").due).total_seconds() == pytest.approx(3600, abs=60)
