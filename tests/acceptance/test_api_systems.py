"""What other systems do over HTTP: jobs, messages, signals; and mending what went wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from process_server.bpmn import queries
from process_server.db import unit_of_work
from tests.acceptance.client import Client
from tests.diagrams import boundary, end, flow, message, on_message, process, start, user

TASK = '<bpmn:serviceTask id="{id}" camunda:type="external" camunda:topic="{topic}" />'
ORDER = process(
    start(),
    TASK.format(id="place", topic="create_order"),
    user("after", 'camunda:assignee="demo"'),
    boundary("refused", "place", '<bpmn:errorEventDefinition errorRef="no_stock" />'),
    user("ask", 'camunda:assignee="demo"'),
    end(),
    flow("start > place > after > end", "refused > ask > end"),
    key="order",
    extra='<bpmn:error id="no_stock" errorCode="NO_STOCK" />',
)
PAYMENT = process(
    start(),
    '<bpmn:receiveTask id="paid" messageRef="payment" />',
    end(),
    flow("start > paid > end"),
    key="payments",
    extra=message("payment"),
)
INVOICE = process(
    start("arrived", on_message("invoice")), end(), flow("arrived > end"), key="invoices", extra=message("invoice")
)
ALARM = process(
    start(),
    '<bpmn:intermediateCatchEvent id="wait"><bpmn:signalEventDefinition signalRef="alarm" />'
    "</bpmn:intermediateCatchEvent>",
    end(),
    flow("start > wait > end"),
    key="alarms",
    extra='<bpmn:signal id="alarm" name="alarm" />',
)
STUCK = process(
    start(),
    '<bpmn:exclusiveGateway id="which" />',
    end("big"),
    flow("start > which > big", which_to_big="${amount > 10}"),
    key="stuck",
)


@pytest.fixture(autouse=True)
def deployed(demo: Client) -> None:
    files = {"order": ORDER, "payment": PAYMENT, "invoice": INVOICE, "alarm": ALARM, "stuck": STUCK}
    demo.deploy({f"{name}.bpmn": content for name, content in files.items()})


@pytest.fixture
def worker(sign_in: Callable[..., Client]) -> Client:
    """A system that may work jobs, and nothing else."""
    return sign_in("li", "jobs")


def fetch(worker: Client, name: str = "erp-1", **more: Any) -> list[dict[str, Any]]:
    topics = [{"topic": "create_order", "lock": "PT1M"}]
    jobs: list[dict[str, Any]] = worker.post("/jobs/fetch-and-lock", worker=name, topics=topics, **more)["jobs"]
    return jobs


@pytest.mark.requirement("PE-33")
def test_a_worker_fetches_locks_and_completes(demo: Client, worker: Client) -> None:
    instance = demo.post("/instances", 201, definition_key="order", business_key="C-1", variables={"a": 1.5, "b": 2})
    (job,) = fetch(worker, variables=["a"])
    assert (job["topic"], job["business_key"], job["element_id"]) == ("create_order", "C-1", "place")
    assert job["variables"] == {"a": 1.5}
    assert fetch(worker, "erp-2") == []
    error = worker.error("POST", f"/jobs/{job['id']}/complete", 409, json={"worker": "erp-2"})
    assert (error["code"], error["params"]["worker"]) == ("job_locked", "erp-1")
    worker.post(f"/jobs/{job['id']}/complete", 204, worker="erp-1", variables={"order": "O-1"})
    assert demo.get(f"/instances/{instance['id']}/variables")["variables"]["order"] == "O-1"
    assert [task["element_id"] for task in demo.get("/tasks")["items"]] == ["after"]
    worker.error("POST", f"/jobs/{job['id']}/complete", 404, json={"worker": "erp-1"})


@pytest.mark.requirement("PE-33")
def test_a_job_that_fails_too_often_becomes_an_incident_that_is_retried(demo: Client, worker: Client) -> None:
    demo.post("/instances", 201, definition_key="order")
    (job,) = fetch(worker)
    left = worker.post(f"/jobs/{job['id']}/fail", worker="erp-1", message="no answer", retry_in="PT0.001S")
    assert left == {"retries": 2}
    assert demo.get("/jobs", topic="create_order")["items"][0]["error"] == "no answer"
    (again,) = fetch(worker)
    assert again["error"] == "no answer"
    assert worker.post(f"/jobs/{job['id']}/fail", worker="erp-1", message="gone", retries=0) == {"retries": 0}
    assert [row["id"] for row in demo.get("/jobs", failed=True)["items"]] == [job["id"]]
    (incident,) = demo.get("/incidents")["items"]
    assert (incident["code"], incident["message"], incident["element_id"]) == ("job_failed", "gone", "place")
    demo.post(f"/incidents/{incident['id']}/retry", 204)
    assert demo.get("/incidents")["items"] == []
    assert len(demo.get("/incidents", open_only=False)["items"]) == 1
    assert fetch(worker)[0]["retries"] == 3
    assert demo.error("POST", f"/incidents/{incident['id']}/retry", 409)["code"] == "not_active"


def test_an_error_the_model_knows_is_caught(demo: Client, worker: Client) -> None:
    demo.post("/instances", 201, definition_key="order")
    (job,) = fetch(worker)
    worker.post(f"/jobs/{job['id']}/bpmn-error", 204, worker="erp-1", code="NO_STOCK", variables={"item": "X"})
    assert [task["element_id"] for task in demo.get("/tasks")["items"]] == ["ask"]


def test_a_lock_is_extended_and_given_back(demo: Client, worker: Client) -> None:
    demo.post("/instances", 201, definition_key="order")
    (job,) = fetch(worker)
    until = worker.post(f"/jobs/{job['id']}/extend-lock", worker="erp-1", lock="PT2H")["locked_until"]
    assert until > job["locked_until"]
    worker.post(f"/jobs/{job['id']}/unlock", 204)
    assert fetch(worker, "erp-2")[0]["id"] == job["id"]


def test_jobs_are_narrowed_locked_one_by_one_and_given_new_retries(demo: Client, worker: Client) -> None:
    for key, region in (("A", "east"), ("B", "west")):
        demo.post("/instances", 201, definition_key="order", business_key=key, variables={"region": region})

    def keys(**narrowed: Any) -> list[str]:
        topics = [{"topic": "create_order", "lock": "PT1M", **narrowed}]
        jobs = worker.post("/jobs/fetch-and-lock", worker="w", topics=topics, limit=5, order="newest")["jobs"]
        for job in jobs:
            worker.post(f"/jobs/{job['id']}/unlock", 204)
        return [job["business_key"] for job in jobs]

    assert keys() == ["B", "A"]
    assert keys(where={"region": "east"}) == keys(business_key="A") == ["A"]
    assert keys(definition_keys=["other"]) == keys(version_tag="v9") == []
    (first, _) = demo.get("/jobs")["items"]
    worker.post(f"/jobs/{first['id']}/lock", worker="w", lock="PT1M")
    assert worker.error("POST", f"/jobs/{first['id']}/lock", 409, json={"worker": "x", "lock": "PT1M"})
    report = {"worker": "w", "message": "no", "details": "a trace", "retries": 0, "variables": {"tried": True}}
    worker.post(f"/jobs/{first['id']}/fail", **report)
    (failed,) = demo.get("/jobs", failed=True)["items"]
    assert (failed["error"], failed["error_details"], failed["attempts"]) == ("no", "a trace", 1)
    assert [row["details"] for row in demo.get("/incidents")["items"]] == ["a trace"]
    assert demo.get(f"/instances/{first['process_instance_id']}/variables")["variables"]["tried"] is True
    worker.call("PUT", f"/jobs/{first['id']}/retries", 204, json={"retries": 2})
    assert demo.get("/incidents")["items"] == []
    worker.call("PUT", "/jobs/retries", 204, json={"ids": [first["id"]], "retries": 0})
    assert len(demo.get("/incidents")["items"]) == 1
    worker.call("PUT", f"/jobs/{first['id']}/priority", 204, json={"priority": 3})
    assert demo.get("/jobs", failed=True)["items"][0]["priority"] == 3
    unknown = "00000000-0000-4000-8000-000000000000"
    worker.error("PUT", "/jobs/retries", 404, json={"ids": [unknown], "retries": 1})
    worker.error("PUT", f"/jobs/{unknown}/priority", 404, json={"priority": 3})


@pytest.mark.parametrize("lock", ["five minutes", "P1Y", "PT0S", "-PT5M", "P30D", "PT9999999999999999H", ""])
def test_a_lock_lasts_for_a_duration(worker: Client, lock: str) -> None:
    sent = {"worker": "erp-1", "topics": [{"topic": "create_order", "lock": lock}]}
    error = worker.error("POST", "/jobs/fetch-and-lock", 422, json=sent)
    assert error["problems"][0]["field"] == "topics.0.lock"


def test_processes_are_not_moved_past_people_by_people(
    demo: Client, chen: Client, sign_in: Callable[..., Client]
) -> None:
    sent = {"worker": "chen", "topics": [{"topic": "create_order"}]}
    chen.error("POST", "/jobs/fetch-and-lock", 403, json=sent)
    chen.error("GET", "/jobs", 403)
    chen.error("POST", "/messages", 403, json={"name": "payment"})
    chen.error("POST", "/signals", 403, json={"name": "alarm"})
    assert chen.get("/incidents")["items"] == []  # those of the people one manages
    chen.error("POST", "/tokens", 403, json={"name": "mine", "scopes": ["jobs"]})
    sign_in("chen", "messages").post("/signals", name="alarm")


@pytest.mark.requirement("PE-32")
def test_a_message_reaches_the_instance_that_waits_for_it(demo: Client, sign_in: Callable[..., Client]) -> None:
    bank = sign_in("li", "messages:write")
    made = {key: demo.post("/instances", 201, definition_key="payments", business_key=key)["id"] for key in ("A", "B")}
    error = bank.error("POST", "/messages", 409, json={"name": "payment"})
    assert (error["code"], error["params"]["count"]) == ("ambiguous_correlation", 2)
    reached = bank.post("/messages", name="payment", business_key="B", variables={"sum": 9.95})["instance"]
    assert (reached["instance_id"], reached["business_key"], reached["started"]) == (made["B"], "B", False)
    assert demo.get(f"/instances/{made['B']}")["state"] == "completed"
    assert demo.get(f"/instances/{made['B']}/variables")["variables"] == {"sum": 9.95}
    assert (
        bank.error("POST", "/messages", 422, json={"name": "payment", "business_key": "B"})["code"] == "not_correlated"
    )
    bank.post("/messages", name="payment", instance_id=made["A"])
    assert bank.error("POST", "/messages", 422, json={"name": "nothing"})["code"] == "not_correlated"


@pytest.mark.requirement("PE-32")
def test_a_message_starts_the_process_it_starts(demo: Client) -> None:
    reached = demo.post("/messages", name="invoice", business_key="I-1", variables={"total": 1})["instance"]
    assert reached["started"]
    assert demo.get("/instances", definition_key="invoices")["items"][0]["business_key"] == "I-1"


def test_a_signal_reaches_all_who_wait(demo: Client) -> None:
    made = {demo.post("/instances", 201, definition_key="alarms")["id"] for _ in range(3)}
    reached = demo.post("/signals", name="alarm", variables={"level": 3})["instances"]
    assert {each["instance_id"] for each in reached} == made
    assert demo.post("/signals", name="alarm") == {"instances": []}


@pytest.mark.requirement("PE-20")
def test_a_gateway_without_a_way_is_an_incident_mended_by_variables(demo: Client) -> None:
    instance = demo.post("/instances", 201, definition_key="stuck", variables={"amount": 5})["id"]
    (incident,) = demo.get("/incidents", instance_id=instance)["items"]
    assert incident["element_id"] == "which"
    assert incident["definition_key"] == "stuck"
    assert demo.get("/instances", with_incident=True)["items"][0]["incidents"] == 1
    figures = demo.get("/definitions/stuck/statistics")["elements"]
    assert [each["incidents"] for each in figures if each["element_id"] == "which"] == [1]
    demo.post(f"/incidents/{incident['id']}/retry", 204, variables={"amount": 11})
    assert demo.get(f"/instances/{instance}")["state"] == "completed"
    with unit_of_work() as session:
        assert queries.list_incidents(session) == []
