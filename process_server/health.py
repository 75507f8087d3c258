"""Whether every part of the server runs: what GET /health answers, and the heartbeats it is told from.

Heartbeats are told by the database's own clock: moving the server's time must not make its parts look dead.
"""

import os
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from kombu.connection import Connection
from kombu.exceptions import KombuError
from sqlalchemy import Text, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from process_server.config import settings
from process_server.db import Base, engine, unit_of_work
from process_server.errors import ProcessServerError
from process_server.migrations import pending

EVERY = 5.0  # seconds between two heartbeats
LATE = 30.0  # seconds after which a part counts as gone: a worker that is busy may miss a few
FORGOTTEN = timedelta(days=1)  # when one that was killed is no longer spoken of
PARTS_WITH_A_HEART = ("worker", "timers", "telling", "beat")


class Heartbeat(Base):
    """When a running part of the server was last alive. `instance` tells several of a kind apart."""

    __tablename__ = "heartbeat"

    part: Mapped[str] = mapped_column(Text, primary_key=True)
    instance: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime]


class StillRunning(ProcessServerError):
    """The server still runs on this database ({parts}): stop it first."""

    status, code = 409, "still_running"


@dataclass(frozen=True)
class Part:
    """How one part is: ok or failing, and what is known about it."""

    status: str
    detail: str


@dataclass(frozen=True)
class Report:
    """How the server is. `status` is ok when every part is."""

    status: str
    parts: dict[str, Part]


def _instance() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def beat(*parts: str) -> None:
    """Write down that these parts are alive in this process."""
    rows = [{"part": part, "instance": _instance(), "at": func.now()} for part in parts]
    with unit_of_work() as session:
        row = insert(Heartbeat).values(rows)
        session.execute(row.on_conflict_do_update(index_elements=["part", "instance"], set_={"at": func.now()}))
        session.execute(delete(Heartbeat).where(Heartbeat.at < func.now() - FORGOTTEN))


def stop_beating() -> None:
    """Forget this process: it ends as it should."""
    with unit_of_work() as session:
        session.execute(delete(Heartbeat).where(Heartbeat.instance == _instance()))


def forget_all() -> None:
    """Forget every heartbeat: whoever calls knows that nothing runs on this database yet."""
    with unit_of_work() as session:
        session.execute(delete(Heartbeat))


def report() -> Report:
    """Look at every part."""
    parts = {"api": Part(status="ok", detail=_instance())}
    parts["database"] = _look(_database)
    parts["broker"] = broker()
    unknown = Part(status="failing", detail="unknown: the database has to be there first")
    parts["migrations"] = _look(_migrations) if parts["database"].status == "ok" else unknown
    seen = ages() if parts["migrations"].status == "ok" else None
    parts |= {part: unknown if seen is None else _heart(seen.get(part)) for part in PARTS_WITH_A_HEART}
    failing = [name for name, part in parts.items() if part.status != "ok"]
    return Report(status="failing" if failing else "ok", parts=parts)


def _look(look: Callable[[], str]) -> Part:
    try:
        return Part(status="ok", detail=look())
    except (SQLAlchemyError, KombuError, OSError, LookupError) as error:
        return Part(status="failing", detail=str(error).strip().split("\n")[0])


def ask_api(address: str = "") -> Part:
    """Look whether the API answers, on its port or at an address: for those who are not the API themselves."""
    return _look(partial(_api, address or f"http://{reachable(settings().host)}:{settings().port}"))


def _api(address: str) -> str:
    url = f"{address}/health"
    with suppress(urllib.error.HTTPError):  # it answers: what is wrong is another part
        urllib.request.urlopen(url, timeout=5).close()
    return url


def reachable(host: str) -> str:
    """Return the address under which this machine reaches a server that listens on `host`."""
    if host in ("", "0.0.0.0"):
        return "127.0.0.1"
    return "[::1]" if host == "::" else f"[{host}]" if ":" in host else host


def _database() -> str:
    with engine().connect() as connection:
        return f"PostgreSQL {connection.scalar(select(func.current_setting('server_version')))}"


def _migrations() -> str:
    if pending(engine()):
        raise LookupError("not applied: run `process-server migrate`")
    return "applied"


def broker() -> Part:
    """Look whether the broker answers."""
    return _look(_broker)


def _broker() -> str:
    options = {"socket_connect_timeout": 2, "socket_timeout": 2}
    with Connection(settings().broker_url, connect_timeout=2, transport_options=options) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=2)
        connection.default_channel.close()
        return str(connection.transport.driver_type)


def ages() -> dict[str, float]:
    """Return how many seconds ago each kind of part was last alive."""
    age = func.extract("epoch", func.now() - func.max(Heartbeat.at))
    with unit_of_work() as session:
        rows = session.execute(select(Heartbeat.part, age).group_by(Heartbeat.part)).all()
    return {part: float(seconds) for part, seconds in rows}


def check_at_rest() -> None:
    """Raise StillRunning unless no worker and no beat runs on this database."""
    alive = [part for part, age in ages().items() if age < LATE]
    if alive:
        raise StillRunning(parts=", ".join(alive))


def _heart(age: float | None) -> Part:
    if age is None:
        return Part(status="failing", detail="none is running")
    status = "ok" if age < LATE else "failing"
    return Part(status=status, detail=f"alive {age:.0f} s ago")
