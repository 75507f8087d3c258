"""Connectors: what service tasks can call, with inputs checked and errors sorted by whether trying again helps."""

import json
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
from sqlalchemy import select

from process_server import connectors
from process_server.config import settings
from process_server.connectors import http
from process_server.connectors.contract import ConnectorError
from process_server.db import Session, new_id
from process_server.identity import users
from process_server.identity.models import User
from process_server.tasks.deadlines.models import Delivery
from process_server.tasks.telling.models import Mail
from process_server.tasks.telling.notifications import list_notifications
from tests.integration.crm import people

KEY = new_id()


def run(session: Session, topic: str, **payload: Any) -> dict[str, Any]:
    return connectors.run(topic, payload, key=KEY, session=session)


def permanent(session: Session, topic: str, **payload: Any) -> str:
    with pytest.raises(ConnectorError) as caught:
        run(session, topic, **payload)
    assert caught.value.permanent
    return str(caught.value)


def test_the_server_says_which_topics_it_works_itself() -> None:
    assert [connectors.knows(topic) for topic in ("notify", "mail", "http", "other")] == [True, True, True, False]
    assert [connectors.is_transactional(topic) for topic in ("notify", "mail", "http")] == [True, True, False]
    assert set(connectors.CONNECTORS["mail"].model_json_schema()["properties"]) == {"to", "cc", "subject", "body"}


def test_notify_tells_in_the_application_and_by_mail(session: Session) -> None:
    people(session)
    result = run(session, "notify", to="chen, zhou", groups=["legal"], subject="新线索", text="请在一小时内联系")
    assert result == {"notified": ["chen", "sun", "zhou"]}
    [note], _ = list_notifications(session, "sun")
    assert (note.text("en"), note.params["text"]) == ("新线索", "请在一小时内联系")
    mails = session.execute(select(Mail.recipient, Mail.subject, Mail.body).order_by(Mail.id)).all()
    assert mails[0] == ("chen@example.com", "新线索", "请在一小时内联系")
    assert len(mails) == 3


@pytest.mark.parametrize(("channels", "notes", "mails"), [(["app"], 1, 0), (["mail"], 0, 1)])
def test_notify_uses_the_channels_it_is_given(session: Session, channels, notes, mails) -> None:
    people(session)
    run(session, "notify", to=["chen"], subject="x", channels=channels)
    assert len(list_notifications(session, "chen")[0]) == notes
    assert len(session.scalars(select(Mail.id)).all()) == mails


