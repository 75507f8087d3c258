"""Markup in whatever people and models name: escaped on every page, and what changed between two versions is shown."""

import html
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from limits import RateLimitItemPerMinute

from process_server.app import create_app
from process_server.config import Settings, settings
from process_server.db import unit_of_work
from process_server.identity import attempts
from process_server.tasks.telling.models import Mail
from tests.acceptance.client import PASSWORD, Client
from tests.bpmn_drawing import draw, extensions, node, user

MARKUP = """<script>alert("x")</script>'"><img src=x onerror=alert(1)>{{7*7}}{%raw%}"""


def model(name: str = MARKUP) -> bytes:
    drawn = draw(
        "start > a > b > end", a=user(name=name, camunda_assignee="demo"), b=user(name="B", camunda_assignee="chen")
    )
    return drawn.replace(b'<bpmn:process id="P"', f'<bpmn:process id="P" name="{html.escape(name)}"'.encode())


@pytest.fixture
def browser(people: None) -> Iterator[TestClient]:
    client = TestClient(create_app(), follow_redirects=False, headers={"Accept-Language": "en"})
    client.post("/sign-in", data={"user": "demo", "password": PASSWORD})
    client.headers["X-CSRF-Token"] = client.get("/account").text.split('csrf-token" content="')[1].split('"')[0]
    yield client
    client.close()


def assert_escaped(text: str) -> None:
    for mark in ('<script>alert("x")', "<img src=x", "<script>alert(&"):
        assert mark not in text
    assert "&gt;49" not in text


def test_markup_in_names_variables_keys_and_comments_is_escaped_on_every_page(
    browser: TestClient, demo: Client
) -> None:
    demo.deploy({"m.bpmn": model()})
    instance = demo.post(
        "/instances", 201, definition_key="P", business_key=MARKUP, variables={"title": MARKUP, MARKUP: MARKUP}
    )["id"]
    task = demo.get("/tasks")["items"][0]["id"]
    demo.post(f"/instances/{instance}/comments", 201, text=MARKUP)
    shown = 0
    definition = demo.get("/definitions")["items"][0]["id"]
    for path in (
        "/inbox",
        "/inbox/all",
        "/inbox/started",
        f"/t/{task}",
        f"/i/{instance}",
        "/processes",
        "/processes/P",
        f"/processes/P?definition={definition}&element=a",
        "/processes/P/changes",
        "/start",
        "/incidents",
        "/notifications",
        "/search",
        "/deploy",
        "/kpis",
    ):
        answer = browser.get(path, params={"q": MARKUP} if path == "/search" else None)
        assert answer.status_code in (200, 303), path
        assert_escaped(answer.text)
        shown += "&lt;script&gt;" in answer.text or "\\u003cscript" in answer.text
    assert shown >= 8


def test_markup_in_a_refused_file_is_escaped_in_the_report(browser: TestClient) -> None:
    files = {"files": (f"{MARKUP}.bpmn", draw("start > a", a=node("complexGateway", name=MARKUP)))}
    answer = browser.post("/deploy", files=files)
    assert answer.status_code == 422
    assert_escaped(answer.text)


def test_a_name_with_line_breaks_writes_no_header_of_a_mail(browser: TestClient, demo: Client) -> None:
    with unit_of_work() as session:
        session.execute(Mail.__table__.delete())
    name = "Decide\r\nBcc: everybody@example.com"
    mail = node(
        "sendTask",
        extensions(
            '<camunda:inputOutput><camunda:inputParameter name="to">a@example.com</camunda:inputParameter>'
            '<camunda:inputParameter name="subject">${title}</camunda:inputParameter>'
            '<camunda:inputParameter name="body">x</camunda:inputParameter></camunda:inputOutput>'
        ),
        camunda_type="external",
        camunda_topic="mail",
    )
    demo.deploy({"m.bpmn": draw("start > m > a", m=mail)})
    demo.post("/instances", 201, definition_key="P", variables={"title": name})
    with unit_of_work() as session:
        assert session.query(Mail).count() == 1
        for row in session.query(Mail):
            assert "\n" not in row.subject
            assert "\r" not in row.subject


