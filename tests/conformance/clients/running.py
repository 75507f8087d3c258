"""The application on a port of its own; every answer under /engine-rest is held to the description of Camunda's API."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import jsonschema
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.conformance.engine_rest import description

PREFIX = "/engine-rest"


@dataclass
class Recorded:
    """Passes requests on, and keeps what was answered."""

    app: ASGIApp
    answers: list[tuple[str, str, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        parts: list[Message] = []

        async def kept(message: Message) -> None:
            parts.append(message)
            await send(message)

        await self.app(scope, receive, kept)
        self._look(scope["method"], scope["path"].removeprefix(PREFIX), parts)

    def _look(self, method: str, path: str, parts: list[Message]) -> None:
        content = b"".join(part.get("body", b"") for part in parts[1:])
        answer = httpx.Response(parts[0]["status"], headers=parts[0]["headers"], content=content)
        self.answers.append((method, path, answer.status_code))
        try:
            description.check(method, path, answer)
        except (AssertionError, jsonschema.ValidationError) as error:
            self.faults.append(f"{method} {path} {answer.status_code}: {error}")

    def refused(self) -> list[tuple[str, str, int]]:
        """Return the requests that were not answered with success."""
        return [each for each in self.answers if each[2] >= 400]


@contextmanager
def serving(app: Any) -> Iterator[tuple[str, Recorded]]:
    """Serve an application in a thread; yield its address and what is recorded."""
    recorded = Recorded(app)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(recorded, log_level="warning", lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}{PREFIX}", recorded
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
