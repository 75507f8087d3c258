"""What open browsers are told while they look at a page: by another process, what concerns them and nothing else."""

import os
import queue
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from uuid import UUID, uuid4

import httpx
import pytest

from process_server.broadcast import hearing, sending
from process_server.db import unit_of_work
from process_server.embedded.postgres import Cluster
from process_server.identity import sign_in, users
from process_server.identity.principal import Principal
from process_server.tasks import rows
from process_server.tasks.handling import claiming
from process_server.tasks.telling import announcing, notifications
from process_server.tasks.telling.announcing import News
from process_server.web.ground import listening
from tests import databases
from tests.integration.crm import CHEN, LIU, instance, people, process, task_row
from tests.ports import free_port


class Browser:
    """Reads events in a thread of its own."""

    def __init__(self, address: str, user: str, *tasks: UUID) -> None:
        with unit_of_work() as session:
            self.cookie, _ = sign_in.open_session(session, users.find(session, user))
        self.events: queue.Queue[str] = queue.Queue()
        self.ended = False
        self.client = httpx.Client(cookies={"session": self.cookie}, timeout=120)
        self.address = f"{address}/events?{'&'.join(f'task={task}' for task in tasks)}"
        Thread(target=self._read, daemon=True).start()
        assert self.next(120) == "counts"  # it begins with a look at everything
        self.until_heard(user)

    def _read(self) -> None:
        try:
            with self.client.stream("GET", self.address) as answer:
                self.headers = answer.headers
                for line in answer.iter_lines():
                    if line.startswith("event: "):
                        self.events.put(line.removeprefix("event: "))
        except httpx.HTTPError:
            pass
        self.ended = True

    def next(self, seconds: float = 5.0) -> str:
        return self.events.get(timeout=seconds)

    def all(self, seconds: float = 0.5) -> set[str]:
        """What comes until nothing does for a while."""
        found = set()
        while True:
            try:
                found.add(self.next(seconds))
            except queue.Empty:
                return found

    def until_heard(self, user: str) -> None:
        """Wait until the process listens: it may be busy starting."""
        for _ in range(60):
            with unit_of_work() as session:
                announcing.announce(session, told=[user])
            if "notification" in self.all(0.6):
                break
        self.all()


@pytest.fixture(scope="module")
def company(cluster: Cluster) -> Iterator[str]:
    """The address of a database with people: one for all tests here, as each looks at tasks of its own."""
    with databases.fresh(cluster, "events") as url:
        with unit_of_work() as session:
            people(session)
        yield url


@pytest.fixture(scope="module")
def address(company: str) -> Iterator[str]:
    """An API process of its own on that database."""
    port = free_port()
    command = [sys.executable, "-c", "from process_server.cli import main; main()", "api", "--port", str(port)]
    environment = os.environ | {
        "DATABASE_URL": company,
        "BROKER_URL": "memory://",
        "PROCESS_SERVER_API_PROCESSES": "1",
    }
    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        here = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 300
        while not _answers(here):
            assert running.poll() is None, "the API did not start"
            assert time.monotonic() < until
            time.sleep(0.1)
        yield here
    finally:
        running.terminate()
        running.wait(60)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/api/v1/me").status_code == 401
    except httpx.HTTPError:
        return False


def new_task(**fields: object) -> UUID:
    with unit_of_work() as session:
        definition = process(session, f"p-{uuid4().hex}")
        row = task_row(instance(session, definition), definition, **fields)
        rows.write(session, new=[row])
    task: UUID = row["id"]
    return task


def test_each_is_told_of_what_concerns_them_by_whatever_process(address: str) -> None:
    chen, liu = Browser(address, "chen"), Browser(address, "liu")
    task = new_task(candidate_groups=["sales"])
    assert chen.all() == {"counts"}
    assert liu.all() == set()
    with unit_of_work() as session:
        claiming.claim(session, task, CHEN)
    assert (chen.all(), liu.all()) == ({"counts"}, set())
    with unit_of_work() as session:
        notifications.notify(session, ["liu"], "nudged", user_task_id=task, params={"author": "x"})
    assert (liu.all(), chen.all()) == ({"counts", "notification"}, set())
    assert chen.headers["X-Accel-Buffering"] == "no"
    assert chen.headers["Content-Type"].startswith("text/event-stream")


def test_a_page_hears_of_the_tasks_it_shows_if_its_reader_may_see_them(address: str) -> None:
    task = new_task(assignee="chen")
    chen, sun = Browser(address, "chen", task), Browser(address, "sun", task)
    with unit_of_work() as session:
        claiming.reschedule(session, task, CHEN, {"priority": 80})
    assert f"task:{task}" in chen.all()
    assert sun.all() == set()


def test_what_is_rolled_back_is_not_told(address: str) -> None:
    chen = Browser(address, "chen")
    with pytest.raises(ZeroDivisionError), unit_of_work() as session:
        notifications.notify(session, ["chen"], "message", params={"subject": str(1 // 0)})
    assert chen.all() == set()


def test_who_is_signed_out_hears_no_more(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chen = Browser(address, "chen")
    with unit_of_work() as session:
        sign_in.close_session(session, chen.cookie)
    assert chen.next(hearing.LOOK + 60) == "signed_out"
    until = time.monotonic() + 60
    while not chen.ended and time.monotonic() < until:
        time.sleep(0.05)
    assert chen.ended


def test_nobody_listens_without_signing_in(address: str) -> None:
    answer = httpx.get(f"{address}/events", follow_redirects=False, timeout=60)
    assert answer.status_code in (303, 401)


def test_news_too_large_for_a_message_tells_everybody() -> None:
    many = News(people={f"somebody-{number}" for number in range(2_000)})
    assert News.load(many.dump()).everybody
    few = News(people={"陈"}, groups={"sales"}, told={"chen"}, tasks={"t"})
    assert News.load(few.dump()) == few


def test_a_group_is_told_by_its_name() -> None:
    stream = listening.Stream(LIU, b"", frozenset({"t"}), None)  # type: ignore[arg-type]
    assert stream.concerns(News(groups={"sales-director"})) == ["counts"]
    assert stream.concerns(News(groups={"sales"}, tasks={"t", "other"})) == ["task:t"]
    assert stream.concerns(News(everybody=True)) == ["counts", "notification", "task:t"]
    assert stream.concerns(News(told={"liu"})) == ["counts", "notification"]
    admin = listening.Stream(Principal("demo", "d", admin=True), b"", frozenset(), None)  # type: ignore[arg-type]
    assert admin.concerns(News(people={"chen"}, tasks={"t"})) == ["counts"]


def test_a_database_that_is_away_stops_nobody(company: str, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def away() -> Iterator[None]:
        raise sending.SQLAlchemyError("gone")
        yield

    class Engine:
        connect = staticmethod(away)

    monkeypatch.setattr(sending, "engine", Engine)
    with unit_of_work() as session:
        before = notifications.count_unread(session, "chen")
        notifications.notify(session, ["chen"], "message", params={"subject": "x"})
    with unit_of_work() as session:
        assert notifications.count_unread(session, "chen") == before + 1