def test_what_changed_is_marked_on_the_diagram_and_told_beside_it(browser: TestClient, demo: Client) -> None:
    demo.deploy({"m.bpmn": model("Enter")})
    demo.deploy({"m.bpmn": model("Enter it").replace(b'"b"', b'"c"').replace(b"_b", b"_c").replace(b"b_", b"c_")})
    assert "/processes/P/changes" in browser.get("/processes/P").text
    page = html.unescape(browser.get("/processes/P/changes").text)
    assert "<del>Enter</del>" in page
    assert "<ins>Enter it</ins>" in page
    assert '"changed":["P","a"]' in page
    assert '"added":["c"' in page
    assert '"removed":["b"' in page
    assert browser.get("/processes/nothing/changes").status_code == 404


def test_who_guesses_passwords_is_told_how_long_to_wait(people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "OF_USER_THERE", RateLimitItemPerMinute(1, 10, namespace="one-guess"))
    with TestClient(create_app(), follow_redirects=False) as stranger:
        answers = [stranger.post("/sign-in", data={"user": "demo", "password": "x"}) for _ in range(2)]
        assert [(answer.status_code, "Retry-After" in answer.headers) for answer in answers] == [
            (401, False),
            (429, True),
        ]


def test_a_stranger_who_lost_their_way_is_led_to_the_sign_in(browser: TestClient) -> None:
    known = browser.get("/nothing").text
    assert 'href="/">To the inbox' in known
    browser.cookies.clear()
    unknown = browser.get("/nothing").text
    assert "To the inbox" not in unknown
    assert 'href="/sign-in">Sign in' in unknown


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("GET", "/inbox/on_behalf?person=%00", {}),
        ("GET", "/inbox/on_behalf/facets?person=%00", {}),
        ("GET", "/processes/P?element=%00", {}),
        ("GET", "/calendars/house?from=9999-12-30", {}),
        ("POST", "/account/opinions", {"data": {"opinions": "a\0b"}}),
    ],
)
def test_what_no_column_and_no_calendar_can_hold_is_refused_as_what_it_is(
    browser: TestClient, demo: Client, method: str, path: str, sent: dict[str, Any]
) -> None:
    demo.deploy({"m.bpmn": model()})
    demo.call(
        "PUT", "/calendars/house", 200, json={"id": "house", "name": "House", "hours": {"monday": ["09:00-12:00"]}}
    )
    answer = browser.request(method, path, **sent)
    assert answer.status_code in (303, 422)


@pytest.mark.parametrize("path", ["/deploy", "/sign-in", "/files"])
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_without_end_is_cut_off_while_it_arrives(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch, path: str, announced: bool
) -> None:
    monkeypatch.setattr(settings(), "max_upload", 1_000)

    def body() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.bpmn"\r\n\r\n'
        for _ in range(1_000):
            yield b"x" * 10_000

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    if announced:
        answer = browser.post(path, content=b"x" * 100_000, headers=headers)
    else:
        answer = browser.post(path, content=body(), headers=headers)
    assert answer.status_code == 413
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/sign-in", "/static/nothing", "/api/v1/me", "/engine-rest/engine"])
def test_browsers_are_told_to_stay_on_https_where_people_come_by_it(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    assert "Strict-Transport-Security" not in browser.get(path).headers
    monkeypatch.setattr(settings(), "base_url", "https://crm.example.com")
    assert browser.get(path).headers["Strict-Transport-Security"] == "max-age=31536000"


def test_signing_in_makes_a_session_of_its_own_that_no_script_and_no_other_site_gets(
    people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings(base_url="https://crm.example.com").cookie_secure
    assert not Settings(base_url="https://crm.example.com", cookie_secure=False).cookie_secure
    monkeypatch.setattr(settings(), "cookie_secure", True)
    with TestClient(create_app(), base_url="https://testserver", follow_redirects=False) as browser:
        browser.cookies.set("session", "known to somebody else")
        answer = browser.post("/sign-in", data={"user": "chen", "password": PASSWORD, "next": "/\t/evil.example"})
        assert answer.headers["Location"] == "/"
        (cookie,) = answer.headers.get_list("Set-Cookie")
        assert {"HttpOnly", "Secure", "SameSite=lax"} <= set(cookie.split("; "))
        assert "known to somebody else" not in cookie
        csrf = browser.get("/account").text.split('csrf-token" content="')[1].split('"')[0]
        told = browser.post("/notifications/read", data={"csrf_token": csrf}).headers["Set-Cookie"]
        assert told.startswith("flash=")
        assert {"HttpOnly", "Secure", "SameSite=lax"} <= set(told.split("; "))
        other_site = {"Sec-Fetch-Site": "cross-site"}
        assert (
            browser.post("/sign-in", data={"user": "chen", "password": PASSWORD}, headers=other_site).status_code == 403
        )
