"""Ports for servers that a test starts."""

import secrets
import socket

LOWEST, HIGHEST = 20_000, 32_000  # below those that connections are given: none of these is taken meanwhile


def free_port() -> int:
    """Return a port that nobody listens at."""
    while True:
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
