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
        """Start it, and return what it says until it is there."""
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
            if "Ctrl-C" in line:
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


@pytest.fixture
def up() -> Iterator[Up]:
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


def test_one_life(up: Up) -> None:
    began = time.monotonic()
    said = up.start()
    took = time.monotonic() - began
    assert re.search(r"admin, password \S{16}", said), said
    assert f"http://127.0.0.1:{up.port}" in said
    assert str(up.data) in said
    assert up.health() == 200
    assert took < 30, f"{took:.1f} s"

    other = subprocess.run(up.command("--port", str(free_port())), env=up.environment, capture_output=True, text=True)
    assert other.returncode == 1
    assert f"A server runs on {up.data} already (process {up.process.pid}): http://127.0.0.1:{up.port}" in other.stderr

    os.kill(up.process.pid, signal.SIGTERM)
    assert up.process.wait(30) == 0
    assert up.running() == []

    said = up.start()
    assert "password" not in said  # it has found its data: there is an administrator
    up.process.kill()  # and cannot say good-bye
    up.process.wait()
    up.wait_until(lambda: not up.running(), 20)

    up.start()
    os.kill(up.process.pid, signal.SIGINT)
    assert up.process.wait(30) == 0


def test_what_is_killed_comes_back(up: Up) -> None:
    up.start()
    for killed in ("worker", "beat", "api"):
        victim = up.part(killed)
        victim.kill()
        up.wait_until(lambda victim=victim: not victim.is_running(), 10)
    postmaster = int((up.data / "postgres/postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    time.sleep(0.5)
    up.wait_until(lambda: up.health() == 200, 45)
    assert up.process.poll() is None


def test_a_busy_port_is_named_before_anything_starts(up: Up) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", up.port))
        taken.listen()
        done = subprocess.run(up.command("--port", str(up.port)), env=up.environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert (
        f"Port {up.port} on 127.0.0.1 is taken by another program. Choose another: process-server up --port"
        in done.stderr
    )
    assert not (up.data / "postgres").exists()


def test_health_names_the_part_that_does_not_run(up: Up) -> None:
    up.start()
    broker = next(p for p in up.running() if "valkey" in p.name())
    broker.suspend()
    with pytest.raises(urllib.error.HTTPError, match="503") as answer:
        urllib.request.urlopen(f"http://127.0.0.1:{up.port}/health", timeout=15)
    broker.resume()
    parts = json.loads(answer.value.read())["parts"]
    assert [name for name, part in parts.items() if part["status"] != "ok"] == ["broker"]
