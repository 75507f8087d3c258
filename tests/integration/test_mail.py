"""Mail: written as rows, sent once to a real mail server on this machine, tried again, never lost."""

import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select, text

from process_server import clock, config
from process_server.clock import now
from process_server.db import Session, unit_of_work
from process_server.errors import InvalidInput
from process_server.identity import users
from process_server.tasks.deadlines import reminders
from process_server.tasks.handling import claiming
from process_server.tasks.jobs import deliver_notifications, remind_due_tasks, send_due_mail
from process_server.tasks.models import UserTask
from process_server.tasks.telling import mail
from process_server.tasks.telling.attempts import ATTEMPTS
from process_server.tasks.telling.models import Mail
from process_server.tasks.telling.notifications import list_notifications
from tests.integration.crm import CHEN, people, task

pytestmark = pytest.mark.usefixtures("database")


class Postman:
    """Keeps what arrives; refuses what it is told to."""

    def __init__(self) -> None:
        self.arrived: list[EmailMessage] = []
        self.envelopes: list[list[str]] = []
        self.answer = "250 OK"
        self.refuses: dict[str, str] = {}

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        if b"breaks the line" in envelope.content:
            server.transport.close()
        if self.answer.startswith("250"):
            self.arrived.append(message_from_bytes(envelope.content, policy=policy.default))
            self.envelopes.append(envelope.rcpt_tos)
        return self.answer


@pytest.fixture
def postman() -> Iterator[Postman]:
    """A mail server that the settings point at."""
    man = Postman()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(man, hostname="127.0.0.1", port=port, enable_SMTPUTF8=False)
    controller.start()
    with smtp(f"smtp://127.0.0.1:{port}"):
        try:
            yield man
        finally:
            controller.stop()


