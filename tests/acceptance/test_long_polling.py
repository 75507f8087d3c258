"""Workers that wait for jobs: served at once when there are some, in turn, and never when they have gone."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from process_server.api.processes import long_polling
from process_server.app import app
from process_server.bpmn import commands
from process_server.bpmn.models import Job
from process_server.db import unit_of_work
from tests import loops
from tests.acceptance.client import Client
from tests.diagrams import end, flow, process, start

SHIPPING = process(
    start(),
    '<bpmn:serviceTask id="ship" camunda:type="external" camunda:topic="shipping" />',
    end(),
    flow("start > ship > end"),
    key="shipping",
)


@pytest.fixture(autouse=True)
def deployed(demo: Client) -> None:
    demo.deploy({"shipping.bpmn": SHIPPING})


@pytest.fixture
def worker(sign_in: Callable[..., Client]) -> Client:
    """A system that may work jobs, and nothing else."""
    return sign_in("li", "jobs")


@pytest.fixture
def meanwhile() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool
        long_polling.dismiss_all()


def fetch(worker: Client, name: str = "w", wait: str = "PT20S", **more: Any) -> list[dict[str, Any]]:
    topics = [{"topic": "shipping", "lock": more.pop("lock", "PT1M")}]
    jobs: list[dict[str, Any]] = worker.post("/jobs/fetch-and-lock", worker=name, topics=topics, wait=wait, **more)[
        "jobs"
    ]
    return jobs


def waiting() -> int:
    return len(long_polling._desk._queue)


def until_waiting(number: int) -> None:
    end_ = time.monotonic() + 60
    while waiting() != number:
        assert time.monotonic() < end_, f"{waiting()} wait"
        time.sleep(0.01)


def begin(demo: Client, key: str | None = None) -> None:
    demo.post("/instances", 201, definition_key="shipping", business_key=key)


def test_who_waits_gets_a_job_as_soon_as_there_is_one(
    demo: Client, worker: Client, meanwhile: ThreadPoolExecutor
) -> None:
    polling = meanwhile.submit(fetch, worker)
    until_waiting(1)
    begin(demo, "K-1")
    (job,) = polling.result(60)
    assert (job["business_key"], job["topic"]) == ("K-1", "shipping")
    assert waiting() == 0


def test_each_job_goes_to_one_and_who_came_first_gets_the_first(
    demo: Client, worker: Client, meanwhile: ThreadPoolExecutor
) -> None:
    polling: list[Future[list[dict[str, Any]]]] = []
    for number in range(4):
        polling.append(meanwhile.submit(fetch, worker, f"w{number}"))
        until_waiting(number + 1)
    for key in ("first", "second"):
        begin(demo, key)
    got = [[job["business_key"] for job in each.result(60)] for each in polling[:2]]
    assert got == [["first"], ["second"]]
    assert waiting() == 2
    long_polling.dismiss_all()
    assert [each.result(60) for each in polling[2:]] == [[], []]


def test_the_end_of_a_lock_wakes_who_waits(demo: Client, worker: Client, meanwhile: ThreadPoolExecutor) -> None:
    begin(demo)
    (job,) = fetch(worker, "dies", lock="PT0.4S")
    (again,) = meanwhile.submit(fetch, worker, "lives").result(60)
    assert again["id"] == job["id"]


def test_the_end_of_a_pause_wakes_who_waits(demo: Client, worker: Client, meanwhile: ThreadPoolExecutor) -> None:
    begin(demo)
    (job,) = fetch(worker)
    polling = meanwhile.submit(fetch, worker)
    until_waiting(1)
    worker.post(f"/jobs/{job['id']}/fail", worker="w", message="no stock", retry_in="PT0.3S")
    (again,) = polling.result(60)
    assert (again["error"], again["retries"]) == ("no stock", 2)


def test_time_that_is_over_is_answered_with_nothing(worker: Client) -> None:
    assert fetch(worker, wait="PT0.1S") == []
    assert waiting() == 0


def test_nobody_waits_longer_than_half_an_hour_or_without_leave(demo: Client, worker: Client, chen: Client) -> None:
    sent = {"worker": "w", "topics": [{"topic": "shipping"}], "wait": "PT30M1S"}
    error = worker.error("POST", "/jobs/fetch-and-lock", 422, json=sent)
    assert error["problems"][0]["field"] == "wait"
    chen.error("POST", "/jobs/fetch-and-lock", 403, json=sent | {"wait": "PT1S"})


def test_who_has_gone_locks_nothing(demo: Client, worker: Client) -> None:
    """Speaks ASGI itself: the test client cannot leave while it waits."""
    body = b'{"worker": "gone", "topics": [{"topic": "shipping"}], "wait": "PT20S"}'
    told: list[Any] = []

    async def call() -> None:
        left = asyncio.Event()
        parts = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            if parts:
                return parts.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            told.append(message)

        headers = {**worker.headers, "Content-Type": "application/json"}
        scope = {
            "type": "http", "method": "POST", "path": "/api/v1/jobs/fetch-and-lock", "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip
        asking = asyncio.create_task(app(scope, receive, send))
        while not waiting():
            await asyncio.sleep(0.01)
        left.set()
        await asyncio.wait_for(asking, 10)

    loops.run(call())
    assert waiting() == 0
    begin(demo)
    with unit_of_work() as session:
        assert session.scalars(select(Job.locked_by)).all() == [None]
    assert len(fetch(worker)) == 1


def test_an_answer_nobody_takes_is_given_back(demo: Client, worker: Client) -> None:
    begin(demo)
    (job,) = fetch(worker, "gone", lock="PT1H")
    with unit_of_work() as session:
        held = session.scalars(select(Job)).one()
        taken = commands.LockedJob(**_locked(held))
    long_polling._desk.take_back([taken])
    assert [again["id"] for again in fetch(worker, "next")] == [job["id"]]


def _locked(job: Job) -> dict[str, Any]:
    shared = (
        "id",
        "topic",
        "process_instance_id",
        "definition_id",
        "element_id",
        "payload",
        "priority",
        "retries",
        "attempts",
    )
    return {name: getattr(job, name) for name in (*shared, "locked_until", "created_at", "error", "error_details")} | {
        "worker": job.locked_by,
        "definition_key": "shipping",
        "definition_version": 1,
        "version_tag": None,
        "business_key": None,
        "variables": {},
    }


def test_an_order_that_cannot_be_carried_out_is_its_workers_alone(
    demo: Client, worker: Client, meanwhile: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching = commands.hand_out

    def fails_for_one(session: Any, orders: Any) -> Any:
        if any(order.worker == "odd" for order in orders):
            raise ValueError("cannot be")
        return fetching(session, orders)

    monkeypatch.setattr(commands, "hand_out", fails_for_one)
    odd = meanwhile.submit(worker.call, "POST", "/jobs/fetch-and-lock", 500, json={
        "worker": "odd", "topics": [{"topic": "shipping"}], "wait": "PT20S",
    })  # fmt: skip
    assert odd.result(60)["error"]["code"] == "error"
    polling = meanwhile.submit(fetch, worker)
    until_waiting(1)
    begin(demo)
    assert len(polling.result(60)) == 1
