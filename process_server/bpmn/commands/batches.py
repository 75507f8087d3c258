"""Commands to batches: start one, hold it, try what failed again, take it away, lead a migration back."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.commands.instances import require_operator
from process_server.bpmn.commands.migrating import Migration, check_plan
from process_server.bpmn.models import KINDS, Batch, BatchItem
from process_server.db import after_commit, changed, new_id, table_of
from process_server.errors import Conflict, Invalid, InvalidInput, NotFound
from process_server.identity import audit
from process_server.identity.principal import Principal
from process_server.tasks.doorbell import ring

LARGEST = 100_000  # instances of one batch

_batch, _item = table_of(Batch), table_of(BatchItem)


def start_batch(
    session: Session, kind: str, instance_ids: Sequence[UUID], detail: Mapping[str, Any], *, actor: Principal
) -> UUID:
    """Begin to do something to many instances in the background; return the batch's id. Raises InvalidInput."""
    require_operator(actor)
    chosen = list(dict.fromkeys(instance_ids))
    if kind not in KINDS:
        raise InvalidInput([{"field": "kind", "code": "not_an_option", "params": {"value": kind}}])
    if not 0 < len(chosen) <= LARGEST:
        raise InvalidInput([{"field": "instances", "code": "count", "params": {"minimum": 1, "maximum": LARGEST}}])
    batch_id = new_id()
    row = {"id": batch_id, "kind": kind, "detail": dict(detail), "item_count": len(chosen), "suspended": False}
    session.execute(insert(_batch), row | {"created_at": clock.now(), "created_by": actor.user_id})
    session.execute(
        insert(_item),
        [
            {"batch_id": batch_id, "number": number, "process_instance_id": instance_id, "state": "pending"}
            for number, instance_id in enumerate(chosen)
        ],
    )
    audit.record(session, actor.user_id, "start", "batch", batch_id, kind=kind, instances=len(chosen))
    _wake(session)
    return batch_id


def migrate_in_background(
    session: Session, migration: Migration, instance_ids: Sequence[UUID], *, actor: Principal
) -> UUID:
    """Begin to move many instances to another version; return the batch's id. Raises InvalidPlan, InvalidInput."""
    require_operator(actor)
    check_plan(session, migration)
    return start_batch(session, "migrate", instance_ids, migration.stored(), actor=actor)


def migrate_back(session: Session, batch_id: UUID, *, actor: Principal) -> UUID:
    """Begin to lead back the instances a batch has moved; return the new batch's id. Raises NotFound, Conflict."""
    require_operator(actor)
    batch = session.execute(select(_batch).where(_batch.c.id == batch_id, _batch.c.kind == "migrate")).one_or_none()
    if batch is None:
        raise NotFound(kind="migration", id=batch_id)
    back = Migration.read(batch.detail).back()
    if back is None:
        raise Conflict("Several steps became one in this migration: there is no way back.")
    moved = select(_item.c.process_instance_id).where(_item.c.batch_id == batch_id, _item.c.state == "done")
    instances = list(session.scalars(moved.order_by(_item.c.number)))
    if not instances:
        raise Conflict("This migration has moved no case.")
    return migrate_in_background(session, back, instances, actor=actor)


def suspend_batch(session: Session, batch_id: UUID, suspended: bool, *, actor: Principal) -> None:
    """Hold a batch before its next instance, or let it go on. Raises NotFound."""
    require_operator(actor)
    if not changed(session.execute(update(_batch).where(_batch.c.id == batch_id).values(suspended=suspended))):
        raise NotFound(kind="batch", id=batch_id)
    audit.record(session, actor.user_id, "suspend" if suspended else "activate", "batch", batch_id)
    _wake(session)


def retry_batch(session: Session, batch_id: UUID, *, actor: Principal) -> int:
    """Try what failed again; return how many instances that are. Raises NotFound, Invalid where nothing failed."""
    require_operator(actor)
    if session.execute(select(_batch.c.id).where(_batch.c.id == batch_id)).one_or_none() is None:
        raise NotFound(kind="batch", id=batch_id)
    again = update(_item).where(_item.c.batch_id == batch_id, _item.c.state == "failed")
    count = changed(session.execute(again.values(state="pending", code=None, template=None, params=None)))
    if not count:
        raise Invalid("Nothing of this batch has failed.")
    audit.record(session, actor.user_id, "retry", "batch", batch_id, instances=count)
    _wake(session)
    return count


def delete_batch(session: Session, batch_id: UUID, *, actor: Principal) -> None:
    """Take a batch away: what is done stays done, the rest is left. Raises NotFound."""
    require_operator(actor)
    if not changed(session.execute(delete(_batch).where(_batch.c.id == batch_id))):
        raise NotFound(kind="batch", id=batch_id)
    audit.record(session, actor.user_id, "delete", "batch", batch_id)


def _wake(session: Session) -> None:
    after_commit(session, partial(ring, "process_server.bpmn.jobs.work_batches"))
