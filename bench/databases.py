"""A database to measure on: one of its own for the time it is needed, or one that stays, filled once."""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser, *, opened: int, done: int) -> None:
    """Let a command say where the database is, and how many open and done tasks it is filled with."""
    parser.add_argument("--open", type=int, default=opened)
    parser.add_argument("--done", type=int, default=done)
    parser.add_argument("--url", default="", help="of a database of its own: filled if it is empty")


@contextmanager
def filled(arguments: argparse.Namespace) -> Iterator[None]:
    """Let the process use a database that holds the rows of bench/inbox.py."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        cluster = None
        if not arguments.url:
            from process_server.embedded.postgres import Cluster

            cluster = Cluster(Path(folder), durable=False)
            cluster.start()
            cluster.create_database("bench")
        os.environ["DATABASE_URL"] = cluster.url("bench") if cluster else arguments.url
        os.environ["BROKER_URL"] = "memory://"
        try:
            _fill(arguments.open, arguments.done)
            yield
        finally:
            if cluster:
                cluster.stop()


def _fill(opened: int, done: int) -> None:
    from sqlalchemy import text

    from bench import inbox
    from process_server.db import engine
    from process_server.migrations import migrate

    migrate(engine())
    with engine().connect() as connection:
        full = connection.scalar(text("SELECT EXISTS (SELECT FROM user_task)"))
    if not full:
        inbox.fill(opened, done)
