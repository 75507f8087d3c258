"""Suspended cases and versions over HTTP: nothing goes on until they are activated, then what fell due happens."""

from datetime import timedelta
from typing import Any

import pytest

from process_server import clock
from process_server.bpmn import commands, jobs
from process_server.db import unit_of_work
from process_server.errors import Suspended
from process_server.identity.principal import SYSTEM, Principal
from tests.acceptance.client import Client
from tests.diagrams import end, flow, message, on_message, process, start, timer, user

CASE = process(
    start(),
    '<bpmn:parallelGateway id="split"/>',
    user("work", 'camunda:candidateGroups="sales"'),
    f'<bpmn:intermediateCatchEvent id="wait">{timer("timeDuration", "PT1H")}</bpmn:intermediateCatchEvent>',
    f'<bpmn:intermediateCatchEvent id="paid">{on_message("payment")}</bpmn:intermediateCatchEvent>',
    '<bpmn:serviceTask id="send" camunda:type="external" camunda:topic="letters"/>',
    '<bpmn:callActivity id="call" calledElement="inner"/>',
    '<bpmn:parallelGateway id="join"/>',
    end(),
    flow("start > split > work > join > end", "split > wait > join", "split > paid > join"),
    flow("split > send > join", "split > call > join"),
    extra=message("payment"),
)
INNER = process(start(), user("inside"), end(), flow("start > inside > end"), key="inner")


@pytest.fixture
def case(demo: Client) -> str:
    demo.deploy({"tiny.bpmn": CASE, "inner.bpmn": INNER})
    return str(demo.post("/instances", 201, definition_key="tiny")["id"])


def task(demo: Client, element: str) -> dict[str, Any]:
    found = demo.get("/tasks")["items"]
    return next(each for each in found if each["element_id"] == element)


def waits(demo: Client, case: str) -> list[str]:
    return sorted(each["element_id"] for each in demo.get(f"/instances/{case}/waits")["items"])


def fetch() -> list[Any]:
    order = commands.Order("worker", (commands.Wanted(topic="letters", lock=timedelta(minutes=1)),))
    with unit_of_work() as session:
        return list(commands.fetch_and_lock(session, order))


def test_nothing_goes_on_in_a_suspended_case(demo: Client, case: str) -> None:
    demo.post(f"/instances/{case}/suspend", 204, reason="the customer sues")
    assert demo.get(f"/instances/{case}")["suspended_at"]
    for element in ("work", "inside"):  # the case it called stands still with it
        open_task = task(demo, element)
        for act in ("claim", "complete"):
            assert demo.error("POST", f"/tasks/{open_task['id']}/{act}", 409)["code"] == "suspended"
    assert demo.error("POST", "/messages", 422, json={"name": "payment"})["code"] == "not_correlated"
    assert fetch() == []
    with clock.travel(timedelta(hours=2)):
        jobs.fire_due_timers()
        assert waits(demo, case) == ["paid", "send", "wait", "work"]
        demo.post(f"/instances/{case}/activate", 204)
        jobs.fire_due_timers()
        assert waits(demo, case) == ["paid", "send", "work"]
    assert demo.get(f"/instances/{case}")["suspended_at"] is None
    demo.post("/messages", name="payment")
    assert len(fetch()) == 1
    for element in ("work", "inside"):
        demo.post(f"/tasks/{task(demo, element)['id']}/complete")
    assert waits(demo, case) == ["send"]


def test_what_the_server_called_before_is_not_lost(demo: Client, case: str) -> None:
    """A connector that was under way when its case was suspended has done its work: it is not done again."""
    (job,) = fetch()
    demo.post(f"/instances/{case}/suspend", 204)
    with pytest.raises(Suspended), unit_of_work() as session:
        commands.complete_job(session, job.id, {}, worker="worker", actor=Principal("erp", "ERP"))
    with unit_of_work() as session:
        commands.complete_job(session, job.id, {"sent": True}, worker="worker", actor=SYSTEM)
    assert waits(demo, case) == ["paid", "wait", "work"]


def test_what_a_suspended_case_calls_yet_is_suspended_as_well(demo: Client) -> None:
    send = '<bpmn:serviceTask id="send" camunda:type="external" camunda:topic="letters"/>'
    call = '<bpmn:callActivity id="call" calledElement="inner"/>'
    model = process(start(), send, call, end(), flow("start > send > call > end"), key="late")
    demo.deploy({"late.bpmn": model, "inner.bpmn": INNER})
    case = demo.post("/instances", 201, definition_key="late")["id"]
    (job,) = fetch()
    demo.post(f"/instances/{case}/suspend", 204)
    with unit_of_work() as session:
        commands.complete_job(session, job.id, {}, worker="worker", actor=SYSTEM)
    called = task(demo, "inside")["process_instance_id"]
    assert demo.get(f"/instances/{called}")["suspended_at"]
    demo.post(f"/instances/{case}/activate", 204)
    assert demo.get(f"/instances/{called}")["suspended_at"] is None


def test_a_suspended_case_can_be_cancelled(demo: Client, case: str) -> None:
    demo.post(f"/instances/{case}/suspend", 204)
    demo.post(f"/instances/{case}/cancel", 204)
    assert demo.get(f"/instances/{case}")["state"] == "cancelled"
    assert demo.error("POST", f"/instances/{case}/suspend", 409)["code"] == "not_active"


def test_only_administrators_suspend(chen: Client, case: str) -> None:
    assert chen.error("POST", f"/instances/{case}/suspend", 403)["code"] == "not_allowed"


def test_a_version_is_suspended_with_its_cases(demo: Client, case: str) -> None:
    demo.post("/definitions/tiny/suspend", 204, instances=True)
    assert demo.get(f"/instances/{case}")["suspended_at"]
    assert demo.error("POST", "/instances", 409, json={"definition_key": "tiny"})["code"] == "not_active"
    demo.post("/definitions/tiny/activate", 204)
    assert demo.get(f"/instances/{case}")["suspended_at"], "activating the version alone leaves its cases as they are"
    demo.post("/definitions/tiny/activate", 204, instances=True)
    assert demo.get(f"/instances/{case}")["suspended_at"] is None
    demo.post("/instances", 201, definition_key="tiny")


def test_a_version_is_suspended_at_an_instant(demo: Client, case: str) -> None:
    at = (clock.now() + timedelta(days=1)).isoformat()
    demo.post("/definitions/tiny/suspend", 204, instances=True, at=at)
    jobs.fire_due_timers()
    assert demo.get("/definitions/tiny")["suspended"] is False
    with clock.travel(timedelta(days=1, minutes=1)):
        jobs.fire_due_timers()
    assert demo.get("/definitions/tiny")["suspended"] is True
    assert demo.get(f"/instances/{case}")["suspended_at"]
