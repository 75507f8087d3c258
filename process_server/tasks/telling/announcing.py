"""Telling open browsers to look again: whose lists changed, which tasks did, who was told something."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from process_server.broadcast.sending import LONGEST, gathered
from process_server.db import Session


@dataclass
class News:
    """What changed. `people` and `groups` look at their lists again; `told` have got a notification."""

    kind: ClassVar[str] = "browsers"

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
    news = gathered(session, News)
    news.people.update(person for person in people if person)
    news.groups.update(groups)
    news.told.update(told)
    news.tasks.update(map(str, tasks))
