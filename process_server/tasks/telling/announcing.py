"""Telling open browsers to look again: whose lists changed, which tasks did, who was told something.

What changed is gathered while a transaction runs and sent after it is committed, by PostgreSQL's NOTIFY, to every
process that serves browsers. A thread of its own sends it, some changes together: a NOTIFY takes a lock of the whole
database at its commit, which no command shall wait for. Nothing depends on it: a lost one is made up for by the next.
"""

import json
import logging
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Condition, Thread
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from process_server.db import Session, after_commit, engine

CHANNEL = "changes"
TOGETHER = 0.05  # seconds in which changes are gathered
LONGEST = 7_500  # bytes of a message; PostgreSQL takes 8000

log = logging.getLogger(__name__)

_ANNOUNCED = "announced"  # kept in session.info
_NOTIFY = text("SELECT pg_notify(:channel, :message)")


@dataclass
class News:
    """What changed. `people` and `groups` look at their lists again; `told` have got a notification."""

    people: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    tasks: set[str] = field(default_factory=set)
    everybody: bool = False

    def add(self, other: "News") -> None:
        """Take in more."""
        self.people |= other.people
        self.groups |= other.groups
        self.told |= other.told
        self.tasks |= other.tasks
        self.everybody = self.everybody or other.everybody

    def dump(self) -> str:
        """Write it as a message; what is too much for one tells everybody to look again."""
        parts = {"people": self.people, "groups": self.groups, "told": self.told, "tasks": self.tasks}
        message = json.dumps({name: sorted(part) for name, part in parts.items() if part})
        return message if len(message.encode()) <= LONGEST and not self.everybody else '{"everybody": true}'

    @classmethod
    def load(cls, message: str) -> "News":
        """Read what `dump` wrote."""
        read = json.loads(message)
        sets = {name: set(read.get(name, ())) for name in ("people", "groups", "told", "tasks")}
        return cls(**sets, everybody=bool(read.get("everybody")))


def announce(
    session: Session,
    *,
    people: Iterable[str | None] = (),
    groups: Iterable[str] = (),
    told: Iterable[str] = (),
    tasks: Iterable[UUID] = (),
) -> None:
    """Tell browsers, once this transaction is committed, to look again."""
    news: News | None = session.info.get(_ANNOUNCED)
    if news is None:
        news = session.info[_ANNOUNCED] = News()
        after_commit(session, lambda: _publisher.publish(session.info.pop(_ANNOUNCED)))
    news.people.update(person for person in people if person)
    news.groups.update(groups)
    news.told.update(told)
    news.tasks.update(map(str, tasks))


class _Publisher:
    """Sends what is announced in this process."""

    def __init__(self) -> None:
        self._waiting: News | None = None
        self._changed = Condition()
        self._process = 0  # whose thread it is: a process that was forked off has none

    def publish(self, news: News) -> None:
        """Have it sent soon."""
        with self._changed:
            if self._waiting is None:
                self._waiting = news
            else:
                self._waiting.add(news)
            if self._process != os.getpid():
                self._process = os.getpid()
                Thread(target=self._send_on, name="announcing", daemon=True).start()
            self._changed.notify()

    def _send_on(self) -> None:
        while True:
            with self._changed:
                while self._waiting is None:
                    self._changed.wait()
            time.sleep(TOGETHER)
            with self._changed:
                news, self._waiting = self._waiting, None
            if news is not None:
                self._send(news)

    def _send(self, news: News) -> None:
        try:
            with engine().connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.execute(_NOTIFY, {"channel": CHANNEL, "message": news.dump()})
        except SQLAlchemyError as error:
            log.warning("browsers were not told to look again: %s", error)


_publisher = _Publisher()