def test_notify_uses_the_gateways_there_are(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    people(session)
    session.get_one(User, "chen").attributes = {"phone": "139"}
    assert "there is no channel sms" in permanent(session, "notify", to="chen", subject="x", channels="sms")
    monkeypatch.setitem(settings().gateways, "sms", "https://gateway.example/send")
    assert run(session, "notify", to="chen, zhou", subject="x", text="y", channels="app, sms")["notified"]
    told = session.execute(select(Delivery.channel, Delivery.recipient, Delivery.address, Delivery.body)).all()
    assert told == [("sms", "chen", "139", "y")]
    assert session.scalars(select(Mail.id)).all() == []
    assert "there is no channel pigeon" in permanent(session, "notify", to="chen", subject="x", channels=["pigeon"])


def test_notify_without_an_address_sends_no_mail(session: Session) -> None:
    users.create_user(session, "anna", "Anna")
    assert run(session, "notify", to="anna", subject="x") == {"notified": ["anna"]}
    assert session.scalars(select(Mail.id)).all() == []


def test_notify_names_who_is_not_there(session: Session) -> None:
    people(session)
    assert "nobody" in permanent(session, "notify", to=["chen", "nobody"], subject="x")
    assert list_notifications(session, "chen")[0] == []
    assert "nobody is to be told" in permanent(session, "notify", to=[], subject="x")


@pytest.mark.parametrize(
    ("topic", "payload", "fault"),
    [
        ("notify", {"to": "chen"}, "subject"),
        ("notify", {"to": "chen", "subjekt": "x"}, "subjekt"),
        ("notify", {"to": "chen", "subject": "x", "channels": ["pigeon"]}, "channels"),
        ("mail", {"to": "not an address", "subject": "x"}, "not an address"),
        ("mail", {"to": None, "subject": "x"}, "to"),
    ],
)
def test_wrong_inputs_are_named(session: Session, topic, payload, fault) -> None:
    people(session)
    assert fault in permanent(session, topic, **payload)


def test_mail_writes_a_row(session: Session) -> None:
    result = run(
        session, "mail", to="a@example.com; b@example.com", cc=["c@example.com"], subject="报价", body="见附件"
    )
    row = session.scalars(select(Mail)).one()
    assert result == {"mail": str(row.id)}
    assert (row.recipient, row.cc, row.state) == ("a@example.com, b@example.com", "c@example.com", "pending")


def test_a_connector_runs_on_its_side_of_the_transaction(session: Session) -> None:
    with pytest.raises(TypeError):
        connectors.run("mail", {"to": "a@example.com", "subject": "x"}, key=KEY)
    with pytest.raises(TypeError):
        run(session, "http", url="http://127.0.0.1:1/")


class Other(BaseHTTPRequestHandler):
    """The other system: answers as its path says and notes what it was asked."""

    asked: ClassVar[list[dict[str, Any]]] = []

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append({"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body})
        kind, _, detail = self.path.partition("?")[0].strip("/").partition("/")
        content = {"json": b'{"amount": 100000.01, "$date": "no"}', "big": b"x" * 20_000_000}.get(kind, b"plain")
        self.send_response(int(detail) if kind == "status" else 200)
        self.send_header("Content-Type", "application/json" if kind in ("json", "broken") else "text/plain")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Set-Cookie", "of=one")
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        try:
            self.wfile.write(content)
        except ConnectionError:  # the client has seen enough
            return

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def other() -> Iterator[str]:
    Other.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    http._client().close()
    http._client.cache_clear()


def call(url: str, **inputs: Any) -> dict[str, Any]:
    return connectors.run("http", {"url": url, **inputs}, key=KEY)


def test_http_sends_json_and_understands_it(other: str) -> None:
    result = call(
        f"{other}/json",
        method="POST",
        headers={"Authorization": "Bearer t"},
        query={"a": "ü"},
        body={"amount": Decimal("0.10")},
    )
    assert result["status"] == 200
    assert result["body"] == {"amount": Decimal("100000.01"), "$date": "no"}
    [asked] = Other.asked
    assert (asked["method"], asked["path"]) == ("POST", "/json?a=%C3%BC")
    assert json.loads(asked["body"], parse_float=Decimal) == {"amount": Decimal("0.10")}
    assert asked["headers"]["Content-Type"] == "application/json"
    assert asked["headers"]["Authorization"] == "Bearer t"
    assert asked["headers"]["Idempotency-Key"] == str(KEY)


def test_http_sends_text_as_it_is(other: str) -> None:
    assert call(f"{other}/", method="POST", body="a=1")["body"] == "plain"
    assert Other.asked[0]["body"] == b"a=1"


@pytest.mark.parametrize(
    ("status", "final"), [(400, True), (404, True), (422, True), (408, False), (429, False), (500, False), (503, False)]
)
def test_http_knows_whether_trying_again_helps(other: str, status: int, final: bool) -> None:
    with pytest.raises(ConnectorError, match=str(status)) as caught:
        call(f"{other}/status/{status}")
    assert caught.value.permanent is final


def test_http_leaves_the_decision_to_the_process_where_it_asks_for_it(other: str) -> None:
    assert call(f"{other}/status/404", accept=[404])["status"] == 404


def test_http_away_is_tried_again() -> None:
    with pytest.raises(ConnectorError) as caught:
        call("http://127.0.0.1:1/")
    assert not caught.value.permanent


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:a00:1]", "169.254.169.254", "10.0.0.1",
     "192.168.1.1", "2130706433", "0x7f.1", "100.64.0.1", "[fd00::1]", "[fe80::1]", "224.0.0.1"],
)  # fmt: skip
def test_http_calls_nothing_that_is_not_public_unless_it_is_named(
    other: str, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setattr(settings(), "private_hosts", "")
    port = other.rpartition(":")[2]
    with pytest.raises(ConnectorError, match=r"no public address.*PROCESS_SERVER_PRIVATE_HOSTS") as caught:
        call(f"http://{host}:{port}/")
    assert caught.value.permanent
    assert Other.asked == []


@pytest.mark.parametrize("named", ["LOCALHOST, erp", "127.0.0.0/8 ::1", "*"])
def test_http_calls_what_is_named(other: str, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setattr(settings(), "private_hosts", named)
    port = other.rpartition(":")[2]
    call(f"http://localhost:{port}/")
    assert Other.asked[0]["headers"]["Host"] == f"localhost:{port}"


def test_http_follows_no_redirect_and_keeps_no_cookie(other: str) -> None:
    assert call(f"{other}/status/302", accept=[302])["headers"]["set-cookie"] == "of=one"
    call(f"{other}/")
    assert len(Other.asked) == 2
    assert "Cookie" not in Other.asked[1]["headers"]


def test_http_waits_no_longer_than_it_is_told_for_all_of_an_answer(other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    late = iter([0.0, 31.0])
    monkeypatch.setattr(http, "monotonic", lambda: next(late))
    with pytest.raises(ConnectorError, match="does not end") as caught:
        call(f"{other}/")
    assert not caught.value.permanent


def test_http_reads_no_endless_answer(other: str) -> None:
    with pytest.raises(ConnectorError, match="larger"):
        call(f"{other}/big")


@pytest.mark.parametrize("inputs", [{"url": "file:///etc/passwd"}, {"url": "no"}, {"method": "BREW"}, {"timeout": 0}])
def test_http_refuses_wrong_inputs(other: str, inputs: dict[str, Any]) -> None:
    with pytest.raises(ConnectorError) as caught:
        connectors.run("http", {"url": other} | inputs, key=KEY)
    assert caught.value.permanent
    assert Other.asked == []


def test_http_says_when_json_is_none(other: str) -> None:
    with pytest.raises(ConnectorError, match="no JSON"):
        call(f"{other}/broken")
