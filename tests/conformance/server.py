"""A server for scenarios: the application on a database of its own, an administrator, a clock that can be moved."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi.testclient import TestClient
from sqlalchemy import create_engine

from process_server import clock, config, db
from process_server.app import create_app
from process_server.bpmn import definitions, live
from process_server.db import unit_of_work
from process_server.embedded.postgres import Cluster
from process_server.identity import accounts, tokens, users
from process_server.migrations import migrate
from tests.acceptance.client import Client

TEMPLATE = "migrated"
KEPT = {"user_account", "api_token"}  # the administrator


@contextmanager
def migrated_cluster() -> Iterator[Cluster]:
    """Start a cluster that holds a migrated database to copy."""
    with tempfile.TemporaryDirectory(prefix="ps-") as home:
        made = Cluster(Path(home), durable=False)
        made.start()
        try:
            made.create_database(TEMPLATE)
            engine = create_engine(made.url(TEMPLATE))
            migrate(engine)
            engine.dispose()
            yield made
        finally:
            made.stop()


@contextmanager
def served(cluster: Cluster, name: str = "conformance") -> Iterator[Client]:
    """Serve a copy of the migrated database; yield its administrator."""
    cluster.create_database(name, template=TEMPLATE)
    before = os.environ.get("DATABASE_URL", "")
    _use(cluster.url(name))
    config.settings().clock_file = Path("moved by the test alone")
    try:
        with TestClient(create_app(), raise_server_exceptions=False) as http:
            yield Client(http, Authorization=f"Bearer {_administrator()}")
    finally:
        _use(before)
        cluster.sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def untouched() -> Iterator[None]:
    """Give a scenario a server on which nothing was deployed; take time back afterwards."""
    with unit_of_work() as session:
        for table in reversed(db.Base.metadata.sorted_tables):
            if table.name not in KEPT:
                session.execute(table.delete())
    definitions.forget()
    live.forget()
    with clock.frozen_shift():
        yield


def _use(url: str) -> None:
    """Open this database from now on; forget what was held of another."""
    os.environ["DATABASE_URL"] = url
    config.settings.cache_clear()
    if db.engine.cache_info().currsize:
        db.engine().dispose()
    db.engine.cache_clear()
    definitions.forget()
    live.forget()
    accounts._cache.clear()


def _administrator() -> str:
    with unit_of_work() as session:
        users.create_user(session, "administrator", "Administrator", admin=True)
        session.flush()
        _, secret = tokens.create_token(session, "administrator", "conformance")
    return secret
