"""A server started by the command line, on a data folder of its own."""

import os
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

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
PROCESSES = Path(__file__).parent / "up_processes"
PATIENCE = 180.0  # seconds that anything may take: the machine may be busy with other tests


@dataclass
class Up:
    """A server on a data folder of its own, started by the command line."""

    data: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    said: str = ""
    process: subprocess.Popen[str] | None = None

    def command(self, *more: str) -> list[str]:
        return [sys.executable, "-m", "process_server.cli", "up", "--no-demo", "--data", str(self.data), *more]

    def start(self) -> None:
        """Start it, and keep what it says until everything runs."""
        self.process = subprocess.Popen(
            self.command("--port", str(self.port)),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
        )
        assert self.process.stdout
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if "Everything runs" in line:
                return
        raise AssertionError(self.said)

    def health(self) -> int:
        try:
            return int(urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=30).status)
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
        """Return the process of a part, by a word of its command."""
        assert self.process
        return next(p for p in psutil.Process(self.process.pid).children() if word in p.cmdline())

    def broker(self) -> psutil.Process:
        """Return the process of the broker."""
        return next(process for process in self.running() if "valkey" in process.name())

    def kill(self) -> None:
        """Kill the supervisor, and with it everything."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait until something is so."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, [process.cmdline() for process in self.running()]
            time.sleep(0.1)


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
        made.wait_until(lambda: not made.running())
