"""Batches, open and ended, sought by what they do, who began them and how far they are."""

from sqlalchemy import exists, func, select

from process_server.bpmn.finders.conditions import WITHOUT_TENANTS
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.models import Batch, BatchItem
from process_server.db import table_of

_batch, _item = table_of(Batch), table_of(BatchItem)

_FAILED = exists().where(_item.c.batch_id == _batch.c.id, _item.c.state == "failed")
_FIRST_DONE = select(func.min(_item.c.done_at)).where(_item.c.batch_id == _batch.c.id).scalar_subquery()


def _count(state: str) -> object:
    counted = select(func.count()).where(_item.c.batch_id == _batch.c.id, _item.c.state == state)
    return counted.correlate(_batch).scalar_subquery()


BATCHES = Finder(
    kind="batch",
    select_from=_batch,
    columns={
        **{
            name: _batch.c[name]
            for name in ("id", "kind", "item_count", "suspended", "created_at", "created_by", "ended_at")
        },
        "done": _count("done"),  # type: ignore[dict-item]
        "failed": _count("failed"),  # type: ignore[dict-item]
        "began_at": _FIRST_DONE,
    },
    conditions={
        **WITHOUT_TENANTS,
        "batch_id": lambda value: _batch.c.id == value,
        "kinds": lambda value: _batch.c.kind.in_(value),
        "suspended": lambda value: _batch.c.suspended.is_(value),
        "created_by": lambda value: _batch.c.created_by == value,
        "started_before": lambda value: _batch.c.created_at < value,
        "started_after": lambda value: _batch.c.created_at > value,
        "with_failures": lambda _: _FAILED,
        "without_failures": lambda _: ~_FAILED,
        "completed": lambda value: _batch.c.ended_at.is_not(None) if value else _batch.c.ended_at.is_(None),
    },
    sortings={"id": _batch.c.id, "created_at": _batch.c.created_at, "ended_at": _batch.c.ended_at},
    key=_batch.c.id,
)
