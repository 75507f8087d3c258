"""Killing workers, the broker and the whole server while timers fire and jobs run loses nothing and doubles nothing."""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import create_engine, text

from process_server import config, db
from process_server.bpmn import commands
from process_server.db import unit_of_work
from process_server.embedded.postgres import Cluster
from process_server.identity.principal import SYSTEM
from tests.diagrams import end, flow, process, start, timer
from tests.integration.test_up import Up, up

__all__ = ["up"]

CASES = 60

MODEL = process(
    start(),
    f'<bpmn:intermediateCatchEvent id="wait">{timer("timeDuration", "${pause}")}</bpmn:intermediateCatchEvent>',
    '<bpmn:serviceTask id="call" camunda:type="external" camunda:topic="http"><bpmn:extensionElements>'
    '<camunda:inputOutput><camunda:inputParameter name="method">POST</camunda:inputParameter>'
    '<camunda:inputParameter name="url">${url}</camunda:inputParameter></camunda:inputOutput>'
    "</bpmn:extensionElements></bpmn:serviceTask>",
    end(),
    flow("start > wait > call > end"),
)


@pytest.fixture
def receiver() -> Iterator[tuple[str, Counter[str]]]:
    """A system that is called: it counts the calls by their idempotency key."""
    calls: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            calls[self.headers["Idempotency-Key"]] += 1
            time.sleep(0.05)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", calls
    server.shutdown()


@pytest.fixture
def on_its_database(up: Up) -> Iterator[str]:
    """Let commands of this process act on the server's own database."""
    up.environment["PROCESS_SERVER_JOB_LOCK"] = "5"  # seconds until a job of a killed worker is another's
    up.start()
    url = Cluster(up.data).url()
    before = os.environ["DATABASE_URL"]
    os.environ["DATABASE_URL"] = url
    config.settings.cache_clear()
    db.engine.cache_clear()
    yield url
    db.engine().dispose()
    os.environ["DATABASE_URL"] = before
    config.settings.cache_clear()
    db.engine.cache_clear()


def count(url: str, query: str) -> int:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one())
    finally:
        engine.dispose()


def test_killing_everything_midway_loses_nothing_and_doubles_nothing(
    up: Up, on_its_database: str, receiver: tuple[str, Counter[str]]
) -> None:
    address, calls = receiver
    with unit_of_work() as session:
        commands.deploy(session, {"tiny.bpmn": MODEL})
        definition = commands.latest(session, "tiny").id
        for number in range(CASES):
            variables = {"url": address, "pause": f"PT{2 + number % 8}S"}
            commands.start_instance(session, definition, variables, actor=SYSTEM)
    db.engine().dispose()

    time.sleep(2.5)
    up.part("worker").kill()
    time.sleep(1)
    next(part for part in up.running() if "valkey-server" in " ".join(part.cmdline())).kill()
    time.sleep(1.5)
    assert up.process
    up.process.kill()
    up.wait_until(lambda: not up.running(), 60)
    done = "SELECT count(*) FROM process_instance WHERE state = 'completed'"
    up.start()
    up.wait_until(lambda: count(on_its_database, done) == CASES, 60)

    twice = "SELECT count(*) FROM activity WHERE element_id IN ('wait', 'call') AND outcome = 'completed'"
    assert count(on_its_database, twice) == 2 * CASES
    assert len(calls) == CASES
    assert count(on_its_database, "SELECT count(*) FROM incident") == 0
