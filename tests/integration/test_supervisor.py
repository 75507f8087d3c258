"""The supervisor starts in order, revives, stops in reverse order, and leaves nothing behind however it dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

SERVICE = """
import os, signal, sys, time
from pathlib import Path

folder, name = Path(sys.argv[1]), sys.argv[2]

def stop(*_):
    with (folder / "stopped").open("a") as file:
        file.write(name + " ")
    sys.exit()

signal.signal(signal.SIGTERM, stop)
(folder / name).write_text(str(os.getpid()))
time.sleep(60)
"""
SUPERVISED = """
import sys
from pathlib import Path
from process_server.embedded.supervisor import Service, Supervisor

folder, service = Path(sys.argv[1]), sys.argv[2]

def made(name):
    return Service(name, [sys.executable, "-c", service, str(folder), name], ready=(folder / name).exists)

supervisor = Supervisor(folder / "log", print)
supervisor.listen_to_signals()
supervisor.start(made("first"))
supervisor.start(made("second"), made("third"))
(folder / "started").touch()
watched = supervisor.watch()
supervisor.stop()
sys.exit(0 if watched else 1)
"""
NAMES = ("first", "second", "third")


def wait_for(condition: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.05)


def left_in(folder: Path) -> list[psutil.Process]:
    """Return what still runs of a test: every process whose command names the test's folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if str(folder) in " ".join(process.info["cmdline"] or []) and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


@pytest.fixture(params=["kernel", "guard"])
def supervised(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A supervisor of three services, started; by the kernel's help, and by the guard's where there is none."""
    environment = os.environ | ({"PROCESS_SERVER_GUARD": "1"} if request.param == "guard" else {})
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISED, str(tmp_path), SERVICE],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    wait_for((tmp_path / "started").exists)
    yield process, tmp_path
    process.kill()
    process.communicate()
    for left in left_in(tmp_path):
        left.kill()


def test_sigterm_stops_the_last_stage_first(supervised: tuple[subprocess.Popen[str], Path]) -> None:
    process, folder = supervised
    process.terminate()
    assert process.wait(60) == 0
    stopped = (folder / "stopped").read_text().split()
    assert sorted(stopped[:2]) == ["second", "third"]
    assert stopped[2:] == ["first"]
    assert left_in(folder) == []


def test_no_orphan_after_kill_9(supervised: tuple[subprocess.Popen[str], Path]) -> None:
    process, folder = supervised
    process.kill()
    process.wait()
    wait_for(lambda: left_in(folder) == [])


def test_what_dies_is_started_again(supervised: tuple[subprocess.Popen[str], Path]) -> None:
    process, folder = supervised
    before = int((folder / "second").read_text())
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: (folder / "second").read_text() not in ("", str(before)))
    assert process.poll() is None
    assert len([left for left in left_in(folder) if left.pid != process.pid]) == len(NAMES)


def test_a_service_that_keeps_dying_ends_it(tmp_path: Path) -> None:
    service = SERVICE.replace("time.sleep(60)", "time.sleep(0.3 if name == 'third' else 60)")
    command = [sys.executable, "-c", SUPERVISED, str(tmp_path), service]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "third keeps dying (exit code 0): see" in done.stdout
    assert left_in(tmp_path) == []
