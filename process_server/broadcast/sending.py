"""Telling every process of this server to look again, by PostgreSQL's NOTIFY, once a transaction is committed.

What is told is gathered while a transaction runs. A thread of its own sends it, some messages together: a NOTIFY takes
a lock of the whole database at its commit, which no command shall wait for. Nothing depends on it: a lost one is made
up for by the next.
"""

import logging
import os
import time
from threading import Condition, Thread
from typing import Any, ClassVar, Protocol, TypeVar, cast

import psycopg2
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from process_server.db import Session, after_commit, engine

CHANNEL = "news"
TOGETHER = 0.05  # seconds between two sendings: what comes meanwhile goes together
LONGEST = 7_500  # bytes of a message; PostgreSQL takes 8000

log = logging.getLogger(__name__)

_GATHERED = "gathered messages"  # kept in session.info
_NOTIFY = text("SELECT pg_notify(:channel, :message)")


class Message(Protocol):
    """What changed. Messages of one kind can be put together into one."""

    kind: ClassVar[str]

    def add(self, other: Any) -> None:
        """Take in another one of its kind."""

    def dump(self) -> str:
        """Write it in at most LONGEST bytes."""


M = TypeVar("M", bound=Message)


def gathered(session: Session, kind: type[M]) -> M:
    """Return the message of a kind that is sent once this transaction is committed, to be filled in."""
    messages: dict[str, Message] = session.info.setdefault(_GATHERED, {})
    if kind.kind not in messages:
        messages[kind.kind] = kind()
        after_commit(session, lambda: _sender.send_soon(messages.pop(kind.kind)))
    return cast(M, messages[kind.kind])


class _Sender:
    """Sends what is to be told by this process."""

    def __init__(self) -> None:
        self._waiting: dict[str, Message] = {}
        self._changed = Condition()
        self._process = 0  # whose thread it is: a process that was forked off has none

    def send_soon(self, message: Message) -> None:
        """Have it sent."""
        with self._changed:
            if message.kind in self._waiting:
                self._waiting[message.kind].add(message)
            else:
                self._waiting[message.kind] = message
            if self._process != os.getpid():
                self._process = os.getpid()
                Thread(target=self._send_on, name="sending", daemon=True).start()
            self._changed.notify()

    def _send_on(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                messages, self._waiting = self._waiting, {}
            self._send([f"{kind} {message.dump()}" for kind, message in messages.items()])
            time.sleep(TOGETHER)

    def _send(self, messages: list[str]) -> None:
        try:
            with engine().connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                for message in messages:
                    connection.execute(_NOTIFY, {"channel": CHANNEL, "message": message})
        except (psycopg2.Error, SQLAlchemyError) as error:  # bare: as a connection is given back
            log.warning("the other processes were not told to look again: %s", error)


_sender = _Sender()
