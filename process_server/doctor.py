"""What `process-server doctor` checks, and what it advises."""

import shutil
import smtplib
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from process_server import health, migrations, servers
from process_server.application import shipped
from process_server.config import settings
from process_server.db import Session
from process_server.embedded import binaries
from process_server.embedded.broker import Broker
from process_server.embedded.home import AlreadyRunning, Home
from process_server.embedded.postgres import Cluster
from process_server.errors import ProcessServerError
from process_server.identity import sealing

OK, WARNING, FAULT = "ok", "warning", "fault"
_LITTLE_SPACE = 2 * 1024**3
_NO_SPACE = 100 * 1024**2
_LOOKED_AT = 10_000  # lines of the audit, of which there may be millions


@dataclass(frozen=True)
class Finding:
    """What one check found, and what to do about it."""

    what: str
    state: str
    detail: str
    advice: str = ""


def examine() -> list[Finding]:
    """Run every check."""
    return [finding for check in CHECKS for finding in _carry_out(check)]


def _carry_out(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    name = check.__name__.replace("_", " ")
    try:
        yield from check()
    except ProcessServerError as error:
        yield Finding(name, FAULT, error.message)
    except (OSError, SQLAlchemyError) as error:
        yield Finding(name, FAULT, str(error).strip().split("\n")[0])


def show(console: Console, findings: list[Finding]) -> int:
    """Show the findings; return the exit code: 1 where there is a fault."""
    marks = {OK: "[green]ok[/]", WARNING: "[yellow]look[/]", FAULT: "[red]wrong[/]"}
    table = Table.grid(padding=(0, 2))
    for finding in findings:
        table.add_row(marks[finding.state], finding.what, finding.detail)
        if finding.advice:
            table.add_row("", "", f"[bold]-> {finding.advice}[/]")
    console.print(table)
    counts = Counter(finding.state for finding in findings)
    said = ((counts[FAULT], "wrong"), (counts[WARNING], "to look at"))
    told = [f"{words}: {count}" for count, words in said if count]
    console.print(", ".join(told).capitalize() + "." if told else "Everything is well.")
    return 1 if counts[FAULT] else 0


def python() -> Iterator[Finding]:
    """Python is new enough."""
    version = sys.version.split()[0]
    yield Finding("Python", OK if sys.version_info >= (3, 11) else FAULT, version)


def data_folder() -> Iterator[Finding]:
    """The data folder can be written and has space."""
    home = Home(settings().data)
    try:
        home.lock()
        home.unlock()
        state = "nothing runs on it"
    except AlreadyRunning as running:
        state = f"in use by process {running.params['pid']}, {running.params['url']}"
    free = shutil.disk_usage(home.folder).free
    yield Finding("data folder", OK, f"{home.folder}, {state}")
    yield Finding(
        "disk space",
        OK if free > _LITTLE_SPACE else WARNING if free > _NO_SPACE else FAULT,
        f"{free / 1e9:.1f} GB free",
        "" if free > _LITTLE_SPACE else "make room, or choose another folder with --data",
    )


def database() -> Iterator[Finding]:
    """The database is there, new enough, UTF-8, migrated, and its clock agrees with ours."""
    url = settings().database_url
    if not url:
        cluster = Cluster(settings().data)
        who = (
            "as another user" if cluster.identity.uid else "in a user namespace" if cluster.identity.enter else "as you"
        )
        yield Finding(
            "embedded PostgreSQL", OK, f"{binaries.postgres_major(cluster.folder)} in {cluster.folder}, run {who}"
        )
        if not cluster.ready():
            return
        url = cluster.url()
    engine = create_engine(url)
    with engine.connect() as connection:
        version, encoding, skew = connection.execute(
            text(
                "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),"
                " extract(epoch FROM clock_timestamp())"
            )
        ).one()
    old = version < binaries.OLDEST_POSTGRES * 10000
    advice = f"use PostgreSQL {binaries.OLDEST_POSTGRES} or newer" if old else ""
    yield Finding("database", FAULT if old else OK, f"PostgreSQL {version // 10000}.{version % 10000}", advice)
    if encoding != "UTF8":
        yield Finding("encoding", FAULT, encoding, "create the database with ENCODING 'UTF8'")
    yield from _clock(float(skew))
    late = migrations.pending(engine)
    if not late:
        with engine.connect() as connection:
            migrations.check(connection)
    yield Finding(
        "schema",
        FAULT if late else OK,
        "older than the program" if late else "newest",
        "process-server migrate" if late else "",
    )
    if not late:
        yield from _audit(engine)


def _audit(engine: Engine) -> Iterator[Finding]:
    with Session(engine) as session:
        found = sealing.verify(session, last=_LOOKED_AT)
    if found.faults:
        yield Finding("audit", FAULT, found.faults[0], "process-server audit verify tells of all")
    elif found.late:
        yield Finding("audit", WARNING, f"{found.late} lines wait for their seal", "start a worker")
    else:
        yield Finding("audit", OK, f"the last {found.lines} lines are as they were sealed")


def _clock(theirs: float) -> Iterator[Finding]:
    apart = abs(time.time() - theirs)
    advice = "let both machines follow a time server (chrony, systemd-timesyncd)" if apart > 2 else ""
    yield Finding("clock", WARNING if apart > 2 else OK, f"{apart:.1f} s from the database's", advice)


def broker() -> Iterator[Finding]:
    """The broker is there."""
    if not settings().broker_url:
        yield Finding("embedded broker", OK, str(binaries.broker_binary()))
        embedded = Broker(settings().data)
        if not embedded.ready():
            return
        servers.use(BROKER_URL=embedded.url())
    part = health.broker()
    yield Finding(
        "broker",
        OK if part.status == "ok" else FAULT,
        part.detail,
        "" if part.status == "ok" else "check BROKER_URL",
    )


def port() -> Iterator[Finding]:
    """The port is free, or our own server has it."""
    config = settings()
    with socket.socket() as probe:
        probe.settimeout(1)
        taken = probe.connect_ex((config.host or "127.0.0.1", config.port)) == 0
    yield Finding("port", OK, f"{config.port} is {'in use' if taken else 'free'}")


def mail() -> Iterator[Finding]:
    """The mail server answers."""
    url = urlsplit(settings().smtp_url)
    if not url.hostname:
        yield Finding(
            "mail", WARNING, "no mail is sent", "set PROCESS_SERVER_SMTP_URL, for example smtp://mail.example:587"
        )
        return
    connect = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    with connect(url.hostname, url.port or 0, timeout=5) as server:
        code, _ = server.noop()
    yield Finding("mail", OK if code == 250 else FAULT, url.hostname)


def files() -> Iterator[Finding]:
    """The parts that are built or shipped are there."""
    bundle = Path(__file__).parent / "web/static/bundle"
    built = bundle.is_dir() and any(bundle.iterdir())
    yield Finding(
        "pages",
        OK if built else FAULT,
        "scripts are built" if built else "no scripts",
        "" if built else "install again: pip install -e .",
    )
    yield Finding("processes", OK, str(shipped()))


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (python, data_folder, database, broker, port, mail, files)
