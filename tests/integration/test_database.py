"""The fixtures keep tests apart, and the migrations agree with the models."""

import subprocess
import sys
from contextlib import nullcontext

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from process_server import db, migrations
from process_server.clock import now
from process_server.db import Base, Session, engine, unit_of_work
from process_server.embedded.postgres import Cluster
from process_server.errors import NoRoom
from process_server.identity.models import Group
from process_server.migrations import migrate


def groups(session: Session) -> int:
    return session.query(Group).count()


def test_session_sees_its_own_rows(session: Session) -> None:
    session.add(Group(id="sales", name="销售"))
    session.flush()
    assert groups(session) == 1


def test_session_is_rolled_back(session: Session) -> None:
    assert groups(session) == 0


def test_database_keeps_what_is_committed(database: str) -> None:
    with unit_of_work() as session:
        session.add(Group(id="sales", name="销售"))
    with unit_of_work() as session:
        assert groups(session) == 1


def test_database_is_fresh(database: str) -> None:
    with unit_of_work() as session:
        assert groups(session) == 0


def test_migrations_agree_with_the_models(database: str) -> None:
    def is_ours(_item: object, name: str | None, kind: str, reflected: bool, _other: object) -> bool:
        return not (kind == "table" and reflected and (name or "").startswith(("activity_", "alembic_")))

    with engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours})
        assert compare_metadata(context, Base.metadata) == []


def test_an_activity_of_any_month_has_a_partition(database: str) -> None:
    with engine().begin() as connection:
        connection.execute(
            text(
                "INSERT INTO activity (id, left_at, entered_at, process_instance_id, definition_id, element_id,"
                " element_type, outcome) VALUES (gen_random_uuid(), :at, :at, gen_random_uuid(), gen_random_uuid(),"
                " 'a', 'userTask', 'completed')"
            ),
            {"at": now()},
        )
        assert connection.scalar(text("SELECT count(*) FROM activity")) == 1


def empty(cluster: Cluster, name: str) -> Engine:
    cluster.create_database(name)
    return create_engine(cluster.url(name))


def test_migrating_twice_changes_nothing(cluster: Cluster) -> None:
    at = empty(cluster, "twice")
    assert migrations.pending(at)
    migrate(at)
    migrate(at)
    assert not migrations.pending(at)
    at.dispose()


def test_two_servers_migrate_at_once(cluster: Cluster) -> None:
    at = empty(cluster, "at_once")
    code = (
        "import sys; from sqlalchemy import create_engine; from process_server.migrations import migrate;"
        "migrate(create_engine(sys.argv[1]))"
    )
    url = cluster.url("at_once")
    both = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(2)]
    assert [one.wait(120) for one in both] == [0, 0]
    assert not migrations.pending(at)
    at.dispose()


def test_a_database_of_another_build_of_this_version_is_told_from_the_newest(database: str) -> None:
    with engine().begin() as connection:
        connection.execute(text("ALTER TABLE audit DROP COLUMN position"))
    with pytest.raises(migrations.SchemaMismatch, match=r"lacks audit\.position\."):
        migrate(engine())


def test_a_full_disk_is_told_of(database: str) -> None:
    with pytest.raises(NoRoom), unit_of_work() as session:
        session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$"))


def test_nobody_meets_a_connection_that_broke_while_it_rested(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for rest, survives in ((60.0, False), (-1.0, True)):
        monkeypatch.setattr(db, "_REST", rest)
        with unit_of_work() as session:
            backend = session.scalar(text("SELECT pg_backend_pid()"))
        other = create_engine(database, poolclass=NullPool)
        with other.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:backend, 60000)"), {"backend": backend})
        with nullcontext() if survives else pytest.raises(OperationalError), unit_of_work() as session:
            assert session.scalar(text("SELECT 1")) == 1
