"""Jobs as tools of Camunda see them: timers, the work of connectors, and steps that wait to be tried again."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from process_server import clock
from process_server.bpmn import jobs
from tests.acceptance.client import Client
from tests.acceptance.engine_rest.client import Rest
from tests.diagrams import boundary, end, flow, process, start, timer, user

REMINDED = process(
    start(),
    user("work"),
    boundary("again", "work", timer("timeCycle", "R/PT1H"), interrupting=False),
    end("told"),
    end(),
    flow("start > work > end", "again > told"),
    key="reminded",
)
CALLING = process(
    start(),
    '<bpmn:serviceTask id="call" camunda:type="external" camunda:topic="http"><bpmn:extensionElements>'
    '<camunda:inputOutput><camunda:inputParameter name="url">http://127.0.0.1:9/nobody</camunda:inputParameter>'
    "</camunda:inputOutput></bpmn:extensionElements></bpmn:serviceTask>",
    end(),
    flow("start > call > end"),
    key="calling",
)
STUCK = process(
    start(),
    '<bpmn:exclusiveGateway id="choose" />',
    user("decide"),
    end(),
    flow("start > choose > decide > end", choose_to_decide="${amount &gt; 3}"),
    key="stuck",
)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def deployed(demo: Client) -> None:
    demo.deploy({"reminded.bpmn": REMINDED, "calling.bpmn": CALLING, "stuck.bpmn": STUCK})


def begin(demo: Client, key: str, **variables: Any) -> str:
    """Start a case."""
    return str(demo.post("/instances", 201, definition_key=key, variables=variables)["id"])


def due(job: dict[str, Any]) -> datetime:
    """When a job is due."""
    return datetime.strptime(job["dueDate"], "%Y-%m-%dT%H:%M:%S.%f%z")


def test_a_timer_is_moved_suspended_and_fired_without_deploying(demo: Client, rest: Rest) -> None:
    case = begin(demo, "reminded")
    [job] = rest.get("/job", processInstanceId=case, timers=True)
    assert (job["retries"], job["suspended"], job["exceptionMessage"]) == (3, False, None)
    later = "2040-01-01T10:00:00.000+0000"
    rest.put(f"/job/{job['id']}/duedate", duedate=later)
    assert rest.get(f"/job/{job['id']}")["dueDate"] == later
    assert rest.get("/job/count", dueDates="gt_2039-01-01T00:00:00.000+0000") == {"count": 1}
    assert rest.get("/job/count", executable=True) == {"count": 0}
    rest.call("POST", f"/job/{job['id']}/duedate/recalculate", 204)
    assert abs(due(rest.get(f"/job/{job['id']}")) - due(job)) < timedelta(minutes=1)
    rest.put(f"/job/{job['id']}/suspended", suspended=True)
    assert rest.post("/job", suspended=True)[0]["id"] == job["id"]
    with clock.travel(2 * HOUR):
        assert jobs.fire_due_timers() == 0
    rest.put(f"/job/{job['id']}/suspended", suspended=False)
    rest.call("POST", f"/job/{job['id']}/execute", 204)
    fired = rest.get("/history/activity-instance", processInstanceId=case, activityType="boundaryTimer")
    assert [each["activityId"] for each in fired] == ["again"]
    assert abs(due(rest.get("/job")[0]) - due(job) - HOUR) < timedelta(minutes=1)
    assert "suspend" in rest.error("PUT", f"/job/{job['id']}/retries", 400, json={"retries": 0})["message"]
    done = {each["operationType"] for each in rest.get("/history/user-operation", processInstanceId=case)}
    assert {"SetDueDate", "Recalculate", "Suspend", "Activate", "Execute"} <= done


def test_a_connector_that_fails_is_a_job_that_can_be_tried_again(demo: Client, rest: Rest) -> None:
    case = begin(demo, "calling")
    [job] = rest.get("/job", messages=True)
    assert (job["processInstanceId"], job["failedActivityId"]) == (case, None)
    for _ in range(3):
        rest.call("POST", f"/job/{job['id']}/execute", 204)
        jobs.run_job(job["id"])
    failed = rest.get(f"/job/{job['id']}")
    assert (failed["retries"], failed["failedActivityId"]) == (0, "call")
    assert rest.get("/job/count", noRetriesLeft=True, withException=True) == {"count": 1}
    said = rest.call("GET", f"/job/{job['id']}/stacktrace", 200)
    assert said.decode() == failed["exceptionMessage"]
    log = rest.get("/history/job-log", jobId=job["id"], sortBy="timestamp", sortOrder="asc")
    assert [(each["jobRetries"], each["failureLog"]) for each in log] == [(2, True), (1, True), (0, True)]
    [incident] = rest.get("/incident")
    assert (incident["configuration"], incident["incidentType"]) == (job["id"], "failedJob")
    rest.put(f"/job/{job['id']}/retries", retries=2)
    assert rest.get(f"/job/{job['id']}")["retries"] == 2
    assert rest.get("/incident") == []


def test_a_step_that_failed_is_a_job_without_retries(demo: Client, rest: Rest) -> None:
    case = begin(demo, "stuck")
    [job] = rest.get("/job", processInstanceId=case)
    assert (job["retries"], job["failedActivityId"]) == (0, "choose")
    assert rest.get("/incident")[0]["configuration"] == job["id"]
    assert rest.error("PUT", f"/job/{job['id']}/duedate", 400, json={"duedate": None})
    rest.put(f"/process-instance/{case}/variables/amount", value=5, type="Integer")
    rest.put(f"/job/{job['id']}/retries", retries=1)
    assert rest.get("/job", processInstanceId=case) == []
    assert rest.get("/task", processInstanceId=case)[0]["taskDefinitionKey"] == "decide"


def test_many_jobs_are_given_new_retries_in_the_background(demo: Client, rest: Rest) -> None:
    stuck = [begin(demo, "stuck") for _ in range(3)]
    for case in stuck:
        rest.put(f"/process-instance/{case}/variables/amount", value=5, type="Integer")
    waiting = rest.get("/job", noRetriesLeft=True)
    named = [job["id"] for job in waiting if job["processInstanceId"] in stuck[:2]]
    batch = rest.post("/job/retries", jobIds=named, retries=1)
    assert batch["totalJobs"] == 2
    jobs.work_batches()
    assert [job["processInstanceId"] for job in rest.get("/job", noRetriesLeft=True)] == stuck[2:]
    rest.post("/job/retries", jobQuery={"noRetriesLeft": True}, retries=1)
    jobs.work_batches()
    assert rest.get("/incident") == []
    assert rest.error("POST", "/job/retries", 400, json={"jobIds": [named[0]], "retries": 1})


def test_jobs_are_for_administrators_and_systems(demo: Client, rest_as: Any) -> None:
    case = begin(demo, "reminded")
    system, chen = rest_as("li", "jobs"), rest_as("chen")
    [job] = system.get("/job")
    assert job["processInstanceId"] == case
    system.put(f"/job/{job['id']}/duedate", duedate="2040-01-01T10:00:00.000+0000", cascade=True)
    for method, path in (("GET", "/job"), ("POST", f"/job/{job['id']}/execute")):
        assert chen.error(method, path, 403)["type"] == "AuthorizationException"
    assert system.error("GET", "/job/nonsense", 404)
