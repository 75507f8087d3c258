"""Everything in one archive file, and back: PostgreSQL's own dump, which any of its tools can read."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url

from process_server import health
from process_server.config import settings
from process_server.db import engine, unit_of_work
from process_server.embedded import binaries
from process_server.errors import ProcessServerError
from process_server.migrations import migrate, pending

Progress = Callable[[float, str], object]


class BackupFailed(ProcessServerError):
    """{tool} failed: {reason}"""

    code = "backup_failed"


class NotAnArchive(ProcessServerError):
    """{file} is not an archive that `backup` wrote."""

    status, code = 422, "not_an_archive"


class Declined(ProcessServerError):
    """Nothing was changed."""

    code = "declined"


def dump(file: Path, progress: Progress) -> int:
    """Write the archive and return its size in bytes. It is consistent, even while the server works."""
    with unit_of_work() as session:
        size = session.scalar(select(func.pg_database_size(func.current_database()))) or 1
    work = file.with_name(file.name + ".part")
    work.unlink(missing_ok=True)
    work.touch(mode=0o600)  # it holds what people entered, and what passwords are checked against
    command = ["--format=custom", "--no-owner", "--no-privileges", f"--file={work}"]
    try:
        # compressed, an archive has about a tenth of the database's size: good enough for a bar
        _run("pg_dump", command, lambda: progress(min(0.95, work.stat().st_size * 10 / size), ""))
        work.replace(file)
    finally:
        work.unlink(missing_ok=True)
    return file.stat().st_size


def load(file: Path, progress: Progress, confirm: Callable[[str], bool] | None) -> None:
    """Replace the database's content by the archive's, then bring it to the newest schema.

    `confirm` is asked before anything is lost. Raises NotAnArchive, health.StillRunning, Declined.
    """
    steps = [line for line in _entries(file) if line and not line.startswith(";")]
    if not any(" TABLE public alembic_version" in line for line in steps):
        raise NotAnArchive(file=file)
    if "heartbeat" in _tables():
        health.check_at_rest()
    if confirm and _tables() and not confirm("This replaces everything in the database. Go on?"):
        raise Declined
    _empty()
    lines = 0

    def restored() -> None:
        nonlocal lines
        lines += 1
        progress(min(0.95, lines / (2 * len(steps))), "")

    engine().dispose()
    _run("pg_restore", ["--no-owner", "--exit-on-error", "--single-transaction", "--dbname", "", str(file)], restored)
    progress(0.95, "and bringing it to the newest schema")
    if pending(engine()):
        migrate(engine())


def _entries(file: Path) -> list[str]:
    tool = str(binaries.postgres_client("pg_restore"))
    listed = subprocess.run([tool, "--list", str(file)], capture_output=True, text=True, check=False)
    if listed.returncode:
        raise NotAnArchive(file=file)
    return listed.stdout.splitlines()


def _tables() -> set[str]:
    with unit_of_work() as session:
        return set(session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))


def _empty() -> None:
    """Drop all that is in the schema; the schema itself may belong to somebody else."""
    named = """
        SELECT format('DROP %s IF EXISTS public.%I CASCADE',
                      CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                                   ELSE 'TABLE' END, relname)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
        UNION ALL
        SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure)
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace
          AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    """
    with unit_of_work() as session:
        for statement in session.scalars(text(named)).all():
            session.execute(text(statement))


def _run(tool: str, arguments: list[str], tick: Callable[[], object]) -> None:
    """Run one of PostgreSQL's tools on our database; `tick` is called for every line it says."""
    url = make_url(settings().database_url)
    host = url.host or url.query.get("host", "")
    environment = {
        "PGHOST": str(host),
        "PGPORT": str(url.port or url.query.get("port", "") or 5432),
        "PGUSER": url.username or "",
        "PGPASSWORD": url.password or "",
        "PGDATABASE": url.database or "",
    } | {f"PG{name.upper()}": str(value) for name, value in url.query.items() if name == "sslmode"}
    arguments = [url.database or "" if argument == "" else argument for argument in arguments]
    command = [str(binaries.postgres_client(tool)), "--verbose", *arguments]
    said: list[str] = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | environment) as running:
        assert running.stderr
        for line in running.stderr:
            said.append(line.strip())
            tick()
    if running.returncode:
        faults = [line for line in said if "error" in line.lower()] or said[-1:]
        raise BackupFailed(tool=tool, reason="; ".join(faults))
