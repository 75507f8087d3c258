"""The background side of batches: takes one instance after another, so that a worker that dies loses nothing."""

import logging
from uuid import UUID

from sqlalchemy import Row, bindparam, exists, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.batches.kinds import WORK
from process_server.bpmn.models import Batch, BatchItem
from process_server.db import changed, table_of
from process_server.errors import NotAllowed, ProcessServerError
from process_server.i18n import gettext_noop
from process_server.identity.accounts import find_account
from process_server.identity.principal import SYSTEM, Principal

log = logging.getLogger(__name__)

_batch, _item = table_of(Batch), table_of(BatchItem)

_NEXT = (
    select(_item, _batch.c.kind, _batch.c.detail, _batch.c.created_by)
    .join(_batch, _batch.c.id == _item.c.batch_id)
    .where(_item.c.state == "pending", _batch.c.ended_at.is_(None), _batch.c.suspended.is_(False))
    .order_by(_item.c.batch_id, _item.c.number)
    .limit(1)
    .with_for_update(of=_item, skip_locked=True)
)
_SET = (
    update(_item)
    .where(_item.c.batch_id == bindparam("batch"), _item.c.number == bindparam("item"))
    .where(_item.c.state == "pending")
    .values(
        state=bindparam("to"),
        done_at=bindparam("at"),
        code=bindparam("why"),
        template=bindparam("words"),
        params=bindparam("facts"),
        result_id=bindparam("result"),
    )
)
_LEFT = exists().where(_item.c.batch_id == _batch.c.id, _item.c.state != "done")
_END = update(_batch).where(_batch.c.ended_at.is_(None), ~_LEFT).values(ended_at=bindparam("at"))

_UNFORESEEN = gettext_noop("Something unforeseen happened; the server's log says more.")


class ItemFailed(Exception):
    """The work on one instance of a batch broke off; nothing of it was done."""

    def __init__(self, batch_id: UUID, number: int, error: Exception) -> None:
        super().__init__(f"instance {number} of the batch {batch_id}: {error}")
        self.batch_id = batch_id
        self.number = number
        self.error = error


def work_next(session: Session) -> bool:
    """Do the next instance of any batch; False when there is none to do. Raises ItemFailed.

    The instance is claimed by its row, which commits with what was done: whoever dies has done nothing.
    """
    item = session.execute(_NEXT).one_or_none()
    if item is None:
        return False
    try:
        result = WORK[item.kind](session, item.process_instance_id, item.detail, _actor(session, item))
    except OperationalError:
        raise  # the database is away, or ended a deadlock: it is tried again
    except Exception as error:  # whatever is wrong with one instance, the others go on
        raise ItemFailed(item.batch_id, item.number, error) from error
    _set(session, item.batch_id, item.number, "done", result=result)
    return True


def give_up(session: Session, failed: ItemFailed) -> None:
    """Keep why an instance could not be done."""
    error = failed.error
    if isinstance(error, ProcessServerError):
        facts = {name: str(value) for name, value in error.params.items()}
        _set(session, failed.batch_id, failed.number, "failed", why=error.code, words=error.template, facts=facts)
    else:
        log.error("%s", failed, exc_info=error)
        _set(session, failed.batch_id, failed.number, "failed", why="error", words=_UNFORESEEN, facts={})


def end_finished(session: Session) -> int:
    """Close the batches of which everything is done; return how many."""
    return changed(session.execute(_END, {"at": clock.now()}))


def _set(
    session: Session,
    batch_id: UUID,
    number: int,
    to: str,
    *,
    why: str | None = None,
    words: str | None = None,
    facts: dict[str, str] | None = None,
    result: UUID | None = None,
) -> None:
    given = {"batch": batch_id, "item": number, "to": to, "at": clock.now()}
    session.execute(_SET, given | {"why": why, "words": words, "facts": facts, "result": result})


def _actor(session: Session, item: Row[tuple[object, ...]]) -> Principal:
    """Return who asked for the batch, with what they may do now."""
    if item.created_by == SYSTEM.user_id:
        return SYSTEM
    account = find_account(session, item.created_by)
    if account is None or not account.active:
        raise NotAllowed
    return account.principal
