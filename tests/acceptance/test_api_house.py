"""The rest of the house over HTTP: people, tokens, notifications, parameters, key figures, the clock."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from process_server import clock
from process_server.config import settings
from process_server.db import unit_of_work
from process_server.tasks.telling.notifications import notify
from tests.acceptance.client import Client
from tests.diagrams import boundary, end, flow, process, start, timer, user


def test_people_and_groups_are_found(chen: Client) -> None:
    assert [user["id"] for user in chen.get("/users", text="陈")["items"]] == ["chen"]
    assert len(chen.get("/users", limit=2)["items"]) == 2
    assert [group["id"] for group in chen.get("/groups")["items"]] == ["finance", "legal", "sales"]


def test_a_token_is_made_used_and_revoked(http: TestClient, chen: Client) -> None:
    made = chen.post("/tokens", 201, name="script", scopes=["people:read", "tokens"])
    script = Client(http, Authorization=f"Bearer {made['secret']}")
    assert script.get("/me")["scopes"] == ["people:read", "tokens"]
    script.error("GET", "/tasks", 403)
    listed = chen.get("/tokens")["items"]
    assert [token["name"] for token in listed] == ["script", "test"]
    assert not any("secret" in token for token in listed)
    chen.call("DELETE", f"/tokens/{made['id']}", 204)
    script.error("GET", "/me", 401)
    chen.error("DELETE", f"/tokens/{made['id']}", 404)


def test_a_token_gives_no_more_than_its_maker_has(
    demo: Client, chen: Client, sign_in: Callable[..., Client], http: TestClient
) -> None:
    limited = sign_in("chen", "tokens", "tasks:read")
    for scopes in ([], ["processes"], ["tasks"], ["tasks:write"], ["jobs"]):
        limited.error("POST", "/tokens", 403, json={"name": "more", "scopes": scopes})
    limited.post("/tokens", 201, name="less", scopes=["tasks:read"])
    chen.error("POST", "/tokens", 403, json={"name": "of demo", "user": "demo"})
    chen.error("POST", "/tokens", 422, json={"name": "x", "scopes": ["everything"]})
    demo.error("POST", "/tokens", 404, json={"name": "x", "user": "nobody"})
    erp = demo.post("/tokens", 201, name="erp", user="li", scopes=["jobs"])
    assert Client(http, Authorization=f"Bearer {erp['secret']}").get("/jobs")["items"] == []


def test_notifications_are_read(chen: Client) -> None:
    with unit_of_work() as session:
        for number in range(3):
            notify(session, ["chen"], "message", params={"subject": f"第 {number} 条"})
    page = chen.get("/notifications", limit=2)
    assert [note["text"] for note in page["items"]] == ["第 2 条", "第 1 条"]
    assert len(chen.get("/notifications", limit=2, cursor=page["next"])["items"]) == 1
    chen.post("/notifications/read", 204, ids=[page["items"][0]["id"]])
    assert chen.get("/notifications/count") == {"unread": 2}
    assert len(chen.get("/notifications", unread=True)["items"]) == 2
    chen.call("POST", "/notifications/read", 204)
    assert chen.get("/notifications/count") == {"unread": 0}


@pytest.mark.parametrize("value", ["P3D", 50000.01, 7, True, None, {"a": [1]}, {"$date": "2026-01-31"}])
def test_parameters_are_set_by_administrators(demo: Client, chen: Client, value: Any) -> None:
    demo.call("PUT", "/parameters/follow_up_limit", 200, json={"value": value, "description": "days"})
    changed = demo.call("PUT", "/parameters/follow_up_limit", 200, json={"value": value})
    assert (changed["value"], changed["description"], changed["changed_by"]) == (value, "days", "demo")
    assert chen.get("/parameters")["items"] == [changed]
    chen.error("PUT", "/parameters/follow_up_limit", 403, json={"value": 1})
    demo.error("PUT", "/parameters/follow_up_limit", 422, json={})
    demo.error("PUT", "/parameters/follow%20up", 422, json={"value": 1})
    demo.error("GET", "/parameters/other", 404)


def test_key_figures_of_a_period(demo: Client, chen: Client) -> None:
    demo.deploy({"tiny.bpmn": process(start(), user("a"), end(), flow("start > a > end"))})
    for _ in range(3):
        demo.post("/instances", 201, definition_key="tiny")
    demo.post(f"/tasks/{demo.get('/tasks')['items'][0]['id']}/complete")
    figures = chen.get("/kpis")
    (row,) = figures["throughput"]
    assert (row["process"], row["started"], row["completed"], row["cancelled"]) == ("tiny", 3, 1, 0)
    assert figures["in_progress"][0]["in_progress"] == 2
    assert figures["open_work"][0]["open"] == 2
    assert len(figures["daily"]) == 30
    assert chen.get("/kpis", first="2020-01-01", last="2020-01-31")["throughput"] == []
    assert chen.get("/kpis/funnel", process="tiny")["started"] == 3
    chen.error("GET", "/kpis/funnel?process=other", 404)
    for wrong in ("first=2026-01-01", "first=2026-02-01&last=2026-01-01", "first=1000-01-01&last=2026-01-01", "last=x"):
        chen.error("GET", f"/kpis?{wrong}", 422)


@pytest.fixture
def sandbox(http: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server whose time may be moved."""
    monkeypatch.setattr(settings(), "clock_file", tmp_path / "clock")
    with clock.frozen_shift():
        yield


@pytest.mark.requirement("PE-11")
def test_time_is_moved_and_what_is_due_fires(demo: Client, chen: Client, sandbox: None) -> None:
    model = process(
        start(),
        user("follow_up"),
        boundary("late", "follow_up", timer("timeDuration", "P3D")),
        user("escalated"),
        end(),
        flow("start > follow_up > end", "late > escalated > end"),
        key="follow",
    )
    demo.deploy({"follow.bpmn": model})
    demo.post("/instances", 201, definition_key="follow")

    def standing() -> list[str]:
        return [task["element_id"] for task in demo.get("/tasks")["items"]]

    before = datetime.fromisoformat(demo.get("/clock")["now"])
    assert demo.post("/clock/advance", by="P2DT23H59M")["fired"] == 0
    assert standing() == ["follow_up"]
    moved = demo.post("/clock/advance", by="PT2M")
    assert moved["fired"] == 1
    assert datetime.fromisoformat(moved["now"]) - before >= timedelta(days=3, minutes=1)
    assert standing() == ["escalated"]
    chen.error("POST", "/clock/advance", 403, json={"by": "PT1M"})
    demo.error("POST", "/clock/advance", 422, json={"by": "P1Y"})


def test_time_is_not_moved_anywhere_else(demo: Client) -> None:
    demo.error("GET", "/clock", 404)
    demo.error("POST", "/clock/advance", 404, json={"by": "PT1M"})
