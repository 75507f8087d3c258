"""Browsers on their way to the identity provider: each comes back once, by the browser that was sent, and soon."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import bindparam, delete, insert

from process_server.clock import now
from process_server.db import Session, table_of
from process_server.errors import SignInRefused
from process_server.identity.models import PendingSignIn
from process_server.identity.oidc import Trip

LIFE = timedelta(minutes=15)  # in which somebody types a password and finds their second factor

_p = table_of(PendingSignIn)
_EXPIRED = delete(_p).where(_p.c.expires_at <= bindparam("now"))
_TAKE = delete(_p).where(_p.c.state_hash == bindparam("state")).returning(_p)


@dataclass(frozen=True, slots=True)
class Returned:
    """Somebody who came back: what they were sent with, and the page they wanted."""

    trip: Trip
    next: str


def begin(session: Session, trip: Trip, next: str) -> str:
    """Remember that a browser is sent to the provider; return the value of the cookie by which it is known again."""
    browser = secrets.token_urlsafe(32)
    session.execute(_EXPIRED, {"now": now()})
    row = {
        "state_hash": _hash(trip.state),
        "browser_hash": _hash(browser),
        "nonce": trip.nonce,
        "code_verifier": trip.code_verifier,
        "next": next,
        "expires_at": now() + LIFE,
    }
    session.execute(insert(_p), row)
    return browser


def take(session: Session, state: str, browser: str) -> Returned:
    """Return what a browser was sent with. A second time, too late or by another browser: raises SignInRefused."""
    row = session.execute(_TAKE, {"state": _hash(state)}).one_or_none()
    if row is None or row.expires_at <= now() or not hmac.compare_digest(row.browser_hash, _hash(browser)):
        raise SignInRefused("This sign-in was used already, took too long, or was begun in another browser.")
    return Returned(Trip(state, row.nonce, row.code_verifier), row.next)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
