"""Which database and broker a command uses: those of the environment, or the embedded ones of its data folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from process_server import config, db
from process_server.embedded.broker import Broker
from process_server.embedded.home import Home
from process_server.embedded.postgres import Cluster
from process_server.errors import ProcessServerError


class NoServers(ProcessServerError):
    """{names} must be set, or `up` must be running on the data folder {folder}."""

    code = "no_servers"


def use(**environment: str) -> None:
    """Set environment variables for this process and those it starts, and read the settings again."""
    os.environ.update(environment)
    config.settings.cache_clear()
    if db.engine.cache_info().currsize:
        db.engine().dispose()
    db.engine.cache_clear()


def find() -> None:
    """Use the servers of the environment; what it does not name must run embedded in the data folder.

    Raises NoServers when it does not.
    """
    settings = config.settings()
    found: dict[str, str] = {}
    if not settings.database_url:
        cluster = Cluster(settings.data)
        if cluster.ready():
            found["DATABASE_URL"] = cluster.url()
    if not settings.broker_url:
        broker = Broker(settings.data)
        if broker.ready():
            found["BROKER_URL"] = broker.url()
    wanted = {"DATABASE_URL": settings.database_url, "BROKER_URL": settings.broker_url}
    missing = [name for name, value in wanted.items() if not value and name not in found]
    if missing:
        raise NoServers(names=" and ".join(missing), folder=Home(settings.data).folder)
    use(**found)


@contextmanager
def database() -> Iterator[None]:
    """Use the database of the environment, or the embedded one: the running one, else it is started for the while."""
    settings = config.settings()
    if settings.database_url:
        yield
        return
    with embedded_cluster(settings.data) as cluster:
        before = os.environ.get("DATABASE_URL", "")
        use(DATABASE_URL=cluster.url())
        try:
            yield
        finally:
            use(DATABASE_URL=before)


@contextmanager
def embedded_cluster(data: Path) -> Iterator[Cluster]:
    """Yield the running embedded cluster of a data folder; where none runs, start it for the while."""
    cluster = Cluster(data)
    if cluster.ready():
        yield cluster
        return
    home = Home(data)
    home.lock()
    try:
        cluster.start()
        cluster.create_database()
        yield cluster
    finally:
        cluster.stop()
        home.unlock()
