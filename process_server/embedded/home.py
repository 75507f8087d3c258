"""The data folder of a server: who uses it now."""

import fcntl
import json
import os
from pathlib import Path
from typing import IO

from process_server.errors import ProcessServerError


class AlreadyRunning(ProcessServerError):
    """A server runs on {folder} already (process {pid}): {url}"""

    code = "already_running"


class CannotWrite(ProcessServerError):
    """The data folder {folder} cannot be written: {reason}. Choose another with --data."""

    code = "cannot_write"


class Home:
    """A data folder. Only one server uses it at a time: whoever holds its lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()
        self._lock: IO[str] | None = None

    @property
    def logs(self) -> Path:
        """Where the services write what they say."""
        return self.folder / "log"

    def lock(self, url: str = "", local: str = "") -> None:
        """Take the folder for this process, until it ends. Raises AlreadyRunning, naming who has it.

        `url` is the address for people, `local` that by which this machine reaches the server.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.folder / "lock").open("a+")
        except OSError as error:
            raise CannotWrite(folder=self.folder, reason=error.strerror) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            holder = self._last_holder()
            pid, url = holder.get("pid", "?"), holder.get("url", "")
            raise AlreadyRunning(folder=self.folder, pid=pid, url=url) from None
        lock.truncate(0)
        json.dump({"pid": os.getpid(), "url": url, "local": local}, lock)
        lock.flush()
        self._lock = lock

    def served_at(self) -> str:
        """Return the address by which this machine reaches the server that used the folder last."""
        return self._last_holder().get("local", "")

    def _last_holder(self) -> dict[str, str]:
        file = self.folder / "lock"
        return json.loads(file.read_text() or "{}") if file.exists() else {}

    def unlock(self) -> None:
        """Give the folder back."""
        if self._lock:
            self._lock.close()
            self._lock = None
