"""Jobs handed out to many who wait: in turn, each once, past those who want something else."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from process_server import clock
from process_server.bpmn import commands
from process_server.bpmn.commands import Order, Wanted, fetching
from process_server.bpmn.finders.variables import VariableCondition
from process_server.bpmn.runtime.free_jobs import FreeJobs
from process_server.broadcast import sending
from process_server.db import Session
from process_server.identity.principal import Principal
from tests.diagrams import end, flow, process, start

ADMIN = Principal("admin", "Admin", admin=True)
LONG = "t" * 100  # a topic longer than a name of PostgreSQL
MODEL = process(
    start(),
    '<bpmn:serviceTask id="work" camunda:type="external" camunda:topic="${topic}" />',
    end(),
    flow("start > work > end"),
)


def begin(session: Session, topic: str = "a", key: str | None = None) -> UUID:
    held = commands.latest(session, "tiny")
    running = commands.start_instance(session, held.id, {"topic": topic}, actor=ADMIN, business_key=key)
    return running.id


@pytest.fixture(autouse=True)
def deployed(session: Session) -> None:
    commands.deploy(session, {"tiny.bpmn": MODEL}, actor="admin")


def order(worker: str, *topics: str, limit: int = 1, **narrowed: Any) -> Order:
    return Order(worker, tuple(Wanted(topic=each, lock=timedelta(minutes=1), **narrowed) for each in topics), limit)


def served(session: Session, *orders: Order) -> dict[str, list[str | None]]:
    found = commands.hand_out(session, orders)
    return {orders[position].worker: [job.business_key for job in jobs] for position, jobs in found}


def test_who_came_first_is_served_first(session: Session) -> None:
    for key in ("1", "2", "3"):
        begin(session, key=key)
    orders = [order("w1", "a"), order("w2", "a", limit=5), order("w3", "a")]
    assert served(session, *orders) == {"w1": ["1"], "w2": ["2", "3"]}
    assert served(session, *orders) == {}


def test_who_wants_something_else_holds_nobody_up(session: Session) -> None:
    begin(session, key="1")
    begin(session, "b", key="2")
    where = (VariableCondition("topic", "eq", "c"),)
    orders = [
        order("w1", "a", business_key="9"),
        order("w2", "a", where=where),
        order("w3", "c"),
        order("w4", "a", "b", limit=2),
    ]
    assert served(session, *orders) == {"w4": ["1", "2"]}


def test_a_job_two_topics_mean_is_handed_out_once(session: Session) -> None:
    begin(session, key="1")
    begin(session, key="2")
    assert served(session, order("w1", "a", "a", limit=2)) == {"w1": ["1", "2"]}


def test_many_are_handed_out_in_parts(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "AT_ONCE", 2)
    for key in ("1", "2", "3"):
        begin(session, key=key)
    orders = [order(f"w{number}", "a") for number in range(4)]
    assert served(session, *orders) == {"w0": ["1"], "w1": ["2"]}
    assert served(session, *orders[2:]) == {"w2": ["3"]}


def test_what_is_free_and_when_more_will_be(session: Session) -> None:
    begin(session, LONG)
    assert fetching.topics_with_free(session, [LONG, "other"]) == {LONG}
    assert commands.next_free(session, [LONG]) is None
    (job,) = commands.fetch_and_lock(session, order("w1", LONG))
    assert fetching.topics_with_free(session, [LONG]) == set()
    assert commands.next_free(session, [LONG, "other"]) == job.locked_until
    commands.fail_job(session, job.id, "no", worker="w1", actor=ADMIN, retry_in=timedelta(hours=1))
    later = commands.next_free(session, [LONG])
    assert later is not None
    assert later > clock.now() + timedelta(minutes=59)
    with clock.travel(timedelta(hours=2)):
        assert fetching.topics_with_free(session, [LONG]) == {LONG}


def test_what_is_suspended_is_not_free(session: Session) -> None:
    instance = begin(session)
    commands.suspend_instance(session, instance, actor=ADMIN)
    assert fetching.topics_with_free(session, ["a"]) == set()
    assert served(session, order("w1", "a")) == {}


def test_a_job_that_came_back_is_free_unless_it_was_taken_again(session: Session) -> None:
    begin(session, key="1")
    (job,) = commands.fetch_and_lock(session, order("gone", "a"))
    commands.give_back(session, [job])
    assert served(session, order("w2", "a")) == {"w2": ["1"]}
    commands.give_back(session, [job])
    assert served(session, order("w3", "a")) == {}


def test_news_of_too_many_topics_are_news_of_all() -> None:
    few, many = FreeJobs({"a", "ü"}), FreeJobs({f"topic-{number}" for number in range(2_000)})
    assert FreeJobs.load(few.dump()) == few
    assert FreeJobs.load(many.dump()).any_topic
    few.add(many)
    assert len(few.dump().encode()) <= sending.LONGEST
    assert json.loads(few.dump()) is None
