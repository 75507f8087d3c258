"""`process-server up` as a person meets it: it starts, says so, survives, and leaves nothing behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
PROCESSES = Path(__file__).parent / "up_processes"


@dataclass
class Up:
    """A server on a data folder of its own, started by the command line."""

    data: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    def command(self, *more: str) -> list[str]:
        return [sys.executable, "-m", "process_server.cli", "up", "--no-demo", "--data", str(self.data), *more]

    def start(self) -> str:
        """Start it, and return what it says until everything runs."""
        self.process = subprocess.Popen(
            self.command("--port", str(self.port)),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
        )
        assert self.process.stdout
        said = ""
        for line in self.process.stdout:
            said += line
            if "Everything runs" in line:
                return said
        raise AssertionError(said)

    def health(self) -> int:
        try:
            return int(urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5).status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def running(self) -> list[psutil.Process]:
        """Return what runs on the data folder: everything that bears our mark, and PostgreSQL, which bears nothing."""
        found = []
        for process in psutil.process_iter(["cmdline", "status"]):
            try:
                ours = str(self.data) in " ".join(process.info["cmdline"] or []) or (
                    process.environ().get("PROCESS_SERVER_TEST") == str(self.data)
                )
                if ours and process.info["status"] != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def part(self, word: str) -> psutil.Process:
        return next(p for p in psutil.Process(self.process.pid).children() if word in p.cmdline())

    def wait_until(self, condition: Callable[[], object], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, [process.cmdline() for process in self.running()]
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def data_folder() -> Iterator[Up]:
    with tempfile.TemporaryDirectory(prefix="ps-") as folder:
        data = Path(folder) / "data"
        environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "BROKER_URL")}
        environment |= {
            "PROCESS_SERVER_TEST": str(data),
            "PROCESS_SERVER_PROCESSES": str(PROCESSES),
            "PROCESS_SERVER_WORKER_PROCESSES": "1",
            "COLUMNS": "200",
        }
        made = Up(data, free_port(), environment)
        yield made
        for process in made.running():
            process.kill()
        made.wait_until(lambda: not made.running(), 10)


@pytest.fixture
def up() -> Iterator[Up]:
    """A server that was not started yet."""
    with data_folder() as made:
        yield made


@pytest.fixture(scope="module")
def running() -> Iterator[Up]:
    """A server that runs, and that every test leaves running."""
    with data_folder() as made:
        made.start()
        yield made


def test_it_finds_its_data_again_and_leaves_nothing_behind(up: Up) -> None:
    said = up.start()
    assert re.search(r"admin, password \S{16}", said), said
    assert f"http://127.0.0.1:{up.port}" in said
    assert str(up.data) in said
    assert up.health() == 200
    up.process.kill()
    up.process.wait()
    up.wait_until(lambda: not up.running(), 20)

    assert "password" not in up.start()  # there is an administrator
    up.process.terminate()
    assert up.process.wait(60) == 0
    assert up.running() == []


def test_a_second_one_on_the_same_data_is_refused(running: Up) -> None:
    command = running.command("--port", str(free_port()))
    other = subprocess.run(command, env=running.environment, capture_output=True, text=True, check=False)
    assert other.returncode == 1
    who = f"(process {running.process.pid}): http://127.0.0.1:{running.port}"
    assert f"A server runs on {running.data} already {who}" in other.stderr


def test_a_busy_port_is_named_before_anything_starts(up: Up) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", up.port))
        taken.listen()
        command = up.command("--port", str(up.port))
        done = subprocess.run(command, env=up.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"Port {up.port} on 127.0.0.1 is taken by another program. Choose another:" in done.stderr
    assert not (up.data / "postgres").exists()


def test_health_names_the_part_that_does_not_run(running: Up) -> None:
    broker = next(process for process in running.running() if "valkey" in process.name())
    broker.suspend()
    with pytest.raises(urllib.error.HTTPError, match="503") as answer:
        urllib.request.urlopen(f"http://127.0.0.1:{running.port}/health", timeout=30)
    broker.resume()
    parts = json.loads(answer.value.read())["parts"]
    assert "broker" in [name for name, part in parts.items() if part["status"] != "ok"]


def test_what_is_killed_comes_back(running: Up) -> None:
    for name in ("worker", "beat", "api"):
        victim = running.part(name)
        victim.kill()
        running.wait_until(lambda victim=victim: not victim.is_running(), 20)
    lock = running.data / "postgres/postmaster.pid"
    postmaster = lock.read_text().split()[0]
    os.kill(int(postmaster), signal.SIGKILL)
    running.wait_until(lambda: lock.exists() and lock.read_text().split()[:1] not in ([], [postmaster]), 30)
    running.wait_until(lambda: running.health() == 200, 90)
    assert running.process.poll() is None
