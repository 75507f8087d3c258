"""The only source of "now", so that a test or a sandbox can move time.

Time moves in two ways: `travel` shifts it inside this process; where `PROCESS_SERVER_CLOCK_FILE` names a file, its
eight bytes (a little-endian double of seconds) shift it for every process of the server at once.
"""

import mmap
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

_offset = 0.0
_SHIFT = struct.Struct("<d")
_shared: mmap.mmap | None = None


def now() -> datetime:
    """Return the current instant in UTC."""
    return datetime.fromtimestamp(time.time() + shift(), UTC)


def timestamp() -> float:
    """Return the current instant as seconds since the epoch."""
    return time.time() + shift()


def shift() -> float:
    """Return by how many seconds time is moved."""
    if _shared is None:
        return _offset
    return _offset + float(_SHIFT.unpack_from(_shared)[0])


def advance(by: timedelta) -> datetime:
    """Move time forward for good, for every process that shares the clock file; return the new now."""
    global _offset
    if _shared is None:
        _offset += by.total_seconds()
    else:
        _SHIFT.pack_into(_shared, 0, float(_SHIFT.unpack_from(_shared)[0]) + by.total_seconds())
    return now()


@contextmanager
def travel(by: timedelta) -> Iterator[None]:
    """Move time inside the block, for this process alone."""
    global _offset
    before = _offset
    _offset += by.total_seconds()
    try:
        yield
    finally:
        _offset = before


@contextmanager
def frozen_shift() -> Iterator[None]:
    """Restore the shift at the end of the block, whatever `advance` did inside it."""
    global _offset
    before = _offset
    try:
        yield
    finally:
        _offset = before


def share(path: Path) -> None:
    """Take the shift from a file that all processes of a server map; create it at zero."""
    global _shared
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_SHIFT.pack(0.0))
    with path.open("r+b") as file:
        _shared = mmap.mmap(file.fileno(), _SHIFT.size)


if os.environ.get("PROCESS_SERVER_CLOCK_FILE"):
    share(Path(os.environ["PROCESS_SERVER_CLOCK_FILE"]))
