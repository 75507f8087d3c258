"""Due timers: fired once each however many look for them, and one broken case does not hold up the others."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from process_server import clock
from process_server.bpmn import commands, jobs
from process_server.bpmn.engine.execution import Execution
from process_server.bpmn.models import Activity, Timer
from process_server.bpmn.runtime import live
from process_server.db import unit_of_work
from process_server.identity.principal import Principal
from tests.diagrams import boundary, end, flow, process, start, timer, user

ADMIN = Principal("admin", "Admin", admin=True)
WAITING = process(
    start(),
    f'<bpmn:intermediateCatchEvent id="wait">{timer("timeDuration", "PT1H")}</bpmn:intermediateCatchEvent>',
    end(),
    flow("start > wait > end"),
)
REPEATING = process(
    start(),
    user("work"),
    boundary("again", "work", timer("timeCycle", "R/PT1H"), interrupting=False),
    end("reminded"),
    end(),
    flow("start > work > end", "again > reminded"),
)


def begin(content: bytes, count: int = 1) -> list[str]:
    with unit_of_work() as session:
        commands.deploy(session, {"tiny.bpmn": content})
    with unit_of_work() as session:
        held = commands.latest(session, "tiny")
        return [str(commands.start_instance(session, held.id, {}, actor=ADMIN).id) for _ in range(count)]


def visits(element: str) -> int:
    with unit_of_work() as session:
        query = select(func.count()).where(Activity.element_id == element, Activity.outcome == "completed")
        return session.execute(query).scalar_one()


@pytest.fixture
def moved(database: str) -> Iterator[None]:
    with clock.frozen_shift():
        yield


def test_many_workers_fire_each_timer_once(moved: None) -> None:
    begin(WAITING, 40)
    clock.advance(timedelta(hours=2))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: jobs.fire_due_timers(), range(4)))
    assert visits("wait") == 40


def test_a_cycle_keeps_to_its_grid_and_does_not_catch_up_after_a_pause(moved: None) -> None:
    begin(REPEATING)
    with unit_of_work() as session:
        first = session.scalars(select(Timer.due_at)).one()
    clock.advance(timedelta(hours=5, minutes=20))
    assert jobs.fire_due_timers() == 1
    with unit_of_work() as session:
        assert session.scalars(select(Timer.due_at)).one() == first + timedelta(hours=5)
    assert visits("again") == 1


def test_a_case_that_breaks_does_not_hold_up_the_others(moved: None, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, *_ = begin(WAITING, 3)
    live.forget()
    fire = Execution.fire

    def break_one(execution: Execution, token: object) -> None:
        if str(execution.instance_id) == broken:
            raise RuntimeError("out of order")
        fire(execution, token)  # type: ignore[arg-type]

    monkeypatch.setattr(Execution, "fire", break_one)
    clock.advance(timedelta(hours=2))
    jobs.fire_due_timers()
    assert visits("wait") == 2
    monkeypatch.undo()
    clock.advance(timedelta(minutes=1))
    assert jobs.fire_due_timers() == 1
    assert visits("wait") == 3
