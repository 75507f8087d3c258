"""External tasks as workers of Camunda know them: fetched and locked, reported on, listed, given new retries."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.client import Client
from tests.acceptance.engine_rest.client import Rest
from tests.diagrams import boundary, end, flow, process, start, user

INPUTS = """<bpmn:extensionElements>
  <camunda:properties><camunda:property name="queue" value="fast" /></camunda:properties>
  <camunda:inputOutput>
    <camunda:inputParameter name="parcel">${item}-box</camunda:inputParameter>
    <camunda:outputParameter name="sent">${tracking}</camunda:outputParameter>
  </camunda:inputOutput>
</bpmn:extensionElements>"""

SHIPPING = process(
    start(),
    '<bpmn:serviceTask id="ship" camunda:type="external" camunda:topic="shipping" camunda:taskPriority="${urgency}">'
    f"{INPUTS}</bpmn:serviceTask>",
    boundary("lost", "ship", '<bpmn:errorEventDefinition errorRef="lost_error" />'),
    user("search"),
    end(),
    end("end_lost"),
    flow("start > ship > end", "lost > search > end_lost"),
    extra='<bpmn:error id="lost_error" name="lost" errorCode="LOST" />',
    key="shipping",
)


@pytest.fixture(autouse=True)
def deployed(demo: Client) -> None:
    demo.deploy({"shipping.bpmn": SHIPPING})


@pytest.fixture
def worker(rest_as: Callable[..., Rest]) -> Rest:
    """A system that may work jobs, and nothing else."""
    return rest_as("li", "jobs")


def begin(demo: Client, key: str = "K-1", **variables: Any) -> str:
    given = {"item": "pump", "urgency": 10, **variables}
    instance = demo.post("/instances", 201, definition_key="shipping", business_key=key, variables=given)
    return str(instance["id"])


def fetch(worker: Rest, name: str = "w1", most: int = 10, **more: Any) -> list[dict[str, Any]]:
    asked = {name: more.pop(name) for name in ("usePriority", "sorting", "asyncResponseTimeout") if name in more}
    topics = [{"topicName": "shipping", "lockDuration": 60_000, **more}]
    tasks: list[dict[str, Any]] = worker.post(
        "/external-task/fetchAndLock", workerId=name, maxTasks=most, topics=topics, **asked
    )
    return tasks


def test_a_worker_gets_what_it_needs_and_completes(demo: Client, worker: Rest) -> None:
    instance = begin(demo, amount=1.5)
    (task,) = fetch(worker, includeExtensionProperties=True)
    assert task["activityInstanceId"] == f"ship:{task['id']}"
    assert task["processDefinitionId"].startswith("shipping:1:")
    assert (task["processInstanceId"], task["businessKey"], task["priority"]) == (instance, "K-1", 10)
    assert task["extensionProperties"] == {"queue": "fast"}
    assert task["variables"]["parcel"] == {"value": "pump-box", "type": "String", "valueInfo": {}}
    assert task["variables"]["amount"]["type"] == "Double"
    assert (task["workerId"], task["suspended"], task["errorMessage"]) == ("w1", False, None)
    assert task["retries"] is None  # nobody said how many
    assert fetch(worker, "w2") == []
    worker.post(
        f"/external-task/{task['id']}/complete",
        204,
        workerId="w1",
        variables={"cost": {"value": "12", "type": "Integer"}},
        localVariables={"tracking": {"value": "T-1", "type": "string"}},
    )
    held = demo.get(f"/instances/{instance}/variables")["variables"]
    assert (held["cost"], held["sent"]) == (12, "T-1")
    assert "tracking" not in held


def test_variables_are_those_asked_for(demo: Client, worker: Rest) -> None:
    begin(demo)
    (task,) = fetch(worker, variables=["item"])
    assert list(task["variables"]) == ["item"]
    worker.post(f"/external-task/{task['id']}/unlock", 204)
    (task,) = fetch(worker, localVariables=True)
    assert list(task["variables"]) == ["parcel"]
    assert task["extensionProperties"] == {}


@pytest.mark.parametrize("manner", [{}, {"asyncResponseTimeout": 10_000}])
def test_bytes_come_with_their_content(demo: Client, worker: Rest, rest: Rest, manner: dict[str, int]) -> None:
    path = f"/process-instance/{begin(demo)}/variables"
    rest.put(f"{path}/key", value="aGVsbG8=", type="Bytes")
    rest.put(f"{path}/offer", value="aGVsbG8=", type="File", valueInfo={"filename": "offer.txt"})
    (task,) = fetch(worker, variables=["key", "offer"], **manner)
    assert task["variables"]["key"] == {"value": "aGVsbG8=", "type": "Bytes", "valueInfo": {}}
    assert task["variables"]["offer"]["value"] is None


def test_a_topic_is_narrowed(demo: Client, worker: Rest) -> None:
    begin(demo, "A", item="pump")
    begin(demo, "B", item="valve")
    definition = demo.get("/definitions")["items"][0]["id"]
    nobodys = "00000000-0000-4000-8000-000000000000"
    for nothing in (
        {"businessKey": "C"},
        {"processVariables": {"item": "hose"}},
        {"processDefinitionKey": "other"},
        {"processDefinitionKeyIn": ["other"]},
        {"processDefinitionId": f"shipping:1:{nobodys}"},
        {"processDefinitionIdIn": [nobodys]},
        {"processDefinitionVersionTag": "v9"},
        {"tenantIdIn": ["t"]},
    ):
        assert fetch(worker, **nothing) == []
    (task,) = fetch(
        worker,
        processVariables={"item": "valve"},
        processDefinitionKey="shipping",
        processDefinitionId=f"shipping:1:{definition}",
        withoutTenantId=True,
        deserializeValues=True,
        variables=None,
    )
    assert task["businessKey"] == "B"
    assert [task["businessKey"] for task in fetch(worker, businessKey="A")] == ["A"]


def test_the_most_urgent_comes_first_or_the_oldest(demo: Client, worker: Rest) -> None:
    for key, urgency in (("low", 1), ("high", 90), ("none", 0)):
        begin(demo, key, urgency=urgency)

    def keys(**asked: Any) -> list[str]:
        tasks = fetch(worker, **asked)
        for task in tasks:
            worker.post(f"/external-task/{task['id']}/unlock", 204)
        return [task["businessKey"] for task in tasks]

    assert keys(usePriority=True) == ["high", "low", "none"]
    age = [{"sortBy": "createTime", "sortOrder": "desc"}]
    assert keys(sorting=age, usePriority=False) == ["none", "high", "low"]
    assert keys(sorting=[{"sortBy": "createTime", "sortOrder": "asc"}]) == ["low", "high", "none"]
    assert keys(sorting=age, usePriority=True) == ["high", "low", "none"]
    wrong = {"workerId": "w", "maxTasks": 1, "topics": [], "sorting": [{"sortBy": "weight"}]}
    worker.error("POST", "/external-task/fetchAndLock", 400, json=wrong)


def test_two_topics_share_the_limit(demo: Client, worker: Rest) -> None:
    demo.deploy(
        {
            "other.bpmn": SHIPPING.replace(b'topic="shipping"', b'topic="express"').replace(
                b'id="shipping"', b'id="express"'
            )
        }
    )
    begin(demo, urgency=5)
    demo.post("/instances", 201, definition_key="express", variables={"item": "x", "urgency": 7})
    topics = [{"topicName": name, "lockDuration": 1000} for name in ("shipping", "express", "nothing")]
    asked = {"workerId": "w1", "maxTasks": 1, "topics": topics, "usePriority": True}
    (first,) = worker.post("/external-task/fetchAndLock", **asked)
    (second,) = worker.post("/external-task/fetchAndLock", **asked)
    assert (first["topicName"], second["topicName"]) == ("express", "shipping")
    assert worker.get("/external-task/topic-names") == ["express", "shipping"]
    assert worker.get("/external-task/topic-names", withUnlockedTasks=True) == []
    assert worker.get("/external-task/topic-names", withLockedTasks=True, withRetriesLeft=True) == [
        "express",
        "shipping",
    ]


def test_a_failure_without_retries_is_an_incident_until_there_are_some(demo: Client, worker: Rest, rest: Rest) -> None:
    instance = begin(demo)
    (task,) = fetch(worker)
    address = f"/external-task/{task['id']}"
    assert worker.call("GET", f"{address}/errorDetails").status_code == 204
    worker.post(
        f"{address}/failure",
        204,
        workerId="w1",
        errorMessage="no answer",
        errorDetails="Traceback",
        retries=2,
        retryTimeout=0,
        variables={"tried": {"value": 1}},
        localVariables={"note": {"value": "kept"}},
    )
    assert demo.get(f"/instances/{instance}/variables")["variables"]["tried"] == 1
    (again,) = fetch(worker)
    assert (again["retries"], again["errorMessage"], again["errorDetails"]) == (2, "no answer", "Traceback")
    assert again["variables"]["note"]["value"] == "kept"
    worker.post(f"{address}/failure", 204, workerId="w1", errorMessage="gone", retries=None)
    assert worker.get(address)["retries"] == 0
    assert demo.get("/incidents")["items"][0]["message"] == "gone"
    assert fetch(worker) == []
    assert worker.call("GET", f"{address}/errorDetails").status_code == 204
    worker.put(f"{address}/retries", retries=3)
    assert worker.get(address)["retries"] == 3
    assert demo.get("/incidents")["items"] == []
    assert [task["retries"] for task in fetch(worker)] == [3]
    worker.put("/external-task/retries", retries=0, externalTaskIds=[task["id"]])
    worker.put("/external-task/retries", retries=0, processInstanceIds=[instance])
    assert len(demo.get("/incidents")["items"]) == 1
    worker.put("/external-task/retries", retries=1, externalTaskQuery={"topicName": "shipping"})
    assert demo.get("/incidents")["items"] == []
    rest.put("/external-task/retries", retries=0, processInstanceQuery={"businessKey": "K-1"})
    assert rest.get(address)["retries"] == 0
    rest.put("/external-task/retries", retries=4, historicProcessInstanceQuery={"processInstanceBusinessKey": "K-1"})
    assert rest.get(address)["retries"] == 4


def test_details_of_a_failure_are_plain_text(demo: Client, worker: Rest) -> None:
    begin(demo)
    (task,) = fetch(worker)
    report = {"workerId": "w1", "errorMessage": "x", "errorDetails": "第一行\nline 2", "retries": 1}
    worker.post(f"/external-task/{task['id']}/failure", 204, **report)
    details = worker.call("GET", f"/external-task/{task['id']}/errorDetails")
    assert (details.status_code, details.text) == (200, "第一行\nline 2")
    assert details.headers["Content-Type"].startswith("text/plain")


def test_an_error_the_model_knows_is_caught_and_another_is_an_incident(demo: Client, worker: Rest) -> None:
    begin(demo)
    begin(demo)
    caught, uncaught = fetch(worker)
    sent = {"workerId": "w1", "errorCode": "LOST", "variables": {"where": {"value": "Hamburg", "type": "String"}}}
    worker.post(f"/external-task/{caught['id']}/bpmnError", 204, **sent)
    assert [task["element_id"] for task in demo.get("/tasks")["items"]] == ["search"]
    held = demo.get(f"/instances/{caught['processInstanceId']}/variables")["variables"]
    assert held["where"] == "Hamburg"
    worker.post(f"/external-task/{uncaught['id']}/bpmnError", 204, **sent | {"errorCode": "BURNT"})
    assert [each["code"] for each in demo.get("/incidents")["items"]] == ["uncaught_error"]


def test_locks_are_taken_extended_and_given_back(demo: Client, worker: Rest) -> None:
    begin(demo)
    (task,) = fetch(worker)
    address = f"/external-task/{task['id']}"
    refused = worker.error("POST", f"{address}/lock", 400, json={"workerId": "w2", "lockDuration": 1000})
    assert refused["type"] == "InvalidRequestException"
    assert "'w1'" in refused["message"]
    worker.post(f"{address}/lock", 204, workerId="w1", lockDuration=7_200_000)
    until = worker.get(address)["lockExpirationTime"]
    assert until > task["lockExpirationTime"]
    worker.post(f"{address}/extendLock", 204, workerId="w1", newDuration=9_000_000_000_000_000)
    assert worker.get(address)["lockExpirationTime"] > until
    worker.post(f"{address}/unlock", 204)
    assert (worker.get(address)["workerId"], worker.get(address)["lockExpirationTime"]) == (None, None)
    worker.post(f"{address}/lock", 204, workerId="w2", lockDuration=1000)
    worker.put(f"{address}/priority", priority=77)
    assert worker.get(address)["priority"] == 77


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("complete", {}),
        ("failure", {"errorMessage": "x", "retries": 1, "retryTimeout": 0}),
        ("bpmnError", {"errorCode": "LOST"}),
        ("extendLock", {"newDuration": 1000}),
    ],
)
def test_only_who_holds_a_task_reports_on_it(demo: Client, worker: Rest, verb: str, body: dict[str, Any]) -> None:
    begin(demo)
    (task,) = fetch(worker)
    refused = worker.error("POST", f"/external-task/{task['id']}/{verb}", 400, json={"workerId": "w2", **body})
    assert "by worker 'w2'. It is locked by worker 'w1'" in refused["message"]
    worker.error("POST", f"/external-task/{task['id']}/{verb}", 400, json=body)
    for unknown in ("nothing", "00000000-0000-4000-8000-000000000000"):
        error = worker.error("POST", f"/external-task/{unknown}/{verb}", 404, json={"workerId": "w1", **body})
        assert error["type"] == "RestException"
        assert error["message"] == f"External task with id {unknown} does not exist"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/fetchAndLock", {"maxTasks": 1}),
        ("POST", "/fetchAndLock", {"workerId": "w", "maxTasks": -1}),
        ("POST", "/fetchAndLock", {"workerId": "w", "maxTasks": 1, "topics": [{"topicName": "t"}]}),
        ("POST", "/fetchAndLock", {"workerId": "w", "maxTasks": 1, "topics": [{"topicName": "t", "lockDuration": 0}]}),
        ("POST", "/fetchAndLock", {"workerId": "w", "maxTasks": 1, "asyncResponseTimeout": 1_800_001}),
        ("POST", "/{id}/failure", {"workerId": "w1", "retries": -1}),
        ("POST", "/{id}/failure", {"workerId": "w1", "retryTimeout": -1}),
        ("POST", "/{id}/bpmnError", {"workerId": "w1"}),
        ("POST", "/{id}/extendLock", {"workerId": "w1", "newDuration": 0}),
        ("POST", "/{id}/complete", {"workerId": "w1", "variables": {"a": {"value": "x", "type": "Integer"}}}),
        ("PUT", "/{id}/retries", {"retries": None}),
        ("PUT", "/{id}/retries", {"retries": -1}),
        ("PUT", "/{id}/priority", {"priority": 10**12}),
        ("PUT", "/retries", {"retries": 1}),
    ],
)
def test_what_makes_no_sense_is_refused(
    demo: Client, worker: Rest, method: str, path: str, body: dict[str, Any]
) -> None:
    begin(demo)
    (task,) = fetch(worker)
    worker.error(method, "/external-task" + path.format(id=task["id"]), 400, json=body)
    assert worker.get(f"/external-task/{task['id']}")["workerId"] == "w1"


def test_tasks_are_listed_by_many_conditions(demo: Client, worker: Rest) -> None:
    first, second = begin(demo, "A"), begin(demo, "B", urgency=60, item="valve")
    (locked,) = fetch(worker, most=1, usePriority=True)
    assert locked["processInstanceId"] == second
    later, earlier = "2999-01-01T00:00:00.000+0000", "2000-01-01T00:00:00.000+0000"

    def keys(**asked: Any) -> list[str]:
        listed = worker.get("/external-task", **asked)
        assert worker.get("/external-task/count", **asked) == {"count": len(listed)}
        return sorted(task["businessKey"] for task in listed)

    for asked, found in {
        (): ["A", "B"],
        (("locked", True),): ["B"],
        (("notLocked", "true"),): ["A"],
        (("workerId", "w1"),): ["B"],
        (("topicName", "shipping"), ("processInstanceId", first)): ["A"],
        (("processInstanceIdIn", f"{first},{second}"),): ["A", "B"],
        (("externalTaskId", locked["id"]),): ["B"],
        (("externalTaskIdIn", locked["id"]), ("executionId", locked["id"])): ["B"],
        (("externalTaskId", "nothing"),): [],
        (("activityId", "ship"), ("activityIdIn", "ship,other")): ["A", "B"],
        (("processDefinitionKey", "shipping"), ("processDefinitionKeyIn", "shipping")): ["A", "B"],
        (("processDefinitionId", locked["processDefinitionId"]),): ["A", "B"],
        (("processDefinitionNameLike", "%nothing%"),): [],
        (("priorityHigherThanOrEquals", 60),): ["B"],
        (("priorityLowerThanOrEquals", 59),): ["A"],
        (("lockExpirationBefore", later), ("lockExpirationAfter", earlier)): ["B"],
        (("lockExpirationAfter", later),): [],
        (("active", True), ("withRetriesLeft", True)): ["A", "B"],
        (("suspended", True),): [],
        (("noRetriesLeft", True),): [],
        (("tenantIdIn", "t"),): [],
        (("processVariables", "item_eq_valve"),): ["B"],
        (
            ("processVariables", "ITEM_eq_VALVE"),
            ("variableNamesIgnoreCase", True),
            ("variableValuesIgnoreCase", True),
        ): ["B"],
    }.items():
        assert keys(**dict(asked)) == found, asked
    listed = worker.call("POST", "/external-task", 200, params={"maxResults": 1}, json={
        "sorting": [{"sortBy": "taskPriority", "sortOrder": "desc"}],
        "processVariables": [{"name": "item", "operator": "like", "value": "%"}],
    })  # fmt: skip
    assert [task["businessKey"] for task in listed] == ["B"]
    assert worker.post("/external-task/count", topicName="shipping") == {"count": 2}
    worker.error("GET", "/external-task", 400, params={"sortBy": "weight", "sortOrder": "asc"})


def test_what_is_suspended_is_not_fetched(demo: Client, worker: Rest) -> None:
    instance = begin(demo)
    demo.post(f"/instances/{instance}/suspend", 204)
    assert fetch(worker) == []
    assert [task["suspended"] for task in worker.get("/external-task", suspended=True)] == [True]


def test_waiting_and_the_prefix_of_an_engine(demo: Client, worker: Rest) -> None:
    asked = {"workerId": "w", "maxTasks": 1, "topics": [{"topicName": "shipping", "lockDuration": 1}]}
    assert worker.post("/engine/default/external-task/fetchAndLock", **asked, asyncResponseTimeout=50) == []
    assert worker.post("/external-task/fetchAndLock", workerId="w", maxTasks=1, asyncResponseTimeout=9000) == []
    begin(demo)
    assert len(fetch(worker, asyncResponseTimeout=10_000)) == 1


def test_people_do_not_work_external_tasks(demo: Client, rest_as: Callable[..., Rest]) -> None:
    chen = rest_as("chen")
    asked = {"workerId": "w", "maxTasks": 1, "topics": [{"topicName": "shipping", "lockDuration": 1000}]}
    assert chen.error("POST", "/external-task/fetchAndLock", 403, json=asked)["type"] == "AuthorizationException"
    chen.error("POST", "/external-task/fetchAndLock", 403, json=asked | {"asyncResponseTimeout": 10})
    chen.error("GET", "/external-task", 403)
