"""Streams of open browsers: each is told of what concerns it.

A stream takes no thread and no connection: the thread that hears for the process hands it what concerns it, and the
stream, which the event loop runs, writes it out. The streams of those who are signed out meanwhile are ended.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from threading import Lock
from typing import ClassVar

from process_server.broadcast import hearing
from process_server.db import unit_of_work
from process_server.identity import sign_in
from process_server.identity.principal import Principal
from process_server.tasks.telling.announcing import News

HEARTBEAT = 20.0  # seconds of silence after which a comment keeps the connection open
TOGETHER = 0.25  # seconds in which events of one stream are gathered
MOST_STREAMS = 30  # of one browser: a tab each
LIFE = 1800.0  # seconds after which a stream ends, and the browser opens it again with what it may see by then

COUNTS, NOTIFICATION, SIGNED_OUT = "counts", "notification", "signed_out"


@dataclass(eq=False)
class Stream:
    """One open browser: who it is, which tasks it looks at, and what it has not been told yet."""

    principal: Principal
    token_hash: bytes
    tasks: frozenset[str]
    loop: asyncio.AbstractEventLoop
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    pending: dict[str, None] = field(default_factory=dict)  # in the order they came
    ended: bool = False

    def concerns(self, news: News) -> list[str]:
        """Return the events the browser is told: of its own lists, and of tasks it was let look at."""
        me = self.principal
        told = news.everybody or me.user_id in news.told
        mine = told or me.user_id in news.people or not me.groups.isdisjoint(news.groups)
        seen = self.tasks if news.everybody else self.tasks & news.tasks
        events = [COUNTS] if mine or me.admin else []
        return events + ([NOTIFICATION] if told else []) + [f"task:{task}" for task in sorted(seen)]

    def tell(self, events: list[str]) -> None:
        """Have events written; called by the listening thread."""
        if events:
            self.loop.call_soon_threadsafe(self._tell, events)

    def end(self, event: str | None = None) -> None:
        """Have the stream end, after a last event."""
        self.loop.call_soon_threadsafe(self._end, event)

    def _tell(self, events: list[str]) -> None:
        self.pending |= dict.fromkeys(events)
        self.wake.set()

    def _end(self, event: str | None) -> None:
        self.ended = True
        self._tell([event] if event else [])

    async def events(self) -> AsyncIterator[str]:
        """Give what is written to the browser, until it goes or is signed out."""
        until = self.loop.time() + LIFE
        _streams.add(self)
        try:
            yield "retry: 2000\n\n" + _written([COUNTS])
            while not self.ended and self.loop.time() < until:
                try:
                    await asyncio.wait_for(self.wake.wait(), HEARTBEAT)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                self.wake.clear()
                events, self.pending = list(self.pending), {}
                yield _written(events)
                await asyncio.sleep(0 if self.ended else TOGETHER)
        finally:
            _streams.remove(self)


class _Streams:
    """The open streams of this process; they hear while there are any."""

    kind: ClassVar[str] = News.kind

    def __init__(self) -> None:
        self._streams: dict[Stream, None] = {}  # in the order they were opened
        self._lock = Lock()

    def add(self, stream: Stream) -> None:
        """Hand a stream what concerns it from now on; of too many of one browser the oldest ends."""
        with self._lock:
            own = [each for each in self._streams if each.token_hash == stream.token_hash]
            if len(own) >= MOST_STREAMS:
                own[0].end()
            self._streams[stream] = None
            hearing.add(self)

    def remove(self, stream: Stream) -> None:
        """Forget a stream."""
        with self._lock:
            self._streams.pop(stream, None)
            if not self._streams:
                hearing.remove(self)

    def all(self) -> list[Stream]:
        """Return the open streams."""
        with self._lock:
            return list(self._streams)

    def hear(self, message: str) -> None:
        """Tell each stream what concerns it."""
        self._tell(News.load(message))

    def missed(self) -> None:
        """Tell everybody to look at everything."""
        self._tell(News(everybody=True))

    def look(self) -> None:
        """End the streams of those who are signed out."""
        streams = self.all()
        with unit_of_work() as session:
            valid = sign_in.still_signed_in(session, {stream.token_hash for stream in streams})
        for stream in streams:
            if stream.token_hash not in valid:
                stream.end(SIGNED_OUT)

    def _tell(self, news: News) -> None:
        for stream in self.all():
            stream.tell(stream.concerns(news))


def _written(events: list[str]) -> str:
    return "".join(f"event: {event}\ndata: {{}}\n\n" for event in events)


_streams = _Streams()


def open_stream(signed_in: sign_in.SignedIn, tasks: frozenset[str], loop: asyncio.AbstractEventLoop) -> Stream:
    """Open a stream for a browser; `tasks` are those its page shows and it may see."""
    return Stream(signed_in.principal, signed_in.token_hash, tasks, loop)


def end_all() -> None:
    """End every stream of this process: it is asked to stop, and streams would keep it waiting."""
    for stream in _streams.all():
        stream.end()
