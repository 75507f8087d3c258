"""Deciding by the link of a mail: looking decides nothing, pressing decides once, by the checks of the application."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from process_server import clock, config
from process_server.app import app
from process_server.db import unit_of_work
from process_server.identity.models import User
from process_server.tasks.jobs import deliver_notifications
from process_server.tasks.telling import preferences
from process_server.tasks.telling.matrix import Choices
from process_server.tasks.telling.models import Mail
from tests.acceptance.client import PASSWORD, Client
from tests.acceptance.test_approvals import properties
from tests.diagrams import end, flow, process, start, user

APPROVAL = {"outcome__variable": "decision", "approval__opinion": "on_reject"}


@pytest.fixture
def link(demo: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[str, str]]]:
    """Start a case that li approves, and return the link of the mail that says so, and the task."""
    monkeypatch.setenv("PROCESS_SERVER_BASE_URL", "https://crm.example.com")
    config.settings.cache_clear()
    with unit_of_work() as session:
        session.execute(update(User).where(User.id == "li").values(email="li@example.com", language="en"))
        preferences.set_choices(session, "li", Choices.read({"events": {"assigned": ["app", "mail"]}}))

    def made(**more: str) -> tuple[str, str]:
        approve = user("approve", 'camunda:assignee="li"', properties(**APPROVAL, **more))
        model = process(start(), approve, end(), flow("start > approve > end"), key="request")
        demo.call("POST", "/deployments", files=[("files", ("a.bpmn", model))])
        case = demo.post("/instances", 201, definition_key="request", business_key="R-1")["id"]
        deliver_notifications()
        task = demo.get("/tasks", instance=case)["items"][0]["id"]
        with unit_of_work() as session:
            body = session.scalars(select(Mail.body).where(Mail.user_task_id == UUID(task))).one()
        found = [line for line in body.splitlines() if "/decide/" in line]
        return (found[0].split("https://crm.example.com")[1] if found else ""), task

    yield made
    config.settings.cache_clear()


@pytest.fixture
def stranger(people: None) -> TestClient:
    """A browser that nobody signed in with."""
    return TestClient(app, follow_redirects=False, headers={"Accept-Language": "en"})


def signed_in(user: str) -> TestClient:
    """A browser that somebody signed in with, at the address of the mails: their cookies are for it alone."""
    client = TestClient(app, base_url="https://crm.example.com", headers={"Accept-Language": "en"})
    client.post("/sign-in", data={"user": user, "password": PASSWORD})
    return client


def test_looking_at_a_link_decides_nothing_and_pressing_decides_once(
    link: Callable[..., tuple[str, str]], stranger: TestClient, demo: Client
) -> None:
    address, task = link()
    for _ in range(2):
        shown = stranger.get(address)
        assert shown.status_code == 200
        assert "R-1" in shown.text
        assert "You decide as 李娜" in shown.text
    assert demo.get(f"/tasks/{task}")["state"] == "open"
    foreign = stranger.post(address, data={"verdict": "approve"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert "Say why first." in stranger.post(address, data={"verdict": "reject"}).text
    assert demo.get(f"/tasks/{task}")["state"] == "open"
    assert "Rejected" in stranger.post(address, data={"verdict": "reject", "opinion": "Too dear"}).text
    done = demo.get(f"/tasks/{task}")
    assert (done["state"], done["completed_by"], done["outcome"]) == ("completed", "li", "reject")
    for again in (stranger.get(address), stranger.post(address, data={"verdict": "approve"})):
        assert again.status_code == 404
        assert "This link is not in use any more" in again.text


def test_a_link_tells_who_was_faster_and_serves_nobody_else_who_is_signed_in(
    link: Callable[..., tuple[str, str]], stranger: TestClient, demo: Client
) -> None:
    passed_on, task = link()
    other, reader = signed_in("wang"), signed_in("li")
    assert "written to somebody else" in other.get(passed_on).text
    assert "written to somebody else" in other.post(passed_on, data={"verdict": "approve"}).text
    assert demo.get(f"/tasks/{task}")["state"] == "open"
    assert "Approved" in reader.post(passed_on, data={"verdict": "approve"}).text
    late, task = link()
    demo.post(f"/tasks/{task}/complete", variables={"decision": "approve"})
    for answer in (stranger.get(late), stranger.post(late, data={"verdict": "reject", "opinion": "No"})):
        assert "no longer open: 管理员 completed it" in answer.text


def test_a_link_ends_and_follows_what_its_reader_may_do(
    link: Callable[..., tuple[str, str]], stranger: TestClient, demo: Client
) -> None:
    first, task = link()
    demo.post(f"/tasks/{task}/transfer", to="wang")
    refused = stranger.post(first, data={"verdict": "approve"})
    assert refused.status_code in (404, 422)
    assert demo.get(f"/tasks/{task}")["state"] == "open"
    second, task = link()
    clock.advance(timedelta(hours=73))
    assert stranger.post(second, data={"verdict": "approve"}).status_code == 404
    assert demo.get(f"/tasks/{task}")["state"] == "open"
    third, task = link()
    with unit_of_work() as session:
        session.execute(update(User).where(User.id == "li").values(active=False))
    assert stranger.post(third, data={"verdict": "approve"}).status_code == 404
    assert demo.get(f"/tasks/{task}")["state"] == "open"
    assert stranger.get("/decide/guessed").status_code == 404


def test_a_step_that_needs_a_signature_is_not_decided_from_a_mail(
    link: Callable[..., tuple[str, str]], stranger: TestClient, demo: Client
) -> None:
    address, task = link(approval__signature="required")
    shown = stranger.get(address)
    assert "cannot be decided from a mail" in shown.text
    assert 'name="verdict"' not in shown.text
    assert stranger.post(address, data={"verdict": "approve"}).status_code == 422
    assert demo.get(f"/tasks/{task}")["state"] == "open"


def test_mails_carry_no_links_where_the_server_is_told_so(
    link: Callable[..., tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROCESS_SERVER_MAIL_LINK_HOURS", "0")
    config.settings.cache_clear()
    assert link()[0] == ""
