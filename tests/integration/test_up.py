"""`process-server up` as a person meets it: it starts, says so, survives what is killed, and leaves nothing behind."""

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import text

from process_server import db
from process_server.bpmn import commands
from process_server.db import unit_of_work
from process_server.embedded.postgres import Cluster
from process_server.identity.principal import SYSTEM
from tests import databases
from tests.diagrams import end, flow, process, start, timer
from tests.integration.installation import PATIENCE, Up, data_folder
from tests.ports import free_port

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


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """A server that runs, and that every test leaves running; whatever they did to it, it stops and leaves nothing."""
    with data_folder() as made:
        made.environment["PROCESS_SERVER_JOB_LOCK"] = "5"  # seconds until a job of a killed worker is another's
        made.start()
        yield made
        assert made.process
        made.process.terminate()
        assert made.process.wait(PATIENCE) == 0
        assert made.running() == []


def test_it_says_where_it_runs_and_who_signs_in(up: Up) -> None:
    assert re.search(r"admin, password \S{16}", up.said), up.said
    assert f"http://127.0.0.1:{up.port}" in up.said
    assert str(up.data) in up.said
    assert up.health() == 200


def test_a_second_one_on_the_same_data_is_refused(up: Up) -> None:
    command = up.command("--port", str(free_port()))
    other = subprocess.run(command, env=up.environment, capture_output=True, text=True, check=False)
    assert other.returncode == 1
    assert up.process
    who = f"(process {up.process.pid}): http://127.0.0.1:{up.port}"
    assert f"A server runs on {up.data} already {who}" in other.stderr


def test_a_busy_port_is_named_before_anything_starts() -> None:
    with data_folder() as other, socket.socket() as taken:
        taken.bind(("127.0.0.1", other.port))
        taken.listen()
        command = other.command("--port", str(other.port))
        done = subprocess.run(command, env=other.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert f"Port {other.port} on 127.0.0.1 is taken by another program. Choose another:" in done.stderr
        assert not (other.data / "postgres").exists()


def test_health_names_the_part_that_does_not_run(up: Up) -> None:
    broker = up.broker()
    broker.suspend()
    with pytest.raises(urllib.error.HTTPError, match="503") as answer:
        urllib.request.urlopen(f"http://127.0.0.1:{up.port}/health", timeout=PATIENCE)
    broker.resume()
    parts = json.loads(answer.value.read())["parts"]
    assert "broker" in [name for name, part in parts.items() if part["status"] != "ok"]


def test_what_is_killed_comes_back(up: Up) -> None:
    for name in ("worker", "beat", "api"):
        victim = up.part(name)
        victim.kill()
        up.wait_until(lambda victim=victim: not victim.is_running())
    lock = up.data / "postgres/postmaster.pid"
    postmaster = lock.read_text().split()[0]
    os.kill(int(postmaster), signal.SIGKILL)
    up.wait_until(lambda: lock.exists() and lock.read_text().split()[:1] not in ([], [postmaster]))
    up.wait_until(lambda: up.health() == 200)
    assert up.process
    assert up.process.poll() is None


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


def count(query: str) -> int:
    """Return a number from the server's database, whose connections do not outlast it."""
    with db.engine().connect() as connection:
        found = int(connection.execute(text(query)).scalar_one())
    db.engine().dispose()
    return found


def test_killing_everything_midway_loses_nothing_and_doubles_nothing(
    up: Up, receiver: tuple[str, Counter[str]]
) -> None:
    """A worker, the broker and the whole server are killed while timers fire and jobs run; then it is started again."""
    address, calls = receiver
    with databases.opened(Cluster(up.data).url()):
        with unit_of_work() as session:
            commands.deploy(session, {"tiny.bpmn": MODEL})
            definition = commands.latest(session, "tiny").id
            for number in range(CASES):
                variables = {"url": address, "pause": f"PT{2 + number % 8}S"}
                commands.start_instance(session, definition, variables, actor=SYSTEM)
        db.engine().dispose()
        for called, kill in ((5, up.part("worker").kill), (15, up.broker().kill), (25, up.kill)):
            up.wait_until(lambda called=called: len(calls) >= called)
            kill()
        up.wait_until(lambda: not up.running())

        up.start()
        assert "password" not in up.said  # there is an administrator
        up.wait_until(lambda: count("SELECT count(*) FROM process_instance WHERE state = 'completed'") == CASES)
        twice = "SELECT count(*) FROM activity WHERE element_id IN ('wait', 'call') AND outcome = 'completed'"
        assert count(twice) == 2 * CASES
        assert len(calls) == CASES
        assert count("SELECT count(*) FROM incident") == 0
