"""A cluster of the tests' own with a migrated database to copy, and which database `unit_of_work()` opens."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine

from process_server import config, db
from process_server.bpmn import definitions, live
from process_server.broadcast import hearing
from process_server.embedded.postgres import Cluster
from process_server.identity import accounts
from process_server.migrations import migrate

TEMPLATE = "migrated"


@contextmanager
def migrated_cluster() -> Iterator[Cluster]:
    """Start a cluster that forgets when the machine dies, but is fast; it holds a migrated database to copy."""
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
def fresh(cluster: Cluster, name: str) -> Iterator[str]:
    """Open a copy of the migrated database; drop it afterwards."""
    cluster.create_database(name, template=TEMPLATE)
    try:
        with opened(cluster.url(name)) as url:
            yield url
    finally:
        cluster.sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def opened(url: str) -> Iterator[str]:
    """Open a database, and the one before again afterwards."""
    before = os.environ.get("DATABASE_URL", "")
    use(url)
    try:
        yield url
    finally:
        use(before)


def use(url: str) -> None:
    """Open this database from now on; forget what was held of another."""
    os.environ["DATABASE_URL"] = url
    config.settings.cache_clear()
    if db.engine.cache_info().currsize:
        db.engine().dispose()
    db.engine.cache_clear()
    definitions.forget()
    live.forget()
    hearing.forget()
    accounts._cache.clear()
