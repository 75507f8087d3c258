"""Workers that wait for jobs: a queue of their orders, without a thread or a connection of the database for each.

One thread serves all that wait in this process. It sleeps until it hears of jobs, or until the next lock or pause ends,
and hands out what there is to those who have waited longest.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Any, ClassVar

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import OperationalError

from process_server import clock
from process_server.api.ground.scopes import require_system
from process_server.api.ground.transaction import admitted
from process_server.bpmn import commands
from process_server.bpmn.commands import LockedJob, Order
from process_server.bpmn.runtime.free_jobs import FreeJobs
from process_server.broadcast import hearing
from process_server.db import unit_of_work

LONGEST = 1800.0  # seconds a worker may wait at most
LOOK = 2.0  # seconds after which the thread looks by itself: a lock taken in another process may have ended
_AGAIN = 1.0  # seconds until it tries again when the database is away

log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Waiting:
    """A worker that waits."""

    order: Order
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[list[LockedJob]]

    def give(self, given: list[LockedJob] | Exception) -> None:
        """Answer; called by the thread. Jobs of a worker that has gone are given back."""
        try:
            self.loop.call_soon_threadsafe(self._give, given)
        except RuntimeError:  # its loop has ended
            _desk.take_back(given)

    def _give(self, given: list[LockedJob] | Exception) -> None:
        if self.answer.done():
            _desk.take_back(given)
        elif isinstance(given, Exception):
            self.answer.set_exception(given)
        else:
            self.answer.set_result(given)


class _Desk:
    kind: ClassVar[str] = FreeJobs.kind

    def __init__(self) -> None:
        self._queue: dict[_Waiting, None] = {}  # in the order they came
        self._returned: list[LockedJob] = []
        self._heard = FreeJobs()
        self._changed = Condition()
        self._open = False

    def add(self, waiting: _Waiting) -> None:
        """Let a worker wait."""
        with self._changed:
            self._queue[waiting] = None
            self._heard.topics |= waiting.order.topics
            self._wake()

    def remove(self, waiting: _Waiting) -> None:
        """Let a worker wait no more."""
        with self._changed:
            self._queue.pop(waiting, None)

    def take_back(self, given: list[LockedJob] | Exception) -> None:
        """Give back the jobs of a worker that has gone."""
        if isinstance(given, list) and given:
            with self._changed:
                self._returned += given
                self._wake()

    def dismiss(self) -> None:
        """Answer all that there is nothing."""
        with self._changed:
            dismissed, self._queue = self._queue, {}
        for waiting in dismissed:
            waiting.give([])

    def hear(self, message: str) -> None:
        """Look for jobs of the topics told."""
        with self._changed:
            self._heard.add(FreeJobs.load(message))
            self._changed.notify()

    def missed(self) -> None:
        """Look for jobs of every topic."""
        with self._changed:
            self._heard.any_topic = True
            self._changed.notify()

    def look(self) -> None:
        """Leave that to the thread, which looks more often."""

    def _wake(self) -> None:
        if not self._open:
            self._open = True
            hearing.add(self)
            Thread(target=self._serve_on, name="long polling", daemon=True).start()
        self._changed.notify()

    def _serve_on(self) -> None:
        pause = 0.0
        while self._goes_on(pause):
            with self._changed:
                heard, self._heard = self._heard, FreeJobs()
                queue = [
                    each for each in self._queue if heard.any_topic or not each.order.topics.isdisjoint(heard.topics)
                ]
                returned, self._returned = self._returned, []
            try:
                pause = self._serve(queue, returned)
            except Exception as error:  # noqa: BLE001  (whatever it is, the others wait on)
                with self._changed:
                    self._returned += returned
                self._serve_each(queue, error)
                pause = 0.0

    def _goes_on(self, pause: float) -> bool:
        """Sleep until there is something to do; say whether there may be more to come."""
        with self._changed:
            if not (self._heard.topics or self._heard.any_topic or self._returned):
                told = self._changed.wait(min(pause, LOOK))
                self._heard.any_topic = self._heard.any_topic or not told
                if not told and not self._queue:
                    self._open = False
                    hearing.remove(self)
            return self._open

    def _serve(self, queue: Sequence[_Waiting], returned: Sequence[LockedJob]) -> float:
        """Hand out what there is; return the seconds until there may be more."""
        with unit_of_work() as session:
            if returned:
                commands.give_back(session, returned)
            served = commands.hand_out(session, [each.order for each in queue]) if queue else []
            with self._changed:
                topics = {topic for each in self._queue for topic in each.order.topics}
            next_free = commands.next_free(session, topics) if topics else None
        handed = 0
        for position, jobs in served:
            self.remove(queue[position])
            queue[position].give(jobs)
            handed += len(jobs)
        if handed >= commands.AT_ONCE:
            self.missed()
        return LOOK if next_free is None else max(0.0, (next_free - clock.now()).total_seconds())

    def _serve_each(self, queue: Sequence[_Waiting], error: Exception) -> None:
        """Serve one by one where it failed for all: an order that cannot be carried out is its worker's alone."""
        if isinstance(error, OperationalError):
            log.warning("jobs cannot be handed out: %s", error)
            time.sleep(_AGAIN)
            self.missed()
            return
        for waiting in queue:
            try:
                self._serve([waiting], ())
            except Exception as its_own:  # noqa: BLE001  (it is told to who ordered)
                self.remove(waiting)
                waiting.give(its_own)


_desk = _Desk()
dismiss_all = _desk.dismiss


async def wait_for_jobs(request: Request, order: Order, seconds: float) -> list[LockedJob]:
    """Return jobs as soon as there are some: none when the time is over, or when who asked has gone."""
    await run_in_threadpool(_admit, request)
    loop = asyncio.get_running_loop()
    waiting = _Waiting(order, loop, loop.create_future())
    leaving = asyncio.create_task(_left(request))
    jobs: list[LockedJob] = []
    _desk.add(waiting)
    try:
        either: set[asyncio.Future[Any]] = {waiting.answer, leaving}
        await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if waiting.answer.done() and not leaving.done():
            jobs = waiting.answer.result()
        return jobs
    finally:
        leaving.cancel()
        _desk.remove(waiting)
        if not waiting.answer.cancel() and not jobs:  # it was answered, but nobody takes the answer
            with contextlib.suppress(Exception):  # an error concerns nobody any more
                _desk.take_back(waiting.answer.result())


def _admit(request: Request) -> None:
    """Let in who may fetch jobs. Raises NotAuthenticated, NotAllowed."""
    with admitted(request, "jobs:write") as (_, actor):
        require_system(actor, "jobs:write")


async def _left(request: Request) -> None:
    """Wait until who sent a request has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
