"""Versions over HTTP: what changed between two, and deployments deleted with or without their instances."""

from uuid import uuid4

import pytest

from process_server.config import settings
from tests.acceptance.client import Client
from tests.diagrams import end, flow, process, start, user

FIRST = process(start(), user("a", 'camunda:assignee="chen"'), end(), flow("start > a > end"), key="approval")
SECOND = process(
    start(), user("a", 'camunda:assignee="wang"'), user("b"), end(), flow("start > a > b > end"), key="approval"
)
OTHER = process(start(), user("a"), end(), flow("start > a > end"), key="other")
CALLER = process(
    start(), '<bpmn:callActivity id="c" calledElement="approval"/>', end(), flow("start > c > end"), key="caller"
)


def definition(deployed: dict[str, list[dict[str, str]]]) -> str:
    return deployed["processes"][0]["id"]


def test_what_changed_between_two_versions(demo: Client) -> None:
    old = definition(demo.deploy({"approval.bpmn": FIRST}))
    demo.deploy({"approval.bpmn": SECOND})
    changes = {item["element_id"]: item for item in demo.get("/definitions/approval/diff", against=old)["items"]}
    assert {identity: item["change"] for identity, item in changes.items()} == {
        "a": "changed",
        "b": "added",
        "a_to_b": "added",
        "b_to_end": "added",
        "a_to_end": "removed",
    }
    assert changes["a"]["differences"] == [{"field": "assignee", "before": "chen", "after": "wang"}]
    assert demo.get(f"/definitions/{old}/diff", against=old)["items"] == []


def test_only_versions_of_one_process_are_compared(demo: Client) -> None:
    demo.deploy({"approval.bpmn": FIRST})
    other = definition(demo.deploy({"other.bpmn": OTHER}))
    demo.error("GET", "/definitions/approval/diff", 422, params={"against": other})
    demo.error("GET", "/definitions/approval/diff", 404, params={"against": str(uuid4())})
    demo.error("GET", "/definitions/approval/diff", 422)


def test_a_deployment_nothing_runs_on_is_deleted(demo: Client) -> None:
    deployed = demo.deploy({"approval.bpmn": FIRST})
    demo.call("DELETE", f"/deployments/{deployed['id']}", 204)
    assert demo.get("/definitions")["items"] == []
    demo.error("DELETE", f"/deployments/{deployed['id']}", 404)


@pytest.mark.parametrize("finished", [False, True])
def test_instances_are_kept_unless_their_fate_is_chosen(demo: Client, finished: bool) -> None:
    deployed = demo.deploy({"approval.bpmn": FIRST})
    instance = demo.post("/instances", 201, definition_key="approval")["id"]
    if finished:
        demo.post(f"/instances/{instance}/cancel", 204, reason="x")
    assert demo.error("DELETE", f"/deployments/{deployed['id']}", 409)["code"] == "conflict"
    demo.call("DELETE", f"/deployments/{deployed['id']}", 204, params={"instances": "cancel"})
    demo.error("GET", f"/instances/{instance}", 404)
    assert demo.get("/tasks", assignee="chen")["items"] == []
    assert demo.get("/definitions")["items"] == []


def test_instances_that_another_process_waits_for_are_not_taken_away(demo: Client) -> None:
    called = demo.deploy({"approval.bpmn": FIRST})
    calling = demo.deploy({"caller.bpmn": CALLER})
    demo.post("/instances", 201, definition_key="caller")
    demo.error("DELETE", f"/deployments/{called['id']}", 409, params={"instances": "cancel"})
    demo.call("DELETE", f"/deployments/{calling['id']}", 204, params={"instances": "cancel"})
    assert demo.get("/tasks", assignee="chen")["items"] == []
    demo.call("DELETE", f"/deployments/{called['id']}", 204, params={"instances": "cancel"})


def test_only_administrators_delete_deployments(demo: Client, chen: Client) -> None:
    deployed = demo.deploy({"approval.bpmn": FIRST})
    chen.error("DELETE", f"/deployments/{deployed['id']}", 403, params={"instances": "cancel"})


def test_a_model_too_large_is_refused(demo: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "max_model", 1_000)
    files = [("files", ("m.bpmn", b"x" * 1_001))]
    assert demo.error("POST", "/deployments", 413, files=files)["code"] == "too_large"
