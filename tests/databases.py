"""A cluster of the tests' own with a migrated database to copy, and which database `unit_of_work()` opens."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import NullPool, create_engine

from process_server import config, db
from process_server.bpmn import definitions
from process_server.bpmn.runtime import live
from process_server.broadcast import hearing
from process_server.embedded.postgres import Cluster
from process_server.identity import accounts
from process_server.migrations import migrate

TEMPLATE = "migrated"
USES = 50  # of a database that is emptied: nothing clears away what was deleted


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


class Reused:
    """A database that one test after the other finds empty, as to empty it is cheaper than to copy one."""

    _ALONE = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()"""
    _SHAPE = """SELECT count(*), max(oid), sum(relnatts), sum(reltuples),
                    (SELECT count(*) FROM pg_attribute WHERE attisdropped)
                FROM pg_class WHERE oid >= 16384"""  # tables and indexes, columns, and what ANALYZE saw
    _NO_CHECKS = "SET session_replication_role = replica; "

    def __init__(self, cluster: Cluster, name: str) -> None:
        self._cluster, self._name = cluster, name
        self._shape: object = None
        self._uses = 0

    @contextmanager
    def opened(self) -> Iterator[str]:
        """Open it; empty it afterwards, or drop it where more than rows was changed."""
        url = self._cluster.url(self._name)
        if not self._uses:
            self._cluster.create_database(self._name, template=TEMPLATE)
            self._shape = self._emptied(url)
        try:
            with opened(url):
                yield url
        finally:
            self._uses += 1
            if self._uses == USES or self._emptied(url) != self._shape:
                self._cluster.sql(f'DROP DATABASE "{self._name}" WITH (FORCE)')
                self._uses = 0

    def _emptied(self, url: str) -> object:
        """Delete all rows; return what tells whether the tables are still the same."""
        engine = create_engine(url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql(self._ALONE)
            shape = connection.exec_driver_sql(self._SHAPE).one()
            if self._shape in (None, shape):
                deletions = "; ".join(f'DELETE FROM "{table.name}"' for table in db.Base.metadata.sorted_tables)
                connection.exec_driver_sql(self._NO_CHECKS + deletions)
        return shape


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