class smtp:
    """Point the settings at a mail server inside the block."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __enter__(self) -> None:
        os.environ["PROCESS_SERVER_SMTP_URL"] = self.url
        os.environ["PROCESS_SERVER_MAIL_FROM"] = "Process Server <crm@example.com>"
        config.settings.cache_clear()

    def __exit__(self, *_: object) -> None:
        del os.environ["PROCESS_SERVER_SMTP_URL"], os.environ["PROCESS_SERVER_MAIL_FROM"]
        config.settings.cache_clear()


def write(*to: str, subject: str = "您好", body: str = "第一行\n第二行\n", **fields: Any) -> None:
    with unit_of_work() as session:
        mail.write_mail(session, to, subject, body, **fields)


def rows() -> list[Mail]:
    with unit_of_work() as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def test_a_mail_arrives_as_it_was_written(postman: Postman) -> None:
    write("陈静 <chen@example.com>", subject="合同\n审批", cc=["liu@example.com", "sun@example.com"])
    assert send_due_mail() == 1
    [arrived] = postman.arrived
    assert arrived["To"] == "陈静 <chen@example.com>"
    assert arrived["Cc"] == "liu@example.com, sun@example.com"
    assert arrived["From"] == "Process Server <crm@example.com>"
    assert arrived["Subject"] == "合同 审批"
    assert arrived.get_content().splitlines() == ["第一行", "第二行"]
    assert postman.envelopes == [["chen@example.com", "liu@example.com", "sun@example.com"]]
    [row] = rows()
    assert arrived["Message-ID"] == f"<{row.id}@example.com>"
    assert (row.state, row.attempts) == ("sent", 1)
    assert row.sent_at is not None


def test_a_mail_is_sent_once(postman: Postman) -> None:
    write("chen@example.com")
    assert [send_due_mail(), send_due_mail()] == [1, 0]
    assert len(postman.arrived) == 1


def test_many_go_over_one_connection_in_batches(postman: Postman) -> None:
    for number in range(120):
        write(f"user-{number}@example.com")
    assert send_due_mail() == 120
    assert len({message["Message-ID"] for message in postman.arrived}) == 120


def test_what_is_rolled_back_is_not_sent(postman: Postman) -> None:
    with pytest.raises(InvalidInput), unit_of_work() as session:
        mail.write_mail(session, ["chen@example.com"], "x", "y") and mail.write_mail(session, [], "x", "y")
    assert send_due_mail() == 0


def test_a_busy_server_is_tried_again_with_growing_delay(postman: Postman) -> None:
    postman.answer = "451 come back later"
    write("chen@example.com")
    delays = []
    with clock.frozen_shift():
        for _ in range(3):
            send_due_mail()
            [row] = rows()
            assert row.state == "pending"
            delays.append(round((row.next_attempt_at - now()) / timedelta(minutes=1)))
            assert send_due_mail() == 0
            clock.advance(row.next_attempt_at - now() + timedelta(seconds=1))
        postman.answer = "250 OK"
        assert send_due_mail() == 1
    assert delays == [1, 2, 4]
    assert "451 come back later" in (row.error or "")
    assert rows()[0].state == "sent"


def test_a_server_that_never_takes_it_is_given_up(postman: Postman) -> None:
    postman.answer = "451 never"
    write("chen@example.com")
    with clock.frozen_shift():
        for _ in range(ATTEMPTS):
            assert send_due_mail() == 1
            clock.advance(timedelta(days=1))
        assert send_due_mail() == 0
    assert (rows()[0].state, rows()[0].attempts) == ("failed", ATTEMPTS)


def test_a_refused_address_fails_at_once_and_harms_no_other(postman: Postman) -> None:
    postman.refuses = {"gone@example.com": "550 no such user"}
    write("gone@example.com")
    write("chen@example.com")
    send_due_mail()
    assert [(row.state, row.error) for row in rows()] == [
        ("failed", "refused: gone@example.com: 550 no such user"),
        ("sent", None),
    ]


def test_a_mail_that_reached_some_is_not_sent_again_to_them(postman: Postman) -> None:
    postman.refuses = {"gone@example.com": "450 not now"}
    write("chen@example.com", cc=["gone@example.com"])
    send_due_mail()
    [row] = rows()
    assert (row.state, len(postman.arrived)) == ("sent", 1)
    assert row.error is not None
    assert "gone@example.com" in row.error


def test_a_mail_that_breaks_the_connection_harms_no_other(postman: Postman) -> None:
    for body in ("first", "breaks the line", "last"):
        write("chen@example.com", body=body)
    send_due_mail()
    assert [row.state for row in rows()] == ["sent", "pending", "sent"]


def test_an_address_the_server_cannot_write_fails_alone(postman: Postman) -> None:
    write("chen@例子.com")
    write("chen@example.com")
    with clock.frozen_shift():
        send_due_mail()
    assert [row.state for row in rows()] == ["failed", "sent"]


def test_no_server_at_the_address_keeps_the_mail_for_later() -> None:
    write("chen@example.com")
    with smtp("smtp://127.0.0.1:1"):
        assert send_due_mail() == 1
    [row] = rows()
    assert row.state == "pending"
    assert "mail server" in (row.error or "")


def test_without_a_mail_server_nothing_is_lost() -> None:
    write("chen@example.com")
    assert send_due_mail() == 1
    assert [row.state for row in rows()] == ["kept"]
    assert send_due_mail() == 0


def test_a_sender_that_dies_is_followed_by_another_under_the_same_message_id(postman: Postman) -> None:
    write("chen@example.com")
    with unit_of_work() as session:
        [claimed] = mail.claim_due(session)  # and this process is killed
    assert send_due_mail() == 0
    with clock.travel(timedelta(minutes=6)):
        assert send_due_mail() == 1
    assert postman.arrived[0]["Message-ID"] == claimed.message["Message-ID"]


def impatient(session: Session) -> Session:
    """Fail rather than hang where one worker waits for another."""
    session.execute(text("SET LOCAL lock_timeout = '2s'"))
    return session


def test_two_senders_share_the_work(postman: Postman) -> None:
    for number in range(4):
        write(f"user-{number}@example.com")
    with unit_of_work() as first, unit_of_work() as second:
        taken = mail.claim_due(first, 2), mail.claim_due(impatient(second), 10)
    assert [len(each) for each in taken] == [2, 2]
    assert len({claimed.id for each in taken for claimed in each}) == 4


@pytest.mark.parametrize(
    "address", ["", "chen", "a b@example.com", "a@b@c", "x\nBcc: y@example.com", "<>", "陈@example.com"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        write(address)


@pytest.fixture
def company(database: str) -> None:
    with unit_of_work() as session:
        people(session)


def kinds(session: Session, user: str) -> list[str]:
    return sorted(note.kind for note in list_notifications(session, user)[0])


@pytest.mark.requirement("PE-19")
@pytest.mark.usefixtures("company")
class TestDueDates:
    """At the due date the assignee is reminded and the supervisor told: once, in the application and by mail."""

    def test_once_and_not_before(self, postman: Postman) -> None:
        with unit_of_work() as session:
            late = task(session, name="客户跟进", business_key="L-1", assignee="chen", due_at=now() + timedelta(days=3))
        with clock.travel(timedelta(days=2, hours=23, minutes=59)):
            assert remind_due_tasks() == 0
        with clock.travel(timedelta(days=3, minutes=1)):
            assert [remind_due_tasks(), remind_due_tasks()] == [1, 0]
            deliver_notifications()
            send_due_mail()
        with unit_of_work() as session:
            assert kinds(session, "chen") == ["task_due"]
            assert kinds(session, "liu") == ["task_escalated"]
            [note], _ = list_notifications(session, "liu")
            assert note.text("en") == "客户跟进 L-1 of 陈静 is overdue"
            row = session.get_one(UserTask, late)
            assert row.reminded_at is not None
            assert row.escalated_at is None  # to tell the supervisor is no step of a chain
        assert sorted(str(message["To"]) for message in postman.arrived) == ["chen@example.com", "liu@example.com"]
        assert "L-1" in postman.arrived[0].get_content()

    def test_a_sweep_that_dies_halfway_reminds_once(self) -> None:
        with unit_of_work() as session:
            task(session, assignee="chen", due_at=now())
        with pytest.raises(ZeroDivisionError), unit_of_work() as session:
            assert 1 // (reminders.sweep(session) - 1)
        assert [remind_due_tasks(), remind_due_tasks()] == [1, 0]
        with unit_of_work() as session:
            assert kinds(session, "chen") == ["task_due"]

    def test_candidates_are_reminded_of_what_nobody_took(self) -> None:
        with unit_of_work() as session:
            task(session, candidate_groups=["sales"], candidate_users=["sun"], due_at=now())
        remind_due_tasks()
        with unit_of_work() as session:
            assert [kinds(session, user) for user in ("chen", "zhou", "sun")] == [["task_due"]] * 3
            assert kinds(session, "liu") == ["task_escalated"]

    def test_what_is_done_or_due_never_reminds_nobody(self) -> None:
        with unit_of_work() as session:
            task(session, assignee="chen", due_at=now(), state="completed")
            task(session, assignee="chen")
        remind_due_tasks()
        with unit_of_work() as session:
            assert [kinds(session, user) for user in ("chen", "liu")] == [[], []]

    def test_a_moved_date_reminds_again(self) -> None:
        with unit_of_work() as session:
            late = task(session, assignee="chen", due_at=now())
        remind_due_tasks()
        with unit_of_work() as session:
            claiming.reschedule(session, late, CHEN, {"due_at": now() + timedelta(hours=1)})
        assert remind_due_tasks() == 0
        with clock.travel(timedelta(hours=1, minutes=1)):
            assert remind_due_tasks() == 1
        with unit_of_work() as session:
            assert kinds(session, "chen") == ["task_due", "task_due"]

    def test_two_sweeps_at_once_remind_once(self) -> None:
        with unit_of_work() as session:
            for _ in range(3):
                task(session, assignee="chen", due_at=now())
        with unit_of_work() as first, unit_of_work() as second:
            assert reminders.sweep(first, 2) == 2
            assert reminders.sweep(impatient(second)) == 1
        with unit_of_work() as session:
            assert kinds(session, "chen") == ["task_due"] * 3

    def test_a_wrong_address_in_an_account_stops_no_reminder(self) -> None:
        with unit_of_work() as session:
            users.find(session, "chen").email = "no address"
            users.find(session, "zhou").email = None
            for person in ("chen", "zhou"):
                task(session, assignee=person, due_at=now())
        remind_due_tasks()
        deliver_notifications()
        assert {row.recipient for row in rows()} == {"liu@example.com"}
        with unit_of_work() as session:
            assert [kinds(session, user) for user in ("chen", "zhou")] == [["task_due"]] * 2

    def test_who_has_no_supervisor_is_reminded_alone(self) -> None:
        with unit_of_work() as session:
            task(session, assignee="sun", due_at=now())
            users.set_language(session, "sun", "en")
        assert remind_due_tasks() == 1
        deliver_notifications()
        with unit_of_work() as session:
            assert [kinds(session, user) for user in ("sun", "liu", "demo")] == [["task_due"], [], []]
            assert [(row.recipient, row.subject) for row in session.scalars(select(Mail))] == [
                ("sun@example.com", "客户跟进 is due")
            ]
