"""What is sought in variables is found by its value and kind, and open tasks by the index on them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import cast, literal, select, text
from sqlalchemy.dialects.postgresql import JSONB

from process_server.bpmn.finders.tasks import OPEN_TASKS, variable_order
from process_server.bpmn.finders.variables import VariableCondition, holds
from process_server.db import Json, Session
from process_server.identity.principal import SYSTEM
from tests.integration.crm import process
from tests.statements import statements

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HELD = {
    "order": "SO-17",
    "amount": Decimal("50000.01"),
    "count": 3,
    "urgent": True,
    "none": None,
    "day": date(2026, 3, 1),
    "at": NOON,
    "list": [1, 2],
    "percent": "10%",
}


def found(session: Session, *sought: Any, **more: Any) -> bool:
    column = cast(literal(HELD, Json()), JSONB)
    return session.execute(select(holds(column, VariableCondition(*sought, **more)))).scalar() is True


@pytest.mark.parametrize(
    ("name", "operator", "value"),
    [
        ("order", "eq", "SO-17"),
        ("amount", "eq", Decimal("50000.010")),
        ("none", "eq", None),
        ("list", "eq", [1, 2]),
        ("day", "eq", date(2026, 3, 1)),
        ("order", "neq", "SO-18"),
        ("amount", "gt", 50000),
        ("count", "gteq", 3),
        ("count", "lt", Decimal("3.5")),
        ("order", "lteq", "SO-17"),
        ("at", "gt", datetime(2026, 3, 1, 11, tzinfo=UTC)),
        ("order", "like", "SO-%"),
        ("percent", "like", r"%\%"),
        ("order", "notLike", "AB%"),
    ],
)
def test_what_is_there_is_found(session: Session, name: str, operator: str, value: Any) -> None:
    assert found(session, name, operator, value)


@pytest.mark.parametrize(
    ("name", "operator", "value"),
    [
        ("order", "eq", "so-17"),
        ("count", "eq", "3"),
        ("list", "eq", [1]),
        ("missing", "eq", None),
        ("missing", "neq", "x"),
        ("order", "neq", "SO-17"),
        ("amount", "gt", Decimal("50000.01")),
        ("order", "gt", 5),
        ("missing", "notLike", "x"),
        ("order", "notLike", "SO%"),
    ],
)
def test_what_is_otherwise_is_not(session: Session, name: str, operator: str, value: Any) -> None:
    assert not found(session, name, operator, value)


def test_upper_and_lower_case_are_one_where_it_is_asked_for(session: Session) -> None:
    assert found(session, "order", "eq", "so-17", ignore_case=True)
    assert not found(session, "order", "neq", "so-17", ignore_case=True)
    assert found(session, "order", "like", "so%", ignore_case=True)
    assert found(session, "ORDER", "eq", "SO-17", ignore_case_of_name=True)
    assert not found(session, "ORDER", "eq", "so-17", ignore_case_of_name=True)


def plan_of(session: Session, wanted: Mapping[str, Any]) -> str:
    """Return how open tasks are found."""
    connection = session.connection()
    with statements(connection) as sent:
        OPEN_TASKS.count(session, SYSTEM, wanted)
    selects = [each for each in sent if each[0].startswith("SELECT")]
    plans = [connection.exec_driver_sql(f"EXPLAIN {sql}", given).scalars() for sql, given in selects]
    return "\n".join(line for plan in plans for line in plan)


CASES = """
INSERT INTO process_instance (id, root_id, definition_id, state, variables, revision, started_at)
SELECT gen_random_uuid(), gen_random_uuid(), :definition, 'active', jsonb_build_object('order', 'SO-' || n), 1, now()
FROM generate_series(1, 3000) AS n
"""
TASKS = """
INSERT INTO user_task (id, process_instance_id, definition_id, element_id, name, state, priority, created_at, revision)
SELECT gen_random_uuid(), id, definition_id, 'step', 'Step', 'open', 50, now(), 1 FROM process_instance
"""


def test_an_equal_variable_is_found_by_the_index(session: Session) -> None:
    session.execute(text(CASES), {"definition": process(session)})
    session.execute(text(TASKS))
    session.execute(text("ANALYZE user_task, process_instance"))
    sought = [VariableCondition("order", "eq", "SO-17")]
    assert "ix_process_instance_variables" in plan_of(session, {"process_variables": sought})


def test_a_variable_may_be_what_tasks_are_sorted_by(session: Session) -> None:
    order = variable_order("case", "number", "amount of it")
    sought = {"process_variables": [VariableCondition("order", "like", "SO-%")]}
    assert OPEN_TASKS.find(session, SYSTEM, sought, [(order, True)], 0, 5) == []
