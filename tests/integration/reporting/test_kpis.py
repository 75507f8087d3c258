"""Key figures against what one reckons by hand from the same history."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from process_server import clock
from process_server.bpmn import commands
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.reporting import kpis
from process_server.reporting.funnel import funnel
from process_server.reporting.period import Period, days, last_days
from process_server.tasks.handling import claiming
from process_server.tasks.models import UserTask
from tests.diagrams import end, flow, process, start, user

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # nine in the morning in Shanghai
HOUR = 3600.0
CHEN = Principal("chen", "Chen", frozenset({"sales"}), admin=True)


def milestone(name: str) -> str:
    return (
        '<bpmn:extensionElements><camunda:properties><camunda:property name="funnel" '
        f'value="{name}" /></camunda:properties></bpmn:extensionElements>'
    )


MODEL = process(
    start(),
    user("call", 'camunda:candidateGroups="sales" camunda:dueDate="${dateTime().plusHours(5)}"', milestone("calls")),
    '<bpmn:exclusiveGateway id="decided" default="decided_to_lost" />',
    user("offer", 'camunda:assignee="chen"'),
    end("won", milestone("wins")),
    end("lost"),
    flow("start > call > decided > offer > won", "decided > lost", decided_to_offer="${interested}"),
    key="deal",
)


def about(seconds: float) -> Any:
    """The clock is moved, not stopped: what is done takes its time as well."""
    return pytest.approx(seconds, abs=60)


def at(hours: float) -> timedelta:
    return MONDAY + timedelta(hours=hours) - clock.now()


def begin(session: Session, hours: float) -> UUID:
    with clock.travel(at(hours)):
        held = commands.latest(session, "deal")
        return commands.start_instance(session, held.id, {}, actor=CHEN).id


def task(session: Session, instance: UUID) -> UUID:
    query = select(UserTask.id).where(UserTask.process_instance_id == instance, UserTask.state == "open")
    return session.execute(query).scalar_one()


def work(session: Session, instance: UUID, claimed: float, completed: float, **values: object) -> None:
    identity = task(session, instance)
    with clock.travel(at(claimed)):
        claiming.claim(session, identity, CHEN)
        claiming.open_task(session, identity, CHEN)
    with clock.travel(at(completed)):
        commands.complete_user_task(session, identity, values, actor=CHEN)


@pytest.fixture
def history(session: Session) -> Iterator[Session]:
    """Six deals on one Monday: five are called on, one is left open; two are won, of which one is open still.

    deal  started  claimed  called  offer opened  offer done
    1     0        1        2       4             6          won after 6 h
    2     0        2        6       .             .          lost after 6 h (called after its due time of 5 h)
    3     1        2        3       .             .          lost after 2 h
    4     2        3        5       .             .          lost after 3 h
    5     2        4        6       7             9          won after 7 h
    6     3        .        .       .             .          open, due at 8
    """
    with clock.travel(at(-1)):
        commands.deploy(session, {"deal.bpmn": MODEL})
    first, second, third = begin(session, 0), begin(session, 0), begin(session, 1)
    fourth, fifth, _sixth = begin(session, 2), begin(session, 2), begin(session, 3)
    work(session, first, 1, 2, interested=True)
    work(session, first, 4, 6)
    work(session, second, 2, 6, interested=False)
    work(session, third, 2, 3, interested=False)
    work(session, fourth, 3, 5, interested=False)
    work(session, fifth, 4, 6, interested=True)
    work(session, fifth, 7, 9)
    with clock.travel(at(24)):
        yield session


def monday() -> Period:
    return days(MONDAY.date(), MONDAY.date())


def test_throughput_counts_what_began_and_ended_in_the_period(history: Session) -> None:
    (row,) = kpis.throughput(history, monday())
    assert (row["started"], row["completed"], row["cancelled"], row["per_day"]) == (6, 5, 0, 5.0)


def test_days_begin_at_midnight_of_the_company(history: Session) -> None:
    rows = kpis.daily(history, last_days(2))
    assert [(row["started"], row["completed"], row["in_progress"]) for row in rows] == [(6, 5, 1), (0, 0, 1)]


def test_work_in_progress_at_an_instant(history: Session) -> None:
    (row,) = kpis.in_progress(history, MONDAY + timedelta(hours=4))
    assert (row["in_progress"], row["oldest"]) == (5, about(4 * HOUR))


def test_cycle_time_is_nearest_rank(history: Session) -> None:
    (row,) = kpis.cycle_time(history, monday())
    # in order: 2, 3, 6, 6, 7 hours
    assert (row["n"], row["average"], row["p50"], row["p90"]) == (
        5,
        about(24 / 5 * HOUR),
        about(6 * HOUR),
        about(7 * HOUR),
    )


def test_few_cases_give_no_percentiles(history: Session) -> None:
    rows = {row["element_id"]: row for row in kpis.step_times(history, monday())}
    assert rows["call"]["p90"] is not None
    assert (rows["offer"]["n"], rows["offer"]["p50"], rows["offer"]["p90"]) == (2, None, None)


def test_waiting_ends_when_somebody_takes_or_opens_the_task(history: Session) -> None:
    rows = {row["element_id"]: row for row in kpis.step_times(history, monday())}
    # waiting for a claim: 1, 2, 1, 1, 2 hours; working: 1, 4, 1, 2, 2
    assert rows["call"]["waiting"] == about(7 / 5 * HOUR)
    assert rows["call"]["working"] == about(10 / 5 * HOUR)
    # assigned at once, so waiting until opened: 2 and 1; working: 2 and 2
    assert rows["offer"]["waiting"] == about(1.5 * HOUR)
    assert rows["offer"]["working"] == about(2 * HOUR)


def test_open_overdue_tasks_count_as_late(history: Session) -> None:
    (row,) = kpis.on_time(history, monday())
    # due 5 hours after the start; the second deal was called at 6, the sixth not at all
    assert (row["n"], row["on_time"], row["rate"]) == (6, 4, pytest.approx(4 / 6))
    assert kpis.overdue(history, clock.now())[0] == {"bucket": "0-1d", "n": 1}
    assert kpis.overdue(history, clock.now(), "another")[0] == {"bucket": "0-1d", "n": 0}


def test_open_work_says_where_time_is_being_lost(history: Session) -> None:
    (row,) = kpis.open_work(history, clock.now())
    assert (row["element_id"], row["open"], row["overdue"], row["unassigned"]) == ("call", 1, 1, 1)
    assert row["oldest"] == about(21 * HOUR)


def test_the_funnel_follows_one_cohort(history: Session) -> None:
    report = funnel(history, monday(), "deal")
    assert (report["started"], report["open"]) == (6, 1)
    stages = [(stage["element_id"], stage["passed"], stage["bottleneck"]) for stage in report["stages"]]
    assert stages == [("call", 5, False), ("won", 2, True)]
    assert report["stages"][1]["of_previous"] == pytest.approx(2 / 5)
