"""Messages that come before anybody waits for them, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from process_server import clock
from process_server.bpmn import jobs
from process_server.config import settings
from tests.acceptance.client import Client
from tests.diagrams import end, flow, message, on_message, process, start, user

WAITING = process(
    start(),
    user("prepare"),
    f'<bpmn:intermediateCatchEvent id="paid">{on_message("payment")}</bpmn:intermediateCatchEvent>',
    end(),
    flow("start > prepare > paid > end"),
    extra=message("payment"),
)


@pytest.fixture
def begun(demo: Client) -> str:
    """An instance that does not wait for its message yet."""
    demo.deploy({"tiny.bpmn": WAITING})
    instance: str = demo.post("/instances", 201, definition_key="tiny", business_key="K-1")["id"]
    return instance


def prepare(demo: Client, instance: str) -> None:
    task = demo.get("/tasks", instance=instance)["items"][0]
    demo.post(f"/tasks/{task['id']}/complete")


def state(demo: Client, instance: str) -> Any:
    return demo.get(f"/instances/{instance}")["state"]


def test_a_message_is_kept_until_its_instance_waits_for_it(demo: Client, begun: str) -> None:
    answer = demo.post("/messages", 202, name="payment", business_key="K-1", variables={"sum": 5}, keep_for="PT1H")
    assert answer["instance"] is None
    assert answer["kept_until"]
    assert jobs.deliver_kept_messages() == 0
    prepare(demo, begun)
    assert jobs.deliver_kept_messages() == 1
    assert state(demo, begun) == "completed"
    assert demo.get(f"/instances/{begun}/variables")["variables"]["sum"] == 5
    assert jobs.deliver_kept_messages() == 0


def test_it_is_kept_as_long_as_the_settings_say(demo: Client, begun: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "message_buffer", 3600)
    demo.post("/messages", 202, name="payment", correlation_variables={})
    prepare(demo, begun)
    with clock.travel(timedelta(minutes=61)):
        assert jobs.deliver_kept_messages() == 0
    assert state(demo, begun) == "active"
    assert jobs.deliver_kept_messages() == 0  # it is gone


def test_it_is_kept_for_the_right_instance_alone(demo: Client, begun: str) -> None:
    demo.post("/messages", 202, name="payment", business_key="K-2", keep_for="PT1H")
    prepare(demo, begun)
    assert jobs.deliver_kept_messages() == 0
    other = demo.post("/instances", 201, definition_key="tiny", business_key="K-2")["id"]
    prepare(demo, other)
    assert jobs.deliver_kept_messages() == 1
    assert (state(demo, begun), state(demo, other)) == ("active", "completed")


def test_it_is_kept_for_its_key_alone(demo: Client) -> None:
    subscription = '<bpmn:extensionElements><zeebe:subscription correlationKey="=order"/></bpmn:extensionElements>'
    keyed = f'<bpmn:message id="payment" name="payment">{subscription}</bpmn:message>'
    waiting = f'<bpmn:intermediateCatchEvent id="paid">{on_message("payment")}</bpmn:intermediateCatchEvent>'
    demo.deploy({"tiny.bpmn": process(start(), waiting, end(), flow("start > paid > end"), extra=keyed)})
    demo.post("/messages", 202, name="payment", correlation_key="B", keep_for="PT1H")
    first, second = (
        demo.post("/instances", 201, definition_key="tiny", variables={"order": key})["id"] for key in "AB"
    )
    assert jobs.deliver_kept_messages() == 1
    assert (state(demo, first), state(demo, second)) == ("active", "completed")


def test_it_starts_a_process_that_is_deployed_later(demo: Client) -> None:
    demo.post("/messages", 202, name="order", variables={"item": "pump"}, business_key="O-1", keep_for="P1D")
    demo.deploy(
        {"tiny.bpmn": process(start(inside=on_message("order")), end(), flow("start > end"), extra=message("order"))}
    )
    assert jobs.deliver_kept_messages() == 1
    assert [item["business_key"] for item in demo.get("/instances")["items"]] == ["O-1"]


def test_nothing_is_kept_unasked_or_for_who_is_gone(demo: Client, begun: str) -> None:
    assert demo.error("POST", "/messages", 422, json={"name": "payment"})["code"] == "not_correlated"
    demo.post(f"/instances/{begun}/cancel", 204)
    body = {"name": "payment", "instance_id": begun, "keep_for": "PT1H"}
    assert demo.error("POST", "/messages", 422, json=body)["code"] == "not_correlated"
    demo.error("POST", "/messages", 422, json={"name": "payment", "keep_for": "P1Y"})
