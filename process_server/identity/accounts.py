"""Accounts as signing in needs them: one row with its groups, kept for some seconds in each process.

An API request authenticates itself anew each time; without this it would cost a statement, and with Basic credentials
an Argon2 run. What another process changed is seen here after `TTL` at the latest.
"""

from dataclasses import dataclass
from threading import Lock

from cachetools import TTLCache
from sqlalchemy import ARRAY, Select, Text, bindparam, func, select
from sqlalchemy.engine import Row

from process_server.db import Session, after_commit
from process_server.identity.models import Membership, User
from process_server.identity.principal import Principal

TTL = 30  # seconds

_GROUPS = func.array(
    select(Membership.group_id).where(Membership.user_id == User.id).correlate(User).scalar_subquery(),
    type_=ARRAY(Text),
).label("groups")
COLUMNS = (
    User.id,
    User.name,
    User.admin,
    User.language,
    User.department_id,
    User.active,
    User.password_hash,
    _GROUPS,
)
_BY_ID: Select[*tuple[object, ...]] = select(*COLUMNS).where(User.id == bindparam("user_id"))

_cache: TTLCache[str, "Account"] = TTLCache(maxsize=20_000, ttl=TTL)
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Account:
    """What there is to know of a user when they sign in."""

    principal: Principal
    active: bool
    password_hash: str | None


def account_of(row: Row[*tuple[object, ...]]) -> Account:
    """Make the account from a row of `COLUMNS`."""
    principal = Principal(row.id, row.name, frozenset(row.groups), row.admin, row.language, row.department_id)
    return Account(principal, row.active, row.password_hash)


def find_account(session: Session, user_id: str, *, fresh: bool = False) -> Account | None:
    """Return the account, at most `TTL` seconds old, or straight from the table where it must be `fresh`."""
    with _lock:
        kept = None if fresh else _cache.get(user_id)
    if kept is not None:
        return kept
    if "\0" in user_id:  # no column can hold it
        return None
    row = session.execute(_BY_ID, {"user_id": user_id}).first()
    if row is None:
        return None
    account = account_of(row)
    with _lock:
        _cache[user_id] = account
    return account


def forget(session: Session, user_id: str) -> None:
    """Drop what this process keeps of an account that changes: now, and again when the change is committed."""
    _drop(user_id)
    after_commit(session, lambda: _drop(user_id))


def _drop(user_id: str) -> None:
    with _lock:
        _cache.pop(user_id, None)
