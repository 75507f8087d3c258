"""Migration, batches and operations on many instances under /engine-rest."""

from typing import Any
from uuid import uuid4

import pytest

from process_server.bpmn import jobs
from tests.acceptance.client import Client
from tests.acceptance.engine_rest.client import Rest
from tests.diagrams import boundary, end, flow, process, start, timer, user


def model(*steps: str, limit: str = "") -> bytes:
    late = boundary("late", steps[0], timer("timeDuration", limit)) if limit else ""
    lines = [" > ".join(["start", *steps, "end"]), *(["late > end2"] if limit else [])]
    elements = [start(), *(user(step) for step in steps), end(), *([late, end("end2")] if limit else [])]
    return process(*elements, flow(*lines), key="deal")


@pytest.fixture
def cases(demo: Client) -> list[str]:
    """Three cases at the first step of the first version; the second version has a step more and a time limit."""
    demo.deploy({"deal.bpmn": model("enter")})
    found = [demo.post("/instances", 201, definition_key="deal", business_key=f"D-{each}")["id"] for each in range(3)]
    demo.deploy({"deal.bpmn": model("enter", "check", limit="PT1H")})
    return found


@pytest.fixture
def plan(rest: Rest, cases: list[str]) -> dict[str, Any]:
    found = rest.get("/process-definition", key="deal", sortBy="version", sortOrder="asc")
    old, new = (each["id"] for each in found)
    sent = {"sourceProcessDefinitionId": old, "targetProcessDefinitionId": new, "updateEventTriggers": True}
    generated: dict[str, Any] = rest.post("/migration/generate", **sent, variables=None)
    return generated


def version(rest: Rest, case: str) -> str:
    return str(rest.get(f"/process-instance/{case}")["definitionId"].split(":")[1])


def test_a_generated_plan_holds_and_moves_instances(rest: Rest, plan: dict[str, Any], cases: list[str]) -> None:
    enter = {"sourceActivityIds": ["enter"], "targetActivityIds": ["enter"], "updateEventTrigger": False}
    assert enter in plan["instructions"]
    assert rest.post("/migration/validate", **plan) == {"instructionReports": [], "variableReports": {}}
    task = rest.get("/task", processInstanceId=cases[0])[0]["id"]
    rest.post("/migration/execute", 204, migrationPlan=plan, processInstanceIds=cases[:1], skipCustomListeners=True)
    assert [version(rest, case) for case in cases] == ["2", "1", "1"]
    assert rest.get("/task", processInstanceId=cases[0])[0]["id"] == task
    query = {"processDefinitionKey": "deal", "businessKey": "D-1"}
    plan["variables"] = {"moved": {"value": True, "type": "Boolean"}}
    rest.post("/migration/execute", 204, migrationPlan=plan, processInstanceQuery=query)
    assert [version(rest, case) for case in cases] == ["2", "2", "1"]
    assert rest.get(f"/process-instance/{cases[1]}/variables/moved")["value"] is True


def test_a_version_stays_as_long_as_the_history_of_cases_moved_away(
    rest: Rest, plan: dict[str, Any], cases: list[str]
) -> None:
    again = [{"type": "cancel", "activityId": "enter"}, {"type": "startBeforeActivity", "activityId": "enter"}]
    rest.post(f"/process-instance/{cases[0]}/modification", 204, instructions=again)
    rest.post("/migration/execute", 204, migrationPlan=plan, processInstanceIds=cases)
    old = rest.get(f"/process-definition/{plan['sourceProcessDefinitionId']}")
    for path in (f"/process-definition/{old['id']}", f"/deployment/{old['deploymentId']}"):
        assert "moved" in rest.error("DELETE", path, 500, params={"cascade": True})["message"]
    rest.delete(f"/process-instance/{cases[0]}")
    rest.delete(f"/history/process-instance/{cases[0]}")
    rest.delete(f"/process-definition/{old['id']}")


def test_faults_of_a_plan_and_of_an_instance_are_told(rest: Rest, plan: dict[str, Any], cases: list[str]) -> None:
    wrong = {"sourceActivityIds": ["enter"], "targetActivityIds": ["nowhere"], "updateEventTrigger": False}
    report = rest.post("/migration/validate", **{**plan, "instructions": [wrong]})
    assert report["instructionReports"][0]["instruction"] == wrong
    assert "nowhere" in report["instructionReports"][0]["failures"][0]
    for sent, kind in (
        ([wrong], "MigrationPlanValidationException"),
        ([{"sourceActivityIds": ["end"], "targetActivityIds": ["end"]}], "MigratingProcessInstanceValidationException"),
        ([], "InvalidRequestException"),
    ):
        body = {"migrationPlan": {**plan, "instructions": sent}, "processInstanceIds": cases}
        assert rest.error("POST", "/migration/execute", 400, json=body)["type"] == kind
    assert rest.error("POST", "/migration/execute", 400, json={"migrationPlan": plan})
    unknown = {**plan, "sourceProcessDefinitionId": f"deal:9:{uuid4()}"}
    assert rest.error("POST", "/migration/generate", 400, json=unknown)
    assert [version(rest, case) for case in cases] == ["1", "1", "1"]


