"""Executions kept in memory between two commands of the same process."""

from collections import OrderedDict
from threading import Lock
from uuid import UUID

from process_server.bpmn.engine.execution import Execution

SIZE = 500
_kept: OrderedDict[UUID, tuple[int, Execution]] = OrderedDict()
_lock = Lock()


def take(instance_id: UUID, revision: int) -> Execution | None:
    """Take an execution out, when it is as the row is. Whoever takes it owns it: a failed command loses it."""
    with _lock:
        held = _kept.pop(instance_id, None)
    return held[1] if held is not None and held[0] == revision else None


def keep(instance_id: UUID, revision: int, execution: Execution) -> None:
    """Put an execution back after its commit."""
    with _lock:
        _kept[instance_id] = (revision, execution)
        while len(_kept) > SIZE:
            _kept.popitem(last=False)


def forget() -> None:
    """Drop all (the database is another one)."""
    with _lock:
        _kept.clear()
