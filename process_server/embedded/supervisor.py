"""Runs services stage by stage, revives what dies, stops the last stage first, and leaves no orphan.

On Linux the kernel signals each child when this process dies, however it dies. Elsewhere a guard process holds the read
end of a pipe: its end means that this process died.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from process_server.embedded.child import (
    MYSELF,
    Identity,
    ask_to_stop,
    dies_with_its_parent,
    kill_group,
    spawn,
    wait_or_kill,
)
from process_server.errors import ProcessServerError

_LONGEST_LOG = 20 * 1024 * 1024
_REVIVALS_A_MINUTE = 5


class ServiceFailed(ProcessServerError):
    """{name} did not start (exit code {exit_code}). Its log {log} ends:\n{tail}"""

    code = "service_failed"


class Stopped(Exception):
    """Somebody asked the supervisor to stop while it was starting."""


@dataclass
class Service:
    """A program to keep running, or to run `once`. `ready` says when those that need it may start."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] | None = None
    ready: Callable[[], bool] | None = None
    ready_seconds: float = 120.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15.0
    identity: Identity = MYSELF
    cwd: str | None = None
    pass_fds: Sequence[int] = ()
    before_start: Callable[[], None] | None = None
    once: bool = False
    logged: bool = True  # otherwise it speaks to whoever started us
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)

    def dead(self) -> bool:
        """Say whether it was started and is no longer there."""
        return self.process is not None and self.process.poll() is not None


class Supervisor:
    """Keeps services running until somebody asks to stop."""

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self.logs = logs
        self.say = say
        self.stages: list[list[Service]] = []
        self.asked_to_stop = 0
        self._guard: subprocess.Popen[str] | None = None
        logs.mkdir(parents=True, exist_ok=True)

    @property
    def services(self) -> list[Service]:
        """All services, the first started first."""
        return [service for stage in self.stages for service in stage]

    def listen_to_signals(self) -> None:
        """Stop on Ctrl-C, SIGTERM and a closed terminal; the third time, at once."""

        def asked(_number: int, _frame: FrameType | None) -> None:
            self.asked_to_stop += 1
            if self.asked_to_stop >= 3:
                for service in self.services:
                    if service.process is not None:
                        kill_group(service.process)
                os._exit(137)

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, asked)

    def start(self, *services: Service) -> None:
        """Start services together and wait until each is ready. Raises ServiceFailed, or Stopped when asked to."""
        self.stages.append(list(services))
        for service in services:
            self._spawn(service)
        for service in services:
            if service.ready:
                self.wait(service.ready, service)

    def wait(self, ready: Callable[[], bool], service: Service) -> None:
        """Wait until something of a service is ready, reviving what dies meanwhile."""
        end = time.monotonic() + service.ready_seconds
        while not ready():
            if self.asked_to_stop:
                raise Stopped
            if not self.revive() or time.monotonic() > end:
                raise self.failure(service)
            time.sleep(0.03)

    def failure(self, service: Service) -> ServiceFailed:
        """Return the error that tells what the log of a service ends with."""
        log = self.log_of(service)
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        exit_code = service.process.poll() if service.process else None
        return ServiceFailed(name=service.name, exit_code=exit_code, log=log, tail=tail)

    def log_of(self, service: Service) -> Path:
        """Return the file a service writes to."""
        return self.logs / f"{service.name}.log"

    def revive(self) -> bool:
        """Start again what died; False when something keeps dying."""
        for service in self.services:
            if self.asked_to_stop or service.once or not service.dead():
                continue
            now = time.monotonic()
            service.deaths = [then for then in service.deaths if now - then < 60] + [now]
            code = service.process.returncode if service.process else None
            if len(service.deaths) > _REVIVALS_A_MINUTE:
                self.say(f"{service.name} keeps dying (exit code {code}): see {self.log_of(service)}")
                return False
            self.say(f"{service.name} died (exit code {code}) and is started again")
            self._spawn(service)
        return True

    def watch(self) -> bool:
        """Keep everything running until asked to stop; False when something keeps dying."""
        while not self.asked_to_stop:
            time.sleep(0.2)
            if not self.revive():
                return False
        return True

    def stop(self) -> None:
        """Stop everything, the last stage first; those of one stage stop together."""
        for stage in reversed(self.stages):
            running = [(service, service.process) for service in stage if service.process is not None]
            for service, process in running:
                ask_to_stop(process, service.stop_signal)
            for service, process in running:
                if not wait_or_kill(process, service.stop_seconds):
                    self.say(f"{service.name} did not stop within {service.stop_seconds:.0f} s and was killed")
        if self._guard and self._guard.stdin:
            self._guard.stdin.write("bye\n")
            self._guard.stdin.close()
            self._guard.wait(5)

    def _spawn(self, service: Service) -> None:
        if service.process is not None:
            kill_group(service.process)  # whatever the dead one left in its session
        if service.before_start:
            service.before_start()
        log = self.log_of(service)
        if log.exists() and log.stat().st_size > _LONGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        service.process = spawn(
            service.command,
            log=log if service.logged else None,
            env=service.env,
            identity=service.identity,
            stop_signal=service.stop_signal,
            cwd=service.cwd,
            pass_fds=service.pass_fds,
        )
        self._tell_guard()

    def _tell_guard(self) -> None:
        """Tell the guard whom to stop, and how, in the order in which it shall."""
        if dies_with_its_parent():
            return
        if self._guard is None:
            self._guard = subprocess.Popen(
                [sys.executable, "-m", "process_server.embedded.guard"],
                stdin=subprocess.PIPE,
                start_new_session=True,
                text=True,
            )
        running = [s for s in reversed(self.services) if s.process and not s.dead()]
        line = " ".join(f"{s.process.pid}:{int(s.stop_signal)}" for s in running if s.process)
        assert self._guard.stdin
        self._guard.stdin.write(line + "\n")
        self._guard.stdin.flush()