def test_a_batch_is_followed_to_its_end(rest: Rest, plan: dict[str, Any], cases: list[str]) -> None:
    sent = {"migrationPlan": plan, "processInstanceIds": [*cases, str(uuid4())]}
    batch = rest.post("/migration/executeAsync", **sent)
    assert (batch["type"], batch["totalJobs"], batch["suspended"]) == ("instance-migration", 4, False)
    rest.put(f"/batch/{batch['id']}/suspended", suspended=True)
    jobs.work_batches()
    (told,) = rest.get("/batch/statistics", suspended="true")
    assert (told["remainingJobs"], told["completedJobs"], told["failedJobs"]) == (4, 0, 0)
    rest.put(f"/batch/{batch['id']}/suspended", suspended=False)
    jobs.work_batches()
    (told,) = rest.get("/batch/statistics", type="instance-migration", withFailures="true")
    assert (told["remainingJobs"], told["completedJobs"], told["failedJobs"]) == (1, 3, 1)
    assert [version(rest, case) for case in cases] == ["2", "2", "2"]
    assert rest.get(f"/batch/{batch['id']}")["id"] == batch["id"]
    rest.delete(f"/batch/{batch['id']}", cascade="true")
    assert rest.get("/batch/count")["count"] == 0
    assert rest.error("PUT", f"/batch/{batch['id']}/suspended", 400, json={"suspended": True})


def test_an_ended_batch_is_history(rest: Rest, cases: list[str]) -> None:
    batch = rest.post("/process-instance/suspended-async", processInstanceIds=cases, suspended=True)["id"]
    jobs.work_batches()
    assert rest.get("/process-instance/count", suspended="true")["count"] == 3
    assert rest.error("GET", f"/batch/{batch}", 404)
    assert rest.get("/batch") == []
    (told,) = rest.get("/history/batch", completed="true")
    assert told == rest.get(f"/history/batch/{batch}")
    assert (told["id"], told["endTime"] is not None) == (batch, True)
    assert rest.get("/history/batch/count", completed="false")["count"] == 0
    rest.delete(f"/history/batch/{batch}")


def test_instances_are_ended_and_their_history_taken_away(rest: Rest, cases: list[str]) -> None:
    rest.post("/process-instance/delete", processInstanceIds=cases, deleteReason="a test", skipCustomListeners=None)
    jobs.work_batches()
    ended = rest.get("/history/process-instance", finished="true")
    assert {each["deleteReason"] for each in ended} == {"a test"}
    rest.post("/history/process-instance/delete", historicProcessInstanceQuery={"finished": True})
    jobs.work_batches()
    assert rest.get("/history/process-instance/count")["count"] == 0


def test_tokens_of_many_instances_are_moved(rest: Rest, plan: dict[str, Any], cases: list[str]) -> None:
    rest.post("/migration/execute", 204, migrationPlan=plan, processInstanceIds=cases)
    sent = {
        "processDefinitionId": plan["targetProcessDefinitionId"],
        "instructions": [
            {"type": "startBeforeActivity", "activityId": "check"},
            {"type": "cancel", "activityId": "enter"},
        ],
        "annotation": "skip it",
    }
    rest.post("/modification/execute", 204, **sent, processInstanceIds=cases[:1])
    rest.post("/modification/executeAsync", **sent, processInstanceIds=cases[1:])
    jobs.work_batches()
    assert {each["taskDefinitionKey"] for each in rest.get("/task")} == {"check"}
    inside = {**sent, "instructions": [{"type": "cancel", "activityInstanceId": str(uuid4())}]}
    assert rest.error("POST", "/modification/execute", 400, json={**inside, "processInstanceIds": cases})


def test_ended_instances_are_started_again(rest: Rest, plan: dict[str, Any], cases: list[str]) -> None:
    for case in cases[:2]:
        rest.delete(f"/process-instance/{case}")
    to = f"/process-definition/{plan['targetProcessDefinitionId']}"
    sent = {"instructions": [{"type": "startBeforeActivity", "activityId": "check"}]}
    rest.post(f"{to}/restart", 204, **sent, processInstanceIds=cases[:1])
    rest.post(f"{to}/restart-async", **sent, processInstanceIds=[cases[1]], withoutBusinessKey=True)
    jobs.work_batches()
    again = rest.get("/task", taskDefinitionKey="check")
    keys = {rest.get(f"/process-instance/{each['processInstanceId']}")["businessKey"] for each in again}
    assert keys == {"D-0", None}
    running = {**sent, "processInstanceIds": cases[2:]}
    assert rest.error("POST", f"{to}/restart", 500, json=running)["type"] == "ProcessEngineException"
    assert rest.error("POST", f"{to}/restart", 400, json={**running, "initialVariables": True})


def test_failed_jobs_of_many_instances_are_tried_again(rest: Rest, demo: Client) -> None:
    job = '<bpmn:serviceTask id="job" camunda:type="external" camunda:topic="work" />'
    demo.deploy({"deal.bpmn": process(start(), job, end(), flow("start > job > end"), key="deal")})
    case = demo.post("/instances", 201, definition_key="deal")["id"]
    rest.post(
        "/external-task/fetchAndLock", workerId="w", maxTasks=1, topics=[{"topicName": "work", "lockDuration": 9}]
    )
    task = rest.get("/external-task")[0]["id"]
    rest.post(f"/external-task/{task}/failure", 204, workerId="w", retries=0)
    rest.post("/process-instance/job-retries", processInstances=[case], retries=2)
    jobs.work_batches()
    assert rest.get("/external-task")[0]["retries"] == 2


def test_who_administers_nothing_is_refused(rest_as: Any, plan: dict[str, Any], cases: list[str]) -> None:
    chen = rest_as("chen")
    for method, path, body in (
        ("POST", "/migration/generate", plan),
        ("POST", "/migration/execute", {"migrationPlan": plan, "processInstanceIds": cases}),
        ("POST", "/process-instance/delete", {"processInstanceIds": cases}),
        ("GET", "/batch", None),
    ):
        assert chen.error(method, path, 403, json=body)["type"] == "AuthorizationException"
