"""Running instances under /engine-rest: found by any condition, changed, moved, suspended, ended."""

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.acceptance.client import Client
from tests.acceptance.engine_rest.client import Rest
from tests.diagrams import end, flow, process, start, user

MODEL = process(
    start(),
    user("check", 'camunda:candidateGroups="sales"'),
    f'<bpmn:subProcess id="send" name="Send">{start("s2")}{user("pack")}{user("ship")}{end("e2")}'
    f"{flow('s2 > pack > ship > e2')}</bpmn:subProcess>",
    '<bpmn:callActivity id="call" calledElement="inner"/>',
    end(),
    flow("start > check > send > call > end"),
    key="order",
)
INNER = process(start(), user("inside"), end(), flow("start > inside > end"), key="inner")


@pytest.fixture
def cases(demo: Client) -> dict[str, str]:
    """Three orders, by their keys."""
    demo.deploy({"order.bpmn": MODEL, "inner.bpmn": INNER})
    started = {
        key: demo.post("/instances", 201, definition_key="order", business_key=key, variables={"amount": amount})
        for key, amount in (("SO-1", 100), ("SO-2", 95.5), ("SO-3", 20))
    }
    return {key: instance["id"] for key, instance in started.items()}


def move(rest: Rest, case: str, *instructions: dict[str, Any], **others: Any) -> None:
    rest.post(f"/process-instance/{case}/modification", 204, instructions=list(instructions), **others)


def to(activity: str, **others: Any) -> dict[str, Any]:
    return {"type": "startBeforeActivity", "activityId": activity, **others}


def off(activity: str) -> dict[str, Any]:
    return {"type": "cancel", "activityId": activity}


CONDITIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["SO-1", "SO-2", "SO-3"]),
    ({"businessKey": "SO-2"}, ["SO-2"]),
    ({"businessKeyLike": "%-3"}, ["SO-3"]),
    ({"processDefinitionKey": "order", "active": "true"}, ["SO-1", "SO-2", "SO-3"]),
    ({"processDefinitionKeyIn": ["order", "other"]}, ["SO-1", "SO-2", "SO-3"]),
    ({"processDefinitionKeyNotIn": ["order"]}, []),
    ({"activityIdIn": ["check"]}, ["SO-1", "SO-2", "SO-3"]),
    ({"activityIdIn": ["pack"]}, []),
    ({"suspended": True}, []),
    ({"withIncident": True}, []),
    ({"incidentType": "failedJob"}, []),
    ({"incidentMessageLike": "%x%"}, []),
    ({"rootProcessInstances": True, "leafProcessInstances": True}, ["SO-1", "SO-2", "SO-3"]),
    ({"tenantIdIn": ["one"]}, []),
    ({"withoutTenantId": True, "processDefinitionWithoutTenantId": True}, ["SO-1", "SO-2", "SO-3"]),
    ({"caseInstanceId": "one"}, []),
    ({"variables": [{"name": "amount", "operator": "gt", "value": 90}]}, ["SO-1", "SO-2"]),
]


def test_they_are_found_by_conditions(rest: Rest, cases: dict[str, str]) -> None:
    for wanted, expected in CONDITIONS:
        found = rest.post("/process-instance", **wanted, sorting=[{"sortBy": "businessKey", "sortOrder": "asc"}])
        assert [each["businessKey"] for each in found] == expected, wanted
        assert rest.post("/process-instance/count", **wanted) == {"count": len(expected)}
    for wanted, expected in CONDITIONS[:-1]:
        flat = {name: ",".join(value) if isinstance(value, list) else value for name, value in wanted.items()}
        found = rest.get("/process-instance", **flat, sortBy="businessKey", sortOrder="desc")
        assert [each["businessKey"] for each in found] == expected[::-1], wanted
    assert rest.get("/process-instance/count", variables="amount_lt_90") == {"count": 1}
    ids = f"{cases['SO-1']},{cases['SO-3']}"
    assert rest.get("/process-instance/count", processInstanceIds=ids) == {"count": 2}
    assert (
        rest.get("/process-instance", maxResults=1, firstResult=1, sortBy="businessKey", sortOrder="asc")[0][
            "businessKey"
        ]
        == "SO-2"
    )
    either = [{"businessKey": "SO-1", "businessKeyLike": "%-3"}]
    assert rest.post("/process-instance/count", orQueries=either) == {"count": 2}
    assert rest.error("GET", "/process-instance", 400, params={"sortBy": "nothing", "sortOrder": "asc"})


def test_one_is_looked_at_and_ended(rest: Rest, cases: dict[str, str]) -> None:
    found = rest.get(f"/process-instance/{cases['SO-1']}")
    assert found["definitionId"].startswith("order:1:")
    assert (found["definitionKey"], found["businessKey"], found["ended"]) == ("order", "SO-1", False)
    rest.delete(f"/process-instance/{cases['SO-1']}")
    rest.error("GET", f"/process-instance/{cases['SO-1']}", 404)
    rest.error("DELETE", f"/process-instance/{cases['SO-1']}", 404)
    rest.delete(f"/process-instance/{cases['SO-1']}", failIfNotExists="false")
    rest.error("DELETE", f"/process-instance/{cases['SO-1']}", 400, params={"skipSubprocesses": True})
    alone = {"processInstanceIds": [cases["SO-1"]], "skipSubprocesses": True}
    rest.error("POST", "/process-instance/delete", 400, json=alone)


