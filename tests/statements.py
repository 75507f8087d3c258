"""What the database is asked, for tests that count it or look at its plans."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event


@contextmanager
def statements(asked: Engine | Connection) -> Iterator[list[tuple[str, Any]]]:
    """Gather the statements sent inside the block, each with its parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(asked, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(asked, "before_cursor_execute", note)
