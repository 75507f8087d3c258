"""What is told to other processes, by way of a database that is away for a while."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any, ClassVar
from unittest.mock import Mock

import psycopg2
import pytest
from sqlalchemy.exc import SQLAlchemyError

from process_server.broadcast import sending


class Word:
    kind: ClassVar[str] = "word"

    def __init__(self, text: str) -> None:
        self.text = text

    def add(self, other: Any) -> None:
        self.text += other.text

    def dump(self) -> str:
        return self.text


@pytest.mark.parametrize("error", [SQLAlchemyError("away"), psycopg2.OperationalError("gone while it was given back")])
def test_what_comes_after_a_lost_connection_is_sent(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    failed, sent = Event(), queue.Queue[str]()

    @contextmanager
    def connect() -> Iterator[Mock]:
        if not failed.is_set():
            failed.set()
            raise error
        yield Mock(execute=lambda _, values: sent.put(values["message"]))

    monkeypatch.setattr(sending, "engine", lambda: Mock(connect=connect))
    sender = sending._Sender()
    sender.send_soon(Word("lost"))
    assert failed.wait(60)
    sender.send_soon(Word("found"))
    assert sent.get(timeout=60) == "word found"
