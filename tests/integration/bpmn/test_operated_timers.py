"""Running timers in the hands of operators: moved, read anew from the model, fired at once, suspended."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Row, select

from process_server import clock
from process_server.bpmn import commands
from process_server.bpmn.models import ProcessInstance, Timer
from process_server.db import Session, table_of
from process_server.errors import NotFound
from process_server.identity import audit
from process_server.identity.principal import Principal
from tests.diagrams import boundary, end, flow, process, start, timer, user

ADMIN = Principal("admin", "Admin", admin=True)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
_timer = table_of(Timer)


def waiting(kind: str = "timeDuration", text: str = "PT1H") -> bytes:
    """A case that waits for a timer."""
    wait = f'<bpmn:intermediateCatchEvent id="wait">{timer(kind, text)}</bpmn:intermediateCatchEvent>'
    return process(start(), wait, end(), flow("start > wait > end"))


REPEATING = process(
    start(),
    user("work"),
    boundary("again", "work", timer("timeCycle", "R/PT1H"), interrupting=False),
    end("reminded"),
    end(),
    flow("start > work > end", "again > reminded"),
)


def begin(session: Session, content: bytes, **variables: object) -> UUID:
    """Deploy a process and start it."""
    commands.deploy(session, {"tiny.bpmn": content})
    held = commands.latest(session, "tiny")
    return commands.start_instance(session, held.id, variables, actor=ADMIN).id


def the_timer(session: Session, instance: UUID) -> Row[tuple[object, ...]]:
    """The only timer of a case."""
    return session.execute(select(_timer).where(_timer.c.process_instance_id == instance)).one()


def state(session: Session, instance: UUID) -> str:
    """Whether a case goes on."""
    return str(session.scalar(select(ProcessInstance.state).where(ProcessInstance.id == instance)))


def test_a_moved_timer_fires_when_it_was_moved_to(session: Session) -> None:
    instance = begin(session, waiting())
    before = the_timer(session, instance)
    commands.reschedule_timer(session, before.id, before.due_at + 2 * HOUR, actor=ADMIN)
    moved = the_timer(session, instance)
    assert (moved.id, moved.created_at, moved.due_at) == (before.id, before.created_at, before.due_at + 2 * HOUR)
    with clock.travel(HOUR + SECOND):
        assert not commands.fire_timers(session)
    with clock.travel(3 * HOUR + SECOND):
        assert commands.fire_timers(session) == 1
    assert state(session, instance) == "completed"
    [entry] = audit.entries_of(session, "timer", before.id)
    assert (entry.actor, entry.action, entry.detail["element"]) == ("admin", "reschedule", "wait")


def test_one_firing_of_a_cycle_moves_alone_or_with_those_after_it(session: Session) -> None:
    instance = begin(session, REPEATING)
    first = the_timer(session, instance)
    commands.reschedule_timer(session, first.id, first.due_at + HOUR / 2, actor=ADMIN)
    with clock.travel(1.5 * HOUR + SECOND):
        assert commands.fire_timers(session) == 1
    second = the_timer(session, instance)
    assert second.due_at == first.due_at + HOUR
    commands.reschedule_timer(session, second.id, second.due_at + HOUR / 4, actor=ADMIN, whole_cycle=True)
    with clock.travel(2.25 * HOUR + SECOND):
        assert commands.fire_timers(session) == 1
    assert the_timer(session, instance).due_at == first.due_at + 2 * HOUR + HOUR / 4


def test_a_timer_is_read_anew_from_the_model(session: Session) -> None:
    instance = begin(session, waiting(text="${delay}"), delay="PT1H")
    before = the_timer(session, instance)
    commands.set_variables(session, instance, {"delay": "PT3H"}, actor=ADMIN)
    commands.recalculate_timer(session, before.id, actor=ADMIN)
    assert abs(the_timer(session, instance).due_at - before.due_at - 2 * HOUR) < SECOND
    with clock.travel(HOUR):
        commands.recalculate_timer(session, before.id, actor=ADMIN, from_creation=False)
    assert abs(the_timer(session, instance).due_at - before.due_at - 3 * HOUR) < SECOND


def test_a_timer_fires_at_once_when_told_to(session: Session) -> None:
    instance = begin(session, waiting())
    commands.fire_timer_now(session, the_timer(session, instance).id, actor=ADMIN)
    assert state(session, instance) == "completed"


def test_a_suspended_timer_does_not_fire_until_it_is_let_go(session: Session) -> None:
    instance = begin(session, waiting())
    held = the_timer(session, instance)
    commands.suspend_job(session, held.id, True, actor=ADMIN)
    with clock.travel(2 * HOUR):
        assert not commands.fire_timers(session)
        commands.suspend_job(session, held.id, False, actor=ADMIN)
        assert commands.fire_timers(session) == 1


def test_a_start_event_is_moved_and_fired_as_well(session: Session) -> None:
    content = process(start(inside=timer("timeCycle", "R/PT1H")), user("work"), end(), flow("start > work > end"))
    commands.deploy(session, {"tiny.bpmn": content})
    held = session.execute(select(_timer).where(_timer.c.process_instance_id.is_(None))).one()
    commands.reschedule_timer(session, held.id, held.due_at + HOUR / 2, actor=ADMIN)
    commands.fire_timer_now(session, held.id, actor=ADMIN)
    assert session.scalar(select(ProcessInstance.state)) == "active"
    commands.recalculate_timer(session, held.id, actor=ADMIN)
    assert session.execute(select(_timer.c.due_at).where(_timer.c.id == held.id)).scalar_one() == held.due_at


def test_there_is_no_timer_of_that_id(session: Session) -> None:
    with pytest.raises(NotFound):
        commands.reschedule_timer(session, UUID(int=1), clock.now(), actor=ADMIN)
    with pytest.raises(NotFound):
        commands.suspend_job(session, UUID(int=1), True, actor=ADMIN)
