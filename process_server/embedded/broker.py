"""The embedded broker: Valkey on a unix socket, its messages kept in an append-only file."""

import socket
from pathlib import Path

from process_server.embedded import binaries
from process_server.embedded.postgres import socket_folder


class Broker:
    """A Valkey in `home`."""

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self.data = self.home / "broker"
        self.socket = socket_folder(self.home / "run") / "broker.sock"

    def prepare(self) -> None:
        """Make its folders, and clear away the socket of a killed one."""
        for folder in (self.data, self.socket.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)

    def command(self) -> list[str]:
        """Return the command that runs it in the foreground."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes",
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
