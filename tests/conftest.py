"""What all tests share: a PostgreSQL cluster of their own and migrated databases in it."""

import os
import shutil
from collections.abc import Iterator

# before anything of ours is imported: no test may reach a real server by accident, and a doorbell rings into nothing
os.environ["DATABASE_URL"] = ""
os.environ["BROKER_URL"] = "memory://"
os.environ["PROCESS_SERVER_PRIVATE_HOSTS"] = "127.0.0.1"  # where tests have the systems that processes call

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

import process_server.worker  # noqa: F401  (a job rung by a test goes to this application, not to Celery's default)
from process_server import clock, db
from process_server.db import Session
from process_server.embedded.postgres import Cluster
from tests import databases, dealing

settings.register_profile("whatever the machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("whatever the machine")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: a test that waits for a browser or a server needs none."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deal the slow tests out to all processes."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers > 1:
        items[:] = dealing.dealt(items, workers)


@pytest.fixture(autouse=True)
def time_as_it_is() -> Iterator[None]:
    """However far a test moves the clock, the next one begins in the present."""
    with clock.frozen_shift():
        yield


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A cluster that holds a migrated database to copy."""
    with databases.migrated_cluster() as made:
        yield made


@pytest.fixture(scope="session")
def _reused_database(cluster: Cluster) -> databases.Reused:
    return databases.Reused(cluster, "reused")


@pytest.fixture
def database(_reused_database: databases.Reused) -> Iterator[str]:
    """The address of an empty migrated database that `unit_of_work()` opens: for tests that commit."""
    with _reused_database.opened() as url:
        yield url


@pytest.fixture(scope="session")
def _shared_database(cluster: Cluster) -> str:
    cluster.create_database("shared", template=databases.TEMPLATE)
    return cluster.url("shared")


@pytest.fixture
def session(_shared_database: str) -> Iterator[Session]:
    """A session on a migrated database whose transaction is rolled back after the test."""
    databases.use(_shared_database)
    opened = Session(db.engine(), expire_on_commit=False, autoflush=False)
    try:
        yield opened
    finally:
        opened.rollback()
        opened.close()
        databases.use("")


CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window; one for all tests of a process, as Playwright bears no second one beside it."""
    if not CHROMIUM:
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield made
        made.close()
