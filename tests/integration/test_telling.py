"""What people are told, by the channels they chose: never lost, never in a flood, not in their quiet hours."""

# ruff: noqa: F811  (postman is a fixture of another module)

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from process_server import clock, config
from process_server.bpmn.jobs import send_summaries
from process_server.bpmn.queries import columns_of
from process_server.clock import now
from process_server.db import unit_of_work
from process_server.errors import Conflict, InvalidInput, NotAllowed
from process_server.identity import stand_ins, users
from process_server.identity.models import User
from process_server.tasks import rows
from process_server.tasks.deadlines.models import Delivery
from process_server.tasks.handling import comments
from process_server.tasks.inbox import views
from process_server.tasks.jobs import (
    clean_notifications,
    deliver_notifications,
    post_messages,
    send_due_mail,
    tell_stand_ins,
)
from process_server.tasks.telling import notifications, outbox, preferences
from process_server.tasks.telling.matrix import Choices, Policy
from process_server.tasks.telling.models import Mail
from tests.integration.crm import CHEN, DEMO, people, process, task, task_row
from tests.integration.crm import instance as case
from tests.integration.test_mail import Postman, postman  # noqa: F401  (a fixture)

NOON = datetime(2026, 11, 27, 4, tzinfo=UTC)  # 12:00 in Shanghai


