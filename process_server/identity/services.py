"""Service accounts: other systems, with tokens of their own, so that the history says which of them did what.

One has no password and sees no pages, and no task is offered to it as to a person: pickers, groups' members, heads
and stand-ins are people. Ended, it is kept: what it did stays in its name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity import audit, tokens, users
from process_server.identity.models import ApiToken, User
from process_server.identity.principal import Principal

_LIST = (
    select(
        User.id,
        User.name,
        User.admin,
        User.active,
        User.created_at,
        func.count(ApiToken.id).label("tokens"),
        func.max(ApiToken.last_used_at).label("last_used_at"),
    )
    .outerjoin(ApiToken, ApiToken.user_id == User.id)
    .where(User.service)
    .group_by(User.id)
    .order_by(User.active.desc(), User.name, User.id)
)
_ONE = _LIST.where(User.id == bindparam("service"))


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service account; an ended one is not active. `last_used_at` is that of its tokens."""

    id: str
    name: str
    admin: bool
    active: bool
    created_at: datetime
    tokens: int
    last_used_at: datetime | None


def create(
    session: Session,
    service_id: str,
    name: str,
    principal: Principal,
    *,
    groups: Iterable[str] = (),
    admin: bool = False,
) -> ServiceRow:
    """Make a service account. Raises NotAllowed, InvalidInput, Conflict, NotFound."""
    principal.require_admin()
    groups = sorted(set(groups))
    users.create_user(session, service_id, name, groups=groups, admin=admin, service=True)
    audit.record(session, principal.user_id, "create_service", "user", service_id, groups=groups, admin=admin)
    return find(session, service_id, principal)


def find(session: Session, service_id: str, principal: Principal) -> ServiceRow:
    """Return a service account. Raises NotAllowed, NotFound."""
    principal.require_admin()
    row = session.execute(_ONE, {"service": service_id}).one_or_none()
    if row is None:
        raise NotFound(kind="service account", id=service_id)
    return ServiceRow(*row)


def list_services(session: Session, principal: Principal) -> list[ServiceRow]:
    """Return all service accounts, those that were ended last. Raises NotAllowed."""
    principal.require_admin()
    return [ServiceRow(*row) for row in session.execute(_LIST)]


def end(session: Session, service_id: str, principal: Principal) -> None:
    """End a service account with all its tokens. Raises NotAllowed, NotFound."""
    find(session, service_id, principal)
    users.set_active(session, service_id, False, actor=principal.user_id)
    for token in tokens.tokens_of(session, service_id):
        tokens.revoke_token(session, token.id, principal)
