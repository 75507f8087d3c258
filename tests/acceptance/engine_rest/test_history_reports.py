"""Reports of the history: durations, heat map, logs of failures, operations and assignments, cleaning."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from process_server import clock
from process_server.bpmn import jobs
from process_server.config import settings
from tests.acceptance.client import Client
from tests.acceptance.engine_rest.client import Rest
from tests.diagrams import boundary, end, flow, process, start, timer, user

ORDER = process(
    start(),
    user("enter", 'camunda:candidateGroups="sales"'),
    boundary("late", "enter", timer("timeDuration", "PT1H"), interrupting=False),
    end("told"),
    '<bpmn:serviceTask id="pack" camunda:type="external" camunda:topic="packing" />',
    end(),
    flow("start > enter > pack > end", "late > told"),
    key="order",
)


@pytest.fixture(autouse=True)
def deployed(demo: Client) -> None:
    demo.deploy({"order.bpmn": ORDER})


def begin(demo: Client) -> str:
    """Start an order."""
    return str(demo.post("/instances", 201, definition_key="order")["id"])


def test_durations_by_month_and_quarter_also_as_csv(demo: Client, rest: Rest) -> None:
    case = begin(demo)
    with clock.travel(timedelta(hours=2)):
        demo.post(f"/instances/{case}/cancel", 204)
    [month] = rest.get("/history/process-instance/report", reportType="duration", periodUnit="month")
    assert 1 <= month["period"] <= 12
    assert abs(month["average"] - 7_200_000) < 60_000
    assert month["minimum"] == month["maximum"] == month["average"]
    asked: dict[str, Any] = {"reportType": "duration", "periodUnit": "quarter", "processDefinitionKeyIn": "order"}
    sheet = rest.call(
        "GET", "/history/process-instance/report", 200, params=asked, headers={"Accept": "text/csv"}
    ).decode()
    assert sheet.splitlines()[0] == "PERIOD,PERIOD_UNIT,MINIMUM,MAXIMUM,AVERAGE"
    assert sheet.splitlines()[1].split(",")[1:3] == ["QUARTER", str(month["minimum"])]
    assert rest.get("/history/process-instance/report", **{**asked, "processDefinitionKeyIn": "other"}) == []
    assert rest.error("GET", "/history/process-instance/report", 400)


def test_a_heat_map_of_a_version(demo: Client, rest: Rest, rest_as: Callable[..., Rest]) -> None:
    first, _ = begin(demo), begin(demo)
    demo.post(f"/instances/{first}/cancel", 204)
    [version] = rest.get("/process-definition", key="order")
    path = f"/history/process-definition/{version['id']}/statistics"
    assert [(each["id"], each["instances"], each["finished"]) for each in rest.get(path)] == [("enter", 1, 0)]
    all_of_it = {each["id"]: each for each in rest.get(path, finished=True, canceled=True, incidents=True)}
    assert (all_of_it["enter"]["instances"], all_of_it["enter"]["canceled"]) == (1, 1)
    assert (all_of_it["start"]["instances"], all_of_it["start"]["finished"]) == (0, 2)
    assert rest.get(path, processInstanceIdIn=first) == []
    assert rest_as("li").get(path, finished=True) == []


def test_failures_of_workers_are_kept(demo: Client, rest: Rest) -> None:
    case = begin(demo)
    task = demo.get("/tasks", list="all")["items"][0]["id"]
    demo.post(f"/tasks/{task}/complete")
    [job] = rest.post(
        "/external-task/fetchAndLock", workerId="w", maxTasks=1, topics=[{"topicName": "packing", "lockDuration": 9000}]
    )
    rest.post(f"/external-task/{job['id']}/failure", 204, workerId="w", errorMessage="no box", retries=0)
    [entry] = rest.get("/history/external-task-log", processInstanceId=case, failureLog=True)
    assert (entry["externalTaskId"], entry["workerId"], entry["errorMessage"]) == (job["id"], "w", "no box")
    assert rest.get("/history/external-task-log", topicName="other") == []
    assert rest.get("/history/job-log") == []
    assert rest.get("/incident")[0]["incidentType"] == "failedExternalTask"


def test_who_did_what_and_who_was_given_what(demo: Client, rest: Rest, rest_as: Callable[..., Rest]) -> None:
    case = begin(demo)
    [task] = rest.get("/task", processInstanceId=case)
    chen = rest_as("chen")
    chen.post(f"/task/{task['id']}/claim", 204, userId="chen")
    rest.post(f"/task/{task['id']}/assignee", 204, userId="wang")
    log = rest.get("/history/user-operation", taskId=task["id"], sortBy="timestamp", sortOrder="asc")
    assert [(each["operationType"], each["userId"], each["newValue"]) for each in log] == [
        ("Claim", "chen", "chen"),
        ("Assign", "demo", "wang"),
    ]
    assert {each["processInstanceId"] for each in log} == {case}
    assert rest.get("/history/user-operation", processInstanceId=case, entityType="Task", userId="chen")
    assert rest.get("/history/user-operation", category="TaskWorker", operationType="Delegate") == []
    assert chen.error("GET", "/history/user-operation", 403)
    rest_as("demo", "processes").error("GET", "/history/user-operation", 403)  # it is the audit
    assert rest_as("demo", "audit").get("/history/user-operation", taskId=task["id"]) == log
    assert rest.get("/history/user-operation", externalTaskId=task["id"]) == []
    links = rest.get("/history/identity-link-log", taskId=task["id"], sortBy="time", sortOrder="asc")
    told = [(each["type"], each["userId"] or each["groupId"], each["operationType"]) for each in links]
    assert told[:2] == [("candidate", "sales", "add"), ("assignee", "chen", "add")]
    assert sorted(told[2:]) == [("assignee", "chen", "delete"), ("assignee", "wang", "add")]


@pytest.fixture
def cleaned(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that cleans its history by night."""
    monkeypatch.setenv("PROCESS_SERVER_HISTORY_CLEANING", "23:59-00:01")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def test_history_is_cleaned_when_the_settings_say_so(
    demo: Client, rest: Rest, cleaned: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[tuple[Any, ...]] = []
    monkeypatch.setattr(
        "process_server.api.engine_rest.history.history_reports.ring", lambda *given: rung.append(given)
    )
    assert rest.get("/history/cleanup/configuration")["enabled"]
    job = rest.post("/history/cleanup")
    assert job["dueDate"]
    assert rung == [("process_server.bpmn.jobs.clean_history", "at once")]
    case = begin(demo)
    demo.post(f"/instances/{case}/cancel", 204)
    [version] = rest.get("/process-definition", key="order")
    rest.put(f"/process-definition/{version['id']}/history-time-to-live", historyTimeToLive=5)
    assert rest.get(f"/history/process-instance/{case}")["removalTime"]
    with clock.travel(timedelta(days=6)):
        assert jobs.clean_history("at once") == 1
    assert rest.get("/history/process-instance") == []


def test_history_is_not_cleaned_by_default(rest: Rest, rest_as: Callable[..., Rest]) -> None:
    assert rest.get("/history/cleanup/configuration") == {
        "batchWindowStartTime": None,
        "batchWindowEndTime": None,
        "enabled": False,
    }
    assert "never" in rest.error("POST", "/history/cleanup", 400)["message"]
    assert rest_as("chen").error("POST", "/history/cleanup", 403)