class Gateway(ThreadingHTTPServer):
    """A gateway that keeps what it gets, and fails when it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.answer = 200


class Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.keys.append(self.headers["Idempotency-Key"])
        if self.server.answer < 400:
            self.server.got.append(body)
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def sms() -> Iterator[Gateway]:
    gateway = Gateway()
    Thread(target=gateway.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{gateway.server_address[1]}/send"
    os.environ["PROCESS_SERVER_GATEWAYS"] = json.dumps({"sms": url})
    config.settings.cache_clear()
    try:
        yield gateway
    finally:
        del os.environ["PROCESS_SERVER_GATEWAYS"]
        config.settings.cache_clear()
        gateway.shutdown()


@pytest.fixture(autouse=True)
def company(database: str) -> Iterator[None]:
    preferences.forget()
    with unit_of_work() as session:
        people(session)
        session.get_one(User, "chen").attributes = {"phone": "+86 138 0000 0000"}
    yield
    preferences.forget()


def choose(user: str = "chen", **choices: Any) -> None:
    with unit_of_work() as session:
        preferences.set_choices(session, user, Choices.read(choices))


def assign(user: str = "chen") -> UUID:
    with unit_of_work() as session:
        definition = process(session, f"p-{time.monotonic_ns()}")
        row = task_row(case(session, definition, "L-1"), definition, assignee=user)
        rows.write(session, new=[row])
    identifier: UUID = row["id"]
    return identifier


def nudge(count: int = 1, user: str = "chen") -> None:
    with unit_of_work() as session:
        session.info["definition"] = process(session, f"p-{time.monotonic_ns()}")
        about = task(session, assignee=user)
        for _ in range(count):
            notifications.notify(session, [user], "nudged", user_task_id=about, params={"author": "刘强"})


def mails() -> list[Mail]:
    with unit_of_work() as session:
        return list(session.scalars(select(Mail).order_by(Mail.created_at, Mail.id)))


def told(user: str = "chen") -> list[tuple[str, Any]]:
    """Return what somebody was told of views in the application."""
    with unit_of_work() as session:
        notes, _ = notifications.list_notifications(session, user)
        return [(each.kind, each.params) for each in notes if each.kind == "view_holds"]


def unread(user: str = "chen") -> int:
    with unit_of_work() as session:
        return notifications.count_unread(session, user)


@pytest.mark.requirement("PE-09")
def test_an_assignment_comes_by_message_mail_and_sms_at_once(postman: Postman, sms: Gateway) -> None:
    with unit_of_work() as session:
        preferences.set_policy(session, Policy.read({"default": {"assigned": ["app", "mail", "sms"]}}), actor=DEMO)
    began = time.process_time()
    task_id = assign()
    deliver_notifications()
    send_due_mail()
    post_messages()
    assert time.process_time() - began < 5
    assert unread() == 1
    assert [str(message["To"]) for message in postman.arrived] == ["chen@example.com"]
    [message] = sms.got
    assert (message["to"], message["user"], message["channel"]) == ("+86 138 0000 0000", "chen", "sms")
    assert "客户跟进 L-1" in message["subject"]
    deliver_notifications()
    send_due_mail()
    post_messages()
    assert (len(postman.arrived), len(sms.got), unread()) == (1, 1, 1)
    assert task_id


def test_a_case_without_a_number_is_called_as_its_process(postman: Postman) -> None:
    with unit_of_work() as session:
        about = case(session, process(session, "leave"), None)
        notifications.notify(session, ["chen"], "withdrawn", process_instance_id=about, params={"author": "刘强"})
        notes, _ = notifications.list_notifications(session, "chen")
    assert [note.text("zh-CN") for note in notes] == ["刘强撤销了 线索到回款"]
    assert [note.text("en") for note in notes] == ["刘强 withdrew Lead to cash"]
    deliver_notifications()
    assert [mail.subject for mail in mails()] == ["刘强撤销了 线索到回款"]


@pytest.mark.requirement("PE-09")
def test_a_gateway_that_fails_is_tried_again_and_blocks_nobody(postman: Postman, sms: Gateway) -> None:
    sms.answer = 503
    choose(events={"assigned": ["app", "mail", "sms"]})
    assign()
    deliver_notifications()
    post_messages()
    send_due_mail()
    assert len(postman.arrived) == 1
    with unit_of_work() as session:
        row = session.scalars(select(Delivery)).one()
        assert (row.state, row.attempts) == ("pending", 1)
        assert (row.error or "").startswith("503")
    assert post_messages() == 0
    sms.answer = 200
    with clock.travel(timedelta(minutes=1)):
        assert post_messages() == 1
    assert len(sms.got) == 1
    assert len(set(sms.keys)) == 1


def test_everybody_chooses_above_the_companys_minimum() -> None:
    with unit_of_work() as session:
        policy = {"default": {"assigned": ["app"]}, "minimum": {"overdue": ["mail"]}}
        preferences.set_policy(session, Policy.read(policy), actor=DEMO)
        with pytest.raises(NotAllowed):
            preferences.set_policy(session, Policy(), actor=CHEN)
    choose(events={"assigned": [], "overdue": ["app"]})
    assign()
    assert unread() == 0
    with unit_of_work() as session:
        reader = preferences.readers(session, ["chen"])["chen"]
        assert reader.channels_of("overdue") == {"app", "mail"}
        assert reader.channels_of("assigned") == frozenset()
    with pytest.raises(InvalidInput):
        choose(events={"assigned": ["pigeon"]})
    with pytest.raises(InvalidInput):
        choose(events={"lunch": ["app"]})


def test_ten_at_once_are_one_mail() -> None:
    nudge(12)
    deliver_notifications()
    [mail] = mails()
    assert mail.body.count("\n- ") + mail.body.startswith("- ") == 12
    assert unread() == 12


def test_after_ten_the_rest_waits_and_comes_together() -> None:
    for _ in range(9):
        nudge()
        deliver_notifications()
    nudge()
    deliver_notifications()
    nudge(2)
    deliver_notifications()
    assert len(mails()) == 10
    with clock.travel(timedelta(minutes=5, seconds=5)):
        deliver_notifications()
    assert len(mails()) == 11
    assert mails()[-1].body.startswith("- ")


def test_in_quiet_hours_only_the_application_tells() -> None:
    clock.advance(NOON + timedelta(hours=11) - now())  # 23:00
    choose(quiet={"start": "22:00", "end": "07:30"})
    nudge()
    deliver_notifications()
    assert (len(mails()), unread()) == (0, 1)
    clock.advance(timedelta(hours=8, minutes=29))
    deliver_notifications()
    assert mails() == []
    clock.advance(timedelta(minutes=2))
    deliver_notifications()
    assert len(mails()) == 1


def test_what_is_done_meanwhile_is_not_told_outside() -> None:
    with unit_of_work() as session:
        done = task(session, assignee="chen", state="completed")
        notifications.notify(session, ["chen"], "nudged", user_task_id=done, params={"author": "x"})
    deliver_notifications()
    assert (mails(), unread()) == ([], 0)


def test_what_somebody_else_claimed_is_read_for_the_others() -> None:
    with unit_of_work() as session:
        about = task(session, assignee="zhou", candidate_groups=["sales"])
        notifications.notify(session, ["chen", "zhou"], "task_offered", user_task_id=about)
    assert (unread("chen"), unread("zhou")) == (0, 1)


def test_the_summary_comes_once_at_the_hour_chosen() -> None:
    clock.advance(NOON - now())
    choose(events={"assigned": ["digest"]}, digest={"every": "daily", "at": "17:00"})
    assign()
    assign()
    deliver_notifications()
    assert (mails(), unread()) == ([], 0)
    clock.advance(timedelta(hours=5, minutes=1))
    send_summaries()
    send_summaries()
    [mail] = mails()
    assert mail.body.count("\n- ") == 2
    clock.advance(timedelta(days=1))
    send_summaries()
    assert len(mails()) == 1  # nothing has happened since


def test_the_summary_tells_how_much_the_views_hold_that_one_subscribed_to() -> None:
    clock.advance(NOON - now())
    with unit_of_work() as session:
        view = views.create(session, columns_of(session, "todo", CHEN), "Of sales", {"filters": ["priority:50"]})
        views.subscribe(session, view.id, CHEN)
    clock.advance(timedelta(days=1))
    send_summaries()
    assert mails() == []  # it holds nothing
    assign()
    clock.advance(timedelta(days=1))
    send_summaries()
    [mail] = mails()
    assert "\n- Of sales：1\n" in mail.body
    assert told() == [("view_holds", {"view": "Of sales", "count": 1, "address": view.address})]
    deliver_notifications()
    choose(events={"view": ["mail"]})
    clock.advance(timedelta(days=1))
    send_summaries()
    deliver_notifications()
    assert len(told()) == 1  # not in the application any more
    assert [each.subject for each in mails()[1:]] == ["Of sales：1"]


def test_a_weekly_summary_comes_on_its_day() -> None:
    reader = preferences.Reader(
        "x", Choices.read({"digest": {"every": "weekly", "weekday": 1, "at": "08:00"}}), Policy()
    )
    assert reader.next_digest(NOON) == datetime(2026, 11, 30, 0, tzinfo=UTC)


def test_each_mail_leads_to_no_more_mail(monkeypatch: pytest.MonkeyPatch, postman: Postman) -> None:
    monkeypatch.setenv("PROCESS_SERVER_BASE_URL", "https://crm.example.com")
    config.settings.cache_clear()
    nudge()
    deliver_notifications()
    send_due_mail()
    [arrived] = postman.arrived
    key = mails()[0].unsubscribe_key
    assert key
    assert f"https://crm.example.com/unsubscribe/{key}" in arrived.get_content()
    assert arrived["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with unit_of_work() as session:
        assert preferences.unsubscribe(session, "guessed") is None
        assert preferences.unsubscribe(session, key) == "chen"
    nudge()
    deliver_notifications()
    assert len(mails()) == 1
    assert unread() == 2
    config.settings.cache_clear()


def test_who_is_mentioned_is_told_once() -> None:
    with unit_of_work() as session:
        about = task(session, assignee="chen", candidate_groups=["sales"])
        comments.comment_on_task(session, about, DEMO, "@chen 请看一下,@liu。 mail@zhou.com @nobody")
    with unit_of_work() as session:
        told = {
            user: [n.kind for n in notifications.list_notifications(session, user)[0]]
            for user in ("chen", "liu", "zhou")
        }
    assert told == {"chen": ["mention"], "liu": ["mention"], "zhou": []}


def test_old_notifications_go() -> None:
    nudge()
    with clock.travel(timedelta(days=89)):
        assert clean_notifications() == 0
    with clock.travel(timedelta(days=91)):
        assert clean_notifications() == 1


def test_administrators_send_again_what_was_kept() -> None:
    nudge(1)
    deliver_notifications()
    send_due_mail()  # there is no server for mail
    with unit_of_work() as session:
        [kept] = outbox.list_mails(session, DEMO, "kept", 10)
        assert "body" not in kept
        outbox.retry_mail(session, kept["id"], DEMO)
        with pytest.raises(Conflict):
            outbox.retry_mail(session, kept["id"], DEMO)
        with pytest.raises(NotAllowed):
            outbox.list_mails(session, CHEN, "kept", 10)
        assert outbox.retry_mails(session, "failed", DEMO) == 0
    assert mails()[0].state == "pending"


def test_who_stands_in_is_told_when_it_begins_and_until_when() -> None:
    clock.advance(NOON - now())
    with unit_of_work() as session:
        stand_ins.create(session, "chen", "zhou", principal=CHEN)
        stand_ins.create(
            session, "liu", "zhou", principal=DEMO, starts_at=NOON + timedelta(days=1), ends_at=NOON + timedelta(days=3)
        )
        stand_ins.create(
            session, "liu", "sun", principal=DEMO, starts_at=NOON + timedelta(days=1), ends_at=NOON + timedelta(days=2)
        )
    assert [tell_stand_ins(), tell_stand_ins()] == [1, 0]
    assert said("zhou") == ["You stand in for 陈静 from 2026-11-27 12:00 on"]
    clock.advance(timedelta(days=2, hours=1))
    assert [tell_stand_ins(), tell_stand_ins()] == [1, 0]
    assert said("zhou")[0] == "You stand in for 刘强 from 2026-11-28 12:00 to 2026-11-30 12:00"
    assert said("sun") == []  # it was over before anybody could be told


def test_who_stands_in_is_told_of_the_tasks_of_who_is_away() -> None:
    with unit_of_work() as session:
        users.find(session, "chen").name_en = "Chen Jing"
        stand_ins.create(session, "chen", "zhou", principal=CHEN)
        stand_ins.create(session, "chen", "sun", principal=CHEN, process_keys=["another"])
    assign()
    nudge()
    waits = "waits for Chen Jing, for whom you stand in"
    assert said("zhou")[:2] == [f"客户跟进 {waits}", f"客户跟进 L-1 {waits}"]
    assert said("sun") == []
    assert unread("zhou") == 2
    with unit_of_work() as session:
        stand_ins.create(session, "chen", "sun", principal=CHEN)
        session.info["definition"] = definition = process(session, "offered")
        offered = task_row(case(session, definition, "L-2"), definition, candidate_groups=["sales"])
        rows.write(session, new=[offered])
    assert said("sun") == []  # what is offered to a group stays with its other members


def said(person: str) -> list[str]:
    with unit_of_work() as session:
        return [note.text("en") for note in notifications.list_notifications(session, person)[0]]
