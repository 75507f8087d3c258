"""The database: engine, metadata, unit of work. The only module that commits."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, ClassVar, cast

import uuid_utils
from sqlalchemy import CursorResult, DateTime, Engine, MetaData, Result, Table, create_engine, event, types
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DataError, DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Session as Session
from sqlalchemy.pool import ConnectionPoolEntry

from process_server.config import settings
from process_server.errors import DatabaseAway, InvalidInput, NoRoom
from process_server.values import dump_json, load_json

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(types.TypeDecorator[datetime]):
    """An instant in UTC: `timestamptz`."""

    impl = DateTime(timezone=True)
    cache_ok = True


class Json(types.TypeDecorator[Any]):
    """A JSON value in `jsonb` that keeps decimals exact and instants typed (see `values`)."""

    impl = JSONB(none_as_null=True)
    cache_ok = True


class Base(DeclarativeBase):
    """The tables of all rooms share one metadata."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Instant,
        dict[str, Any]: Json,
        list[Any]: Json,
        uuid.UUID: types.Uuid,
    }


def table_of(model: type[Base]) -> Table:
    """Return the table of a model, for statements in Core."""
    return cast(Table, model.__table__)


def changed(result: Result[Any]) -> int:
    """Return how many rows a statement changed."""
    return cast(CursorResult[Any], result).rowcount


def new_id() -> uuid.UUID:
    """Return a new identifier: UUIDv7, so that rows written together lie together."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


@lru_cache(maxsize=1)
def engine() -> Engine:
    """Return the engine of this process, made from DATABASE_URL."""
    config = settings()
    made = create_engine(
        config.database_url,
        pool_size=config.pool_size,
        max_overflow=10,
        json_serializer=dump_json,
        json_deserializer=load_json,
    )
    event.listen(made, "checkin", _note_rest)
    event.listen(made, "checkout", partial(_look_after_rest, made))
    return made


def _note_rest(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[_RESTED_SINCE] = time.monotonic()


def _look_after_rest(made: Engine, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Let a connection that has rested be asked whether it still stands, so that nobody meets a restart of the server.

    One in steady use is not asked: that would cost every request a trip.
    """
    if time.monotonic() - record.info.get(_RESTED_SINCE, time.monotonic()) > _REST:
        try:
            made.dialect.do_ping(connection)
        except made.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # those beside it are as old


_RESTED_SINCE = "rested_since"
_REST = 1.0  # seconds
_AFTER_COMMIT = "after_commit"
_DISK_FULL = "53100"
_NOT_STORABLE = ("22P05", "22021")  # a NUL character in JSON, in a text
_NUL = "cannot contain NUL"  # what the driver says of one before the server sees it
_COMING_OR_GOING = ("57P01", "57P02", "57P03", "53300")  # stopped, crashed, not ready yet, too many connections


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Open one transaction: committed when the block ends, rolled back when it raises.

    Opened at the edge only: by a request, a job or the command line. Raises NoRoom where the disk is full, and
    InvalidInput for a text that no column can hold.
    """
    session = Session(engine(), expire_on_commit=False, autoflush=False)
    try:
        yield session
        session.commit()
    except BaseException as error:  # also when the process is told to stop
        session.rollback()
        if isinstance(error, OperationalError) and getattr(error.orig, "pgcode", None) == _DISK_FULL:
            raise NoRoom from error
        if _is_not_storable(error):
            raise InvalidInput([{"field": "", "code": "characters", "params": {}}]) from error
        raise
    finally:
        session.close()
    for ring in session.info.pop(_AFTER_COMMIT, ()):
        ring()


def _is_not_storable(error: BaseException) -> bool:
    if isinstance(error, DataError):
        return getattr(error.orig, "pgcode", None) in _NOT_STORABLE
    return isinstance(error, ValueError) and _NUL in str(error)


def explained(error: Exception) -> Exception:
    """Return DatabaseAway for an error that means it, for whoever has to be told; any other error as it is."""
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    refused = isinstance(error, OperationalError) and getattr(error.orig, "pgcode", None) in (None, *_COMING_OR_GOING)
    return DatabaseAway() if lost or refused or isinstance(error, NoConnectionFree) else error


def address_of(session: Session) -> str:
    """Return the address of a session's database: the key under which a process remembers what it read there."""
    return str(session.get_bind().engine.url)


def after_commit(session: Session, ring: Callable[[], object]) -> None:
    """Call `ring` once the transaction is committed. It may only wake somebody: what matters is in a row."""
    session.info.setdefault(_AFTER_COMMIT, []).append(ring)
