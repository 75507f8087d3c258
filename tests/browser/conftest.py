"""The pages in headless Chromium, against a server of their own with the shipped processes and the demo people."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from process_server import demo, setup
from process_server.api.ground.authentication import SESSION_COOKIE
from process_server.bpmn import commands
from process_server.db import unit_of_work
from process_server.embedded.postgres import Cluster
from tests import databases
from tests.browser import models
from tests.browser.settling import settled
from tests.identity_provider import CLIENT, SECRET, Provider, provider

expect.set_options(timeout=20_000)
START_UP = 120  # seconds: the machine may be busy with other tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs Chromium."""
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def identity_provider() -> Iterator[Provider]:
    """The identity provider that the server knows as ACME."""
    with provider() as made:
        yield made


@pytest.fixture(scope="session")
def server(cluster: Cluster, identity_provider: Provider) -> Iterator[str]:
    """The address of a running server."""
    cluster.create_database("browser", template=databases.TEMPLATE)
    url = cluster.url("browser")
    _load(url)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {"ISSUER": identity_provider.address, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET, "NAME": "ACME"}
    environment = os.environ | {"DATABASE_URL": url, "BROKER_URL": "memory://"}
    environment |= {f"PROCESS_SERVER_OIDC_{name}": value for name, value in told.items()}
    command = [sys.executable, "-m", "uvicorn", "process_server.app:app", "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(command, env=environment)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _load(url: str) -> None:
    with databases.opened(url), unit_of_work() as session:
        demo.load_people(session)
        setup.deploy_shipped(session)
        commands.deploy(session, models.FILES, name="tests", actor="demo")


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_UP
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(f"{address}/sign-in")
        except httpx.ConnectError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server of the browser tests did not start")


@dataclass
class Watch:
    """What a page did that no page may do."""

    server: str
    faults: list[str] = field(default_factory=list)
    expected: tuple[int, ...] = ()
    elsewhere: str = "data:"  # another server that may be asked

    def over(self, page: Page) -> None:
        """Listen to a page."""
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("request", lambda request: self._request(request.url))

    def _console(self, kind: str, text: str) -> None:
        refused = any(f"status of {status}" in text or f"Code {status}" in text for status in self.expected)
        if kind in ("error", "warning") and not refused:
            self.faults.append(f"console {kind}: {text}")

    def _request(self, url: str) -> None:
        if not url.startswith((self.server, self.elsewhere, "data:", "blob:")):
            self.faults.append(f"request to {url}")


Open = Callable[..., Page]


@pytest.fixture
def watch(server: str) -> Iterator[Watch]:
    """Fails the test whose pages wrote to the console, broke, or asked another server."""
    made = Watch(server)
    yield made
    assert made.faults == []


@pytest.fixture(scope="session")
def sessions() -> dict[str, str]:
    """The session of everybody who has signed in: a browser opened later takes it over."""
    return {}


@pytest.fixture
def open_page(browser: Browser, server: str, watch: Watch, sessions: dict[str, str]) -> Iterator[Open]:
    """Open pages, each in a browser of its own: `open_page("/inbox", user="demo", language="en")`."""
    contexts = []

    def open_one(
        path: str = "/", *, user: str | None = "demo", language: str = "zh-CN", theme: str = "light", width: int = 1440
    ) -> Page:
        context = browser.new_context(
            base_url=server, viewport={"width": width, "height": 900}, locale=language, reduced_motion="reduce"
        )
        contexts.append(context)
        context.add_cookies([{"name": name, "value": value, "url": server} for name, value in
                             (("language", language), ("theme", theme))])  # fmt: skip
        if user:
            if user not in sessions:
                sessions[user] = _sign_in(server, user)
            _read_in(server, sessions[user], language)
            context.add_cookies([{"name": SESSION_COOKIE, "value": sessions[user], "url": server}])
        page = context.new_page()
        watch.over(page)
        page.goto(path)
        settled(page)
        return page

    yield open_one
    for context in contexts:
        context.close()


def _sign_in(server: str, user: str) -> str:
    answer = httpx.post(f"{server}/sign-in", data={"user": user, "password": "demo"})
    return answer.cookies[SESSION_COOKIE]


def _read_in(server: str, session: str, language: str) -> None:
    """Choose somebody's language, which is kept with their account: a test before may have left another one."""
    cookies, headers = {SESSION_COOKIE: session}, {"Origin": server}
    answer = httpx.post(f"{server}/language", data={"to": language}, cookies=cookies, headers=headers)
    assert answer.status_code == 303
