"""The mails there are: those of a case, and for administrators all, with those to be sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select, tuple_, update

from process_server.clock import now
from process_server.db import Session, table_of
from process_server.errors import Conflict, NotFound
from process_server.identity import audit
from process_server.identity.principal import Principal
from process_server.tasks.models import Mail

State = Literal["pending", "sent", "failed", "kept"]

_m = table_of(Mail)
_LIST: Select[Any] = (
    select(
        _m.c.id, _m.c.recipient, _m.c.cc, _m.c.subject, _m.c.body, _m.c.state, _m.c.attempts, _m.c.created_at,
        _m.c.sent_at, _m.c.error, _m.c.user_task_id, _m.c.process_instance_id,
    )
)  # fmt: skip
_NEWEST = _LIST.order_by(_m.c.created_at.desc(), _m.c.id.desc()).limit(bindparam("most"))
_OF_INSTANCES = (
    _LIST.where(_m.c.process_instance_id.in_(bindparam("instances", expanding=True)))
    .order_by(_m.c.created_at, _m.c.id)
    .limit(200)
)
_COUNTS = select(_m.c.state, func.count()).group_by(_m.c.state)
_AGAIN = (
    update(_m)
    .where(_m.c.id == bindparam("mail"), _m.c.state.in_(["failed", "kept"]))
    .values(state="pending", attempts=0, error=None, next_attempt_at=bindparam("at"))
    .returning(_m.c.id)
)
_ALL_AGAIN = (
    update(_m)
    .where(_m.c.state == bindparam("from_state"))
    .values(state="pending", attempts=0, error=None, next_attempt_at=bindparam("at"))
    .returning(_m.c.id)
)


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail: to whom, what it says, how far it came."""

    id: UUID
    recipient: str
    cc: str | None
    subject: str
    body: str
    state: State
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    error: str | None
    user_task_id: UUID | None
    process_instance_id: UUID | None


def of_instances(session: Session, instance_ids: Sequence[UUID]) -> list[MailRow]:
    """Return the mails of cases in the order they were written; the caller has checked who asks."""
    return [MailRow(*row) for row in session.execute(_OF_INSTANCES, {"instances": list(instance_ids)})]


def list_mails(
    session: Session,
    principal: Principal,
    state: State,
    *,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[MailRow]:
    """Return the mails of a state, the newest first; for administrators."""
    principal.require_admin()
    statement = _NEWEST.where(_m.c.state == state)
    if before is not None:
        statement = statement.where(tuple_(_m.c.created_at, _m.c.id) < before)
    return [MailRow(*row) for row in session.execute(statement, {"most": limit})]


def count_mails(session: Session, principal: Principal) -> dict[State, int]:
    """Return how many mails there are of each state; for administrators."""
    principal.require_admin()
    return dict(session.execute(_COUNTS).tuples())


def send_again(session: Session, mail_id: UUID, *, principal: Principal) -> None:
    """Have a mail sent again that failed or was kept; for administrators. Raises NotFound, Conflict."""
    principal.require_admin()
    if session.execute(_AGAIN, {"mail": mail_id, "at": now()}).first() is None:
        if session.execute(select(_m.c.id).where(_m.c.id == mail_id)).first() is None:
            raise NotFound(kind="mail", id=mail_id)
        raise Conflict("This mail has been sent, or is about to be.")
    audit.record(session, principal.user_id, "send_again", "mail", mail_id)


def send_all_again(session: Session, state: Literal["failed", "kept"], *, principal: Principal) -> int:
    """Have every mail of a state sent again; return how many. For administrators."""
    principal.require_admin()
    found = session.execute(_ALL_AGAIN, {"from_state": state, "at": now()}).all()
    if found:
        audit.record(session, principal.user_id, "send_again", "mail", state, count=len(found))
    return len(found)
