"""What a killed server leaves behind, and how a new one gets past it."""

import os
import signal
import subprocess
import time
from pathlib import Path


def clear_stale_lock(data: Path, sockets: Path, seconds: float = 20.0) -> None:
    """Remove the lock of a server that is gone. Whoever calls holds the home's lock, so no server may run there.

    A postmaster that was killed but not reaped yet (a zombie) counts as alive for PostgreSQL: it refuses to start.
    """
    lock = data / "postmaster.pid"
    end = time.monotonic() + seconds
    asked = False
    while lock.exists() and time.monotonic() < end:
        number = lock.read_text().split("\n", 1)[0]
        if not number.isdigit():
            lock.unlink(missing_ok=True)
            return
        pid = int(number)
        state = _process_state(pid)
        here = _processes_in(data)
        orphans = [other for other in here if other != pid]  # backends of a killed postmaster leave by themselves
        if state is None and not orphans:
            return  # PostgreSQL itself removes such a lock
        if state == "Z" and not orphans:
            for file in (lock, *sockets.glob(".s.PGSQL.*")):  # the socket has a lock of its own
                file.unlink(missing_ok=True)
            return
        if state not in (None, "Z"):
            if pid not in here:
                return  # an unrelated process has got the number
            if not asked:
                os.kill(pid, signal.SIGINT)
                asked = True
        time.sleep(0.1)


def _process_state(pid: int) -> str | None:
    """Return the one-letter state of a process (Z: a zombie), or nothing where there is none."""
    if Path("/proc/self/stat").exists():
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return None
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return shown.strip()[:1] or None


def _processes_in(folder: Path) -> list[int]:
    """Return the processes of the server whose data folder this is (a server works in it)."""
    if not Path("/proc/self/stat").exists():
        shown = subprocess.run(["ps", "-axo", "pid=,command="], capture_output=True, text=True, check=False).stdout
        return [int(line.split()[0]) for line in shown.splitlines() if f"-D {folder}" in line]
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "cwd") == str(folder):
                found.append(int(process.name))
        except OSError:  # gone meanwhile, or not ours to see
            continue
    return found
