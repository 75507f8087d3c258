"""The pages in headless Chromium, against a server of their own with the shipped processes and the demo people."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, expect

from process_server import demo, setup
from process_server.api.ground.authentication import SESSION_COOKIE
from process_server.bpmn import commands
from process_server.db import unit_of_work
from process_server.embedded.postgres import Cluster
from tests import databases
from tests.browser import models, requests
from tests.browser.settling import settled
from tests.browser.windows import Windows
from tests.identity_provider import CLIENT, SECRET, Provider, provider
from tests.ports import free_port

PATIENCE = 60_000  # ms until something is to be seen: the machine may be busy with other tests
START_UP = 300  # seconds
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs Chromium, and is tried twice: a click may come before its page."""
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.flaky(reruns=1))  # named in the summary, so that it is mended


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
    port = free_port()
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
        process.wait(60)


def _load(url: str) -> None:
    with databases.opened(url), unit_of_work() as session:
        demo.load_people(session)
        setup.deploy_shipped(session)
        commands.deploy(session, models.FILES, name="tests", actor="demo")


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_UP
    with httpx.Client(base_url=address, timeout=START_UP) as client:
        while time.monotonic() < until and process.poll() is None:
            try:
                client.get("/sign-in")
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
        page.on("pageerror", self._broke)
        page.on("console", self._wrote)
        page.on("request", self._asked)

    def off(self, page: Page) -> None:
        """Listen no more."""
        page.remove_listener("pageerror", self._broke)
        page.remove_listener("console", self._wrote)
        page.remove_listener("request", self._asked)

    def _broke(self, error: Error) -> None:
        self.faults.append(f"error: {error}")

    def _wrote(self, message: ConsoleMessage) -> None:
        text = message.text
        refused = any(f"status of {status}" in text or f"Code {status}" in text for status in self.expected)
        if message.type in ("error", "warning") and not refused:
            self.faults.append(f"console {message.type}: {text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.server, self.elsewhere, "data:", "blob:")):
            self.faults.append(f"request to {request.url}")


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


@pytest.fixture(scope="session")
def windows(browser: Browser, server: str) -> Windows:
    """Windows that one test after the other uses."""
    return Windows(browser, server, PATIENCE)


@pytest.fixture
def open_page(windows: Windows, server: str, watch: Watch, sessions: dict[str, str]) -> Iterator[Open]:
    """Open pages, each as in a browser of its own: `open_page("/inbox", user="demo", language="en")`."""
    opened = []

    def open_one(
        path: str = "/", *, user: str | None = "demo", language: str = "zh-CN", theme: str = "light", width: int = 1440
    ) -> Page:
        page = windows.take(language, width)
        opened.append((page, language))
        context = page.context
        context.add_cookies([{"name": name, "value": value, "url": server} for name, value in
                             (("language", language), ("theme", theme))])  # fmt: skip
        if user:
            if user not in sessions:
                sessions[user] = _sign_in(server, user)
            _read_in(server, sessions[user], language)
            context.add_cookies([{"name": SESSION_COOKIE, "value": sessions[user], "url": server}])
        watch.over(page)
        page.goto(path)
        settled(page)
        return page

    yield open_one
    for page, language in opened:
        watch.off(page)
        windows.give_back(page, language)


def _sign_in(server: str, user: str) -> str:
    answer = httpx.post(f"{server}/sign-in", data={"user": user, "password": "demo"}, timeout=requests.PATIENCE)
    return answer.cookies[SESSION_COOKIE]


def _read_in(server: str, session: str, language: str) -> None:
    """Choose somebody's language, which is kept with their account: a test before may have left another one."""
    cookies, headers = {SESSION_COOKIE: session}, {"Origin": server}
    address, asked = f"{server}/language", {"to": language}
    answer = httpx.post(address, data=asked, cookies=cookies, headers=headers, timeout=requests.PATIENCE)
    assert answer.status_code == 303
