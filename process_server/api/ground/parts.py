"""Watches the parts of a form as they arrive, so that a file too large is refused before it has come whole."""

from collections.abc import Callable
from typing import TypeVar

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from process_server.errors import TooLarge

Endpoint = TypeVar("Endpoint", bound=Callable[..., object])


class Parts:
    """Counts the bytes of the part that arrives. What is no form is left for whoever reads it to refuse."""

    def __init__(self, request: Request, limit: int) -> None:
        self.limit, self.arrived = limit, 0
        _, options = parse_options_header(request.headers.get("Content-Type"))
        boundary = options.get(b"boundary")
        callbacks = {"on_part_begin": self._begin, "on_part_data": self._count}
        self.parser = MultipartParser(boundary, callbacks) if boundary else None  # type: ignore[arg-type]

    def watch(self, data: bytes) -> None:
        """Look at what has arrived. Raises TooLarge."""
        if self.parser is not None:
            try:
                self.parser.write(data)
            except FormParserError:
                self.parser = None

    def _begin(self) -> None:
        self.arrived = 0

    def _count(self, data: bytes, start: int, end: int) -> None:
        self.arrived += end - start
        if self.arrived > self.limit:
            raise TooLarge(limit=self.limit)


def each_file(limit: Callable[[], int]) -> Callable[[Endpoint], Endpoint]:
    """Say how large one file may be that an endpoint is sent."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.most_of_a_file = limit  # type: ignore[attr-defined]
        return endpoint

    return mark
