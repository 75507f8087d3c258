"""Trying again what could not go on: however often and by however many, each failure is one incident."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import UUID

import pytest

from process_server.bpmn import commands, queries
from process_server.db import unit_of_work
from process_server.errors import NotActive
from process_server.identity.principal import Principal
from tests.diagrams import end, flow, process, start

ADMIN = Principal("admin", "Admin", admin=True)
STUCK = process(
    start(),
    '<bpmn:scriptTask id="price"><bpmn:script>total = amount * rate</bpmn:script></bpmn:scriptTask>',
    end(),
    flow("start > price > end"),
)


def begin_stuck() -> tuple[UUID, UUID]:
    """Return an instance that lacks a variable, and its incident."""
    with unit_of_work() as session:
        commands.deploy(session, {"tiny.bpmn": STUCK})
    with unit_of_work() as session:
        held = commands.latest(session, "tiny")
        instance = commands.start_instance(session, held.id, {"amount": 2}, actor=ADMIN).id
    return instance, open_incidents(instance)[0]


def open_incidents(instance: UUID) -> list[UUID]:
    with unit_of_work() as session:
        return [row["id"] for row in queries.list_incidents(session, instance_id=instance)]


def test_what_fails_again_in_the_same_words_is_a_new_incident(database: str) -> None:
    instance, first = begin_stuck()
    with unit_of_work() as session:
        commands.retry_incident(session, first, actor=ADMIN)
    (second,) = open_incidents(instance)
    assert second != first
    with unit_of_work() as session:
        commands.retry_incident(session, second, actor=ADMIN, variables={"rate": 3})
    assert open_incidents(instance) == []
    with unit_of_work() as session:
        assert queries.get_instance(session, instance)["state"] == "completed"


def test_of_two_who_try_again_at_once_one_is_told_that_it_was_done(database: str) -> None:
    instance, incident = begin_stuck()
    tried = Event()

    def second() -> str:
        tried.wait()
        try:
            with unit_of_work() as session:
                commands.retry_incident(session, incident, actor=ADMIN)
        except NotActive:
            return "told"
        return "tried"

    with ThreadPoolExecutor(1) as pool:
        with unit_of_work() as session:
            commands.retry_incident(session, incident, actor=ADMIN)
            answer = pool.submit(second)
            tried.set()
            with pytest.raises(TimeoutError):
                answer.result(timeout=0.5)  # the other waits for the case
        assert answer.result(timeout=60) == "told"
    assert len(open_incidents(instance)) == 1
