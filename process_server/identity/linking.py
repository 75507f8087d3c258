"""The account of whom the identity provider means: found, linked or made, and kept in step at each sign-in."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from process_server.clock import now
from process_server.config import settings
from process_server.db import Session, changed, table_of
from process_server.errors import NotAllowed, NotFound
from process_server.i18n import gettext_noop
from process_server.identity import audit, users
from process_server.identity.models import Department, Group, LinkedIdentity, User, WebSession
from process_server.identity.oidc import Arrival
from process_server.identity.principal import Principal

_log = logging.getLogger(__name__)
_l = table_of(LinkedIdentity)

NOT_LINKED = gettext_noop("{provider} knows you as {login}, who has no account here. Ask an administrator.")
OF_SOMEBODY_ELSE = gettext_noop("The account {login} belongs to somebody else at {provider}. Ask an administrator.")
NOT_OF_A_PERSON = gettext_noop("The account {login} cannot be used by way of {provider}.")
LOCKED = gettext_noop("{person} is no longer active.")
NAMELESS = gettext_noop("{provider} does not say who you are: its answer lacks {claim}.")


def user_of(session: Session, arrival: Arrival) -> User:
    """Return the account of whom the provider means, brought to what it says. Raises NotAllowed.

    Accounts are found by the provider's subject, which never changes and is given to nobody else; by name only the
    first time, and made then where the settings let.
    """
    whom = func.hashtextextended(f"{arrival.issuer} {arrival.subject}", 0)
    session.execute(select(func.pg_advisory_xact_lock(whom)))  # two of their browsers may come back at once
    ours = _l.c.issuer == arrival.issuer, _l.c.subject == arrival.subject
    user_id = session.execute(select(_l.c.user_id).where(*ours)).scalar_one_or_none()
    user = _link(session, arrival) if user_id is None else users.find(session, user_id)
    if not user.active:
        raise NotAllowed(LOCKED, person=user.name)
    session.execute(update(_l).where(*ours).values(signed_in_at=now()))
    _keep_in_step(session, user, arrival.claims)
    return user


def linked_with(session: Session, user_ids: Iterable[str]) -> frozenset[str]:
    """Return which of the users sign in by way of the provider."""
    found = select(_l.c.user_id).where(_l.c.user_id.in_(list(user_ids)), _l.c.issuer == settings().oidc_issuer)
    return frozenset(session.scalars(found))


def unlink(session: Session, user_id: str, principal: Principal) -> None:
    """Forget whom the provider means by a user, and sign their browsers out: they are linked anew when they come again.

    For administrators: somebody has left, and another bears their name now. Raises NotAllowed, NotFound.
    """
    principal.require_admin()
    if not changed(session.execute(delete(_l).where(_l.c.user_id == user_id))):
        raise NotFound(kind="linked identity", id=user_id)
    session.execute(delete(WebSession).where(WebSession.user_id == user_id))
    audit.record(session, principal.user_id, "unlink", "user", user_id)


def _link(session: Session, arrival: Arrival) -> User:
    config = settings()
    login = arrival.claims.get(config.oidc_login_claim)
    if not isinstance(login, str) or not login:
        raise NotAllowed(NAMELESS, provider=config.oidc_name, claim=config.oidc_login_claim)
    told = {"login": login, "provider": config.oidc_name}
    user = session.get(User, login) if "\0" not in login else None
    if user is None:
        if not config.oidc_create_accounts:
            raise NotAllowed(NOT_LINKED, **told)
        user = users.create_user(session, login, login)
        audit.record(session, None, "create", "user", login, provider=arrival.issuer)
    elif user.service or user.id == config.emergency_user:
        raise NotAllowed(NOT_OF_A_PERSON, **told)
    elif _is_taken(session, arrival.issuer, user.id):
        raise NotAllowed(OF_SOMEBODY_ELSE, **told)
    row = {"issuer": arrival.issuer, "subject": arrival.subject, "user_id": user.id}
    session.execute(insert(_l), row | {"created_at": now(), "signed_in_at": now()})
    audit.record(session, user.id, "link", "user", user.id, provider=arrival.issuer, subject=arrival.subject)
    return user


def _is_taken(session: Session, issuer: str, user_id: str) -> bool:
    taken = select(_l.c.subject).where(_l.c.issuer == issuer, _l.c.user_id == user_id)
    return session.execute(taken).first() is not None


def _keep_in_step(session: Session, user: User, claims: Mapping[str, Any]) -> None:
    """Bring the account to what the provider says; what changes rights is kept in the audit."""
    config = settings()
    if name := _text(claims, config.oidc_name_claim):
        user.name = name
    if email := _text(claims, config.oidc_email_claim):
        user.email = email
    before = users.rights_of(session, user)
    user.department_id = _department(session, user, claims)
    user.admin = _admin(user, claims)
    session.flush()
    users.set_groups(session, user.id, _groups(session, users.groups_of(session, user.id), claims))
    users.record_change(session, user, before, actor=None)


def _text(claims: Mapping[str, Any], claim: str) -> str:
    told = claims.get(claim) if claim else None
    return told.strip() if isinstance(told, str) and "\0" not in told else ""


def _department(session: Session, user: User, claims: Mapping[str, Any]) -> str | None:
    told = _text(claims, settings().oidc_department_claim)
    if told and session.get(Department, told) is None:
        _log.warning("the provider says that %s belongs to the department %s, which there is not", user.id, told)
        told = ""
    return told or user.department_id


def _admin(user: User, claims: Mapping[str, Any]) -> bool:
    config = settings()
    if not config.oidc_admin_group:
        return user.admin
    return config.oidc_admin_group in _told_groups(claims)


def _groups(session: Session, present: frozenset[str], claims: Mapping[str, Any]) -> frozenset[str]:
    """Return the groups the account should have: those the provider rules as it says, the others as they are."""
    config = settings()
    if not config.oidc_groups_claim:
        return present
    known = frozenset(session.scalars(select(Group.id)))
    told = _told_groups(claims)
    if not config.oidc_groups:
        return known & told
    ruled = frozenset(config.oidc_groups.values())
    for missing in sorted(ruled - known):
        _log.warning("PROCESS_SERVER_OIDC_GROUPS names the group %s, which there is not", missing)
    return (present - ruled) | {ours for theirs, ours in config.oidc_groups.items() if theirs in told and ours in known}


def _told_groups(claims: Mapping[str, Any]) -> frozenset[str]:
    """Read a list of names, or one text with names between spaces or commas."""
    told = claims.get(settings().oidc_groups_claim or "groups", [])
    if isinstance(told, str):
        told = told.replace(",", " ").split()
    return frozenset(each for each in told if isinstance(each, str)) if isinstance(told, list) else frozenset()
