"""The history as tools of Camunda read it: cases, visits, variables, decisions, incidents, running and ended."""

from datetime import timedelta
from typing import Any

import pytest

from process_server import clock
from tests.acceptance.client import Client
from tests.acceptance.engine_rest.client import Rest
from tests.diagrams import boundary, end, flow, process, start, timer, user

DISCOUNT = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="http://test">
<decision id="discount" name="Discount"><decisionTable id="table" hitPolicy="FIRST">
<input id="i" label="amount"><inputExpression id="ie" typeRef="number"><text>amount</text></inputExpression></input>
<output id="o" name="rate" typeRef="number" />
<rule id="big"><inputEntry id="a"><text>&gt; 1000</text></inputEntry>
<outputEntry id="b"><text>0.1</text></outputEntry></rule>
<rule id="small"><inputEntry id="c"><text></text></inputEntry>
<outputEntry id="e"><text>0</text></outputEntry></rule>
</decisionTable></decision></definitions>"""

ORDER = process(
    start(),
    user("enter", 'camunda:assignee="${initiator}"'),
    boundary("late", "enter", timer("timeDuration", "PT1H"), interrupting=False),
    end("reminded"),
    '<bpmn:businessRuleTask id="decide" camunda:decisionRef="discount" camunda:resultVariable="discount" '
    'camunda:mapDecisionResult="singleEntry" />',
    '<bpmn:callActivity id="ship" name="Bring it" calledElement="shipping" camunda:calledElementBinding="latest">'
    '<bpmn:extensionElements><camunda:in businessKey="#{business_key}" /></bpmn:extensionElements></bpmn:callActivity>',
    end(),
    flow("start > enter > decide > ship > end", "late > reminded"),
    key="order",
)
SHIPPING = process(
    start(), user("pack", 'camunda:candidateGroups="sales"'), end(), flow("start > pack > end"), key="shipping"
)


@pytest.fixture(autouse=True)
def deployed(demo: Client) -> None:
    demo.deploy({"order.bpmn": ORDER, "shipping.bpmn": SHIPPING, "discount.dmn": DISCOUNT})


def begin(demo: Client, key: str = "K-1", **variables: Any) -> str:
    """Start an order."""
    given = {"amount": 1500, "customer": "Yuanhang", **variables}
    instance = demo.post("/instances", 201, definition_key="order", business_key=key, variables=given)
    return str(instance["id"])


def complete(demo: Client, element: str, **variables: Any) -> None:
    """Complete the open tasks of an element."""
    for task in demo.get("/tasks", list="all")["items"]:
        if task["element_id"] == element:
            demo.post(f"/tasks/{task['id']}/complete", variables=variables)


def test_cases_are_found_running_and_ended(demo: Client, rest: Rest) -> None:
    first, second = begin(demo), begin(demo, "K-2", amount=10)
    running = rest.get("/history/process-instance", sortBy="startTime", sortOrder="asc")
    assert [(each["id"], each["state"], each["endTime"]) for each in running] == [
        (first, "ACTIVE", None),
        (second, "ACTIVE", None),
    ]
    assert running[0]["startActivityId"] == "start"
    demo.post(f"/instances/{second}/cancel", 204, reason="wrong")
    gone = rest.get(f"/history/process-instance/{second}")
    assert (gone["state"], gone["deleteReason"]) == ("EXTERNALLY_TERMINATED", "wrong")
    assert gone["durationInMillis"] >= 0
    asked: list[tuple[dict[str, Any], set[str]]] = [
        ({"finished": True}, {second}),
        ({"unfinished": True}, {first}),
        ({"externallyTerminated": True}, {second}),
        ({"processInstanceBusinessKeyLike": "K-%"}, {first, second}),
        ({"processInstanceBusinessKeyIn": "K-2,K-9"}, {second}),
        ({"processDefinitionKey": "shipping"}, set()),
        ({"variables": "amount_gt_1000"}, {first}),
        ({"activeActivityIdIn": "enter"}, {first}),
        ({"executedActivityIdIn": "start"}, {first, second}),
        ({"startedBefore": "2020-01-01T00:00:00.000+0000"}, set()),
        ({"processInstanceIds": f"{first},nonsense"}, {first}),
    ]
    for query, expected in asked:
        assert {each["id"] for each in rest.get("/history/process-instance", **query)} == expected, query
        assert rest.get("/history/process-instance/count", **query) == {"count": len(expected)}
    either = {"orQueries": [{"finished": True, "processInstanceBusinessKey": "K-1"}]}
    assert rest.post("/history/process-instance/count", **either) == {"count": 2}
    assert len(rest.post("/history/process-instance?maxResults=1", **either)) == 1
    assert (
        "executed"
        in rest.error("GET", "/history/process-instance?executedJobAfter=2020-01-01T00:00:00.000%2B0000", 400)[
            "message"
        ]
    )
    assert rest.error("GET", "/history/process-instance?sortBy=colour&sortOrder=asc", 400)


def test_visits_tell_what_was_done_and_where_tokens_stand(demo: Client, rest: Rest) -> None:
    case = begin(demo)

    def visits(**query: Any) -> list[tuple[str, str, bool]]:
        found = rest.get("/history/activity-instance", sortBy="startTime", sortOrder="asc", **query)
        return [(each["activityId"], each["activityType"], each["endTime"] is not None) for each in found]

    assert visits() == [("start", "startEvent", True), ("enter", "userTask", False)]
    complete(demo, "enter")
    assert visits(processInstanceId=case) == [
        ("start", "startEvent", True),
        ("enter", "userTask", True),
        ("decide", "businessRuleTask", True),
        ("ship", "callActivity", False),
    ]
    by_name = rest.get("/history/activity-instance", sortBy="activityName", sortOrder="desc", processInstanceId=case)
    assert [each["activityName"] for each in by_name] == [None, None, "enter", "Bring it"]
    sorting = [{"sortBy": "activityType", "sortOrder": "asc"}]
    by_type = [each["activityType"] for each in rest.post("/history/activity-instance", sorting=sorting)]
    assert by_type == ["businessRuleTask", "callActivity", *["startEvent"] * 2, *["userTask"] * 2]
    [call] = rest.get("/history/activity-instance", activityId="ship")
    [called] = rest.get("/history/process-instance", superProcessInstanceId=case)
    assert (call["calledProcessInstanceId"], called["rootProcessInstanceId"]) == (called["id"], case)
    [entered] = rest.get("/history/activity-instance", activityName="enter", activityType="userTask")
    assert (entered["assignee"], entered["taskId"], entered["canceled"]) == ("demo", entered["executionId"], False)
    complete(demo, "pack")
    assert visits(activityType="noneEndEvent") == [("end", "noneEndEvent", True)] * 2
    assert rest.get("/history/activity-instance/count", unfinished=True) == {"count": 0}
    assert [each["activityId"] for each in rest.post("/history/activity-instance", activityName="pack")] == ["pack"]


def test_variables_of_running_and_ended_cases(demo: Client, rest: Rest, rest_as: Any) -> None:
    case = begin(demo, day={"deep": [1, "two"]})
    complete(demo, "enter", customer="Haiyang")
    held = {each["name"]: each for each in rest.get("/history/variable-instance", processInstanceId=case)}
    assert (held["amount"]["value"], held["amount"]["type"]) == (1500, "Integer")
    assert held["day"]["type"] == "Json"
    assert held["discount"]["type"] == "Double"
    query: list[tuple[dict[str, Any], set[str]]] = [
        ({"variableNameLike": "a%"}, {"amount"}),
        ({"variableTypeIn": "Integer,Double"}, {"amount", "discount"}),
        ({"variableName": "customer", "variableValue": "Haiyang"}, {"customer"}),
        ({"variableName": "AMOUNT", "variableNamesIgnoreCase": True, "variableValue": "1500"}, {"amount"}),
    ]
    for asked, expected in query:
        found = rest.get("/history/variable-instance", processInstanceId=case, **asked)
        assert {each["name"] for each in found} == expected, asked
    assert rest.post("/history/variable-instance", variableName="amount", variableValue=1500)
    sort = {"sortBy": "variableType", "sortOrder": "asc"}
    types = [each["type"] for each in rest.get("/variable-instance", processInstanceIdIn=case, **sort)]
    assert len(types) == types.index("Json") + types[::-1].index("Json") + types.count("Json")  # together
    assert rest_as("chen").error("GET", "/history/variable-instance", 403)["type"] == "AuthorizationException"
    [changed] = [
        each for each in rest.get("/history/detail", processInstanceId=case) if each["variableName"] == "customer"
    ]
    assert (changed["value"], changed["initial"]) == ("Haiyang", False)


def test_decisions_with_what_they_were_given_and_gave(demo: Client, rest: Rest) -> None:
    case = begin(demo)
    complete(demo, "enter")
    [plain] = rest.get("/history/decision-instance", processInstanceId=case)
    assert (plain["decisionDefinitionKey"], plain["activityId"], plain["inputs"]) == ("discount", "decide", [])
    [told] = rest.get("/history/decision-instance", includeInputs=True, includeOutputs=True)
    [given], [gave] = told["inputs"], told["outputs"]
    assert (given["clauseName"], given["value"]) == ("amount", 1500)
    assert (gave["ruleId"], gave["variableName"], gave["value"]) == ("big", "rate", 0.1)
    assert rest.get("/history/decision-instance", decisionDefinitionKey="other") == []


def test_who_sees_no_case_sees_no_history_of_it(demo: Client, rest: Rest, rest_as: Any) -> None:
    case = begin(demo)
    chen, li = rest_as("chen"), rest_as("li")
    for somebody in (chen, li):
        assert somebody.get("/history/process-instance") == []
        assert somebody.get("/history/activity-instance") == []
        assert somebody.error("GET", f"/history/process-instance/{case}", 404)
    complete(demo, "enter")
    assert len(chen.get("/history/process-instance")) == 2, "a task of it is offered to their group"
    assert li.get("/history/process-instance") == []


def test_an_ended_case_is_taken_away_for_good(demo: Client, rest: Rest, rest_as: Any) -> None:
    case = begin(demo)
    assert "cancel" in rest.error("DELETE", f"/history/process-instance/{case}", 500)["message"]
    complete(demo, "enter")
    complete(demo, "pack")
    assert rest_as("chen").error("DELETE", f"/history/process-instance/{case}", 403)
    rest.delete(f"/history/process-instance/{case}")
    assert rest.get("/history/process-instance/count") == {"count": 0}
    assert rest.get("/history/activity-instance/count") == {"count": 0}
    assert rest.error("DELETE", f"/history/process-instance/{case}", 404)
    rest.delete(f"/history/process-instance/{case}", failIfNotExists=False)


def test_incidents_are_noted_and_resolved_and_stay_in_the_history(demo: Client, rest: Rest) -> None:
    stuck = process(
        start(),
        '<bpmn:exclusiveGateway id="choose" />',
        user("enter"),
        end(),
        flow("start > choose > enter > end", choose_to_enter="${amount &gt; 3}"),
        key="stuck",
    )
    demo.deploy({"stuck.bpmn": stuck})
    case = demo.post("/instances", 201, definition_key="stuck")["id"]
    [incident] = rest.get("/incident", processInstanceId=case)
    assert (incident["incidentType"], incident["activityId"]) == ("failedJob", "choose")
    assert rest.get("/incident/count", incidentType="failedExternalTask") == {"count": 0}
    rest.put(f"/incident/{incident['id']}/annotation", annotation="asked sales")
    assert rest.get(f"/incident/{incident['id']}")["annotation"] == "asked sales"
    rest.delete(f"/incident/{incident['id']}/annotation")
    assert rest.get("/history/process-instance", incidentType="failedJob", incidentStatus="open")[0]["id"] == case
    rest.put(f"/process-instance/{case}/variables/amount", value=5, type="Integer")
    rest.delete(f"/incident/{incident['id']}")
    assert rest.get("/incident") == []
    [past] = rest.get("/history/incident", resolved=True)
    assert (past["id"], past["open"], past["endTime"] is not None) == (incident["id"], False, True)
    assert rest.error("GET", "/incident/nonsense", 404)


def test_messages_and_signals_that_are_waited_for(demo: Client, rest: Rest, rest_as: Any) -> None:
    waiting = process(
        start(),
        '<bpmn:receiveTask id="pay" messageRef="paid" />',
        end(),
        flow("start > pay > end"),
        extra='<bpmn:message id="paid" name="paid" />',
        key="waiting",
    )
    demo.deploy({"waiting.bpmn": waiting})
    case = demo.post("/instances", 201, definition_key="waiting")["id"]
    [awaited] = rest.get("/event-subscription", eventType="message", eventName="paid")
    assert (awaited["processInstanceId"], awaited["activityId"]) == (case, "pay")
    assert rest.get("/event-subscription", eventType="signal") == []
    assert rest_as("chen").error("GET", "/event-subscription", 403)
    with clock.travel(timedelta(days=1)):
        [visit] = rest.get("/history/activity-instance", processInstanceId=case, unfinished=True)
    assert visit["activityType"] == "receiveTask"
