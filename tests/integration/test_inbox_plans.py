"""Every list of the inbox reads an index, and no more rows than it shows, with 20,000 open tasks beside it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from process_server import db
from process_server.db import Session
from process_server.errors import InvalidInput
from process_server.identity.principal import Principal
from process_server.tasks.inbox import counting, facets
from process_server.tasks.inbox import pages as inbox
from process_server.tasks.inbox.columns import BusinessField, Columns
from process_server.tasks.inbox.lists import LISTS, listing
from process_server.tasks.inbox.pages import Query
from tests.integration.crm import CHEN, DEMO, LIU, people, process
from tests.statements import statements

OPEN, DONE = 21_000, 20_000
FIELDS = {"amount": BusinessField("amount", "金额", "Amount", "number")}
USER = Principal("user-7", "User", frozenset({"small"}), stands_in_for={"user-8": None})
SHOWN = [
    "title", "business_key", "process", "due", "comment", "attachments", "decision", "field.amount",
    "tags", "breach", "risk", "stuck_at",
]  # fmt: skip
SMALL = (None, "user_account", "tag")  # tables that are read whole

FILL = """
INSERT INTO process_instance
    (id, root_id, definition_id, business_key, state, initiator, variables, search_text, revision, started_at)
SELECT gen_random_uuid(), gen_random_uuid(), :definition, 'L-' || n,
    CASE WHEN n <= :open THEN 'active' ELSE 'completed' END, 'user-' || n % 200,
    jsonb_build_object('amount', n), 'L-' || n || ' 客户' || n % 50, 1, now() - n * interval '1 minute'
FROM generate_series(1, :open + :done) AS n;
INSERT INTO user_task (id, process_instance_id, definition_id, element_id, name, state, assignee,
    candidate_groups, candidate_users, priority, due_at, follow_up_at, created_at, completed_at, completed_by, rank,
    revision)
SELECT gen_random_uuid(), id, definition_id, 'step_' || n % 5, 'Step',
    CASE WHEN n <= :open THEN 'open' ELSE 'completed' END,
    CASE WHEN n % 3 = 0 OR n > :open THEN 'user-' || n % 200 WHEN n % 400 = 1 THEN 'chen' END,
    CASE WHEN n % 300 = 1 THEN ARRAY['small'] WHEN n % 3 > 0 THEN ARRAY['sales'] ELSE '{}' END,
    CASE WHEN n % 5000 = 1 THEN ARRAY['chen'] ELSE '{}' END,
    n % 100, CASE WHEN n % 2 = 0 THEN now() + (n - 500) * interval '1 minute' END,
    CASE WHEN n % 9 = 0 THEN now() + interval '1 day' END, now() - n * interval '1 minute',
    CASE WHEN n > :open THEN now() END, CASE WHEN n > :open THEN 'user-' || n % 200 END,
    CASE WHEN n % 2 = 0 AND n < 500 THEN -1e15 ELSE 0 END - n % 70, 1
