"""API tokens of people and systems: made, listed, revoked, and recognised on every request."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from uuid import UUID

from cachetools import TTLCache
from sqlalchemy import bindparam, delete, select, update

from process_server.clock import now
from process_server.db import Session, after_commit, new_id, table_of
from process_server.errors import Invalid, NotAuthenticated, NotFound
from process_server.identity import accounts, audit, users
from process_server.identity.models import ApiToken
from process_server.identity.principal import Principal

PREFIX = "ps_"
LENGTH = len(PREFIX) + 43  # of 32 bytes in base64
TTL = 30  # seconds that a token, once looked up, is believed; a revoked one may live as long in another process
_USED = timedelta(minutes=5)  # `last_used_at` is written at most this often

_FIND = select(ApiToken.id, ApiToken.user_id, ApiToken.scopes, ApiToken.expires_at, ApiToken.last_used_at).where(
    ApiToken.token_hash == bindparam("hash")
)
_TOUCH = update(table_of(ApiToken)).where(ApiToken.id == bindparam("token_id")).values(last_used_at=bindparam("at"))

_cache: TTLCache[bytes, "_Known"] = TTLCache(maxsize=10_000, ttl=TTL)
_lock = Lock()


@dataclass(frozen=True, slots=True)
class _Known:
    token_id: UUID
    user_id: str
    scopes: frozenset[str]
    expires_at: datetime | None


def create_token(
    session: Session,
    user_id: str,
    name: str,
    *,
    scopes: Iterable[str] = (),
    expires_at: datetime | None = None,
    actor: str | None = None,
) -> tuple[ApiToken, str]:
    """Make a token of a user; return it with its secret, which is shown this once. No scopes: all the user may do."""
    users.find(session, user_id)
    if expires_at is not None and expires_at <= now():
        raise Invalid("This ends before it begins, or has ended already.")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        id=new_id(),
        user_id=user_id,
        name=name,
        token_hash=_hash(secret),
        scopes=sorted(set(scopes)),
        created_at=now(),
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()
    told = {"name": name, "token": token.id, "scopes": token.scopes, "until": expires_at}
    audit.record(session, actor or user_id, "create_token", "user", user_id, **told)
    return token, secret


def tokens_of(session: Session, user_id: str) -> list[ApiToken]:
    """Return the tokens of a user, newest first."""
    return list(session.scalars(select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.id.desc())))


def tokens_for(session: Session, user_id: str | None, principal: Principal) -> list[ApiToken]:
    """Return one's own tokens; of somebody else an administrator may ask. Raises NotAllowed, NotFound."""
    if user_id is None or user_id == principal.user_id:
        return tokens_of(session, principal.user_id)
    principal.require_admin()
    return tokens_of(session, users.find(session, user_id).id)


def revoke_token(session: Session, token_id: UUID, principal: Principal) -> None:
    """End a token of one's own, or as an administrator of anybody. Raises NotFound."""
    token = session.get(ApiToken, token_id)
    if token is None or not (principal.admin or token.user_id == principal.user_id):
        raise NotFound(kind="token", id=token_id)
    token_hash = token.token_hash
    session.execute(delete(table_of(ApiToken)).where(ApiToken.id == token_id))
    session.expunge(token)
    _drop(token_hash)
    after_commit(session, lambda: _drop(token_hash))
    audit.record(session, principal.user_id, "revoke_token", "user", token.user_id, name=token.name, token=token_id)


def is_token(secret: str) -> bool:
    """Say whether this has the form of a token's secret, which some clients send where a password belongs."""
    return secret.startswith(PREFIX) and len(secret) == LENGTH


def authenticate_token(session: Session, secret: str) -> Principal:
    """Return who sends this token; one seen within `TTL` seconds costs no statement. Raises NotAuthenticated."""
    token_hash = _hash(secret)
    with _lock:
        known = _cache.get(token_hash)
    if known is None:
        known = _look_up(session, token_hash)
    account = accounts.find_account(session, known.user_id)
    if account is None or not account.active or (known.expires_at is not None and known.expires_at <= now()):
        raise NotAuthenticated("This token is no longer valid.")
    return replace(account.principal, scopes=known.scopes, token_id=known.token_id)


def _look_up(session: Session, token_hash: bytes) -> _Known:
    row = session.execute(_FIND, {"hash": token_hash}).first()
    if row is None:
        raise NotAuthenticated("This token is not valid.")
    if row.last_used_at is None or now() - row.last_used_at > _USED:
        session.execute(_TOUCH, {"token_id": row.id, "at": now()})
    known = _Known(row.id, row.user_id, frozenset(row.scopes), row.expires_at)
    with _lock:
        _cache[token_hash] = known
    return known


def _drop(token_hash: bytes) -> None:
    with _lock:
        _cache.pop(token_hash, None)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
