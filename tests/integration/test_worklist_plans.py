"""Every list of the inbox reads an index, with 20,000 open tasks beside it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from process_server import db
from process_server.bpmn.models import ProcessInstance
from process_server.bpmn.visibility import only_visible
from process_server.clock import now
from process_server.db import Session, table_of
from process_server.identity.principal import Principal
from process_server.tasks.inbox.worklist import Filter, count_tasks, counts, list_tasks
from tests.integration.crm import CHEN, DEMO, LIU, people, process
from tests.statements import statements

OPEN, DONE = 20_000, 20_000


@pytest.fixture(scope="module")
def full(_shared_database: str) -> Iterator[Session]:
    """A session, never committed, with as many tasks as a large company has open: most of them offered to a group."""
    session = Session(db.create_engine(_shared_database, json_serializer=db.dump_json, json_deserializer=db.load_json))
    people(session)
    definition = process(session)
    session.execute(
        text(
            """
            INSERT INTO process_instance
                (id, root_id, definition_id, business_key, state, variables, revision, started_at)
            SELECT gen_random_uuid(), gen_random_uuid(), :definition, 'L-' || n, 'active', '{}', 1, now()
            FROM generate_series(1, :total) AS n
            """
        ),
        {"definition": definition, "total": OPEN + DONE},
    )
    session.execute(
        text(
            """
            INSERT INTO user_task (id, process_instance_id, definition_id, element_id, name, state, assignee,
                candidate_groups, candidate_users, priority, due_at, created_at, completed_at, completed_by, revision)
            SELECT gen_random_uuid(), id, definition_id, 'step', 'Step',
                CASE WHEN n <= :open THEN 'open' ELSE 'completed' END,
                CASE WHEN n % 3 = 0 THEN 'user-' || n % 200 WHEN n > :open OR n % 400 = 1 THEN 'chen' END,
                CASE WHEN n % 3 > 0 THEN ARRAY['sales'] WHEN n % 3000 = 0 THEN ARRAY['legal'] ELSE '{}' END,
                CASE WHEN n % 5000 = 1 THEN ARRAY['chen'] ELSE '{}' END,
                n % 100, CASE WHEN n % 2 = 0 THEN now() + n * interval '1 minute' END,
                now() - n * interval '1 minute',
                CASE WHEN n > :open THEN now() END, CASE WHEN n > :open THEN 'user-' || n % 200 END, 1
            FROM (SELECT id, definition_id, row_number() OVER () AS n FROM process_instance) AS numbered
            """
        ),
        {"open": OPEN},
    )
    session.execute(text("ANALYZE user_task, process_instance, process_definition, user_account"))
    yield session
    session.rollback()
    session.get_bind().dispose()


def plan_of(session: Session, ask) -> str:
    """Return the plan of the one statement that `ask` runs."""
    connection = session.connection()
    with statements(connection) as sent:
        ask()
    [(statement, parameters)] = sent
    return "\n".join(line for [line] in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))


USER = Principal("user-7", "User")
LAWYER = Principal("sun", "Sun", frozenset({"legal"}))


@pytest.mark.parametrize(
    ("person", "which", "sort", "index"),
    [
        (USER, "mine", "due", "ix_user_task_open_assignee"),
        (USER, "mine", "-due", "ix_user_task_open_assignee"),
        (USER, "mine", "created", "ix_user_task_open_assignee"),
        (USER, "mine", "-priority", "ix_user_task_open_assignee"),
        (CHEN, "claimable", "due", "ix_user_task_open_due"),
        (CHEN, "claimable", "created", "ix_user_task_open_created"),
        (CHEN, "claimable", "-priority", "ix_user_task_open_priority"),
        (LAWYER, "claimable", "due", "ix_user_task_claimable_groups"),
        (USER, "done", "-completed", "ix_user_task_done_by"),
        (LIU, "team", "due", "ix_user_task_open_assignee"),
        (DEMO, "all", "due", "ix_user_task_open_due"),
        (DEMO, "all", "-due", "ix_user_task_open_due"),
        (DEMO, "all", "created", "ix_user_task_open_created"),
        (DEMO, "all", "-created", "ix_user_task_open_created"),
        (DEMO, "all", "priority", "ix_user_task_open_priority"),
        (DEMO, "all", "-priority", "ix_user_task_open_priority"),
    ],
)
def test_a_list_reads_its_index(full: Session, person, which, sort, index) -> None:
    plan = plan_of(full, lambda: list_tasks(full, person, which, sort=sort))
    assert index in plan, plan
    assert "Seq Scan on user_task" not in plan, plan
    assert "Seq Scan on process_instance" not in plan, plan


@pytest.mark.parametrize("sort", ["due", "created", "priority"])
def test_a_deep_page_starts_where_the_last_one_ended(full: Session, sort) -> None:
    cursor = list_tasks(full, DEMO, "all", sort=sort, limit=500).next
    plan = plan_of(full, lambda: list_tasks(full, DEMO, "all", sort=sort, cursor=cursor))
    assert "Index Cond: (ROW(" in plan, plan
    assert "Sort" not in plan.replace("Presorted", ""), plan


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Filter(candidate_group="legal"), "ix_user_task_claimable_groups"),
        (Filter(candidate_user="chen"), "ix_user_task_claimable_users"),
        (Filter(assignee="user-7"), "ix_user_task_open_assignee"),
        (Filter(business_key="L-77"), "ix_process_instance_business_key"),
        (Filter(due_before=now()), "ix_user_task_open_due"),
    ],
)
def test_a_filter_reads_its_index(full: Session, wanted: Filter, index: str) -> None:
    plan = plan_of(full, lambda: list_tasks(full, DEMO, "all", wanted))
    assert index in plan, plan
    assert "Seq Scan on user_task" not in plan, plan


def test_a_count_stops_when_it_has_counted_enough(full: Session) -> None:
    assert count_tasks(full, DEMO, "all") == 1_000
    assert "Limit" in plan_of(full, lambda: counts(full, CHEN))


def test_cases_are_seen_by_what_somebody_has_to_do_with(full: Session) -> None:
    person = replace(LAWYER, stands_in_for={"user-7": None})
    plan = plan_of(full, lambda: full.execute(only_visible(select(table_of(ProcessInstance).c.id), person)))
    for index in ("assignee", "done_by", "owner", "users", "groups"):
        assert f"ix_user_task_{index}" in plan, plan
    assert "ix_copy_recipient" in plan, plan
    assert "Seq Scan on user_task" not in plan, plan