def test_who_has_nothing_to_do_with_it_does_not_see_it(
    rest_as: Callable[..., Rest], demo: Client, cases: dict[str, str]
) -> None:
    assert rest_as("li").get("/process-instance") == []
    chen = rest_as("chen")
    assert len(chen.get("/process-instance")) == 3, "a task of it is offered to her group"
    case = cases["SO-1"]
    rest_as("li").error("GET", f"/process-instance/{case}", 404)
    for method, path in (("GET", "variables"), ("PUT", "suspended"), ("DELETE", "")):
        chen.error(method, f"/process-instance/{case}/{path}".rstrip("/"), 403)
    body = {"instructions": [off("check")]}
    assert chen.error("POST", f"/process-instance/{case}/modification", 403, json=body)["type"] == (
        "AuthorizationException"
    )


def test_the_tree_of_activity_instances(rest: Rest, cases: dict[str, str]) -> None:
    case = cases["SO-1"]
    move(rest, case, off("check"), to("ship"))
    tree = rest.get(f"/process-instance/{case}/activity-instances")
    assert (tree["id"], tree["activityType"], tree["childTransitionInstances"]) == (case, "processDefinition", [])
    (sub,) = tree["childActivityInstances"]
    assert (sub["activityId"], sub["activityType"], sub["name"]) == ("send", "subProcess", "Send")
    (task,) = sub["childActivityInstances"]
    assert (task["activityId"], task["parentActivityInstanceId"]) == ("ship", sub["id"])
    move(rest, case, to("pack", ancestorActivityInstanceId=sub["id"]))
    move(rest, case, {"type": "cancel", "activityInstanceId": task["id"]})
    tree = rest.get(f"/process-instance/{case}/activity-instances")
    assert [each["activityId"] for each in tree["childActivityInstances"][0]["childActivityInstances"]] == ["pack"]


def test_tokens_are_moved_all_or_none(rest: Rest, demo: Client, cases: dict[str, str]) -> None:
    case = cases["SO-1"]
    for wrong in (to("nowhere"), {"type": "startTransition", "transitionId": "none"}, {"type": "cancel"}, to("")):
        body = {"instructions": [off("check"), wrong]}
        assert rest.error("POST", f"/process-instance/{case}/modification", 400, json=body)
    assert [task["taskDefinitionKey"] for task in rest.get("/task", processInstanceId=case)] == ["check"]
    chosen = {"why": {"value": "skipped", "type": "String"}, "mine": {"value": 1, "local": True}}
    move(rest, case, off("check"), to("pack", variables=chosen), annotation="the customer called")
    assert [task["taskDefinitionKey"] for task in rest.get("/task", processInstanceId=case)] == ["pack"]
    held = rest.get(f"/process-instance/{case}/variables")
    assert held["why"] == {"value": "skipped", "type": "String", "valueInfo": {}}
    assert "mine" not in held
    task = rest.get("/task", processInstanceId=case)[0]["id"]
    assert rest.get(f"/execution/{task}/localVariables")["mine"]["value"] == 1
    move(rest, case, off("pack"))
    assert demo.get(f"/instances/{case}")["state"] == "cancelled"


def test_suspended_ones_stand_still(rest: Rest, cases: dict[str, str]) -> None:
    case = cases["SO-1"]
    rest.put(f"/process-instance/{case}/suspended", suspended=True)
    assert rest.get(f"/process-instance/{case}")["suspended"] is True
    task = rest.get("/task", processInstanceId=case)[0]
    assert task["suspended"] is True
    assert rest.error("POST", f"/task/{task['id']}/complete", 500, json={})["type"] == "ProcessEngineException"
    rest.put(f"/process-instance/{case}/suspended", suspended=False)
    rest.post(f"/task/{task['id']}/complete", 204)
    rest.put("/process-instance/suspended", suspended=True, processDefinitionKey="order")
    assert rest.get("/process-instance/count", suspended="true") == {"count": 3}
    query = {"businessKey": "SO-2"}
    rest.put("/process-instance/suspended", suspended=False, processInstanceIds=[case], processInstanceQuery=query)
    assert rest.get("/process-instance/count", suspended="true") == {"count": 1}
    rest.error("PUT", "/process-instance/suspended", 400, json={"suspended": True})


