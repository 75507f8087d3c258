"""Measure the lists of the inbox: a page of 50, counts, facets, search, with 200,000 open tasks and 1,000,000 done.

    .venv/bin/python -m bench.inbox
    .venv/bin/python -m bench.inbox --open 20000 --done 100000
    .venv/bin/python -m bench.inbox --url postgresql+psycopg2://..   (a database of its own: filled if it is empty)

2,000 people in 60 groups and 40 departments, 10 processes of 5 steps, summaries and variables of about 300 bytes,
comments, files, copies. Each figure is taken for many people; the numbers are milliseconds, the SQL included.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

PEOPLE, GROUPS, DEPARTMENTS, PROCESSES, STEPS = 2_000, 60, 40, 10, 5
ROUNDS = 40
LATE = ("process:bench_3", "due:overdue")

COMPONENTS = [
    {"type": "textfield", "id": "customer", "key": "customer", "label": "客户"},
    {"type": "number", "id": "amount", "key": "amount", "label": "金额"},
    {"type": "textfield", "id": "product", "key": "product", "label": "产品"},
    {
        "type": "select",
        "id": "region",
        "key": "region",
        "label": "大区",
        "values": [{"value": "east", "label": "华东"}, {"value": "south", "label": "华南"}],
    },
]
FORM = {"type": "default", "id": "offer", "schemaVersion": 18, "components": COMPONENTS}

PEOPLE_SQL = """
INSERT INTO department (id, name) SELECT 'dep-' || n, '部门' || n FROM generate_series(0, {departments} - 1) n;
INSERT INTO user_group (id, name) SELECT 'group-' || n, '组' || n FROM generate_series(0, {groups} - 1) n;
INSERT INTO user_account (id, name, department_id, supervisor_id, admin, active)
SELECT 'user-' || n, '员工' || n, 'dep-' || n % {departments}, CASE WHEN n >= 200 THEN 'user-' || n % 200 END,
    n = 0, true
FROM generate_series(0, {people} - 1) n;
INSERT INTO membership (user_id, group_id)
SELECT DISTINCT 'user-' || n, 'group-' || g FROM generate_series(0, {people} - 1) n,
    LATERAL (VALUES (n % {groups}), (n / 7 % {groups})) AS two (g);
"""
CASES_SQL = """
INSERT INTO process_instance
    (id, root_id, definition_id, business_key, state, variables, search_text, revision, started_at, ended_at, initiator)
SELECT id, id, definition, key, CASE WHEN n <= {open} THEN 'active' ELSE 'completed' END,
    jsonb_build_object('customer', customer, 'amount', amount, 'product', '变频器 ' || n % 97, 'region',
        CASE WHEN n % 2 = 0 THEN 'east' ELSE 'south' END, 'note', repeat('说明', 40), 'decision', 'approve'),
    key || ' ' || customer || ' ' || amount, 1, at, CASE WHEN n > {open} THEN at + interval '2 days' END,
    'user-' || n % {people}
FROM (
    SELECT n, gen_random_uuid() AS id, (:definitions)[n % {processes} + 1] AS definition, 'SO-' || n AS key,
        (ARRAY['海尔', '美的', '格力', '西门子', '三一', '徐工', '比亚迪', '宁德'])[n % 8 + 1]
            || '集团第' || n % 4999 || '公司' AS customer,
        (n::bigint * 7919 % 1000000)::numeric / 100 AS amount, now() - n % 700000 * interval '1 minute' AS at
    FROM generate_series(1, {open} + {done}) n
) AS made
"""
TASKS_SQL = """
INSERT INTO user_task (id, process_instance_id, definition_id, element_id, name, state, assignee, candidate_groups,
    candidate_users, priority, due_at, follow_up_at, created_at, opened_at, completed_at, completed_by, outcome,
    delay_cost, rank_at, revision)
SELECT gen_random_uuid(), id, definition_id, 'step_' || n % {steps},
    (ARRAY['录入线索', '报价审批', '合同评审', '财务确认', '发货'])[n % {steps} + 1],
    CASE WHEN done THEN 'completed' ELSE 'open' END,
    CASE WHEN done OR n % 2 = 0 THEN 'user-' || n / 2 % {people} END,
    CASE WHEN n % 2 = 1 THEN ARRAY['group-' || n / 2 % {groups}] ELSE '{{}}' END,
    CASE WHEN n % 200 = 1 THEN ARRAY['user-' || n % {people}] ELSE '{{}}' END,
    CASE WHEN n % 20 = 0 THEN 90 ELSE 50 END,
    CASE WHEN n % 10 > 0 THEN now() + (n % 43200 - 8000) * interval '1 minute' END,
    CASE WHEN n % 50 = 0 THEN now() + interval '3 days' END,
    started_at, CASE WHEN n % 3 = 0 THEN started_at END, ended_at, CASE WHEN done THEN 'user-' || n / 2 % {people} END,
    CASE WHEN done THEN 'approve' END, CASE WHEN n % 3 = 0 THEN n % 5000 END, CASE WHEN NOT done THEN now() END, 1
