"""Signing in: by password, by Basic credentials on every request, and by the cookie of a browser.

Where the settings say so passwords are taken of one administrator alone, and an identity provider vouches for people.
"""

import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock

from cachetools import TTLCache
from sqlalchemy import bindparam, delete, select, update

from process_server.clock import now
from process_server.config import settings
from process_server.db import Session, table_of
from process_server.errors import NotAllowed, NotAuthenticated, WrongPassword
from process_server.identity import accounts, attempts, audit, passwords, users
from process_server.identity.accounts import Account
from process_server.identity.models import User, WebSession
from process_server.identity.principal import Principal

LIFE = timedelta(hours=12)  # of a session since it was last used
_RENEW = timedelta(minutes=10)  # a session is prolonged at most this often
_VERIFIED_TTL = 60  # seconds that Basic credentials need not be hashed again

_FIND = (
    select(WebSession.csrf, WebSession.expires_at, *accounts.COLUMNS)
    .join(User, User.id == WebSession.user_id)
    .where(WebSession.token_hash == bindparam("hash"))
)
_PROLONG = (
    update(table_of(WebSession)).where(WebSession.token_hash == bindparam("hash")).values(expires_at=bindparam("until"))
)
_STILL = select(WebSession.token_hash).where(
    WebSession.token_hash.in_(bindparam("hashes", expanding=True)), WebSession.expires_at > bindparam("now")
)
_CLOSE = (
    delete(table_of(WebSession))
    .where(WebSession.token_hash == bindparam("hash"))
    .returning(WebSession.user_id, WebSession.id_token)
)
_EXPIRED = delete(table_of(WebSession)).where(WebSession.expires_at <= bindparam("now"))

_key = secrets.token_bytes(32)
_verified: TTLCache[bytes, str] = TTLCache(maxsize=10_000, ttl=_VERIFIED_TTL)
_lock = Lock()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser session: who it is, and the secret its forms carry."""

    principal: Principal
    csrf: str
    token_hash: bytes


def authenticate(session: Session, user_id: str, password: str, address: str = "") -> User:
    """Return the user whose password it is.

    An unknown user takes as long as a wrong password. Raises WrongPassword, NotAuthenticated where no password is
    taken, or TooManyRequests after too many attempts on the user or from the address.
    """
    _require_passwords(user_id)
    _verify(session, user_id, password, address)
    return users.find(session, user_id)


def authenticate_basic(session: Session, user_id: str, password: str, address: str = "") -> Principal:
    """Return who sends these credentials with a request; the same ones again cost neither a hash nor a statement.

    A changed password is honoured at once in this process and within `accounts.TTL` seconds in the others.
    """
    _require_passwords(user_id)
    account = accounts.find_account(session, user_id)
    key = hmac.digest(_key, f"{user_id}\0{password}".encode(), "sha256")
    if account is not None and account.active and account.password_hash is not None:
        with _lock:
            known = _verified.get(key)
        if known == account.password_hash:
            return account.principal
    account = _verify(session, user_id, password, address)
    if account.password_hash is not None:
        with _lock:
            _verified[key] = account.password_hash
    return account.principal


def takes_password(user_id: str) -> bool:
    """Say whether the user may sign in by password, if they have one."""
    return settings().password_sign_in or user_id == settings().emergency_user


def open_session(
    session: Session,
    user: User,
    *,
    address: str = "",
    id_token: str | None = None,
    provider_session: str | None = None,
) -> tuple[str, str]:
    """Sign a browser in; return the value of its cookie, which is stored nowhere, and the secret of its forms.

    `id_token` is the word of the identity provider, where it was by that, and what it calls the session there.
    """
    if user.service:
        raise NotAllowed("{person} is a service account: it has no pages.", person=user.name)
    cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    session.execute(_EXPIRED, {"now": now()})
    session.add(
        WebSession(
            token_hash=_hash(cookie),
            user_id=user.id,
            csrf=csrf,
            id_token=id_token,
            provider_session=provider_session,
            created_at=now(),
            expires_at=now() + LIFE,
        )
    )
    session.flush()
    by = settings().oidc_name if id_token else "password"
    audit.record(session, user.id, "sign_in", "user", user.id, by=by, address=address)
    return cookie, csrf


def find_session(session: Session, cookie: str) -> SignedIn | None:
    """Return whose browser it is and keep it signed in for another `LIFE`; None where it must sign in again."""
    token_hash = _hash(cookie)
    row = session.execute(_FIND, {"hash": token_hash}).first()
    if row is None or not row.active or row.expires_at <= now():
        return None
    if _is_worn(row.expires_at):
        session.execute(_PROLONG, {"hash": token_hash, "until": now() + LIFE})
    return SignedIn(accounts.account_of(row).principal, row.csrf, token_hash)


def still_signed_in(session: Session, hashes: Collection[bytes]) -> set[bytes]:
    """Return which browsers are still signed in; to ask does not keep them so."""
    return set(session.scalars(_STILL, {"hashes": list(hashes), "now": now()})) if hashes else set()


def close_session(session: Session, cookie: str) -> str | None:
    """Sign a browser out; return the word of the identity provider by which it had signed in."""
    row = session.execute(_CLOSE, {"hash": _hash(cookie)}).one_or_none()
    if row is None:
        return None
    audit.record(session, row.user_id, "sign_out", "user", row.user_id)
    id_token: str | None = row.id_token
    return id_token


def record_failure(session: Session, user_id: str, address: str) -> None:
    """Keep in the audit that somebody did not know a password; what was typed as a name is kept only if it is one.

    `attempts` sees to it that there are not many.
    """
    known = accounts.find_account(session, user_id) is not None
    audit.record(session, None, "sign_in_failed", "user", user_id if known else "", address=address)


def check_csrf(signed_in: SignedIn, sent: str | None) -> None:
    """Raise NotAllowed unless a form carries the secret of its session."""
    if not sent or not hmac.compare_digest(signed_in.csrf.encode(), sent.encode()):
        raise NotAllowed("This page is too old. Load it again.")


def _require_passwords(user_id: str) -> None:
    if not takes_password(user_id):
        raise NotAuthenticated("No passwords are taken here. Sign in with {provider}.", provider=settings().oidc_name)


def _verify(session: Session, user_id: str, password: str, address: str) -> Account:
    attempts.check(user_id, address)
    account = accounts.find_account(session, user_id, fresh=True)
    password_hash = account.password_hash if account else None
    if not passwords.verify(password_hash, password) or account is None or not account.active:
        attempts.fail(user_id, address)
        raise WrongPassword
    attempts.succeed(user_id, address)
    if password_hash is not None and passwords.is_outdated(password_hash):
        users.set_password_hash(session, user_id, passwords.hash_password(password))
    return account


def _is_worn(expires_at: datetime) -> bool:
    return now() + LIFE - expires_at > _RENEW


def _hash(cookie: str) -> bytes:
    return sha256(cookie.encode()).digest()
