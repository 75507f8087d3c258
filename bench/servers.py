"""A server to measure: all its parts, on data of its own for the time it is needed."""

import base64
import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from process_server import config
from process_server.embedded.postgres import Cluster


@contextlib.contextmanager
def running(port: int) -> Iterator["Server"]:
    """Start a server, let this process use its database, and stop it afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = Server(port, Path(folder))
        try:
            server.wait()
            os.environ["DATABASE_URL"] = server.database_url()
            config.settings.cache_clear()
            yield server
        finally:
            server.stop()


class Server:
    """A server on an empty folder."""

    def __init__(self, port: int, data: Path) -> None:
        self.port, self.data = port, data
        self.log = (data / "bench-up.log").open("wb")
        command = [sys.executable, "-m", "process_server.cli", "up", "--no-demo", "--port", str(port)]
        self.process = subprocess.Popen(
            [*command, "--data", str(data / "home")],
            env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"},
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def wait(self) -> None:
        """Wait until every part answers."""
        end = time.monotonic() + 180
        while time.monotonic() < end:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/health")
                if connection.getresponse().status == 200:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        raise SystemExit(f"the server did not start:\n{(self.data / 'bench-up.log').read_text()[-3000:]}")

    def stop(self) -> None:
        """Stop it and all it started."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far of the database and of the rest of the server's processes."""
        spent = {"database": 0.0, "server": 0.0}
        for process in [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                kind = "database" if "postgres" in process.name() else "server"
                times = process.cpu_times()
                spent[kind] += times.user + times.system
        return spent

    def database_url(self) -> str:
        """Where its database listens."""
        return Cluster(self.data / "home").url()

    def authorization(self) -> str:
        """The header of the first administrator, whose password `up` printed."""
        printed = re.search(r"(\S+), password (\S+)", (self.data / "bench-up.log").read_text())
        if printed is None:
            raise SystemExit("the server printed no password")
        return "Basic " + base64.b64encode(f"{printed[1]}:{printed[2]}".encode()).decode()
