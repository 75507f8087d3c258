"""Telling those who wait for jobs that there may be some of their topics."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from process_server.broadcast.sending import LONGEST, gathered
from process_server.db import Session


@dataclass
class FreeJobs:
    """Topics of jobs that were made or given back."""

    kind: ClassVar[str] = "jobs"

    topics: set[str] = field(default_factory=set)
    any_topic: bool = False

    def add(self, other: "FreeJobs") -> None:
        """Take in more."""
        self.topics |= other.topics
        self.any_topic = self.any_topic or other.any_topic

    def dump(self) -> str:
        """Write it as a message; what is too much for one tells those of every topic."""
        message = json.dumps(sorted(self.topics))
        return message if len(message) <= LONGEST and not self.any_topic else "null"

    @classmethod
    def load(cls, message: str) -> "FreeJobs":
        """Read what `dump` wrote."""
        topics = json.loads(message)
        return cls(any_topic=True) if topics is None else cls(set(topics))


def announce(session: Session, topics: Iterable[str]) -> None:
    """Tell those who wait for jobs of some topics, once this transaction is committed, to look again."""
    gathered(session, FreeJobs).topics.update(topics)


def announce_all(session: Session) -> None:
    """Tell all who wait for jobs, once this transaction is committed, to look again."""
    gathered(session, FreeJobs).any_topic = True
