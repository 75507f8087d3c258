"""The embedded broker: Valkey on a unix socket, all in memory.

Its messages only say that a row is worth a look, so that they need no disk: on a full one it would stop the workers.
"""

import socket
from pathlib import Path

from process_server.embedded import binaries
from process_server.embedded.postgres import socket_folder


class Broker:
    """A Valkey in `home`."""

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self.socket = socket_folder(self.home / "run") / "broker.sock"

    def prepare(self) -> None:
        """Make the folder of its socket, and clear away that of a killed one."""
        self.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)

    def command(self) -> list[str]:
        """Return the command that runs it in the foreground."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.socket.parent),
            "appendonly": "no",
            "save": "",
            "daemonize": "no",
            "maxmemory-policy": "noeviction",
        }
        return [
            str(binaries.broker_binary()),
            *(word for name, value in options.items() for word in (f"--{name}", value)),
        ]

    def url(self) -> str:
        """Return the address Celery uses."""
        return f"redis+socket://{self.socket}"

    def ready(self) -> bool:
        """Say whether it answers."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False
