"""Messages that came before anybody waited for them: kept for a while, then given to whoever waits by then."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, delete, exists, insert, or_, select
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.models import KeptMessage, ProcessInstance, Subscription
from process_server.bpmn.runtime.addressing import Address
from process_server.db import new_id, table_of

_kept, _subscription, _instance = table_of(KeptMessage), table_of(Subscription), table_of(ProcessInstance)


def _unless_given(wanted: Any, held: Any) -> Any:
    return or_(wanted.is_(None), wanted == held)


_FITS = (
    exists()
    .select_from(_subscription.outerjoin(_instance, _instance.c.id == _subscription.c.process_instance_id))
    .where(
        _subscription.c.kind == "message",
        _subscription.c.name == _kept.c.name,
        _instance.c.suspended_at.is_(None),
        or_(
            and_(_subscription.c.process_instance_id.is_(None), _kept.c.process_instance_id.is_(None)),
            and_(
                _unless_given(_kept.c.process_instance_id, _subscription.c.process_instance_id),
                _unless_given(_kept.c.business_key, _instance.c.business_key),
                _unless_given(_kept.c.correlation_key, _subscription.c.correlation_key),
                or_(
                    _kept.c.correlation_variables.is_(None),
                    _instance.c.variables.op("@>")(_kept.c.correlation_variables),
                ),
            ),
        ),
    )
)
_WANTED = select(_kept.c.id).where(_kept.c.expires_at > bindparam("now"), _FITS).order_by(_kept.c.id).limit(500)
_TAKE = select(_kept).where(_kept.c.id == bindparam("message")).with_for_update(skip_locked=True)
_DROP = delete(_kept).where(_kept.c.id == bindparam("message"))
_EXPIRE = delete(_kept).where(_kept.c.expires_at <= bindparam("now"))


def keep(
    session: Session,
    name: str,
    values: dict[str, Any],
    address: Address,
    *,
    how_long: timedelta,
    actor: str | None = None,
) -> datetime:
    """Keep a message; return until when."""
    now = clock.now()
    row = {
        "id": new_id(),
        "name": name,
        "variables": values,
        "business_key": address.business_key,
        "correlation_key": address.correlation_key,
        "correlation_variables": dict(address.variables) if address.variables else None,
        "process_instance_id": address.instance_id,
        "actor": actor,
        "created_at": now,
        "expires_at": now + how_long,
    }
    session.execute(insert(_kept), row)
    return now + how_long


def wanted(session: Session) -> list[UUID]:
    """Forget what has waited too long; return the messages somebody waits for, the oldest first."""
    session.execute(_EXPIRE, {"now": clock.now()})
    return list(session.execute(_WANTED, {"now": clock.now()}).scalars())


def take(session: Session, message_id: UUID) -> Row[Any] | None:
    """Lock a message; None when somebody else delivers it, or has."""
    return session.execute(_TAKE, {"message": message_id}).one_or_none()


def address_of(message: Row[Any]) -> Address:
    """Return whom a kept message is for."""
    return Address(
        message.business_key, message.correlation_key, message.correlation_variables, message.process_instance_id
    )


def drop(session: Session, message_id: UUID) -> None:
    """Forget a message that was delivered."""
    session.execute(_DROP, {"message": message_id})