FROM (
    SELECT id, definition_id, started_at, ended_at, state = 'completed' AS done,
        substr(business_key, 4)::int AS n FROM process_instance
) AS numbered
"""
BESIDE_SQL = """
INSERT INTO comment (id, process_instance_id, author, text, created_at)
SELECT gen_random_uuid(), id, 'user-1', '请尽快联系客户 ' || business_key || ' 并回复', now()
FROM process_instance WHERE state = 'active' AND substr(business_key, 4)::int % 4 = 0;
INSERT INTO copy (id, process_instance_id, recipient, sender, at, read_at)
SELECT gen_random_uuid(), id, 'user-' || substr(business_key, 4)::int / 3 % {people}, 'user-1', started_at,
    CASE WHEN substr(business_key, 4)::int % 2 = 0 THEN now() END
FROM process_instance WHERE state = 'active';
INSERT INTO watch (user_id, process_instance_id, since)
SELECT 'user-' || substr(business_key, 4)::int / 5 % {people}, id, started_at FROM process_instance
WHERE state = 'active' AND substr(business_key, 4)::int % 5 = 0;
INSERT INTO draft (id, user_id, user_task_id, values, saved_at)
SELECT gen_random_uuid(), assignee, id, '{{}}', now() FROM user_task
WHERE state = 'open' AND assignee IS NOT NULL AND priority = 90;
INSERT INTO task_decision (id, process_instance_id, action, actor, at, outcome)
SELECT gen_random_uuid(), id, 'approve', 'user-3', started_at, 'approve' FROM process_instance WHERE state = 'active';
INSERT INTO incident (id, process_instance_id, definition_id, element_id, code, message, created_at)
SELECT gen_random_uuid(), id, definition_id, 'step_1', 'expression_failed', 'There is no variable x', started_at
FROM process_instance WHERE state = 'active' AND substr(business_key, 4)::int % 1000 = 0;
"""


def model(number: int) -> bytes:
    """Draw a process of some steps in a row, each with the form."""
    names = [f"step_{each}" for each in range(STEPS)]
    tasks = "".join(
        f'<userTask id="{name}" name="{name}" camunda:formRef="offer" camunda:formRefBinding="latest" '
        f'camunda:candidateGroups="group-1"/>'
        for name in names
    )
    order = ["start", *names, "end"]
    flows = "".join(
        f'<sequenceFlow id="f{at}" sourceRef="{a}" targetRef="{b}"/>' for at, (a, b) in enumerate(pairwise(order))
    )
    summary = '<camunda:property name="inbox:summary" value="customer,amount,region"/>'
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="bench">'
        f'<process id="bench_{number}" name="流程 {number}" isExecutable="true"><extensionElements>'
        f'<camunda:properties>{summary}</camunda:properties></extensionElements><startEvent id="start"/>'
        f'{tasks}<endEvent id="end"/>{flows}</process></definitions>'
    ).encode()


def fill(opened: int, done: int) -> None:
    """Deploy the processes and write the rows."""
    from sqlalchemy import Uuid, bindparam, text
    from sqlalchemy.dialects.postgresql import ARRAY

    from process_server.bpmn import commands, queries
    from process_server.db import unit_of_work

    sizes = {"people": PEOPLE, "groups": GROUPS, "departments": DEPARTMENTS, "processes": PROCESSES, "steps": STEPS}
    sizes |= {"open": opened, "done": done}
    with unit_of_work() as session:
        files = {f"bench_{number}.bpmn": model(number) for number in range(PROCESSES)}
        commands.deploy(session, files | {"offer.form": json.dumps(FORM).encode()})
        definitions = [row["id"] for row in queries.list_definitions(session)]
        for sql in (PEOPLE_SQL, CASES_SQL, TASKS_SQL, BESIDE_SQL):
            began = time.perf_counter()
            statement = text(sql.format(**sizes))
            if ":definitions" in sql:
                statement = statement.bindparams(bindparam("definitions", definitions, ARRAY(Uuid)))
            session.execute(statement)
            print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
    rank()
    from process_server.db import engine

    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def rank() -> None:
    """Find the place of every open task, as the periodic job does."""
    from process_server.db import unit_of_work
    from process_server.tasks.deadlines import breach, ranking

    with unit_of_work() as session:
        breach.gather(session)
    began, ranked, found = time.perf_counter(), 0, 1
    while found:
        with unit_of_work() as session:
            found = ranking.sweep(session, 200)
        ranked += found
    print(f"{ranked} tasks ranked in {time.perf_counter() - began:.0f} s", flush=True)


def person(session: Any, number: int) -> Any:
    """Return somebody as they sign in."""
    from process_server.identity import users
    from process_server.identity.principal import Principal

    identifier = f"user-{number}"
    return Principal(identifier, identifier, users.groups_of(session, identifier), admin=number == 0)


def measure(name: str, people: list[int], ask: Callable[[Any, Any], Any]) -> None:
    """Print the median and the 95th percentile of asking on behalf of each of some people."""
    from process_server.db import unit_of_work

    times = []
    for number in people:
        with unit_of_work() as session:
            principal = person(session, number)
            began = time.perf_counter()
            ask(session, principal)
            times.append((time.perf_counter() - began) * 1000)
    times.sort()
    print(f"{name:<58} p50 {statistics.median(times):7.1f}  p95 {times[int(len(times) * 0.95)]:7.1f}", flush=True)


def lists(rounds: int) -> None:
    """Measure every list, then what is asked of the large ones."""
    from process_server.bpmn import queries
    from process_server.bpmn.queries.fields import columns_of
    from process_server.tasks.inbox import counting, facets
    from process_server.tasks.inbox import pages as inbox
    from process_server.tasks.inbox.pages import Query

    shown = [
        "title",
        "summary",
        "business_key",
        "process",
        "version",
        "progress",
        "initiator",
        "department",
        "received",
    ]
    shown += ["due", "priority", "assignee", "groups", "comment", "attachments", "decision", "draft", "state"]
    staff = random.Random(7).sample(range(200, PEOPLE), rounds)
    managers, admin = list(range(1, rounds + 1)), [0] * rounds

    def page(name: str, **query: Any) -> Callable[[Any, Any], Any]:
        def ask(session: Any, principal: Any) -> Any:
            columns = columns_of(session, name, principal)
            wanted = [each for each in shown if each in queries.DRAWN or columns.find(each)]
            return queries.inbox_page(session, columns, Query(name, **query), wanted)

        return ask

    def deep(name: str, **query: Any) -> Callable[[Any, Any], Any]:
        cursors: list[str | None] = []

        def ask(session: Any, principal: Any) -> Any:
            columns = columns_of(session, name, principal)
            if not cursors:
                cursors.append(inbox.page(session, columns, Query(name, **query), ["title"], limit=10_000).next)
            wanted = [each for each in shown if each in queries.DRAWN or columns.find(each)]
            return queries.inbox_page(session, columns, Query(name, **query), wanted, cursor=cursors[0])

        return ask

    def facet(name: str, **query: Any) -> Callable[[Any, Any], Any]:
        def ask(session: Any, principal: Any) -> Any:
            columns = columns_of(session, name, principal)
            return facets.facets(session, columns, Query(name, **query), facets.names(columns))

        return ask

    page("todo")(*_first(staff[0]))
    for name in ("todo", "queue", "done", "started", "copied", "watching", "drafts", "snoozed"):
        measure(name, staff, page(name))
    measure("on behalf", staff, _standing_in(page("on_behalf")))
    for name in ("team", "overdue"):
        measure(name, managers, page(name))
    for name in ("all", "overdue", "incidents"):
        measure(f"{name}, administrator", admin, page(name))
    measure("all counts", staff, lambda session, who: counting.count_lists(session, who))
    measure("all counts, managers", managers, lambda session, who: counting.count_lists(session, who))
    measure("all counts, administrator", admin, lambda session, who: counting.count_lists(session, who))
    for name, people in (("todo", staff), ("queue", staff), ("team", managers), ("all", admin), ("done", staff)):
        who = " (administrator)" if people is admin else ""
        measure(f"{name}{who}: filters", people, page(name, filters=("process:bench_3", "due:7d")))
        measure(f"{name}{who}: amount 100 to 200", people, page(name, filters=("field.amount:100..200",)))
        measure(f"{name}{who}: amount > 9990 and region", people, page(name, where="amount > 9990 and region = 'east'"))
        measure(f"{name}{who}: rare text", people, page(name, text="SO-1234"))
        measure(f"{name}{who}: two Chinese characters, frequent", people, page(name, text="海尔"))
        measure(f"{name}{who}: two Chinese characters, none", people, page(name, text="苹果"))
        measure(f"{name}{who}: text of comments", people, page(name, text="联系客户 SO-12"))
        if people is not admin:
            measure(f"{name}: by amount", people, page(name, sort="-field.amount"))
            measure(f"{name}: by customer", people, page(name, sort="field.customer"))
            measure(f"{name}: facets", people, facet(name))
    measure("all (administrator): by due date", admin, page("all", sort="due"))
    measure("all (administrator): by priority", admin, page("all", sort="-priority"))
    measure("all (administrator): deep page", admin, deep("all"))
    measure("one process, overdue (administrator): by amount", admin, page("all", filters=LATE, sort="-field.amount"))
    measure("all (administrator): facets", admin, facet("all"))
    measure("one process, overdue (administrator): facets", admin, facet("all", filters=LATE))


def _first(number: int) -> tuple[Any, Any]:
    from sqlalchemy.orm import Session

    from process_server.db import engine

    session = Session(engine())
    return session, person(session, number)


def _standing_in(ask: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    from dataclasses import replace

    def asked(session: Any, principal: Any) -> Any:
        number = int(principal.user_id.removeprefix("user-")) % (PEOPLE - 1)
        others = {f"user-{number + 1}": None, "user-7": frozenset({"bench_3"})}
        return ask(session, replace(principal, stands_in_for=others))

    return asked


def main() -> None:
    """Print all figures."""
    from bench import databases

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    databases.add_arguments(parser, opened=200_000, done=1_000_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="people for whom each figure is taken")
    arguments = parser.parse_args()
    with databases.filled(arguments):
        lists(arguments.rounds)


if __name__ == "__main__":
    main()
