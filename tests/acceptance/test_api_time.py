"""Time and telling over HTTP: working calendars, how one is told, what was sent outside, the clock of a task."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from process_server import clock
from process_server.calendars import store
from process_server.db import unit_of_work
from process_server.tasks.telling import gateways, mail, preferences
from process_server.tasks.telling.attempts import Outcome
from process_server.tasks.telling.models import Mail
from tests.acceptance.client import Client
from tests.diagrams import end, flow, process, start, user

HOURS = {"monday-friday": ["09:00-12:00", "13:00-18:00"]}
CHINA = {
    "id": "china",
    "name": "中国大陆",
    "default": True,
    "time_zone": "Asia/Shanghai",
    "country": "CN",
    "hours": HOURS,
}


@pytest.fixture(autouse=True)
def nothing_is_kept() -> None:
    store.forget()
    preferences.forget()


def put(who: Client, status: int, path: str, **body: Any) -> Any:
    return who.call("PUT", path, status, json=body)


def refused(who: Client, path: str, **body: Any) -> list[tuple[str, str]]:
    return [(each["field"], each["code"]) for each in who.error("PUT", path, 422, json=body)["problems"]]


class TestCalendars:
    def test_an_administrator_defines_one_and_everybody_reads_it(self, demo: Client, chen: Client) -> None:
        put(demo, 200, "/calendars/china", **CHINA, off=["2026-12-31"])
        shown = chen.get("/calendars/china")
        assert (shown["name"], shown["country"], shown["off"]) == ("中国大陆", "CN", ["2026-12-31"])
        assert [each["id"] for each in chen.get("/calendars")["items"]] == ["china"]
        days = chen.get("/calendars/china/days", since="2026-12-30", until="2027-01-01")["items"]
        assert [day["hours"] for day in days] == [["09:00-12:00", "13:00-18:00"], [], []]
        due = chen.get("/calendars/china/due", duration="PT8H", start="2026-11-27T09:00:00Z")["due"]
        assert due == "2026-11-30T09:00:00Z"  # from Friday at 17:00 in Shanghai to Monday at the same hour

    def test_nobody_else_changes_one(self, demo: Client, chen: Client) -> None:
        put(demo, 200, "/calendars/china", **CHINA)
        assert chen.error("PUT", "/calendars/china", 403, json=CHINA)["code"] == "not_allowed"
        assert chen.error("DELETE", "/calendars/china", 403)["code"] == "not_allowed"
        assert demo.error("DELETE", "/calendars/china", 409)["code"] == "conflict"  # the default one stays
        put(demo, 200, "/calendars/munich", id="munich", name="M", hours=HOURS)
        demo.call("DELETE", "/calendars/munich", 204)
        assert demo.error("GET", "/calendars/munich", 404)["code"] == "not_found"

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"time_zone": "Mars/Olympus"}, "body"),
            ({"hours": {"monday": ["25:00-26:00"]}}, "body"),
            ({"hours": {"someday": ["09:00-10:00"]}}, "body"),
            ({"hours": {}}, "body"),
            ({"hours": {"monday": ["nine"]}}, "hours.monday.0"),
            ({"country": "XX"}, "body"),
            ({"off": ["2026-02-30"]}, "off.0"),
            ({"name": ""}, "name"),
            ({"holidays": []}, "holidays"),
            ({"id": "other"}, "id"),
        ],
    )
    def test_what_cannot_be_followed_is_refused_where_it_is_wrong(
        self, demo: Client, wrong: dict[str, Any], field: str
    ) -> None:
        assert [place for place, _ in refused(demo, "/calendars/china", **(CHINA | wrong))] == [field]
        assert "china" not in [each["id"] for each in demo.get("/calendars")["items"]]


class TestPreferences:
    PATH = "/me/notification-preferences"

    def test_what_one_chose_and_what_the_company_says(self, demo: Client, chen: Client) -> None:
        assert chen.get(self.PATH)["effective"]["comment"] == ["app"]
        put(demo, 200, "/notification-policy", minimum={"overdue": ["mail"]}, default={"comment": ["app", "mail"]})
        assert chen.get(self.PATH)["effective"]["comment"] == ["app", "mail"]
        quiet = {"start": "20:00", "end": "08:00"}
        shown = put(chen, 200, self.PATH, events={"overdue": ["app"], "comment": ["digest"]}, quiet=quiet)
        assert shown == chen.get(self.PATH)
        assert (shown["effective"]["overdue"], shown["effective"]["comment"]) == (["app", "mail"], ["digest"])
        assert (shown["quiet"], shown["minimum"]) == (quiet, {"overdue": ["mail"]})

    def test_only_administrators_say_what_the_company_says(self, chen: Client) -> None:
        assert chen.error("PUT", "/notification-policy", 403, json={"minimum": {}})["code"] == "not_allowed"
        assert chen.get("/notification-policy") == {"default": {}, "minimum": {}}

    def test_what_does_not_exist_is_refused_where_it_stands(self, demo: Client, chen: Client) -> None:
        assert refused(chen, self.PATH, events={"nothing": ["app"]})[0][0] == "events"
        assert refused(chen, self.PATH, events={"overdue": ["pigeon"]})[0][0] == "events"
        assert refused(chen, self.PATH, quiet={"start": "24:00", "end": "08:00"})[0][0] == "quiet.start"
        assert refused(chen, self.PATH, digest={"every": "hourly"})[0][0] == "digest.every"
        assert refused(demo, "/notification-policy", minimum={"overdue": ["pigeon"]})[0][0] == "minimum"


class TestWhatWasSent:
    def test_mails_are_listed_and_sent_again(self, demo: Client) -> None:
        with unit_of_work() as session:
            mail.write_mail(session, ["chen@example.com"], "Hello", "secret")
        with unit_of_work() as session:
            session.query(Mail).update({"state": "failed", "error": "550", "attempts": 8})
        [shown] = demo.get("/mails", state="failed")["items"]
        assert (shown["recipient"], shown["subject"], shown["error"]) == ("chen@example.com", "Hello", "550")
        assert "secret" not in str(shown)
        demo.post(f"/mails/{shown['id']}/retry", 204)
        assert demo.error("POST", f"/mails/{shown['id']}/retry", 409)["code"] == "conflict"
        assert [each["attempts"] for each in demo.get("/mails", state="pending")["items"]] == [0]
        assert demo.post("/mails/retry", 200, state="failed") == {"retried": 0}

    def test_messages_of_gateways_are_listed_and_sent_again(self, demo: Client) -> None:
        with unit_of_work() as session:
            gateways.write_many(session, [gateways.Message("sms", "chen", "139", "Hello", "secret")])
            [claimed] = gateways.claim_due(session, "sms")
            gateways.mark(session, claimed, Outcome("failed", "400 no such number"))
        [shown] = demo.get("/messages-sent", state="failed")["items"]
        assert (shown["channel"], shown["address"], shown["error"]) == ("sms", "139", "400 no such number")
        demo.post(f"/messages-sent/{shown['id']}/retry", 204)
        assert demo.get("/messages-sent", state="failed")["items"] == []
        assert len(demo.get("/messages-sent", state="pending")["items"]) == 1

    def test_they_are_for_administrators(self, chen: Client, sign_in: Callable[..., Client]) -> None:
        for path in ("/mails", "/messages-sent"):
            assert chen.error("GET", path, 403)["code"] == "not_allowed"
            assert sign_in("demo", "tasks").error("GET", path, 403)["code"] == "not_allowed"


def test_the_clock_of_a_task_stands_still_and_goes_on(demo: Client, chen: Client) -> None:
    waits = user("quote", 'camunda:assignee="chen" camunda:dueDate="${now() + duration(&quot;P2D&quot;)}"')
    demo.deploy({"a.bpmn": process(start(), waits, end(), flow("start > quote > end"), key="quote_process")})
    demo.post("/instances", 201, definition_key="quote_process")
    task = chen.get("/tasks")["items"][0]["id"]
    before = chen.get(f"/tasks/{task}/clock")
    assert (before["sla"], before["working"]) == ("ok", False)
    assert chen.error("POST", f"/tasks/{task}/pause", 422, json={"reason": ""})["problems"][0]["field"] == "reason"
    paused = chen.post(f"/tasks/{task}/pause", 200, reason="等客户确认规格", revision=before["revision"])
    assert paused["sla"] == "paused"
    stale = {"reason": "x", "revision": before["revision"]}
    assert chen.error("POST", f"/tasks/{task}/pause", 409, json=stale)["code"] == "stale_revision"
    assert chen.error("POST", f"/tasks/{task}/pause", 409, json={"reason": "x"})["code"] == "conflict"
    clock.advance(timedelta(days=5))
    went_on = chen.post(f"/tasks/{task}/resume", 200)
    assert went_on["sla"] == "ok"
    assert abs(went_on["left"] - before["left"]) < 60
    assert chen.error("POST", f"/tasks/{task}/resume", 409, json={})["code"] == "conflict"
