"""How likely a task is to be late, reckoned from how long its step took before; and lists sorted by what that costs."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from process_server import clock
from process_server.clock import now
from process_server.db import Session, new_id, table_of
from process_server.tasks.deadlines import breach, pausing, ranking
from process_server.tasks.handling import claiming
from process_server.tasks.inbox import pages
from process_server.tasks.inbox.columns import Columns
from process_server.tasks.inbox.lists import listing
from process_server.tasks.inbox.pages import Query
from process_server.tasks.models import UserTask
from tests.integration.crm import CHEN, instance, people, process

HOUR = timedelta(hours=1)


@pytest.fixture
def case(session: Session) -> tuple[UUID, UUID]:
    """A case of a step whose twenty tasks took 1 to 20 hours."""
    people(session)
    definition = process(session)
    held = instance(session, definition)
    for hours in range(1, 21):
        done = now() - timedelta(days=hours)
        add(session, held, definition, state="completed", created_at=done - hours * HOUR, completed_at=done)
    assert breach.gather(session) == 1
    return held, definition


def add(session: Session, held: UUID, definition: UUID, **fields: Any) -> UUID:
    row = {
        "id": new_id(), "process_instance_id": held, "definition_id": definition, "element_id": "step", "name": "Step",
        "state": "open", "assignee": "chen", "priority": 50, "created_at": now(), "revision": 1,
    }  # fmt: skip
    session.execute(insert(table_of(UserTask)).values(row | fields))
    return UUID(str(row["id"]))


def due(hours: float, *, age: float = 0) -> dict[str, datetime]:
    begun = now() - age * HOUR
    return {"created_at": begun, "due_at": begun + hours * HOUR}


def shown(session: Session, *columns: str, sort: str = "") -> list[list[Any]]:
    page = pages.page(session, Columns(listing("todo"), CHEN), Query("todo", sort=sort), columns)
    return [[entry.cells[name] for name in columns] for entry in page.entries]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"hours": 10.5}, (10 + 0.5) / (20 + 1)),  # ten of twenty took longer
        ({"hours": 10.5, "age": 5.5}, (10 + 0.5) / (15 + 1)),  # of the fifteen still open at that age
        ({"hours": 30.0}, 0.5 / 21),
        ({"hours": 2.0, "age": 3.0}, 1),
    ],
)
def test_the_risk_is_the_share_of_the_steps_tasks_that_took_longer(
    session: Session, case: tuple[UUID, UUID], given: dict[str, float], expected: float
) -> None:
    add(session, *case, **due(**given))
    assert shown(session, "breach") == [[pytest.approx(Decimal(str(round(expected, 3))))]]


def test_nothing_is_said_where_nothing_is_known(session: Session, case: tuple[UUID, UUID]) -> None:
    add(session, *case)
    add(session, *case, **due(5), element_id="another")
    add(session, *case, **due(5), paused_at=now())
    assert shown(session, "breach") == [[None]] * 3


def test_a_list_is_sorted_by_what_delay_is_expected_to_cost(session: Session, case: tuple[UUID, UUID]) -> None:
    for name, hours, cost in (("small", 10.5, 10), ("large", 15.5, 1000), ("safe", 30.0, 100), ("free", 1.5, None)):
        add(session, *case, **due(hours), name=name, delay_cost=cost)
    assert [name for name, _ in shown(session, "title", "risk", sort="-risk")] == ["large", "small", "safe", "free"]
    assert shown(session, "risk", sort="-risk")[0] == [Decimal("262.000")]


def titles(session: Session, **given: Any) -> list[str]:
    return [title for [title] in shown(session, "title", **given)]


def test_a_list_begins_with_what_is_late_then_with_what_delay_costs_most(
    session: Session, case: tuple[UUID, UUID]
) -> None:
    for name, hours, cost in (
        ("soon", 2.0, None), ("likely", 10.5, 10), ("large", 15.5, 1000), ("late", -1.0, None), ("later", 30.0, None),
        ("late and dear", -0.5, 5), ("never", None, 1000),
    ):  # fmt: skip
        times = due(hours) if hours else {}
        add(session, *case, **times, name=name, delay_cost=cost, rank_at=now())
    assert ranking.sweep(session, 100) == 7
    expected = ["late and dear", "late", "large", "likely", "soon", "later", "never"]
    assert titles(session) == expected
    assert titles(session, sort="-urgency,-due") == expected[::-1]
    paged, cursor = [], None
    while cursor is not None or not paged:
        found = pages.page(session, Columns(listing("todo"), CHEN), Query("todo"), ["title"], cursor=cursor, limit=2)
        paged += [entry.cells["title"] for entry in found.entries]
        cursor = found.next
    assert paged == expected
    assert dict(shown(session, "title", "urgency"))["late and dear"] == 5


def test_a_tasks_place_is_reckoned_again_as_time_passes(session: Session, case: tuple[UUID, UUID]) -> None:
    free = add(session, *case, **due(10), name="free", rank_at=now() + 10 * HOUR)
    add(session, *case, **due(20), name="dear", delay_cost=100, rank_at=now())
    assert ranking.sweep(session, 100) == 1
    assert titles(session) == ["dear", "free"]
    with clock.travel(5 * HOUR):
        assert ranking.sweep(session, 100) == 1  # only what grew more likely to be late
    with clock.travel(11 * HOUR):
        assert ranking.sweep(session, 1) == 1
        assert ranking.sweep(session, 1) == 1
        assert ranking.sweep(session, 1) == 0
        assert titles(session) == ["free", "dear"]
        principal = replace(CHEN, admin=True)
        pausing.pause(session, free, principal=principal, reason="the customer has to answer")
        assert titles(session) == ["dear", "free"]
        pausing.resume(session, free, principal=principal)
        assert titles(session) == ["free", "dear"]
        claiming.reschedule(session, free, principal, {"due_at": now() + HOUR})
        assert titles(session) == ["dear", "free"]
