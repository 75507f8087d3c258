"""Accounts as signing in needs them: one row with its groups, kept for some seconds in each process.

An API request authenticates itself anew each time; without this it would cost a statement, and with Basic credentials
an Argon2 run. What another process changed is seen here after `TTL` at the latest.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from threading import Lock

from cachetools import TTLCache
from sqlalchemy import ARRAY, Select, Text, bindparam, func, select
from sqlalchemy.engine import Row

from process_server import clock
from process_server.db import Json, Session, after_commit
from process_server.identity.models import Membership, StandIn, User
from process_server.identity.principal import Principal

TTL = 30  # seconds

_GROUPS = func.array(
    select(Membership.group_id).where(Membership.user_id == User.id).correlate(User).scalar_subquery(),
    type_=ARRAY(Text),
).label("groups")
# of all times: whether one is in force is looked at each time, however long the account has been kept
_STAND_INS = (
    select(
        func.jsonb_agg(
            func.jsonb_build_array(
                StandIn.user_id,
                func.extract("epoch", StandIn.starts_at),
                func.extract("epoch", StandIn.ends_at),
                StandIn.process_keys,
            ),
            type_=Json(),
        )
    )
    .where(StandIn.substitute_id == User.id)
    .correlate(User)
    .scalar_subquery()
    .label("stand_ins")
)
COLUMNS = (
    User.id,
    User.name,
    User.name_en,
    User.admin,
    User.language,
    User.department_id,
    User.active,
    User.password_hash,
    _GROUPS,
    _STAND_INS,
)
_BY_ID: Select[*tuple[object, ...]] = select(*COLUMNS).where(User.id == bindparam("user_id"))

_cache: TTLCache[str, "Account"] = TTLCache(maxsize=20_000, ttl=TTL)
_lock = Lock()


@dataclass(frozen=True, slots=True)
class _Period:
    """When a user stands in for somebody, in seconds since the epoch; without processes in all of them."""

    person: str
    starts: float
    ends: float | None
    processes: frozenset[str] | None

    def holds(self, at: float) -> bool:
        return self.starts <= at and (self.ends is None or at < self.ends)


@dataclass(frozen=True, slots=True)
class Account:
    """What there is to know of a user when they sign in."""

    person: Principal
    active: bool
    password_hash: str | None
    periods: tuple[_Period, ...] = ()

    @property
    def principal(self) -> Principal:
        """The user, with whom they stand in for at this moment."""
        if not self.periods:
            return self.person
        at = clock.timestamp()
        return replace(self.person, stands_in_for=_in_force(period for period in self.periods if period.holds(at)))


def _in_force(periods: Iterable[_Period]) -> dict[str, frozenset[str] | None]:
    found: dict[str, frozenset[str] | None] = {}
    for period in periods:
        known = found.get(period.person, frozenset())
        found[period.person] = None if known is None or period.processes is None else known | period.processes
    return found


def account_of(row: Row[*tuple[object, ...]]) -> Account:
    """Make the account from a row of `COLUMNS`."""
    principal = Principal(
        row.id, row.name, frozenset(row.groups), row.admin, row.language, row.department_id, name_en=row.name_en
    )
    periods = tuple(
        _Period(person, float(starts), None if ends is None else float(ends), frozenset(processes) or None)
        for person, starts, ends, processes in row.stand_ins or ()
    )
    return Account(principal, row.active, row.password_hash, periods)


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
