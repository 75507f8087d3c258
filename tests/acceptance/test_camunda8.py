"""The API of Camunda 8 as far as Camunda Modeler uses it: who answers, deploy, start."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from schemathesis.checks import not_a_server_error

from tests.acceptance import contract
from tests.acceptance.client import Client
from tests.diagrams import end, flow, process, start, user

ORDER = process(start(), user("check"), end(), flow("start > check > end"), key="order")
FORM = json.dumps({"type": "default", "id": "lead", "components": [{"type": "textfield", "key": "name"}]})


def call(client: Client, method: str, path: str, expected: int, **options: Any) -> Any:
    answer = client.http.request(method, f"/v2{path}", headers=client.headers, **options)
    assert answer.status_code == expected, answer.text
    if expected != 200:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == expected
    return answer.json()


def deploy(client: Client, expected: int = 200, content: bytes = ORDER, **fields: str) -> Any:
    files = [("resources", ("订单.bpmn", content)), ("resources", ("lead.form", FORM))]
    return call(client, "POST", "/deployments", expected, files=files, data=fields)


def test_the_modeler_deploys_and_starts(demo: Client) -> None:
    assert call(demo, "GET", "/topology", 200)["gatewayVersion"].startswith("8.")
    made = deploy(demo, tenantId="<default>")
    (deployed,) = (each["processDefinition"] for each in made["deployments"] if "processDefinition" in each)
    assert (deployed["processDefinitionId"], deployed["processDefinitionVersion"]) == ("order", 1)
    assert deployed["resourceName"] == "订单.bpmn"
    assert [each["form"]["formId"] for each in made["deployments"] if "form" in each] == ["lead"]
    assert deploy(demo)["deployments"] == made["deployments"]
    started = call(
        demo, "POST", "/process-instances", 200, json={"processDefinitionId": "order", "variables": {"a": 1.50}}
    )
    assert started["processDefinitionKey"] == deployed["processDefinitionKey"]
    assert demo.get(f"/instances/{started['processInstanceKey']}/variables")["variables"] == {"a": 1.5}
    for which in (
        {"processDefinitionKey": deployed["processDefinitionKey"]},
        {"processDefinitionId": "order", "processDefinitionVersion": 1},
        {"processDefinitionId": "order", "startInstructions": [{"elementId": "check"}]},
    ):
        assert call(demo, "POST", "/process-instances", 200, json=which)["processDefinitionVersion"] == 1


def test_a_problem_names_its_place(demo: Client) -> None:
    broken = ORDER.replace(b'<bpmn:userTask id="check"', b'\n  <bpmn:userTask camunda:assignee="${" id="check"')
    line = next(number for number, text in enumerate(broken.split(b"\n"), 1) if b'id="check"' in text)
    problem = deploy(demo, 400, broken)
    assert problem["title"] == "INVALID_ARGUMENT"
    assert f"订单.bpmn:{line}:3: check" in problem["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"processDefinitionId": "nothing"}, 404),
        ({"processDefinitionKey": "2251799813685249"}, 404),
        ({"processDefinitionId": "order", "processDefinitionVersion": 9}, 404),
        ({"processDefinitionId": "order", "tenantId": "one"}, 400),
        ({"processDefinitionId": "order", "awaitCompletion": True}, 400),
        ({"processDefinitionId": "order", "runtimeInstructions": [{"type": "TERMINATE_PROCESS_INSTANCE"}]}, 400),
        ({"processDefinitionId": "order", "variables": [1]}, 400),
    ],
)
def test_what_cannot_be_started_is_refused(demo: Client, body: dict[str, Any], status: int) -> None:
    call(demo, "POST", "/process-instances", status, json=body)


def test_who_may_not_is_told_so(http: TestClient, chen: Client, demo: Client) -> None:
    assert http.get("/v2/topology").headers["WWW-Authenticate"].startswith("Basic")
    assert deploy(chen, 403)["title"] == "PERMISSION_DENIED"
    assert call(demo, "POST", "/deployments", 400, files=[("tenantId", (None, "one"))])["title"] == "INVALID_ARGUMENT"
    demo.headers["Accept-Language"] = "zh-CN"
    nowhere = call(demo, "GET", "/nothing", 404)
    assert (nowhere["title"], nowhere["detail"]) == ("NOT_FOUND", "此地址没有内容。")
    assert call(demo, "DELETE", "/topology", 405)["title"] == "UNIMPLEMENTED"
    assert demo.http.delete("/v2/topology", headers=demo.headers).headers["Allow"] == "GET"


def test_a_page_from_anywhere_may_ask_before_it_has_credentials(http: TestClient) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    allowed = http.options("/v2/deployments", headers={"Origin": "null", **asks})
    assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert "Access-Control-Allow-Credentials" not in allowed.headers


def test_the_api_keeps_its_word(demo: Client) -> None:
    for operation in contract.operations("/v2/openapi.json"):
        contract.hold(operation, {}, demo.headers, [not_a_server_error, *contract.CONFORMING], examples=1)
