"""The ear of a process: what becomes of it where the database cannot be reached."""

import time
from threading import Event

import pytest

from process_server.broadcast import hearing
from process_server.config import settings


class Deaf:
    kind = "nothing"

    def hear(self, message: str) -> None: ...

    def missed(self) -> None: ...

    def look(self) -> None: ...


def test_an_ear_that_reached_no_database_can_be_told_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "database_url", "postgresql+psycopg2://nobody@127.0.0.1:9/nowhere")
    monkeypatch.setattr(hearing, "_AGAIN", 0)
    ear, listener, tried = hearing._Ear(), Deaf(), Event()
    monkeypatch.setattr(hearing.log, "warning", lambda said, *facts: tried.set())
    ear.add(listener)
    assert tried.wait(60)
    ear.remove(listener)
    until = time.monotonic() + 60
    while ear._listening and time.monotonic() < until:
        time.sleep(0.01)
    ear.forget()
    assert ear._nudge is None
