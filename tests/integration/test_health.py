"""GET /health names the part that does not run."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from process_server import health, servers
from process_server.app import create_app
from process_server.db import unit_of_work
from process_server.embedded.postgres import Cluster

PARTS = ("worker", "timers", "telling", "beat")


@pytest.fixture
def client(database: str) -> Iterator[TestClient]:
    health.beat(*PARTS)
    with TestClient(create_app()) as made:
        yield made


def failing(client: TestClient) -> tuple[int, dict[str, str]]:
    answer = client.get("/health")
    parts = answer.json()["parts"]
    return answer.status_code, {name: part["detail"] for name, part in parts.items() if part["status"] != "ok"}


def age(part: str, seconds: float) -> None:
    with unit_of_work() as session:
        statement = text("UPDATE heartbeat SET at = now() - make_interval(secs => :seconds) WHERE part = :part")
        session.execute(statement, {"seconds": seconds, "part": part})


def test_all_is_well(client: TestClient) -> None:
    assert failing(client) == (200, {})


@pytest.mark.parametrize("part", PARTS)
def test_a_part_whose_heart_stopped_is_named(client: TestClient, part: str) -> None:
    age(part, 45)
    assert failing(client) == (503, {part: "alive 45 s ago"})


def test_one_of_several_workers_is_enough(client: TestClient) -> None:
    age("worker", 45)
    with unit_of_work() as session:
        session.execute(text("INSERT INTO heartbeat VALUES ('worker', 'another:1', now())"))
    assert failing(client) == (200, {})


def test_a_part_that_ended_as_it_should_is_not_running(client: TestClient) -> None:
    health.stop_beating()
    assert failing(client) == (503, dict.fromkeys(PARTS, "none is running"))


def test_a_part_killed_long_ago_is_forgotten(client: TestClient) -> None:
    age("timers", 2 * 24 * 3600)
    health.beat("worker")
    assert failing(client) == (503, {"timers": "none is running"})


def test_missing_migrations_are_named(client: TestClient) -> None:
    with unit_of_work() as session:
        session.execute(text("DROP TABLE alembic_version"))
    status, parts = failing(client)
    assert (status, parts["migrations"]) == (503, "not applied: run `process-server migrate`")


def test_a_missing_database_is_named(client: TestClient, cluster: Cluster, database: str) -> None:
    servers.use(DATABASE_URL=cluster.url("gone"))
    status, parts = failing(client)
    assert status == 503
    assert 'database "gone" does not exist' in parts["database"]
    servers.use(DATABASE_URL=database)


def test_a_missing_broker_is_named(client: TestClient) -> None:
    servers.use(BROKER_URL="redis://127.0.0.1:1/0")
    status, parts = failing(client)
    servers.use(BROKER_URL="memory://")
    assert (status, list(parts)) == (503, ["broker"])
    assert "refused" in parts["broker"]
