"""The API over HTTP, on a database of its own, with a few people."""

from collections.abc import Callable, Iterator
from functools import lru_cache

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from process_server.api.processes import long_polling
from process_server.app import app, create_app
from process_server.bpmn import commands, definitions
from process_server.bpmn.commands import LockedJob, Order
from process_server.bpmn.runtime import live
from process_server.db import unit_of_work
from process_server.identity import accounts, attempts, passwords, tokens, users
from process_server.identity.models import Group
from tests.acceptance.client import PASSWORD, Client
from tests.browser import models

PEOPLE = {
    "demo": ("管理员", []),
    "chen": ("陈静", ["sales"]),
    "wang": ("王伟", ["sales", "legal"]),
    "li": ("李娜", ["finance"]),
}


@lru_cache(maxsize=1)
def password_hash() -> str:
    return passwords.hash_password(PASSWORD)


@pytest.fixture
def people(database: str) -> Iterator[None]:
    """Those of `PEOPLE`; nothing is kept of another test's database."""
    definitions.forget()
    live.forget()
    accounts._cache.clear()
    attempts._limiters.cache_clear()
    with unit_of_work() as session:
        session.add_all([Group(id=group, name=group) for group in ("sales", "legal", "finance")])
        session.flush()
        for user_id, (name, groups) in PEOPLE.items():
            user = users.create_user(session, user_id, name, groups=groups, admin=user_id == "demo")
            user.password_hash = password_hash()
    yield
    definitions.forget()
    live.forget()


Sign = Callable[[str], TestClient]


@lru_cache(maxsize=1)
def application() -> FastAPI:
    return create_app()


@pytest.fixture
def pages(people: None) -> Iterator[Sign]:
    """Browsers of people, with the small process of the browser tests; each request carries its session's secret."""
    with unit_of_work() as session:
        commands.deploy(session, models.FILES, name="tests", actor="demo")
    opened = []

    def sign(user: str) -> TestClient:
        client = TestClient(application(), follow_redirects=False, headers={"Accept-Language": "en"})
        opened.append(client)
        client.post("/sign-in", data={"user": user, "password": PASSWORD})
        client.headers["X-CSRF-Token"] = client.get("/account").text.split('csrf-token" content="')[1].split('"')[0]
        return client

    yield sign
    for client in opened:
        client.close()


@pytest.fixture
def http(people: None) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def sign_in(http: TestClient) -> Callable[..., Client]:
    """Sign somebody in by a token with the scopes given."""

    def client(user_id: str, *scopes: str) -> Client:
        with unit_of_work() as session:
            _, secret = tokens.create_token(session, user_id, "test", scopes=scopes)
        return Client(http, Authorization=f"Bearer {secret}")

    return client


@pytest.fixture
def demo(sign_in: Callable[..., Client]) -> Client:
    """An administrator."""
    return sign_in("demo")


@pytest.fixture
def chen(sign_in: Callable[..., Client]) -> Client:
    """A sales representative."""
    return sign_in("chen")


@pytest.fixture
def wang(sign_in: Callable[..., Client]) -> Client:
    """A sales representative who is a lawyer as well."""
    return sign_in("wang")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a worker says it waits for jobs, it does not."""
    waiting = long_polling.wait_for_jobs

    async def briefly(request: Request, order: Order, seconds: float) -> list[LockedJob]:
        return await waiting(request, order, min(seconds, 0.01))

    monkeypatch.setattr(long_polling, "wait_for_jobs", briefly)
