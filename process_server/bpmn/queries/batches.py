"""Batches: how far they are, and what could not be done."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from process_server.bpmn.models import Batch, BatchItem, ProcessInstance
from process_server.bpmn.result import Row, rows
from process_server.db import table_of
from process_server.errors import NotFound
from process_server.i18n import worded

_batch, _item, _instance = table_of(Batch), table_of(BatchItem), table_of(ProcessInstance)


def _counts() -> Select[tuple[UUID, int, int]]:
    return select(
        _item.c.batch_id,
        func.count().filter(_item.c.state == "done").label("done"),
        func.count().filter(_item.c.state == "failed").label("failed"),
    ).group_by(_item.c.batch_id)


def _state(done: int, failed: int, row: Row) -> str:
    if row["ended_at"] is not None:
        return "completed"
    if done + failed == row["item_count"]:
        return "failed" if failed else "completed"
    return "suspended" if row["suspended"] else "running"


def list_batches(
    session: Session,
    *,
    kinds: Sequence[str] = (),
    definition_ids: Sequence[UUID] = (),
    open_only: bool = False,
    limit: int = 50,
    before: tuple[datetime, UUID] | None = None,
) -> list[Row]:
    """Return batches, the newest first, with how many of their instances are done, failed and still to do.

    `definition_ids` are versions that a migration leads from or to.
    """
    query = select(_batch).order_by(_batch.c.created_at.desc(), _batch.c.id.desc()).limit(limit)
    if kinds:
        query = query.where(_batch.c.kind.in_(kinds))
    if open_only:
        query = query.where(_batch.c.ended_at.is_(None))
    if definition_ids:
        named = [str(each) for each in definition_ids]
        ends = (func.jsonb_extract_path_text(_batch.c.detail, end) for end in ("source", "target"))
        query = query.where(or_(*(end.in_(named) for end in ends)))
    if before is not None:
        query = query.where(tuple_(_batch.c.created_at, _batch.c.id) < before)
    return _with_counts(session, rows(session, query))


def get_batch(session: Session, batch_id: UUID) -> Row:
    """Return one batch. Raises NotFound."""
    found = rows(session, select(_batch).where(_batch.c.id == batch_id))
    if not found:
        raise NotFound(kind="batch", id=batch_id)
    return _with_counts(session, found)[0]


def batch_items(
    session: Session,
    batch_id: UUID,
    *,
    state: str | None = None,
    after: int = -1,
    limit: int = 50,
    language: str | None = None,
) -> list[Row]:
    """Return the instances of a batch in their order, with their business keys; failed ones say why."""
    query = (
        select(_item, _instance.c.business_key, _instance.c.definition_id)
        .outerjoin(_instance, _instance.c.id == _item.c.process_instance_id)
        .where(_item.c.batch_id == batch_id, _item.c.number > after)
        .order_by(_item.c.number)
        .limit(limit)
    )
    if state is not None:
        query = query.where(_item.c.state == state)
    found = rows(session, query)
    return [
        {**row, "message": worded(language or "en", row["template"], row["params"] or {}) if row["template"] else None}
        for row in found
    ]


def _with_counts(session: Session, found: list[Row]) -> list[Row]:
    if not found:
        return []
    query = _counts().where(_item.c.batch_id.in_([row["id"] for row in found]))
    counted = {row.batch_id: row for row in session.execute(query)}
    result: list[Row] = []
    for row in found:
        known = counted.get(row["id"])
        done, failed = (known.done, known.failed) if known else (0, 0)
        pending = row["item_count"] - done - failed
        state = _state(done, failed, row)
        result.append({**row, "done": done, "failed": failed, "pending": pending, "state": state})
    return result
