"""What the server sent outside, or could not: mails and messages by their state, to be sent again by administrators."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import Select, Table, bindparam, null, select, tuple_, update

from process_server.clock import now
from process_server.db import Session, changed, table_of
from process_server.errors import Conflict, NotFound
from process_server.identity import audit
from process_server.identity.principal import Principal
from process_server.tasks.deadlines.models import Delivery
from process_server.tasks.telling.models import Mail

State: TypeAlias = Literal["pending", "sent", "failed", "kept"]
MOST = 10_000  # mails sent again at once

_m, _d = table_of(Mail), table_of(Delivery)
_AGAIN = {"state": "pending", "attempts": 0, "next_attempt_at": bindparam("at"), "error": null()}
_RETRY = update(_m).where(_m.c.id == bindparam("mail"), _m.c.state.in_(["failed", "kept"])).values(**_AGAIN)
_RETRY_ALL = (
    update(_m)
    .where(_m.c.id.in_(select(_m.c.id).where(_m.c.state == bindparam("old_state")).limit(MOST).scalar_subquery()))
    .values(**_AGAIN)
)
_RETRY_MESSAGE = update(_d).where(_d.c.id == bindparam("message"), _d.c.state == "failed").values(**_AGAIN)

_SHOWN = (
    "id",
    "recipient",
    "subject",
    "state",
    "attempts",
    "error",
    "created_at",
    "next_attempt_at",
    "sent_at",
    "user_task_id",
    "process_instance_id",
)
"""What administrators see of them: not what they say, which is for their readers."""

_MAILS: Select[Any] = select(*(_m.c[name] for name in (*_SHOWN, "cc")))
_MESSAGES: Select[Any] = select(*(_d.c[name] for name in (*_SHOWN, "channel", "address")))

Position: TypeAlias = tuple[datetime, UUID] | None


def list_mails(
    session: Session, principal: Principal, state: State, limit: int, before: Position = None
) -> list[Mapping[str, Any]]:
    """Return mails of a state, the newest first, at most so many before a position; for administrators."""
    return _list(session, principal, _MAILS, _m, state, limit, before)


def list_messages(
    session: Session, principal: Principal, state: State, limit: int, before: Position = None
) -> list[Mapping[str, Any]]:
    """Return messages of gateways of a state, the newest first; for administrators."""
    return _list(session, principal, _MESSAGES, _d, state, limit, before)


def retry_mail(session: Session, mail_id: UUID, principal: Principal) -> None:
    """Send a mail again that failed or was kept. Raises NotFound, Conflict for another state."""
    principal.require_admin()
    if not changed(session.execute(_RETRY, {"mail": mail_id, "at": now()})):
        _why_not(session, _m, "mail", mail_id)
    audit.record(session, principal.user_id, "retry", "mail", mail_id)


def retry_mails(session: Session, state: Literal["failed", "kept"], principal: Principal) -> int:
    """Send all mails of a state again; return how many, at most `MOST`."""
    principal.require_admin()
    count = changed(session.execute(_RETRY_ALL, {"old_state": state, "at": now()}))
    audit.record(session, principal.user_id, "retry", "mail", state, count=count)
    return count


def retry_message(session: Session, message_id: UUID, principal: Principal) -> None:
    """Send a message again that failed. Raises NotFound, Conflict for another state."""
    principal.require_admin()
    if not changed(session.execute(_RETRY_MESSAGE, {"message": message_id, "at": now()})):
        _why_not(session, _d, "message", message_id)
    audit.record(session, principal.user_id, "retry", "message", message_id)


def _list(
    session: Session, principal: Principal, wanted: Select[Any], table: Table, state: str, limit: int, before: Position
) -> list[Mapping[str, Any]]:
    principal.require_admin()
    wanted = wanted.where(table.c.state == state)
    if before is not None:
        wanted = wanted.where(tuple_(table.c.created_at, table.c.id) < before)
    newest = wanted.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit)
    return [dict(row) for row in session.execute(newest).mappings()]


def _why_not(session: Session, table: Table, kind: str, row_id: UUID) -> None:
    state = session.execute(select(table.c.state).where(table.c.id == row_id)).scalar_one_or_none()
    if state is None:
        raise NotFound(kind=kind, id=row_id)
    raise Conflict("It is {state}: only what failed or was kept is sent again.", state=state)
