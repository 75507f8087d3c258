"""The audit: everything that matters is in it, administrators find it, nobody else sees it."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from process_server import clock
from process_server.db import unit_of_work
from process_server.expressions.functions import today
from process_server.identity import audit, users
from process_server.identity.organisation import load_organisation
from tests.acceptance.client import PASSWORD, Client


@pytest.fixture
def history(people: None) -> None:
    """What three people did on three days."""
    for days, actor, action in ((3, "chen", "claim"), (2, "wang", "claim"), (1, "chen", "release")):
        with clock.travel(timedelta(days=-days)), unit_of_work() as session:
            audit.record(session, actor, action, "user_task", f"task-{days}", reason="=1+1")


def test_administrators_ask_by_whom_what_to_what_and_when(history: None, demo: Client) -> None:
    def found(**query: str) -> list[str]:
        return [entry["entity_id"] for entry in demo.get("/audit", entity_type="user_task", **query)["items"]]

    assert found() == ["task-1", "task-2", "task-3"]
    assert found(actor="chen") == ["task-1", "task-3"]
    assert found(action="claim") == ["task-2", "task-3"]
    assert found(entity_id="task-2") == ["task-2"]
    assert found(since=(clock.now() - timedelta(days=2.5)).isoformat()) == ["task-1", "task-2"]
    assert found(until=(clock.now() - timedelta(days=1.5)).isoformat()) == ["task-2", "task-3"]


def test_pages_follow_one_another_without_gap_or_repetition(history: None, demo: Client) -> None:
    with unit_of_work() as session:
        for number in range(5):  # within one instant
            audit.record(session, "chen", "claim", "many", str(number))
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = demo.get("/audit", limit=2, entity_type="many", **({"cursor": cursor} if cursor else {}))
        seen += [entry["entity_id"] for entry in page["items"]]
        cursor = page["next"]
    assert seen == ["4", "3", "2", "1", "0"]
    assert demo.error("GET", "/audit", 422, params={"cursor": "x"})


def test_nobody_else_reads_it(history: None, chen: Client, http: TestClient) -> None:
    assert chen.error("GET", "/audit", 403)["code"] == "not_allowed"
    http.post("/sign-in", data={"user": "chen", "password": PASSWORD})
    assert http.get("/audit").status_code == 403
    assert http.get("/audit/export").status_code == 403


@pytest.fixture
def page(http: TestClient) -> TestClient:
    """An administrator's browser."""
    http.headers["Accept-Language"] = "en"
    http.post("/sign-in", data={"user": "demo", "password": PASSWORD})
    return http


def test_the_page_filters_and_names(history: None, page: TestClient) -> None:
    shown = page.get("/audit", params={"who": "chen"}).text
    assert "gave back" in shown
    assert ">陈静</a>" in shown
    assert "task-2" not in shown
    day = (today() - timedelta(days=2)).isoformat()
    assert "task-3" not in page.get("/audit", params={"since": day}).text
    assert "No such entries" in page.get("/audit", params={"who": "nobody\0", "since": "no day"}).text


def test_the_sheet_holds_what_was_asked_for_and_nothing_a_spreadsheet_would_run(
    history: None, page: TestClient
) -> None:
    with unit_of_work() as session:
        audit.record(session, "=cmd()", "claim", "user_task", "＝cmd()")
    answer = page.get("/audit/export", params={"kind": "user_task"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.content.startswith("\ufeff".encode())
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["entity_id"] for row in rows] == ["'＝cmd()", "task-1", "task-2", "task-3"]
    assert rows[0]["actor"] == "'=cmd()"


def test_what_a_file_of_people_changes_is_kept(people: None, tmp_path: Path) -> None:
    file = tmp_path / "people.toml"
    for admin in ("false", "true", "true"):
        file.write_text(f'[[user]]\nid = "zhao"\nname = "赵"\ngroups = ["sales"]\nadmin = {admin}\n')
        with unit_of_work() as session:
            load_organisation(session, file)
    with unit_of_work() as session:
        change, made = audit.entries_of(session, "user", "zhao")
        assert users.find(session, "zhao").admin
    assert (made.action, made.detail) == ("create", {"groups": ["sales"], "admin": False})
    assert (change.action, change.detail) == ("change", {"admin": {"before": False, "after": True}})
