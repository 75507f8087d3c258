"""Every sweep reads the index of what is due, however much is not due yet or is over."""

import contextlib
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from process_server import db
from process_server.bpmn.batches import working
from process_server.bpmn.commands import Order, Wanted, fetching
from process_server.clock import now
from process_server.db import Session
from process_server.tasks.deadlines import ranking, reminders
from process_server.tasks.telling import delivering, gateways, mail
from tests.integration.crm import people, process
from tests.statements import statements

ROWS = 20_000


@pytest.fixture(scope="module")
def full(_shared_database: str) -> Iterator[Session]:
    """A session, never committed, in which hardly anything is due and a lot was."""
    session = Session(db.create_engine(_shared_database, json_serializer=db.dump_json, json_deserializer=db.load_json))
    people(session)
    given = {"definition": process(session), "rows": ROWS, "at": now(), "later": now() + timedelta(days=9)}
    for statement in (
        """
        INSERT INTO process_instance (id, root_id, definition_id, state, variables, revision, started_at)
        SELECT gen_random_uuid(), gen_random_uuid(), :definition, 'active', '{}', 1, :at FROM generate_series(1, :rows)
        """,
        """
        INSERT INTO user_task (id, process_instance_id, definition_id, element_id, name, state, assignee,
            candidate_groups, candidate_users, priority, due_at, created_at, rank_at, revision)
        SELECT gen_random_uuid(), id, definition_id, 'step', 'Step', 'open', 'chen', '{}', '{}', 50, :later, :at,
            CASE WHEN random() < 0.001 THEN :at ELSE :later END, 1
        FROM process_instance
        """,
        """
        INSERT INTO job (id, process_instance_id, definition_id, element_id, topic, connector, payload, priority,
            retries, attempts, next_attempt_at, created_at, suspended)
        SELECT gen_random_uuid(), id, definition_id, 'start', 'topic', false, '{}', 50, 3, 0,
            CASE WHEN random() < 0.001 THEN :at ELSE :later END, :at, false
        FROM process_instance
        """,
        """
        INSERT INTO task_moment (id, user_task_id, kind, at)
        SELECT gen_random_uuid(), id, 'due', CASE WHEN random() < 0.001 THEN :at ELSE :later END FROM user_task
        """,
        """
        INSERT INTO notification (id, recipient, kind, params, user_task_id, created_at, in_app, deliver_at)
        SELECT gen_random_uuid(), 'chen', 'task_due', '{}', id, :at, true, CASE WHEN random() < 0.001 THEN :at END
        FROM user_task
        """,
        """
        INSERT INTO mail (id, recipient, subject, body, state, attempts, next_attempt_at, created_at)
        SELECT gen_random_uuid(), 'a@example.com', '', '',
            CASE WHEN random() < 0.001 THEN 'pending' ELSE 'sent' END, 1, :at, :at
        FROM generate_series(1, :rows)
        """,
        """
        INSERT INTO delivery (id, channel, recipient, address, subject, body, state, attempts, next_attempt_at,
            created_at)
        SELECT gen_random_uuid(), 'sms', 'chen', '139', '', '',
            CASE WHEN random() < 0.001 THEN 'pending' ELSE 'sent' END, 1, :at, :at
        FROM generate_series(1, :rows)
        """,
        """
        INSERT INTO batch (id, kind, detail, item_count, suspended, created_at, created_by)
        SELECT gen_random_uuid(), 'suspend', '{}', 200, false, :at, 'system' FROM generate_series(1, 100)
        """,
        """
        INSERT INTO batch_item (batch_id, number, process_instance_id, state)
        SELECT id, number, gen_random_uuid(), CASE WHEN random() < 0.001 THEN 'pending' ELSE 'done' END
        FROM batch, generate_series(1, 200) AS number
        """,
        "ANALYZE process_instance, user_task, job, task_moment, notification, mail, delivery, batch, batch_item",
    ):
        session.execute(text(statement), given if ":" in statement else {})
    yield session
    session.rollback()
    session.get_bind().dispose()


def plan_of(session: Session, sweep: Callable[[Session], object]) -> str:
    """Return the plan of the first statement of a sweep: the one that looks for what is due."""
    connection = session.connection()
    with statements(connection) as sent, session.begin_nested() as point:
        sweep(session)
        point.rollback()
    statement, parameters = next(each for each in sent if not each[0].startswith("SAVEPOINT"))
    return "\n".join(line for [line] in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))


def work_on_a_batch(session: Session) -> None:
    """Take the next case of a batch; that there is no such case does not matter here."""
    with contextlib.suppress(working.ItemFailed):
        working.work_next(session)


ORDER = Order("worker", (Wanted(topic="topic", lock=timedelta(minutes=1)),))


@pytest.mark.parametrize(
    ("sweep", "index"),
    [
        (reminders.sweep, "ix_task_moment_due"),
        (lambda session: ranking.sweep(session, 200), "ix_user_task_rank_at"),
        (delivering.deliver, "ix_notification_to_deliver"),
        (mail.claim_due, "ix_mail_pending"),
        (lambda session: gateways.claim_due(session, "sms"), "ix_delivery_pending"),
        (lambda session: fetching.fetch_and_lock(session, ORDER), "ix_job_order"),
        (lambda session: fetching.topics_with_free(session, ["topic"]), "ix_job_free"),
        (lambda session: fetching.next_free(session, ["topic"]), "ix_job_free"),
        (lambda session: fetching.claim_connector_job(session, None, "worker", timedelta(1)), "ix_job_connector"),
        (work_on_a_batch, "ix_batch_item_pending"),
    ],
    ids=[
        "moments",
        "ranks",
        "notifications",
        "mails",
        "messages",
        "jobs",
        "topics",
        "next job",
        "connectors",
        "batches",
    ],
)
def test_what_is_due_is_found_by_its_index(full: Session, sweep: Callable[[Session], object], index: str) -> None:
    plan = plan_of(full, sweep)
    assert index in plan
    assert not re.search(r"Seq Scan on (task_moment|user_task|job|notification|mail|delivery|batch_item)\b", plan)
