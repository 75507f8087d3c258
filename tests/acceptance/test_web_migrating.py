"""The pages on which administrators move cases to another version, and what others see of it."""

import re

import pytest

from process_server.bpmn import jobs
from tests.acceptance.client import Client
from tests.acceptance.conftest import Sign
from tests.acceptance.deals import Versions, two_versions


@pytest.fixture
def versions(demo: Client) -> Versions:
    return two_versions(demo)


@pytest.fixture
def plan(versions: Versions) -> dict[str, str | list[str]]:
    """The page filled in: one step goes on as it is, the other one nowhere."""
    old, new, _ = versions
    return {"source": old, "target": new, "elements": ["enter", "check"], "targets": ["enter", ""]}


def test_cases_are_moved_and_led_back_on_the_pages(
    pages: Sign,
    demo: Client,
    versions: Versions,
    plan: dict[str, str | list[str]],
) -> None:
    admin = pages("demo")
    shown = admin.get("/processes/deal/migrate").text
    assert "Cases that stand here cannot go." in shown
    assert re.findall(r'name="elements" value="(\w+)"', shown) == ["enter", "check"]
    ahead = admin.post("/processes/deal/migrate", data=plan).text
    assert "2 cases can go" in ahead
    assert "The case stands at check, and the plan does not say where that goes." in ahead
    begun = admin.post("/processes/deal/migrate", data={**plan, "act": "move"}).headers["location"]
    assert 'hx-trigger="load delay:1s"' in admin.get(begun).text  # it asks how far it is
    jobs.work_batches()
    progress = admin.get(f"{begun}?part=progress").text
    assert "2 done" in progress
    assert "1 not done" in progress
    assert "hx-trigger" not in progress
    assert "moved the case to version 2" in admin.get(f"/i/{versions[2][0]}").text
    back = admin.post(f"{begun}/back").headers["location"]
    jobs.work_batches()
    assert "Completed" in admin.get(back).text
    assert [demo.get(f"/instances/{case}")["definition_version"] for case in versions[2]] == [1, 1, 1]
    assert admin.get("/batches").text.count("Move cases to another version") == 2


def test_what_was_done_in_the_old_version_is_still_shown(pages: Sign, demo: Client, versions: Versions) -> None:
    old, new, cases = versions
    pairs = [{"source": "check", "target": "enter"}]
    demo.post("/migrations", 202, source=old, target=new, instructions=pairs, instances=[cases[2]], forms="new")
    jobs.work_batches()
    admin = pages("demo")
    (done,) = [task for task in demo.get("/tasks", list="done")["items"] if task["process_instance_id"] == cases[2]]
    for address in (f"/i/{cases[2]}", f"/t/{done['id']}", f"/i/{cases[2]}?tab=diagram", "/inbox/done"):
        assert admin.get(address).status_code == 200
    refused = demo.error("POST", f"/tasks/{done['id']}/undo", 409)
    assert refused["message"] == "The case has been moved to another version since: this cannot be taken back."


def test_a_plan_at_fault_is_shown_where_it_is(pages: Sign, plan: dict[str, str | list[str]]) -> None:
    answer = pages("demo").post("/processes/deal/migrate", data={**plan, "targets": ["enter", "end"], "act": "move"})
    assert answer.status_code == 422
    assert "check and end are not of the same kind." in answer.text
    nobody = pages("demo").post("/processes/deal/migrate", data={**plan, "business_key": "none", "act": "move"})
    assert "No running case of this version is chosen." in nobody.text


def test_only_administrators_see_it(pages: Sign, versions: Versions) -> None:
    chen = pages("chen")
    assert "Move cases" not in chen.get("/processes/deal").text
    for address in ("/processes/deal/migrate", "/batches"):
        assert chen.get(address).status_code == 403
