"""Locking a person out and letting them in again, as an administrator."""

from process_server.db import Session
from process_server.errors import NotAllowed, NotFound
from process_server.identity import users
from process_server.identity.principal import Principal


def lock(session: Session, user_id: str, principal: Principal) -> None:
    """Lock a person out at once: browsers are signed out, tokens no longer work. Raises NotAllowed, NotFound."""
    if user_id == principal.user_id:
        raise NotAllowed("You cannot lock yourself out.")
    _set(session, user_id, principal, active=False)


def unlock(session: Session, user_id: str, principal: Principal) -> None:
    """Let a person in again. Raises NotAllowed, NotFound."""
    _set(session, user_id, principal, active=True)


def _set(session: Session, user_id: str, principal: Principal, *, active: bool) -> None:
    principal.require_admin()
    user = users.find(session, user_id)
    if user.service:
        raise NotFound(kind="user", id=user_id)  # those are ended with their tokens, for good
    if user.active != active:
        users.set_active(session, user_id, active, actor=principal.user_id)
