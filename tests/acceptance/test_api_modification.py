"""Moving the tokens of running instances over /api/v1."""

from typing import Any
from uuid import uuid4

import pytest

from process_server.bpmn import commands
from process_server.bpmn.commands import Begin
from process_server.db import unit_of_work
from process_server.identity.principal import Principal
from tests.acceptance.client import Client
from tests.diagrams import end, flow, process, start, user

STEPS = process(
    start(),
    user("ask", 'camunda:candidateGroups="sales"'),
    f'<bpmn:subProcess id="send">{start("s2")}{user("pack")}{user("ship")}{end("e2")}{flow("s2 > pack > ship > e2")}'
    "</bpmn:subProcess>",
    end(),
    flow("start > ask > send > end"),
    key="steps",
)


@pytest.fixture
def case(demo: Client) -> str:
    demo.deploy({"steps.bpmn": STEPS})
    return str(demo.post("/instances", 201, definition_key="steps")["id"])


def modify(demo: Client, case: str, *instructions: dict[str, Any], **others: Any) -> None:
    demo.post(f"/instances/{case}/modify", 204, instructions=list(instructions), **others)


def open_tasks(demo: Client) -> list[str]:
    return sorted(task["element_id"] for task in demo.get("/tasks")["items"])


def test_tokens_are_seen_and_moved(demo: Client, case: str) -> None:
    (ask,) = demo.get(f"/instances/{case}/tokens")["items"]
    assert (ask["element_id"], ask["type"], ask["inside"], ask["stopped"]) == ("ask", "userTask", [], False)
    modify(
        demo,
        case,
        {"do": "begin", "at": "ship", "variables": {"why": "urgent"}, "local_variables": {"mine": 1}},
        {"do": "cancel", "token": ask["id"]},
        reason="the customer waits",
        skip=["listeners"],
    )
    (send,) = demo.get(f"/instances/{case}/tokens")["items"]
    assert [each["element_id"] for each in send["inside"]] == ["ship"]
    assert demo.get(f"/instances/{case}/variables")["variables"] == {"why": "urgent"}
    modify(demo, case, {"do": "begin", "at": "pack", "ancestor": send["id"]}, {"do": "cancel", "element": "ship"})
    assert open_tasks(demo) == ["pack"]
    demo.post(f"/tasks/{demo.get('/tasks')['items'][0]['id']}/complete")
    modify(demo, case, {"do": "cancel", "element": "ship"}, reason="nobody wants it")
    ended = demo.get(f"/instances/{case}")
    assert (ended["state"], ended["end_reason"]) == ("cancelled", "nobody wants it")


def test_all_or_nothing(demo: Client, case: str) -> None:
    cancel = {"do": "cancel", "element": "ask"}
    for wrong, status, code in (
        ({"do": "begin", "at": "nowhere"}, 404, "not_found"),
        ({"do": "begin", "at": "ask", "moment": "along"}, 404, "not_found"),
        ({"do": "begin", "at": "ship", "ancestor": str(uuid4())}, 422, "no_place"),
        ({"do": "cancel"}, 422, "invalid_input"),
        ({"do": "cancel", "token": str(uuid4())}, 404, "not_found"),
    ):
        sent = {"instructions": [cancel, wrong]}
        assert demo.error("POST", f"/instances/{case}/modify", status, json=sent)["code"] == code, wrong
    assert open_tasks(demo) == ["ask"]


def test_only_administrators_move(chen: Client, demo: Client, case: str) -> None:
    sent = {"instructions": [{"do": "cancel", "element": "ask"}]}
    assert chen.error("POST", f"/instances/{case}/modify", 403, json=sent)["code"] == "not_allowed"
    assert chen.get(f"/instances/{case}/tokens")["items"]


def test_a_suspended_instance_stays_so(demo: Client, case: str) -> None:
    demo.post(f"/instances/{case}/suspend", 204)
    modify(demo, case, {"do": "begin", "at": "ship"}, {"do": "cancel", "element": "ask"})
    assert demo.get(f"/instances/{case}")["suspended_at"]
    assert open_tasks(demo) == ["ship"]


def test_an_instance_begins_where_an_administrator_says(demo: Client, case: str) -> None:
    with unit_of_work() as session:
        held = commands.latest(session, "steps")
        admin = Principal("demo", "Demo", admin=True)
        commands.start_instance(session, held.id, {}, actor=admin, instructions=[Begin("ship"), Begin("pack")])
    assert open_tasks(demo) == ["ask", "pack", "ship"]
