"""Process definitions on the wire: found, started, filled in, counted, suspended, deleted."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.client import Client
from tests.acceptance.engine_rest.client import Rest
from tests.acceptance.engine_rest.test_deployments import deploy
from tests.diagrams import end, flow, process, start, user

FORM = json.dumps(
    {
        "type": "default",
        "id": "lead",
        "components": [
            {"type": "textfield", "key": "customer", "label": "Customer", "validate": {"required": True}},
            {"type": "number", "key": "amount", "label": "Amount", "defaultValue": 5},
        ],
    }
)
CALLED = process(start(), end(), flow("start > end"), key="called")
MODEL = process(
    start(attributes='camunda:formRef="lead" camunda:formRefBinding="deployment"'),
    user("check"),
    '<bpmn:callActivity id="call" calledElement="called" />',
    end(),
    flow("start > check > call > end"),
    key="order",
)
WORK = process(
    start(),
    '<bpmn:serviceTask id="do" camunda:type="external" camunda:topic="work" />',
    end(),
    flow("start > do > end"),
    key="work",
)


@pytest.fixture
def order(rest: Rest) -> str:
    """The id of a version that is deployed with its form."""
    made = deploy(rest, {"order.bpmn": MODEL, "called.bpmn": CALLED, "lead.form": FORM})
    return next(each for each in made["deployedProcessDefinitions"] if each.startswith("order:"))


def test_a_process_is_started_with_typed_variables(rest: Rest, order: str, demo: Client) -> None:
    given = {"customer": {"value": "远航"}, "other": {"value": "12.50", "type": "Double"}}
    started = rest.post(
        "/process-definition/key/order/start", variables=given, businessKey="A-1", withVariablesInReturn=True
    )
    assert started["definitionId"] == order
    assert started["variables"]["other"] == {"value": 12.5, "type": "Double", "valueInfo": {}}
    assert demo.get(f"/instances/{started['id']}")["business_key"] == "A-1"
    assert started["links"][0]["href"].endswith(f"/engine-rest/process-instance/{started['id']}")
    rest.error("POST", "/process-definition/key/order/tenant-id/one/start", 404, json={})
    rest.error("POST", "/process-definition/key/nothing/start", 404, json={})
    wrong = {"variables": {"amount": {"value": "much", "type": "Double"}}}
    assert "amount" in rest.error("POST", f"/process-definition/{order}/start", 400, json=wrong)["message"]
    (called,) = rest.get("/process-definition", key="called")
    assert rest.call("POST", f"/process-definition/{called['id']}/start", 200, content=b"")["ended"]


def test_a_process_is_started_where_an_operator_wants(rest: Rest, order: str, rest_as: Callable[..., Rest]) -> None:
    at = [{"type": "startBeforeActivity", "activityId": "check", "variables": {"x": {"value": 1, "local": False}}}]
    started = rest.post(f"/process-definition/{order}/start", startInstructions=at, withVariablesInReturn=True)
    assert started["variables"]["x"]["value"] == 1
    (standing,) = rest.get(f"/process-definition/{order}/statistics")
    assert standing["id"] == "check"
    after = [{"type": "startAfterActivity", "activityId": "check"}]
    assert rest.post(f"/process-definition/{order}/start", startInstructions=after)["ended"]
    for wrong in ([{"type": "cancel", "activityId": "check"}], [{"type": "startBeforeActivity", "activityId": "no"}]):
        refused = rest.call("POST", f"/process-definition/{order}/start", json={"startInstructions": wrong})
        assert refused.status_code in (400, 404)
    rest_as("chen").error("POST", f"/process-definition/{order}/start", 403, json={"startInstructions": at})


def test_the_start_form_is_shown_and_checked(rest: Rest, order: str, rest_as: Callable[..., Rest]) -> None:
    reference = {"key": "lead", "binding": "deployment", "version": None}
    for path in (f"/process-definition/{order}", "/process-definition/key/order"):
        assert rest.get(f"{path}/startForm") == {"key": None, "camundaFormRef": reference, "contextPath": None}
        assert rest.get(f"{path}/deployed-start-form") == json.loads(FORM)
        opens_with = rest.get(f"{path}/form-variables")
        assert opens_with["amount"] == {"value": 5, "type": "Integer", "valueInfo": {}}
        assert rest.get(f"{path}/form-variables", variableNames="customer,other").keys() <= {"customer"}
        rest.error("GET", f"{path}/rendered-form", 400)
    chen = rest_as("chen")
    refused = chen.error("POST", "/process-definition/key/order/submit-form", 400)
    assert "customer" in refused["message"]
    given = {"customer": {"value": "远航", "type": "String"}, "amount": {"value": 5}}
    started = chen.post("/process-definition/key/order/submit-form", variables=given, businessKey="B-2")
    assert started["businessKey"] == "B-2"
    assert chen.post(f"/process-definition/{order}/submit-form", variables=given)["definitionId"] == order
    rest.error("GET", "/process-definition/key/called/deployed-start-form", 404)


def test_fields_of_the_model_make_a_page(rest: Rest) -> None:
    fields = '<camunda:formData><camunda:formField id="reason" type="string" label="Why" defaultValue="none" />'
    event = start(inside=f"<bpmn:extensionElements>{fields}</camunda:formData></bpmn:extensionElements>")
    deploy(rest, {"asked.bpmn": process(event, end(), flow("start > end"), key="asked")})
    page = rest.call("GET", "/process-definition/key/asked/rendered-form")
    assert page.status_code == 200
    assert 'cam-variable-name="reason"' in page.text
    assert rest.get("/process-definition/key/asked/form-variables")["reason"]["value"] == "none"


def test_what_stands_where_is_counted(
    rest: Rest, order: str, demo: Client, rest_as: Callable[..., Rest], chen: Client
) -> None:
    deploy(rest, {"work.bpmn": WORK})
    for _ in range(2):
        rest.post("/process-definition/key/order/start", variables={"customer": {"value": "a"}})
    rest.post("/process-definition/key/work/start")
    job = demo.post("/jobs/fetch-and-lock", worker="w", topics=[{"topic": "work"}])["jobs"][0]
    demo.call("POST", f"/jobs/{job['id']}/fail", 200, json={"worker": "w", "message": "no", "retries": 0})
    (standing,) = rest.get(f"/process-definition/{order}/statistics")
    assert (standing["id"], standing["instances"], standing["incidents"]) == ("check", 2, [])
    (failed,) = rest.get("/process-definition/key/work/statistics", incidents="true", failedJobs="true")
    assert (failed["id"], failed["failedJobs"]) == ("do", 1)
    assert failed["incidents"] == [{"incidentType": "failedExternalTask", "incidentCount": 1}]
    all_of_them = rest.get("/process-definition/statistics", rootIncidents="true")
    assert {each["definition"]["key"]: each["instances"] for each in all_of_them} == {
        "called": 0,
        "order": 2,
        "work": 1,
    }
    (work,) = (each for each in all_of_them if each["definition"]["key"] == "work")
    assert work["id"] == work["definition"]["id"]
    assert work["incidents"] == failed["incidents"]
    own = rest_as("chen").post("/process-definition/key/work/start")["id"]
    seen = rest_as("chen").get("/process-definition/statistics", incidents="true")  # of others' cases nothing
    assert {each["definition"]["key"]: each["instances"] for each in seen} == {"called": 0, "order": 0, "work": 1}
    assert all(each["incidents"] == [] for each in seen)
    assert [each["instances"] for each in rest_as("chen").get("/process-definition/key/work/statistics")] == [1]
    assert chen.get("/definitions/order/statistics")["elements"] == []
    assert {each["waiting"] for each in chen.get("/definitions/work/statistics")["elements"]} == {0, 1}
    rest.delete(f"/process-instance/{own}")
    assert [each["key"] for each in rest.get("/process-definition", incidentType="failedExternalTask")] == ["work"]


def test_called_processes_are_named(rest: Rest, order: str) -> None:
    (called,) = rest.get(f"/process-definition/{order}/static-called-process-definitions")
    assert (called["key"], called["calledFromActivityIds"], called["callingProcessDefinitionId"]) == (
        "called",
        ["call"],
        order,
    )


def test_a_suspended_version_is_not_started(rest: Rest, order: str) -> None:
    rest.put(f"/process-definition/{order}/suspended", suspended=True)
    assert rest.get("/process-definition/key/order")["suspended"]
    assert [each["key"] for each in rest.get("/process-definition", suspended="true")] == ["order"]
    refused = rest.error("POST", f"/process-definition/{order}/start", 500, json={})
    assert refused["type"] == "ProcessEngineException"
    rest.put("/process-definition/suspended", suspended=False, processDefinitionKey="order")
    assert not rest.get(f"/process-definition/{order}")["suspended"]
    rest.put("/process-definition/key/order/suspended", suspended=True, includeProcessInstances=True)
    rest.error("PUT", "/process-definition/suspended", 400, json={"suspended": True})
    rest.error("PUT", f"/process-definition/{order}/suspended", 400, json={"suspended": "perhaps"})


def test_how_long_history_is_kept_is_told_and_set(rest: Rest, order: str) -> None:
    rest.put(f"/process-definition/{order}/history-time-to-live", historyTimeToLive=180)
    assert rest.get(f"/process-definition/{order}")["historyTimeToLive"] == 180
    rest.put("/process-definition/key/order/history-time-to-live", historyTimeToLive=None)
    assert rest.get(f"/process-definition/{order}")["historyTimeToLive"] is None
    rest.error("PUT", f"/process-definition/{order}/history-time-to-live", 400, json={"historyTimeToLive": -1})


def test_there_is_no_picture_but_a_file(rest: Rest, order: str) -> None:
    assert rest.call("GET", f"/process-definition/{order}/diagram", 204) is None
    assert rest.get(f"/process-definition/{order}/xml") == {"id": order, "bpmn20Xml": MODEL.decode()}
    rest.error("GET", "/process-definition/key/order/tenant-id/one/xml", 404)
    rest.error("GET", "/process-definition/key/order/tenant-id/one", 404)


def test_versions_are_deleted(rest: Rest, order: str) -> None:
    rest.post("/process-definition/key/order/start", variables={"customer": {"value": "a"}})
    assert rest.error("DELETE", f"/process-definition/{order}", 500)["type"] == "ProcessEngineException"
    rest.delete(f"/process-definition/{order}", cascade=True)
    rest.error("GET", f"/process-definition/{order}", 404)
    rest.error("DELETE", f"/process-definition/{order}", 404)
    deploy(rest, {"called.bpmn": CALLED})
    rest.delete("/process-definition/key/called")
    assert rest.get("/process-definition") == []


def test_people_ask_for_what_they_may_start_and_not_by_what_failed(rest: Rest, rest_as: Callable[..., Rest]) -> None:
    for key, starters in (("ours", "sales"), ("theirs", "legal"), ("anybodys", "")):
        named = f'camunda:candidateStarterGroups="{starters}"' if starters else ""
        deploy(rest, {f"{key}.bpmn": process(start(), end(), flow("start > end"), key=key, attributes=named)})

    def keys(who: Rest, **asked: Any) -> set[str]:
        return {each["key"] for each in who.get("/process-definition", **asked)}

    assert keys(rest_as("chen"), startablePermissionCheck="true") == {"ours", "anybodys"}
    assert keys(rest, startablePermissionCheck="true") == keys(rest_as("chen")) == {"ours", "theirs", "anybodys"}
    assert keys(rest, tenantIdIn="one") == set()
    assert keys(rest, tenantIdIn="one", includeProcessDefinitionsWithoutTenantId="true") == keys(rest)
    for name in ("incidentType", "incidentMessageLike"):
        rest_as("chen").error("GET", f"/process-definition/count?{name}=failedJob", 403)


def test_who_may_not_operate_is_told_so(rest: Rest, order: str, rest_as: Callable[..., Rest]) -> None:
    chen, reader = rest_as("chen"), rest_as("demo", "processes:read")
    for who in (chen, reader):
        refused = who.error("PUT", f"/process-definition/{order}/suspended", 403, json={"suspended": True})
        assert refused["type"] == "AuthorizationException"
    chen.error("DELETE", f"/process-definition/{order}", 403)