def test_variables(rest: Rest, cases: dict[str, str]) -> None:
    path = f"/process-instance/{cases['SO-1']}/variables"
    assert rest.get(f"{path}/amount") == {"value": 100, "type": "Integer", "valueInfo": {}}
    rest.put(f"{path}/amount", value="12", type="Integer")
    rest.put(f"{path}/note", value="hello")
    new = {"when": {"value": "2030-01-01T10:00:00.000+0000", "type": "Date"}, "data": {"value": "[1]", "type": "Json"}}
    rest.post(path, 204, modifications=new | {"both": {"value": 1}}, deletions=["note", "both"])
    held = rest.get(path)
    assert {name: value["type"] for name, value in held.items()} == {
        "amount": "Integer",
        "when": "Date",
        "data": "Json",
    }
    assert datetime.fromisoformat(held["when"]["value"]).year == 2030
    rest.delete(f"{path}/when")
    rest.error("GET", f"{path}/when", 404)
    rest.error("PUT", f"{path}/amount", 400, json={"value": "twelve", "type": "Integer"})


def test_files_in_variables(rest: Rest, cases: dict[str, str], rest_as: Callable[..., Rest]) -> None:
    path = f"/process-instance/{cases['SO-1']}/variables"
    content = base64.b64encode(b"%PDF-1.4 offer").decode()
    rest.put(f"{path}/offer", value=content, type="File", valueInfo={"filename": "offer.pdf"})
    assert rest.get(f"{path}/offer/data") == b"%PDF-1.4 offer"
    info = {"filename": "offer.pdf", "mimeType": "application/pdf", "mimetype": "application/pdf"}
    assert rest.get(f"{path}/offer") == {"value": None, "type": "File", "valueInfo": info}
    of_case = {"processInstanceId": cases["SO-1"], "variableTypeIn": "File"}
    assert [row["name"] for row in rest.get("/history/variable-instance", **of_case)] == ["offer"]
    rest.put(f"{path}/key", value=content, type="bytes")
    assert rest.get(f"{path}/key") == rest.get(path)["key"] == {"value": content, "type": "Bytes", "valueInfo": {}}
    assert rest.get(f"{path}/key/data") == b"%PDF-1.4 offer"
    of_case["variableTypeIn"] = "Bytes"
    assert [row["name"] for row in rest.get("/history/variable-instance", **of_case)] == ["key"]
    rest.call("POST", f"{path}/note/data", 204, files={"data": ("note.txt", b"hello")}, data={"valueType": "File"})
    assert rest.get(f"{path}/note/data") == b"hello"
    rest.error("GET", f"{path}/amount/data", 400)
    rest.error("PUT", f"{path}/offer", 400, json={"value": "not base64", "type": "File"})


def test_a_file_keeps_its_encoding(rest: Rest, cases: dict[str, str]) -> None:
    path = f"/process-instance/{cases['SO-1']}/variables/offer"
    content = base64.b64encode("报价".encode("gb18030")).decode()
    info = {"filename": "offer.csv", "encoding": "GB18030"}
    rest.put(path, value=content, type="File", valueInfo=info)
    assert rest.get(path)["valueInfo"].items() >= info.items()
    assert rest.call("GET", f"{path}/data").text == "报价"
    rest.error("PUT", path, 400, json={"value": content, "type": "File", "valueInfo": {"encoding": "no such\nthing"}})


def test_files_come_wherever_variables_do(rest: Rest, cases: dict[str, str]) -> None:
    def file(content: bytes) -> dict[str, Any]:
        info = {"filename": "报价.txt"}
        return {"value": base64.b64encode(content).decode(), "type": "File", "valueInfo": info}

    case = rest.post("/process-definition/key/order/start", variables={"offer": file(b"first")})["id"]
    (task,) = rest.get("/task", processInstanceId=case)
    rest.post(f"/task/{task['id']}/complete", 204, variables={"answer": file(b"second")})
    held = f"/process-instance/{case}/variables"
    assert (rest.get(f"{held}/offer/data"), rest.get(f"{held}/answer/data")) == (b"first", b"second")
    move(rest, case, to("check", variables={"third": {**file(b"third"), "local": False}}))
    assert rest.get(f"{held}/third/data") == b"third"
    bad = {"variables": {"offer": {"value": "?", "type": "File"}}}
    assert "offer" in rest.error("POST", "/process-definition/key/order/start", 400, json=bad)["message"]


@pytest.mark.parametrize("path", ["/process-instance", "/execution", "/history/process-instance"])
def test_people_do_not_guess_variables_by_searching(rest_as: Callable[..., Rest], path: str) -> None:
    sought = {"variables": [{"name": "amount", "operator": "gt", "value": 1}]}
    assert rest_as("chen").error("POST", path, 403, json=sought)["type"] == "AuthorizationException"
    rest_as("chen").error("GET", f"{path}/count?variables=amount_gt_1", 403)
    rest_as("demo").get(f"{path}/count", variables="amount_gt_1")


def test_what_cannot_be_stored_is_refused(rest: Rest) -> None:
    rest.error("GET", "/execution?incidentType=%00", 400)
    rest.error("GET", "/history/variable-instance?variableValue=%00", 400)


def test_comments(rest: Rest, demo: Client, cases: dict[str, str]) -> None:
    task = rest.get("/task", processInstanceId=cases["SO-1"])[0]
    demo.post(f"/tasks/{task['id']}/comments", 201, text="look at this")
    (found,) = rest.get(f"/process-instance/{cases['SO-1']}/comment")
    assert (found["message"], found["userId"], found["taskId"]) == ("look at this", "demo", task["id"])
