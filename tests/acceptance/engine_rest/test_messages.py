"""Messages, signals and conditions under /engine-rest, and the executions that wait for them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.client import Client
from tests.acceptance.engine_rest.client import Rest
from tests.diagrams import end, flow, message, on_message, process, start, user

SIGNAL = '<bpmn:signal id="signal_price" name="price"/>'
ON_SIGNAL = '<bpmn:signalEventDefinition signalRef="signal_price"/>'
PAYMENT = process(
    start(),
    start("paid_first", on_message("payment")),
    '<bpmn:receiveTask id="paid" messageRef="payment"/>',
    f'<bpmn:intermediateCatchEvent id="price">{ON_SIGNAL}</bpmn:intermediateCatchEvent>',
    end(),
    flow("start > paid > price > end", "paid_first > price"),
    key="payment",
    extra=message("payment") + SIGNAL,
)
EACH = process(
    start(),
    '<bpmn:receiveTask id="wait" messageRef="item"><bpmn:multiInstanceLoopCharacteristics'
    ' camunda:collection="${items}" camunda:elementVariable="item"/></bpmn:receiveTask>',
    end(),
    flow("start > wait > end"),
    key="each",
    extra=message("item"),
)
CONDITION = (
    "<bpmn:conditionalEventDefinition><bpmn:condition>${temperature > 30}</bpmn:condition>"
    "</bpmn:conditionalEventDefinition>"
)
HOT = process(start("warm", CONDITION), user("cool"), end(), flow("warm > cool > end"), key="hot")


@pytest.fixture
def cases(demo: Client) -> list[str]:
    """Two payments that are waited for, of the customers A and B."""
    demo.deploy({"payment.bpmn": PAYMENT, "each.bpmn": EACH, "hot.bpmn": HOT})
    return [
        demo.post("/instances", 201, definition_key="payment", business_key=key, variables={"customer": key})["id"]
        for key in ("A", "B")
    ]


def text(value: str) -> dict[str, Any]:
    return {"value": value, "type": "String"}


def told(rest: Rest, **body: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rest.post("/message", 200, messageName="payment", resultEnabled=True, **body)
    return found


def test_news_bring_files(rest: Rest, cases: list[str]) -> None:
    sent = {"paper": {"value": "aGVsbG8=", "type": "File", "valueInfo": {"filename": "receipt.txt"}}}
    rest.post("/message", 204, messageName="payment", businessKey="A", processVariables=sent)
    rest.post("/signal", 204, name="price", variables={"quote": sent["paper"]})
    files = [row for row in rest.get("/history/variable-instance", processInstanceId=cases[0]) if row["type"] == "File"]
    assert {row["name"] for row in files} == {"paper", "quote"}


def test_a_message_reaches_the_one_that_is_meant(rest: Rest, cases: list[str]) -> None:
    error = rest.error("POST", "/message", 400, json={"messageName": "payment"})
    assert (error["type"], "MismatchingMessageCorrelation" in error["message"]) == ("RestException", True)
    (found,) = told(rest, businessKey="B", processVariables={"sum": {"value": 5}}, variablesInResultEnabled=True)
    assert (found["resultType"], found["processInstance"]) == ("Execution", None)
    assert found["execution"]["processInstanceId"] == cases[1]
    assert found["variables"]["sum"]["value"] == 5
    rest.post("/message", 204, messageName="payment", correlationKeys={"customer": text("A")})
    assert rest.get("/execution/count", messageEventSubscriptionName="payment") == {"count": 0}


def test_which_instance_by_its_id(rest: Rest, cases: list[str]) -> None:
    assert told(rest, processInstanceId=cases[0])[0]["execution"]["processInstanceId"] == cases[0]
    rest.error("POST", "/message", 400, json={"messageName": "payment", "processInstanceId": cases[0]})
    rest.error("POST", "/message", 400, json={})
    rest.error("POST", "/message", 400, json={"messageName": "payment", "variablesInResultEnabled": True})


def test_a_message_starts_what_it_starts(rest: Rest, cases: list[str]) -> None:
    (found,) = told(rest, businessKey="C")
    assert (found["resultType"], found["execution"]) == ("ProcessDefinition", None)
    assert found["processInstance"]["businessKey"] == "C"
    assert "variables" not in found
    rest.error("POST", "/message", 400, json={"messageName": "payment", "tenantId": "one"})


def test_a_message_for_all(rest: Rest, cases: list[str]) -> None:
    found = told(rest, all=True)
    assert sorted(each["resultType"] for each in found) == ["Execution", "Execution", "ProcessDefinition"]
    assert rest.get("/execution/count", signalEventSubscriptionName="price") == {"count": 3}
    rest.put(f"/process-instance/{cases[0]}/suspended", suspended=True)
    rest.post("/signal", 204, name="price", variables={"price": {"value": 7, "type": "Integer"}})
    assert [each["id"] for each in rest.get("/process-instance")] == [cases[0]]
    assert rest.post("/message", 200, messageName="item", all=True, resultEnabled=True) == []
    rest.post("/message", 204, messageName="item", all=True)


def test_local_keys_and_local_variables(rest: Rest, demo: Client, cases: list[str]) -> None:
    case = demo.post("/instances", 201, definition_key="each", variables={"items": ["x", "y"]})["id"]
    keys = {"localCorrelationKeys": {"item": text("y")}, "processVariablesLocal": {"seen": text("it")}}
    found = rest.post("/message", 200, messageName="item", resultEnabled=True, **keys)
    assert len(found) == 1
    rest.error("POST", "/message", 400, json={"messageName": "item", **keys})
    assert "seen" not in rest.get(f"/process-instance/{case}/variables")
    rest.post("/message", 204, messageName="item")
    rest.error("GET", f"/process-instance/{case}", 404)


def test_one_execution_is_told(rest: Rest, cases: list[str]) -> None:
    (waits,) = rest.get("/execution", messageEventSubscriptionName="payment", processInstanceId=cases[0])
    path = f"/execution/{waits['id']}"
    assert rest.get(f"{path}/messageSubscriptions/payment")["activityId"] == "paid"
    rest.error("GET", f"{path}/messageSubscriptions/other", 404)
    rest.error("POST", f"{path}/messageSubscriptions/other/trigger", 400, json={})
    rest.post(f"{path}/messageSubscriptions/payment/trigger", 204, variables={"sum": {"value": 5}})
    assert rest.get(f"/process-instance/{cases[0]}/variables")["sum"]["value"] == 5
    rest.post(f"/execution/{cases[1]}/signal", 204)  # the instance itself stands for what waits in it
    (waits,) = rest.get("/execution", activityId="price", processInstanceId=cases[1])
    rest.post("/signal", 204, name="price", executionId=waits["id"])
    rest.error("POST", "/signal", 404, json={"name": "price", "executionId": waits["id"]})
    assert rest.get("/execution/count", activityId="price") == {"count": 1}


def test_executions_are_found(rest: Rest, cases: list[str]) -> None:
    found = rest.get("/execution", processInstanceId=cases[0])
    assert cases[0] in [each["id"] for each in found]
    assert len(found) == 2, "the instance, and its token"
    assert rest.get(f"/execution/{found[1]['id']}")["processInstanceId"] == cases[0]
    rest.error("GET", "/execution/00000000-0000-0000-0000-000000000000", 404)
    for wanted, count in (
        ({"processVariables": [{"name": "customer", "operator": "eq", "value": "A"}]}, 2),
        ({"variables": [{"name": "customer", "operator": "eq", "value": "A"}]}, 1),
        ({"businessKey": "A", "activityId": "paid"}, 1),
        ({"processDefinitionKey": "payment", "active": True, "suspended": False}, 4),
        ({"incidentType": "failedJob"}, 0),
        ({"tenantIdIn": ["one"]}, 0),
    ):
        assert len(rest.post("/execution", **wanted)) == count, wanted
        assert rest.post("/execution/count", **wanted) == {"count": count}


def test_variables_of_an_execution_alone(rest: Rest, rest_as: Callable[..., Rest], cases: list[str]) -> None:
    (waits,) = rest.get("/execution", activityId="paid", processInstanceId=cases[0])
    path = f"/execution/{waits['id']}/localVariables"
    assert rest.get(path) == {}
    rest.put(f"{path}/mine", value="1", type="Integer")
    rest.post(path, 204, modifications={"other": {"value": "x"}}, deletions=["none"])
    rest.call("POST", f"{path}/offer/data", 204, files={"data": ("offer.txt", b"hello")})
    worker = rest_as("li", "jobs")
    assert sorted(worker.get(path)) == ["mine", "offer", "other"]
    assert worker.get(f"{path}/offer/data") == b"hello"
    assert worker.get(f"{path}/customer")["value"] == "A", "what is not its own is its instance's"
    rest.delete(f"{path}/mine")
    rest.error("GET", f"{path}/mine", 404)
    rest_as("li").error("GET", path, 404)
    rest.put(f"/execution/{cases[0]}/localVariables/amount", value=5)
    assert rest.get(f"/process-instance/{cases[0]}/variables/amount")["value"] == 5


def test_variable_instances(rest: Rest, rest_as: Callable[..., Rest], cases: list[str]) -> None:
    (found,) = rest.get("/variable-instance", processInstanceIdIn=cases[0])
    assert (found["name"], found["value"], found["type"]) == ("customer", "A", "String")
    assert rest.get(f"/variable-instance/{found['id']}")["executionId"] == cases[0]
    values = [{"name": "customer", "operator": "eq", "value": "B"}]
    assert [each["processInstanceId"] for each in rest.post("/variable-instance", variableValues=values)] == [cases[1]]
    assert rest.get("/variable-instance/count", variableNameLike="cust%") == {"count": 2}
    rest_as("chen").error("GET", "/variable-instance", 403)


def test_conditions_start_what_they_start(rest: Rest, cases: list[str]) -> None:
    assert rest.post("/condition", variables={"temperature": {"value": 20}}) == []
    (found,) = rest.post("/condition", variables={"temperature": {"value": 35}}, businessKey="H-1")
    assert (found["definitionKey"], found["businessKey"]) == ("hot", "H-1")
    assert rest.post("/condition", variables={}) == []
    rest.error("POST", "/condition", 400, json={})


def test_only_administrators_and_systems_tell(rest_as: Callable[..., Rest], cases: list[str]) -> None:
    for path, body in (("/message", {"messageName": "payment"}), ("/signal", {"name": "price"}), ("/condition", {})):
        assert rest_as("chen").error("POST", path, 403, json=body)["type"] == "AuthorizationException"
    rest_as("chen", "messages").post("/message", 204, messageName="payment", businessKey="A")
