"""A server for scenarios: the application on a database of its own, an administrator, a clock that can be moved."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi.testclient import TestClient

from process_server import clock, config, db
from process_server.app import create_app
from process_server.bpmn import definitions
from process_server.bpmn.runtime import live
from process_server.db import unit_of_work
from process_server.embedded.postgres import Cluster
from process_server.identity import tokens, users
from tests import databases
from tests.acceptance.client import Client

KEPT = {"user_account", "api_token"}  # the administrator


@contextmanager
def served(cluster: Cluster, name: str = "conformance") -> Iterator[Client]:
    """Serve a copy of the migrated database; yield its administrator."""
    with databases.fresh(cluster, name):
        config.settings().clock_file = Path("moved by the test alone")
        with TestClient(create_app(), raise_server_exceptions=False) as http:
            yield Client(http, Authorization=f"Bearer {_administrator()}")


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


def _administrator() -> str:
    with unit_of_work() as session:
        users.create_user(session, "administrator", "Administrator", admin=True)
        session.flush()
        _, secret = tokens.create_token(session, "administrator", "conformance")
    return secret
