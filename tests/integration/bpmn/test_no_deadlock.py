"""Handing a task on while its process moves: one waits for the other, and neither is a victim of a deadlock."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest

from process_server.bpmn import commands
from process_server.db import unit_of_work
from process_server.errors import ProcessServerError
from process_server.identity.principal import Principal
from process_server.tasks.handling import comments, handing
from tests.diagrams import end, flow, process, start, user
from tests.integration.bpmn.test_commands import tasks
from tests.integration.crm import CHEN, DEMO, people

MODEL = process(
    start(),
    user("a", 'camunda:assignee="chen"'),
    user("b", 'camunda:assignee="chen"'),
    end(),
    flow("start > a > b > end"),
)


@pytest.fixture
def cases(database: str) -> list[tuple[UUID, UUID]]:
    with unit_of_work() as session:
        people(session)
        commands.deploy(session, {"tiny.bpmn": MODEL})
    found = []
    for _ in range(15):
        with unit_of_work() as session:
            held = commands.latest(session, "tiny")
            case = commands.start_instance(session, held.id, {}, actor=DEMO).id
            found.append((case, tasks(session, case)[0].id))
    return found


def test_completing_transferring_and_commenting_at_once(cases: list[tuple[UUID, UUID]]) -> None:
    def attempt(who: Principal, task: UUID, barrier: Barrier) -> str:
        barrier.wait()
        try:
            with unit_of_work() as session:
                if who is CHEN:
                    commands.complete_user_task(session, task, {}, actor=CHEN)
                elif who is DEMO:
                    handing.transfer(session, task, "zhou", principal=DEMO)
                else:
                    comments.comment_on_task(session, task, who, "?")
        except ProcessServerError as error:
            return error.code
        return "done"

    third = Principal("liu", "刘强", admin=True)
    with ThreadPoolExecutor(3) as threads:
        for _, task in cases:
            barrier = Barrier(3)
            outcomes = [
                future.result() for future in [threads.submit(attempt, p, task, barrier) for p in (CHEN, DEMO, third)]
            ]
            assert outcomes[2] == "done"
            assert outcomes[:2] in (["done", "already_completed"], ["handed_on", "done"])
