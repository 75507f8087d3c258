"""A child process that never outlives the one that started it."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)  # loaded before any fork


@dataclass(frozen=True)
class Identity:
    """As whom a child runs: as another user, or after a step of its own (such as entering a user namespace)."""

    uid: int | None = None
    gid: int | None = None
    enter: Callable[[], None] | None = None

    def popen_options(self) -> dict[str, Any]:
        """Return what `subprocess` needs to become this user."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}


MYSELF = Identity()


def dies_with_its_parent() -> bool:
    """Say whether the kernel can signal a child when its parent dies (Linux)."""
    return sys.platform == "linux" and not os.environ.get("PROCESS_SERVER_GUARD")


def spawn(
    argv: Sequence[str],
    *,
    log: Path | None,
    env: Mapping[str, str] | None = None,
    identity: Identity = MYSELF,
    stop_signal: signal.Signals = signal.SIGTERM,
    cwd: str | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, writing to `log` (or as we do); call it from the main thread.

    A session of its own keeps the terminal's Ctrl-C from reaching it: whoever started it stops it, in order.
    """
    parent = os.getpid()

    def in_child() -> None:
        if identity.enter:
            identity.enter()
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if dies_with_its_parent():
            # after every change of credentials, which clears it
            _libc.prctl(_PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
            if os.getppid() != parent:  # it died before prctl took hold
                os._exit(1)

    with log.open("ab") if log else nullcontext(None) as out:
        return subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
            pass_fds=pass_fds,
            preexec_fn=in_child,
            **identity.popen_options(),
        )


def ask_to_stop(child: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    """Send a child its stop signal, if it is still there."""
    if child.poll() is None:
        child.send_signal(stop_signal)


def wait_or_kill(child: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for a child that was asked to stop, then kill all it left. Return whether it went by itself."""
    went = True
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        went = False
    kill_group(child)
    return went


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """Kill a child and whatever it left in its session, and reap it."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        child.poll()
        return
    child.wait(5)
