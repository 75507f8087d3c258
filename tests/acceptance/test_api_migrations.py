"""Moving cases to another version over HTTP: plan, look ahead, move in the background, lead back."""

from typing import Any
from uuid import uuid4

import pytest

from process_server.bpmn import jobs
from tests.acceptance.client import Client
from tests.acceptance.deals import Versions, two_versions


@pytest.fixture
def versions(demo: Client) -> Versions:
    return two_versions(demo)


def version_of(demo: Client, case: str) -> int:
    return int(demo.get(f"/instances/{case}")["definition_version"])


def test_cases_are_moved_and_led_back(demo: Client, versions: Versions) -> None:
    old, new, cases = versions
    plan = demo.post("/migrations/plan", source=old, target=new)
    assert plan["left_out"] == ["check"]
    assert {"source": "enter", "target": "enter", "update_trigger": False} in plan["instructions"]
    asked: dict[str, Any] = {"source": old, "target": new, "instructions": plan["instructions"]}
    outlook = demo.post("/migrations/check", **asked)
    assert (outlook["faults"], outlook["chosen"], outlook["checked"]) == ([], 3, 3)
    assert [(each["business_key"], each["obstacles"][0]["code"]) for each in outlook["stuck"]] == [
        ("D-2", "not_mapped")
    ]
    batch = demo.post("/migrations", 202, **asked)["id"]
    assert demo.get(f"/batches/{batch}")["state"] == "running"
    jobs.work_batches()
    told = demo.get(f"/batches/{batch}")
    assert (told["state"], told["done"], told["failed"], told["pending"]) == ("failed", 2, 1, 0)
    (failed,) = demo.get(f"/batches/{batch}/items", state="failed")["items"]
    assert (failed["business_key"], failed["code"]) == ("D-2", "cannot_migrate")
    assert "check" in failed["message"]
    assert [version_of(demo, case) for case in cases] == [2, 2, 1]
    back = demo.post(f"/migrations/{batch}/back", 202)["id"]
    jobs.work_batches()
    assert demo.get(f"/batches/{back}")["state"] == "completed"
    assert [version_of(demo, case) for case in cases] == [1, 1, 1]


def test_what_is_chosen_is_moved_alone(demo: Client, versions: Versions) -> None:
    old, new, cases = versions
    pairs = [{"source": "enter", "target": "enter"}, {"source": "check", "target": "approve"}]
    for number, condition in enumerate(({"element": "check"}, {"business_key": "D-0"}, {"instances": [cases[1]]})):
        demo.post("/migrations", 202, source=old, target=new, instructions=pairs, **condition)
        jobs.work_batches()
        assert sum(version_of(demo, case) == 2 for case in cases) == number + 1
    nobody = {"source": old, "target": new, "instructions": pairs}
    assert demo.error("POST", "/migrations", 422, json=nobody)["code"] == "invalid"


def test_a_plan_that_leads_nowhere_is_refused(demo: Client, versions: Versions) -> None:
    old, new, _ = versions
    asked = {"source": old, "target": new, "instructions": [{"source": "check", "target": "nowhere"}]}
    (fault,) = demo.post("/migrations/check", **asked)["faults"]
    assert (fault["element"], fault["code"]) == ("check", "no_target")
    refused = demo.error("POST", "/migrations", 422, json=asked)
    assert (refused["code"], refused["params"]["target"]) == ("invalid_migration_plan", "nowhere")
    assert demo.error("POST", "/migrations/plan", 404, json={"source": old, "target": str(uuid4())})


def test_only_administrators_move_cases_and_see_batches(demo: Client, chen: Client, versions: Versions) -> None:
    old, new, cases = versions
    asked = {"source": old, "target": new, "instructions": [{"source": "enter", "target": "enter"}]}
    assert chen.error("POST", "/migrations", 403, json=asked)
    assert chen.error("POST", "/batches", 403, json={"kind": "cancel", "instances": cases})
    assert chen.error("GET", "/batches", 403)


def test_a_batch_can_be_held_tried_again_and_taken_away(demo: Client, versions: Versions) -> None:
    _, _, cases = versions
    batch = demo.post("/batches", 201, kind="suspend", instances=[*cases, str(uuid4())])["id"]
    demo.post(f"/batches/{batch}/suspend", 204)
    jobs.work_batches()
    assert demo.get(f"/batches/{batch}")["state"] == "suspended"
    demo.post(f"/batches/{batch}/activate", 204)
    jobs.work_batches()
    (failed,) = demo.get(f"/batches/{batch}/items", state="failed")["items"]
    assert failed["code"] == "not_found"
    assert all(demo.get(f"/instances/{case}")["suspended_at"] for case in cases)
    demo.post(f"/batches/{batch}/retry", 204)
    assert [each["id"] for each in demo.get("/batches", open_only=True)["items"]] == [batch]
    demo.call("DELETE", f"/batches/{batch}", 204)
    assert demo.error("GET", f"/batches/{batch}", 404)
