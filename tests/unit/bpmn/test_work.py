"""What people, workers, scripts and decisions are given, and what becomes of what they answer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from process_server.bpmn.diagram.compile import read_processes
from process_server.bpmn.host import NoHost
from process_server.bpmn.waits import JobWait
from process_server.errors import Invalid, NotActive, NotFound
from tests.bpmn_drawing import (
    Trial,
    boundary,
    catch,
    compiled,
    draw,
    extensions,
    inside,
    message,
    node,
    repeat,
    script,
    service,
    start,
    timer,
    user,
)

HERE = "${execution.currentActivityId}"


def inputs(**values: str) -> str:
    parameters = "".join(
        f'<camunda:inputParameter name="{name}">{value}</camunda:inputParameter>' for name, value in values.items()
    )
    return extensions(f"<camunda:inputOutput>{parameters}</camunda:inputOutput>")


def test_user_task_evaluates_all_its_attributes() -> None:
    task = user(
        camunda_assignee="${initiator}", camunda_candidateUsers="bob, ${who}", camunda_candidateGroups="=groups",
        camunda_formKey="form-${kind}", camunda_dueDate="2030-01-31T08:00:00Z", camunda_followUpDate="PT2H",
        camunda_priority="${7 * 10}",
    )  # fmt: skip
    wait = Trial(draw("start > a", a=task), {"who": "ann", "groups": ["x", "y"], "kind": "lead"}).wait("a")
    assert (wait.assignee, wait.candidate_users, wait.candidate_groups) == ("demo", ("bob", "ann"), ("x", "y"))
    assert (wait.form_key, wait.priority, wait.due) == ("form-lead", 70, datetime(2030, 1, 31, 8, tzinfo=UTC))
    assert wait.follow_up is not None


def test_user_task_of_camunda_8() -> None:
    task = user(
        extensions(
            '<zeebe:assignmentDefinition assignee="=who" candidateGroups="sales"/><zeebe:formDefinition formId="lead"/>'
            '<zeebe:taskSchedule dueDate="=&quot;2030-01-31T08:00:00Z&quot;"/><zeebe:priorityDefinition priority="80"/>'
        )
    )
    wait = Trial(draw("start > a", a=task), {"who": "ann"}).wait("a")
    assert (wait.assignee, wait.candidate_groups, wait.form_key, wait.priority) == ("ann", ("sales",), "lead", 80)
    assert wait.due == datetime(2030, 1, 31, 8, tzinfo=UTC)


def test_a_lane_is_the_candidate_group_of_a_task_that_names_nobody() -> None:
    lanes = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="l" name="sales">'
        "<bpmn:flowNodeRef>a</bpmn:flowNodeRef><bpmn:flowNodeRef>b</bpmn:flowNodeRef>"
        "</bpmn:lane></bpmn:laneSet>"
    )
    trial = Trial(draw("start > a > b", extra=lanes, b=user(camunda_assignee="ann")))
    assert trial.wait("a").candidate_groups == ("sales",)
    assert trial.complete("a").wait("b").candidate_groups == ()
    assert trial.program.candidate_groups == (("a", "sales"),)


def test_potential_owner_of_the_standard() -> None:
    owner = (
        "<bpmn:potentialOwner><bpmn:resourceAssignmentExpression><bpmn:formalExpression>user(ann), group(sales)"
        "</bpmn:formalExpression></bpmn:resourceAssignmentExpression></bpmn:potentialOwner>"
    )
    wait = Trial(draw("start > a", a=user(owner))).wait("a")
    assert (wait.candidate_users, wait.candidate_groups) == (("ann",), ("sales",))


def test_a_failing_assignee_is_an_incident_that_can_be_mended() -> None:
    trial = Trial(draw("start > a > b", a=user(camunda_assignee="${who}")))
    assert trial.incidents == {"a": "expression_failed"}
    assert trial.wait("a").expression == "${who}"
    assert trial.set(who="ann").retry("a").wait("a").assignee == "ann"


def test_an_incident_does_not_stop_the_other_branches() -> None:
    trial = Trial(draw("start > and1 > t > and2 > c", "and1 > b > and2", t=script("y = 1 / zero")), {"zero": 0})
    assert trial.waiting == ["b", "t"]
    assert trial.complete("b").set(zero=2).retry("t").waiting == ["c"]


def test_actor_and_outcome_are_told() -> None:
    trial = Trial(draw("start > a > end")).complete("a", outcome="approve", x=1)
    visit = next(visit for visit in trial.visits if visit.element == "a")
    assert (visit.actor, visit.detail, visit.element_type) == ("demo", {"outcome": "approve"}, "userTask")


def test_mappings_hold_scripts_and_keys_that_are_expressions() -> None:
    inner = (
        '<camunda:inputParameter name="s"><camunda:script scriptFormat="groovy">def y = x + 1\nreturn y * 2;'
        '</camunda:script></camunda:inputParameter><camunda:inputParameter name="t">'
        '<camunda:script scriptFormat="freemarker">Dear ${who},\nbye</camunda:script></camunda:inputParameter>'
        '<camunda:inputParameter name="u"><camunda:script scriptFormat="groovy">new Date()</camunda:script>'
        '</camunda:inputParameter><camunda:inputParameter name="m"><camunda:map><camunda:entry key="${who}">'
        '<camunda:list><camunda:script scriptFormat="groovy">x</camunda:script></camunda:list></camunda:entry>'
        "</camunda:map></camunda:inputParameter>"
    )
    model = draw("start > a", a=user(extensions(f"<camunda:inputOutput>{inner}</camunda:inputOutput>")))
    local = Trial(model, {"x": 2, "who": "Ann"}).wait("a").local
    assert (local["s"], local["t"], local["u"], local["m"]) == (6, "Dear Ann,\nbye", None, {"Ann": [2]})
    assert [problem["code"] for problem in read_processes(model, "a.bpmn")[1]] == ["foreign_mapping"]


def test_inputs_are_local_and_given_as_payload() -> None:
    task = service("notify", inputs(to="${who}", subject="Hello ${who}!", plain="x"))
    trial = Trial(draw("start > j > a", j=task), {"who": "ann"})
    wait = trial.wait("j")
    assert (wait.topic, wait.connector, wait.payload) == (
        "notify",
        True,
        {"to": "ann", "subject": "Hello ann!", "plain": "x"},
    )
    assert trial.complete("j", sent=True).variables == {"who": "ann", "sent": True}


def test_lists_and_maps_as_inputs() -> None:
    content = extensions(
        '<camunda:inputOutput><camunda:inputParameter name="l"><camunda:list>'
        "<camunda:value>${x}</camunda:value><camunda:value>b</camunda:value>"
        '</camunda:list></camunda:inputParameter><camunda:inputParameter name="m">'
        '<camunda:map><camunda:entry key="k">${x}</camunda:entry>'
        "</camunda:map></camunda:inputParameter></camunda:inputOutput>"
    )
    assert Trial(draw("start > j", j=service("t", content)), {"x": 1}).wait("j").payload == {
        "l": [1, "b"],
        "m": {"k": 1},
    }


def test_outputs_leave_the_task() -> None:
    content = extensions(
        '<camunda:inputOutput><camunda:inputParameter name="local">${x + 1}</camunda:inputParameter>'
        '<camunda:outputParameter name="result">${local + answer}</camunda:outputParameter></camunda:inputOutput>'
    )
    trial = Trial(draw("start > j > a", j=service("t", content)), {"x": 1}).complete("j", answer=10)
    assert trial.variables == {"x": 1, "answer": 10, "result": 12}


def test_camunda_8_outputs_keep_the_rest_local() -> None:
    content = extensions(
        '<zeebe:taskDefinition type="pay" retries="5"/><zeebe:ioMapping><zeebe:input source="=x + 1" target="amount"/>'
        '<zeebe:output source="=receipt.number" target="receipt_number"/></zeebe:ioMapping>'
    )
    trial = Trial(draw("start > j > a", j=node("serviceTask", content)), {"x": 1})
    wait = trial.wait("j")
    assert (wait.topic, wait.retries, wait.payload) == ("pay", 5, {"amount": 2})
    assert trial.complete("j", receipt={"number": 7}, noise=1).variables == {"x": 1, "receipt_number": 7}


def test_a_failing_output_is_an_incident_that_keeps_what_was_answered() -> None:
    content = extensions(
        "<camunda:inputOutput>"
        '<camunda:outputParameter name="r">${a + nothing}</camunda:outputParameter>'
        "</camunda:inputOutput>"
    )
    trial = Trial(draw("start > u > b", u=user(content))).complete("u", a=1)
    assert trial.incidents == {"u": "expression_failed"}
    assert trial.set(nothing=2).retry("u").variables["r"] == 3
    assert trial.counts()["u"] == 1


@pytest.mark.parametrize(
    ("attributes", "topic"),
    [
        ({"camunda_class": "com.x.Pay"}, "com.x.Pay"),
        ({"camunda_delegateExpression": "${payDelegate}"}, "${payDelegate}"),
        ({"camunda_expression": "${payBean.pay(order)}"}, "${payBean.pay(order)}"),
        ({"flowable_type": "mail"}, "mail"),
        ({}, "j"),
    ],
)
@pytest.mark.parametrize("tag", ["serviceTask", "sendTask", "businessRuleTask"])
def test_foreign_work_becomes_a_job_with_a_warning(tag: str, attributes: dict[str, str], topic: str) -> None:
    model = draw("start > j > a", j=node(tag, **attributes))
    trial = Trial(model)
    assert trial.wait("j", JobWait).topic == topic
    assert not trial.wait("j").connector
    _, warnings = read_processes(model, "m.bpmn")
    assert [problem["element"] for problem in warnings if problem["severity"] == "warning"] == ["j"]
    assert trial.complete("j").waiting == ["a"]


def test_service_expression_of_ours_is_evaluated() -> None:
    task = node("serviceTask", camunda_expression="${name.toUpperCase()}", camunda_resultVariable="loud")
    assert Trial(draw("start > j > a", j=task), {"name": "ann"}).variables["loud"] == "ANN"


def test_connector_puts_its_result_into_the_variable() -> None:
    content = extensions(
        "<camunda:connector><camunda:connectorId>http</camunda:connectorId>"
        "<camunda:inputOutput>"
        '<camunda:inputParameter name="url">${base}/x</camunda:inputParameter>'
        "</camunda:inputOutput></camunda:connector>"
    )
    trial = Trial(
        draw("start > j > a", j=node("serviceTask", content, camunda_resultVariable="answer")), {"base": "http://h"}
    )
    assert (trial.wait("j").topic, trial.wait("j").connector, trial.wait("j").payload) == (
        "http",
        True,
        {"url": "http://h/x"},
    )
    assert trial.complete("j", status=200).variables["answer"] == {"status": 200}


def test_connector_of_another_house_is_a_job_and_what_only_that_understands_is_left_out() -> None:
    content = extensions(
        "<camunda:connector><camunda:connectorId>letter-press</camunda:connectorId><camunda:inputOutput>"
        '<camunda:inputParameter name="paper">${press.settings.paper}</camunda:inputParameter>'
        '<camunda:inputParameter name="text">${press.typeset(name)}</camunda:inputParameter>'
        '<camunda:inputParameter name="marks"><camunda:map><camunda:entry key="by">${press.sign(name)}</camunda:entry>'
        '<camunda:entry key="to">${name}</camunda:entry></camunda:map></camunda:inputParameter>'
        '<camunda:outputParameter name="pages">${press.bind(sheets)}</camunda:outputParameter>'
        '<camunda:outputParameter name="ink">${sheets.ink}</camunda:outputParameter>'
        "</camunda:inputOutput></camunda:connector>"
    )
    model = draw("start > j > a", j=node("serviceTask", content))
    warned = [problem["code"] for problem in read_processes(model, "m.bpmn")[1]]
    assert sorted(warned) == ["foreign_answer", "foreign_field", "foreign_field"]
    trial = Trial(model, {"name": "ann"})
    assert trial.wait("j").payload == {"paper": None, "marks": {"to": "ann"}}
    assert trial.complete("j", pages=3, ink="blue").waiting == ["a"]
    assert (trial.variables["pages"], trial.variables["ink"]) == (3, "blue")


def test_topic_called_like_a_connector_is_a_workers_where_inputs_are_missing() -> None:
    model = draw("start > j > a", j=node("serviceTask", camunda_type="external", camunda_topic="mail"))
    assert Trial(model).wait("j").connector is False
    (warning,) = read_processes(model, "m.bpmn")[1]
    assert (warning["code"], warning["params"]["names"]) == ("namesake", "subject, to")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("y = x + 1", "plain", {"y": 3}),
        ("y = x + 1\nz = y * 2", "", {"y": 3, "z": 6}),
        ("y = x + 1", "groovy", {"y": 3}),
        ("execution.setVariable('y', x + 1);", "javascript", {"y": 3}),
    ],
)
def test_scripts_that_are_assignments_run(text: str, language: str, expected: Mapping[str, Any]) -> None:
    trial = Trial(draw("start > t > a", t=script(text, language)), {"x": 2})
    assert {name: trial.variables.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "language"), [("def f = new File('x')", "groovy"), ("println(x)", "groovy"), ("for (;;) {}", "javascript")]
)
def test_foreign_scripts_become_jobs(text: str, language: str) -> None:
    trial = Trial(draw("start > t > a", t=script(text, language)), {"x": 2})
    assert trial.wait("t", JobWait).topic == language
    assert trial.complete("t").waiting == ["a"]


def test_script_result_variable() -> None:
    assert (
        Trial(draw("start > t > a", t=script("${x * 2}", "juel", camunda_resultVariable="y")), {"x": 2}).variables["y"]
        == 4
    )
    feel = node("scriptTask", extensions('<zeebe:script expression="=x * 3" resultVariable="y"/>'))
    assert Trial(draw("start > t > a", t=feel), {"x": 2}).variables["y"] == 6


class Decided:
    """A host with one decision."""

    functions: Mapping[str, Any] = {}

    def __init__(self, value: Any) -> None:
        self.value = value
        self.evidence = {"matched": ["r1"]}

    def decide(
        self, decision: str, variables: Mapping[str, Any], *, binding: str = "latest", version: str | None = None
    ) -> "Decided":
        self.asked = (decision, variables["x"], binding, version)
        return self


@pytest.mark.parametrize(
    ("mapping", "value", "expected"),
    [
        ("singleEntry", [{"d": 5}], 5),
        ("singleResult", [{"d": 5, "e": 6}], {"d": 5, "e": 6}),
        ("collectEntries", [{"d": 5}, {"d": 6}], [5, 6]),
        ("resultList", {"d": 5}, [{"d": 5}]),
        (None, {"d": 5}, [{"d": 5}]),
    ],
)  # fmt: skip
def test_decisions_are_asked_and_their_result_shaped(mapping: str | None, value: Any, expected: Any) -> None:
    extra = {} if mapping is None else {"camunda_mapDecisionResult": mapping}
    task = node("businessRuleTask", camunda_decisionRef="discount", camunda_resultVariable="r", **extra)
    host = Decided(value)
    trial = Trial(draw("start > d > a", d=task), {"x": 1}, host=host)
    assert trial.variables["r"] == expected
    assert host.asked == ("discount", 1, "latest", None)
    assert next(visit.detail for visit in trial.visits if visit.element == "d") == {"decision": {"matched": ["r1"]}}
    assert trial.program.decisions == (("d", "discount"),)


def test_an_unknown_decision_is_an_incident() -> None:
    task = node("businessRuleTask", extensions('<zeebe:calledDecision decisionId="d1" resultVariable="r"/>'))
    assert Trial(draw("start > d > a", d=task), {"x": 1}, host=NoHost()).incidents == {"d": "not_found"}


def test_send_task_with_a_message_sends_it() -> None:
    trial = Trial(draw("start > s > a", s=node("sendTask", inputs(k="${x}"), messageRef="Message_1")), {"x": 1})
    assert [(item.name, item.variables) for item in trial.thrown] == [("M1", {"k": 1})]
    assert trial.waiting == ["a"]


def test_listeners_that_are_expressions_run_and_others_are_left_out_with_a_warning() -> None:
    content = extensions(
        '<camunda:executionListener event="start" expression="${execution.setVariable(\'began\', x)}"/>'
        '<camunda:taskListener event="complete" expression="${execution.setVariable(\'done\', true)}"/>'
        '<camunda:executionListener event="end" class="com.x.Listener"/>'
    )
    model = draw("start > a > b", a=user(content))
    trial = Trial(model, {"x": 5})
    assert trial.variables["began"] == 5
    assert trial.complete("a").variables["done"] is True
    assert [problem["code"] for problem in read_processes(model, "m.bpmn")[1]] == ["foreign_listener"]


def test_data_objects_are_variables() -> None:
    task = user(
        '<bpmn:ioSpecification><bpmn:dataInput id="in1" name="order"/>'
        '<bpmn:dataOutput id="out1" name="answer"/></bpmn:ioSpecification>'
        "<bpmn:dataInputAssociation><bpmn:sourceRef>ref1</bpmn:sourceRef><bpmn:targetRef>in1</bpmn:targetRef></bpmn:dataInputAssociation>"
        "<bpmn:dataOutputAssociation><bpmn:sourceRef>out1</bpmn:sourceRef><bpmn:targetRef>ref2</bpmn:targetRef></bpmn:dataOutputAssociation>"
    )
    extra = (
        '<bpmn:dataObject id="o1" name="purchase"/><bpmn:dataObjectReference id="ref1" '
        'dataObjectRef="o1"/><bpmn:dataObjectReference id="ref2" name="decision"/>'
    )
    trial = Trial(draw("start > a > b", a=task, extra=extra), {"purchase": 7})
    assert trial.wait("a").local == {"order": 7}
    assert trial.complete("a", answer="yes").variables["decision"] == "yes"


def test_variables_of_a_subprocess_stay_in_it() -> None:
    sub = inside("start1 > t > a", extra=inputs(n="1"), t=script("n = n + '2'\nout = 3"))
    trial = Trial(draw("start > sub > b", sub=sub))
    assert trial.variables == {"out": 3}
    assert trial.complete("a").waiting == ["b"]


def test_values_survive_storage() -> None:
    loop = repeat(camunda_collection="items", camunda_elementVariable="item")
    items = [Decimal("1.10"), datetime(2030, 1, 1, tzinfo=UTC), {"typename": "UUID", "value": 1}, None]
    trial = Trial(draw("start > a", a=user(loop)), {"items": items})
    seen = {trial.execution.tokens[token].index: trial.execution.tokens[token].data["item"] for token in trial.waits}
    assert [seen[index] for index in range(4)] == items


def test_several_events_at_one_place() -> None:
    both = message() + timer("PT1H")
    trial = Trial(draw("start > c > a", c=catch(both)))
    assert trial.armed == ["c", "c"]
    assert trial.message("M1").waiting == ["a"]
    assert trial.armed == []
    assert Trial(draw("start > c > a", c=catch(both))).fire("c").waiting == ["a"]
    assert trial.path() == ["start", "c"]
    model = draw("start > a > b", "x > h", x=boundary("a", both))
    assert Trial(model).fire("x").waiting == ["h"]
    assert Trial(model).message("M1").waiting == ["h"]


def test_names_in_other_languages() -> None:
    content = extensions(
        '<camunda:properties><camunda:property name="name:en" value="Lead entry"/></camunda:properties>'
    )
    element = compiled(draw("start > a", a=user(content, name="录入线索"))).elements["a"]
    assert (element.localised_name("en-GB"), element.localised_name("zh-CN")) == ("Lead entry", "录入线索")


def listener(event: str, name: str) -> str:
    return extensions(
        f'<camunda:executionListener event="{event}" expression="${{execution.setVariable(\'{name}\', true)}}"/>'
    )


def test_listeners_of_events_gateways_and_flows() -> None:
    model = draw(
        "start > xor > a",
        start=start(listener("start", "started")),
        xor=node("exclusiveGateway", listener("end", "left")),
    )
    model = model.replace(b'targetRef="a">', b'targetRef="a">' + listener("take", "taken").encode())
    assert Trial(model).variables == {"started": True, "left": True, "taken": True}


def test_the_initiator_in_a_variable_of_the_models_choice() -> None:
    assert Trial(draw("start > a", start=start(camunda_initiator="applicant"))).variables == {"applicant": "demo"}


def test_a_worker_is_given_the_locals_of_its_instance_a_connector_its_inputs_alone() -> None:
    loop = repeat(camunda_collection="people", camunda_elementVariable="who")
    assert Trial(draw("start > j", j=service("t", loop)), {"people": ["x"]}).wait("j").payload["who"] == "x"
    task = service("mail", inputs(to="${who}", subject="s") + loop)
    assert Trial(draw("start > j", j=task), {"people": ["x"]}).wait("j").payload == {"to": "x", "subject": "s"}


def test_only_what_waits_can_be_completed() -> None:
    trial = Trial(draw("start > a", a=user(camunda_assignee="${who}")))
    with pytest.raises(NotActive):
        trial.complete("a")
    with pytest.raises(NotFound):
        trial.execution.complete(trial.execution.instance_id)
    choice = Trial(draw("start > xor", "xor > a", "xor > b"))
    with pytest.raises(Invalid):
        choice.complete("xor", outcome="elsewhere")
    assert choice.waiting == ["xor"]


def test_cancelling_ends_everything() -> None:
    trial = Trial(draw("start > and1 > a", "and1 > sub", "t > b", sub=inside("c"), t=boundary("a", timer("PT1H"))))
    trial.execution.cancel("no longer wanted")
    trial._reload()
    assert (trial.ended, trial.execution.end_reason) == (True, "no longer wanted")
    assert sorted(trial.path("cancelled")) == ["a", "c", "sub"]


def test_listeners_of_the_process_run_when_it_begins_and_ends() -> None:
    assert Trial(draw("start > a", extra=listener("start", "begun"))).variables == {"begun": True}
    trial = Trial(draw("start > a", extra=listener("end", "over")))
    assert trial.variables == {}
    assert trial.complete("a").ended
    assert trial.variables == {"over": True}
    assert Trial(draw("a", extra=listener("start", "begun"))).variables == {"begun": True}
    foreign = draw("start > a", extra=extensions('<camunda:executionListener event="end" class="a.B"/>'))
    assert [problem["code"] for problem in read_processes(foreign, "m.bpmn")[1]] == ["foreign_listener"]


def test_a_listener_to_the_end_that_fails_is_an_incident_that_can_be_mended() -> None:
    failing = '<camunda:executionListener event="end" expression="${execution.setVariable(\'y\', x + 1)}"/>'
    trial = Trial(draw("start > a > end", extra=extensions(failing))).complete("a")
    assert (trial.ended, list(trial.incidents)) == (False, ["end"])
    assert trial.set(x=1).retry("end").ended
    assert trial.variables["y"] == 2


def test_an_expression_may_ask_where_it_stands() -> None:
    model = draw("start > a > b", a=node("serviceTask", camunda_expression=HERE, camunda_resultVariable="here"))
    assert Trial(model).variables == {"here": "a"}
