"""Keeping what people chose to be told of, and what the company says: each a row, read when something is told."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from cachetools import TTLCache, cached
from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from process_server.clock import now
from process_server.db import Session, address_of, after_commit, table_of
from process_server.identity import audit
from process_server.identity.principal import Principal
from process_server.tasks.deadlines.models import NotificationChoice, NotificationPolicy
from process_server.tasks.telling.matrix import APP, DIGEST, EVENTS, MAIL, Choices, Digest, Policy, Reader, channels

TTL = 30.0  # seconds after which a process sees a policy that another one changed

_c, _p = table_of(NotificationChoice), table_of(NotificationPolicy)
_OF_MANY = select(_c.c.user_id, _c.c.choices, _c.c.unsubscribe_key, _c.c.next_digest_at).where(
    _c.c.user_id.in_(bindparam("users", expanding=True))
)
_ALL = select(_c.c.user_id, _c.c.choices)

Stored = TypeVar("Stored", Choices, Policy)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for who chose nothing: events not shown in the application, and those that go out elsewhere."""

    muted: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


_kept: TTLCache[str, Policy] = TTLCache(4, TTL)  # by the address of the database


@cached(_kept, key=address_of, lock=Lock())
def policy(session: Session) -> Policy:
    """Return what the company says, at most `TTL` seconds old."""
    return _lenient(Policy, session.execute(select(_p.c.policy)).scalar_one_or_none() or {})


def forget() -> None:
    """Read the policy anew when it is next asked for."""
    _kept.clear()


def set_policy(session: Session, new: Policy, *, actor: Principal) -> None:
    """Say how people are told of things who chose nothing, and how everybody is at least; for administrators."""
    actor.require_admin()
    row = {"policy": new.model_dump(), "changed_at": now(), "changed_by": actor.user_id}
    statement = insert(NotificationPolicy).values(id=1, **row)
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=row))
    for user_id, choices in session.execute(_ALL).all():
        _write(session, Reader(user_id, _lenient(Choices, choices), new))
    audit.record(session, actor.user_id, "set", "notification_policy", "1", policy=new.model_dump())
    forget()
    after_commit(session, forget)


def set_choices(session: Session, user_id: str, choices: Choices) -> None:
    """Choose how one is told of things."""
    _write(session, Reader(user_id, choices, policy(session)))


def readers(session: Session, user_ids: Iterable[str]) -> dict[str, Reader]:
    """Return how people are told of things, by id."""
    said, wanted = policy(session), sorted(set(user_ids))
    found = {
        row.user_id: Reader(
            row.user_id, _lenient(Choices, row.choices), said, row.unsubscribe_key, row.next_digest_at is not None
        )
        for row in session.execute(_OF_MANY, {"users": wanted})
    }
    return {user_id: found.get(user_id) or Reader(user_id, Choices(), said) for user_id in wanted}


def ensure_stored(session: Session, reader: Reader) -> str:
    """Give a person's choices a row, where the key of their unsubscribe link and their next summary stand."""
    return reader.unsubscribe_key or _write(session, reader)


def unsubscribe(session: Session, key: str) -> str | None:
    """Send no more mail to the person of a link; return who it is, None where nobody has this link.

    What the company tells everybody at least still comes.
    """
    row = session.execute(select(_c.c.user_id, _c.c.choices).where(_c.c.unsubscribe_key == key)).one_or_none()
    if row is None:
        return None
    reader = Reader(row.user_id, _lenient(Choices, row.choices), policy(session))
    without = {event: sorted(reader.channels_of(event) - {MAIL, DIGEST}) for event in EVENTS}
    chosen = reader.choices.model_copy(update={"events": without, "digest": Digest(every="never")})
    set_choices(session, row.user_id, chosen)
    audit.record(session, row.user_id, "unsubscribe", "user", row.user_id)
    user_id: str = row.user_id
    return user_id


def defaults(session: Session) -> Defaults:
    """Return what holds for who chose nothing."""
    return _defaults(Reader("", Choices(), policy(session)))


def _defaults(reader: Reader) -> Defaults:
    chosen = {event: reader.channels_of(event) for event in EVENTS}
    return Defaults(
        muted=[event for event, by in chosen.items() if APP not in by],
        elsewhere=[event for event, by in chosen.items() if by - {APP}],
    )


def _write(session: Session, reader: Reader) -> str:
    told = _defaults(reader)
    row = {
        "choices": reader.choices.model_dump(),
        "muted": told.muted,
        "elsewhere": told.elsewhere,
        "next_digest_at": reader.next_digest(now()),
        "changed_at": now(),
    }
    key = secrets.token_urlsafe(24)
    statement = insert(NotificationChoice).values(user_id=reader.user_id, unsubscribe_key=key, **row)
    stored: str = session.execute(
        statement.on_conflict_do_update(index_elements=["user_id"], set_=row).returning(_c.c.unsubscribe_key)
    ).scalar_one()
    return stored


def _lenient(kind: type[Stored], stored: Mapping[str, Any]) -> Stored:
    """Read what was stored; channels whose gateway is gone, and events of another version, are left out."""
    kept = dict(stored)
    for name in ("events", "default", "minimum"):
        if name in kept:
            kept[name] = {
                event: [each for each in chosen if each in channels()]
                for event, chosen in kept[name].items()
                if event in EVENTS
            }
    return kind.model_validate(kept)
