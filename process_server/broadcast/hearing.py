"""The ear of this process: one connection that listens to what others tell, for whoever in the process wants to hear.

It is open while somebody wants to, and opened again when it is lost.
"""

import logging
import select
import socket
import time
from threading import Lock, Thread
from typing import Any, ClassVar, Protocol

import psycopg2.extensions
from psycopg2 import sql
from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import SQLAlchemyError

from process_server.broadcast.sending import CHANNEL
from process_server.config import settings

LOOK = 15.0  # seconds after which listeners look by themselves
_AGAIN = 2.0  # seconds until a lost connection is opened again

log = logging.getLogger(__name__)


class Listener(Protocol):
    """Wants to hear messages of one kind; called by the thread that listens, so it must not take long."""

    kind: ClassVar[str]

    def hear(self, message: str) -> None:
        """Take what `dump` of the message wrote."""

    def missed(self) -> None:
        """Make up for messages that came while nobody listened."""

    def look(self) -> None:
        """Do what has to be done every LOOK seconds, whatever is heard."""


class _Ear:
    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._lock = Lock()
        self._listening = False
        self._stale = False
        self._nudge: socket.socket | None = None

    def add(self, listener: Listener) -> None:
        """Let a listener hear what comes from now on."""
        with self._lock:
            if listener not in self._listeners:
                self._listeners.append(listener)
            if not self._listening:
                self._listening = True
                Thread(target=self._listen_on, name="hearing", daemon=True).start()

    def remove(self, listener: Listener) -> None:
        """Let a listener hear no more."""
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def forget(self) -> None:
        """Leave the connection for a new one."""
        with self._lock:
            self._stale = True
            if self._nudge is not None:
                self._nudge.send(b".")

    def _all(self) -> list[Listener]:
        with self._lock:
            return list(self._listeners)

    def _listen_on(self) -> None:
        while self._goes_on():
            try:
                self._listen()
            except (psycopg2.Error, SQLAlchemyError, OSError) as error:
                log.warning("the connection that listens for changes was lost: %s", error)
                time.sleep(_AGAIN)

    def _goes_on(self) -> bool:
        with self._lock:
            self._listening = bool(self._listeners)
            return self._listening

    def _listen(self) -> None:
        nudged, nudge = socket.socketpair()
        with nudged, nudge:
            with self._lock:
                self._stale, self._nudge = False, nudge
            try:
                self._connect(nudged)
            finally:
                with self._lock:
                    self._nudge = None

    def _connect(self, nudged: socket.socket) -> None:
        made = create_engine(settings().database_url, poolclass=NullPool)
        raw = made.raw_connection()
        connection: Any = raw.dbapi_connection
        try:
            connection.set_isolation_level(psycopg2.extensions.ISOLATION_LEVEL_AUTOCOMMIT)
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            for listener in self._all():
                listener.missed()
            self._hear(connection, nudged)
        finally:
            raw.close()
            made.dispose()

    def _hear(self, connection: Any, nudged: socket.socket) -> None:
        look = time.monotonic() + LOOK
        while self._goes_on() and not self._stale:
            ready, _, _ = select.select([connection, nudged], [], [], max(0.0, look - time.monotonic()))
            if connection in ready:
                connection.poll()
                heard, connection.notifies[:] = list(connection.notifies), []
                for notification in heard:
                    self._tell(notification.payload)
            if time.monotonic() >= look:
                look = time.monotonic() + LOOK
                for listener in self._all():
                    listener.look()

    def _tell(self, message: str) -> None:
        kind, _, body = message.partition(" ")
        for listener in self._all():
            if listener.kind == kind:
                listener.hear(body)


_ear = _Ear()
add, remove, forget = _ear.add, _ear.remove, _ear.forget
