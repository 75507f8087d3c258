"""A backup brings everything back, and nothing is lost by accident."""

from pathlib import Path

import pytest
from sqlalchemy import text

from process_server import backup, health
from process_server.clock import now
from process_server.db import unit_of_work
from process_server.identity.models import Group, User


def silent(_part: float, _where: str) -> None:
    pass


def content() -> dict[str, list[str]]:
    """Return every row of every table as text."""
    with unit_of_work() as session:
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).all()
        return {table: sorted(session.scalars(text(f'SELECT t::text FROM "{table}" t')).all()) for table in tables}


@pytest.fixture
def archive(database: str, tmp_path: Path) -> tuple[Path, dict[str, list[str]]]:
    """An archive, and what the database held when it was written."""
    with unit_of_work() as session:
        session.add(Group(id="sales", name="销售"))
        session.add(User(id="chen", name="陈静", attributes={"region": "华东"}, created_at=now()))
        session.execute(
            text(
                "INSERT INTO activity (id, left_at, entered_at, process_instance_id, definition_id, element_id,"
                " element_type, outcome) VALUES (gen_random_uuid(), now(), now(), gen_random_uuid(),"
                " gen_random_uuid(), 'a', 'userTask', 'completed')"
            )
        )
    file = tmp_path / "everything.backup"
    assert backup.dump(file, silent) == file.stat().st_size
    return file, content()


def test_everything_comes_back(archive: tuple[Path, dict[str, list[str]]]) -> None:
    file, before = archive
    assert file.stat().st_mode & 0o077 == 0
    with unit_of_work() as session:
        session.execute(text("DELETE FROM user_group"))
        session.execute(text("CREATE TABLE something_newer ()"))
        session.add(User(id="liu", name="刘洋", attributes={}, created_at=now()))
    backup.load(file, silent, confirm=None)
    assert content() == before


def test_it_comes_back_into_an_empty_database(archive: tuple[Path, dict[str, list[str]]]) -> None:
    file, before = archive
    with unit_of_work() as session:
        session.execute(text("DROP SCHEMA public CASCADE"))
        session.execute(text("CREATE SCHEMA public"))
    backup.load(file, silent, confirm=None)
    assert content() == before


def test_the_backup_shows_how_far_it_is(archive: tuple[Path, dict[str, list[str]]], tmp_path: Path) -> None:
    shown: list[float] = []
    backup.load(archive[0], lambda part, _where: shown.append(part), confirm=None)
    assert shown == sorted(shown)
    assert shown[-1] > 0.9


def test_whoever_says_no_loses_nothing(archive: tuple[Path, dict[str, list[str]]]) -> None:
    file, before = archive
    with pytest.raises(backup.Declined):
        backup.load(file, silent, confirm=lambda _question: False)
    assert content() == before


def test_a_running_server_is_not_replaced_under_its_feet(archive: tuple[Path, dict[str, list[str]]]) -> None:
    health.beat("worker")
    with pytest.raises(health.StillRunning, match="worker"):
        backup.load(archive[0], silent, confirm=None)


def test_another_file_is_refused_before_anything_is_lost(
    archive: tuple[Path, dict[str, list[str]]], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_text("not an archive")
    with pytest.raises(backup.NotAnArchive):
        backup.load(other, silent, confirm=None)
    assert content() == archive[1]