FROM (SELECT id, definition_id, substr(business_key, 3)::int AS n FROM process_instance) AS numbered;
INSERT INTO comment (id, process_instance_id, author, text, created_at)
SELECT gen_random_uuid(), id, 'chen', 'Please call them', now() FROM process_instance;
INSERT INTO copy (id, process_instance_id, recipient, at)
SELECT gen_random_uuid(), id, initiator, started_at FROM process_instance;
INSERT INTO watch (user_id, process_instance_id, since) SELECT initiator, id, started_at FROM process_instance;
INSERT INTO draft (id, user_id, user_task_id, values, saved_at)
SELECT gen_random_uuid(), 'user-' || priority * 20 + row_number() OVER () % 20, id, '{}', now() FROM user_task
WHERE state = 'open';
INSERT INTO tag (id, name, created_by, created_at) SELECT gen_random_uuid(), 'tag-' || n, 'chen', now()
FROM generate_series(1, 20) n;
INSERT INTO task_tag (user_task_id, tag_id, tagged_by, at)
SELECT user_task.id, tag.id, 'chen', now() FROM user_task JOIN tag ON tag.name = 'tag-' || (priority + 1) / 5
WHERE state = 'open';
INSERT INTO step_history (definition_id, element_id, seconds, changed_at)
SELECT DISTINCT definition_id, element_id, (SELECT array_agg(n * 60.0 ORDER BY n) FROM generate_series(1, 500) n), now()
FROM user_task;
INSERT INTO incident (id, process_instance_id, definition_id, element_id, code, message, created_at)
SELECT gen_random_uuid(), id, definition_id, 'x', 'x', 'x', started_at FROM process_instance
WHERE business_key LIKE 'L-%00';
"""


@pytest.fixture(scope="module")
def full(_shared_database: str) -> Iterator[Session]:
    """A session, never committed, with as many tasks as a large company has open."""
    session = Session(db.create_engine(_shared_database, json_serializer=db.dump_json, json_deserializer=db.load_json))
    people(session)
    session.execute(text(FILL), {"definition": process(session), "open": OPEN, "done": DONE})
    tables = "user_task, process_instance, comment, copy, watch, draft, incident, tag, task_tag, step_history"
    session.execute(text(f"ANALYZE {tables}, process_definition, user_account"))
    yield session
    session.rollback()
    session.get_bind().dispose()


def plans_of(session: Session, ask: Any) -> list[dict[str, Any]]:
    """Return the plans of the statements that `ask` runs, each run and counted."""
    connection = session.connection()
    with statements(connection) as sent:
        ask()
    explain = "EXPLAIN (ANALYZE, FORMAT JSON) "
    plans = [connection.exec_driver_sql(explain + sql, given).scalar() for sql, given in sent]
    return [(json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"] for plan in plans]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def rows_read(plan: dict[str, Any]) -> int:
    """Return how many rows were read from tables, those a filter threw away included."""
    thrown = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    scans = [node for node in nodes(plan) if "Scan" in node["Node Type"] and node.get("Relation Name") not in SMALL]
    return int(
        sum((node["Actual Rows"] + sum(node.get(name, 0) for name in thrown)) * node["Actual Loops"] for node in scans)
    )


def look(session: Session, person: Principal, name: str, **query: Any) -> Any:
    columns = Columns(listing(name), person, FIELDS)
    shown = [each for each in SHOWN if columns.find(each) is not None]
    cursor = query.pop("cursor", None)
    return inbox.page(session, columns, Query(name, **query), shown, cursor=cursor)


@pytest.mark.parametrize(
    ("person", "name"),
    [(USER, name) for name in LISTS if name not in ("incidents", "all")]
    + [(CHEN, "queue"), (LIU, "team"), (LIU, "overdue"), (DEMO, "all"), (DEMO, "overdue"), (DEMO, "incidents")],
)
def test_a_list_reads_an_index_and_few_rows(full: Session, person: Principal, name: str) -> None:
    [plan] = plans_of(full, lambda: look(full, person, name))[-1:]
    scans = [node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"]
    assert not {"user_task", "process_instance", "copy", "watch", "draft", "comment"} & set(scans), plan
    assert rows_read(plan) < 2_500, plan


@pytest.mark.parametrize("sort", ["", "urgency", "due", "-due", "received", "-received", "priority", "-priority"])
def test_the_largest_list_is_never_sorted_whole(full: Session, sort: str) -> None:
    first = look(full, DEMO, "all", sort=sort)
    for cursor in (None, first.next):
        [plan] = plans_of(full, lambda at=cursor: look(full, DEMO, "all", sort=sort, cursor=at))
        assert rows_read(plan) < 1_000, plan


@pytest.mark.parametrize(("person", "name"), [(DEMO, "all"), (CHEN, "queue"), (USER, "todo")])
def test_a_tag_is_found_by_its_index(full: Session, person: Principal, name: str) -> None:
    [plan] = plans_of(full, lambda: look(full, person, name, filters=("tags:TAG-7",)))[-1:]
    assert not {"user_task", "process_instance"} & {
        node.get("Relation Name") for node in nodes(plan) if node["Node Type"] == "Seq Scan"
    }, plan
    assert rows_read(plan) < 6_000, plan


def test_a_list_too_large_is_not_sorted_by_what_no_index_serves(full: Session) -> None:
    with pytest.raises(InvalidInput) as refused:
        look(full, DEMO, "all", sort="field.amount")
    assert refused.value.problems[0]["code"] == "too_many_to_sort"
    assert look(full, DEMO, "all", sort="-field.amount", filters=("step:step_1",)).entries


def test_what_no_index_knows_is_sought_a_stretch_at_a_time(full: Session) -> None:
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        page = look(full, DEMO, "all", filters=("field.amount:20990..",), cursor=cursor)
        found += [entry.cells["field.amount"] for entry in page.entries]
        cursor, pages = page.next, pages + 1
    assert sorted(found) == list(range(20_990, 21_001))
    assert pages == 3


@pytest.mark.parametrize(("wanted", "found"), [("L-777", 11), ("L-20999", 1), ("nothing", 0), ("客户7", 50)])
def test_text_is_found_by_an_index(full: Session, wanted: str, found: int) -> None:
    plans = plans_of(full, lambda: look(full, DEMO, "all", text=wanted))
    assert sum(rows_read(plan) for plan in plans) < 12_000, plans
    assert len(look(full, DEMO, "all", text=wanted).entries) == found


def test_all_numbers_come_from_one_statement(full: Session) -> None:
    for person in (USER, LIU, DEMO):
        counting.count_lists(full, person)  # whom they manage is known from now on
        [plan] = plans_of(full, lambda who=person: counting.count_lists(full, who))
        assert rows_read(plan) < 10_000, plan
    assert counting.count_lists(full, DEMO)["all"] == 1_000


def test_facets_look_at_no_more_rows_than_they_count(full: Session) -> None:
    columns = Columns(listing("all"), DEMO, FIELDS)
    found = facets.facets(full, columns, Query("all"), ["process", "step", "due", "groups"])
    assert not found.complete
    assert sum(each.count for each in found.values["process"]) == facets.COUNTED_ROWS + 1
    rare = facets.facets(full, columns, Query("all", ("field.amount:20999..",)), ["process"])
    assert not rare.complete
    one = facets.facets(full, replace(columns, principal=CHEN, listing=listing("todo")), Query("todo"), ["step"])
    assert one.complete
