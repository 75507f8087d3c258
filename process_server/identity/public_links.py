"""Public links: an address by which anybody may fill in one start form; made, looked up, counted, revoked."""

import hmac
import re
import secrets
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import bindparam, select, update

from process_server.clock import now
from process_server.db import Session, new_id, table_of
from process_server.errors import Invalid, InvalidInput, NotFound
from process_server.identity import audit
from process_server.identity.models import PublicLink
from process_server.identity.principal import Principal
from process_server.identity.users import LINK

QUICKEST = timedelta(seconds=2)  # no person fills in a form faster
LATEST = timedelta(hours=24)  # a page left open longer asks to be loaded anew
MAX_ORIGINS = 20

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:\d{1,5})?")
_link = table_of(PublicLink)
_FIND = select(PublicLink).where(PublicLink.token_hash == bindparam("hash"))
_HOLD = select(_link.c.uses).where(_link.c.id == bindparam("id")).with_for_update()
_USE = update(_link).where(_link.c.id == bindparam("link")).values(uses=_link.c.uses + 1, last_used_at=bindparam("at"))


class LinkClosed(NotFound):
    """This link is not in use, or no longer. Ask whoever gave it to you for a new one."""

    code = "link_closed"


class BadStamp(Invalid):
    """This page is too old. Load it again; what you have entered can be sent then."""

    code = "bad_stamp"


class TooQuick(Invalid):
    """That was quicker than a person can be. Wait a moment, then send it again."""

    code = "too_quick"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Proof that a form was handed out: when, and which copy of it."""

    nonce: str
    issued_at: datetime


def create_link(
    session: Session,
    name: str,
    process_key: str,
    *,
    actor: Principal,
    start_element: str | None = None,
    language: str | None = None,
    origins: Iterable[str] = (),
    expires_at: datetime | None = None,
    max_uses: int | None = None,
) -> tuple[PublicLink, str]:
    """Make a link; return it with its secret, which is shown this once. `origins` are sites that may embed the form.

    Raises InvalidInput for a site that is none, or an end that has passed.
    """
    actor.require_admin()
    sites = list(dict.fromkeys(origin.rstrip("/") for origin in origins))
    if len(sites) > MAX_ORIGINS or not all(_ORIGIN.fullmatch(site) for site in sites):
        raise InvalidInput([{"field": "origins", "code": "origin", "params": {"maximum": MAX_ORIGINS}}])
    if expires_at is not None and expires_at <= now():
        raise InvalidInput([{"field": "expires_at", "code": "past", "params": {}}])
    secret = secrets.token_urlsafe(24)
    link = PublicLink(
        id=new_id(), token_hash=_hash(secret), stamp_key=secrets.token_bytes(32), name=name, process_key=process_key,
        start_element=start_element, language=language, origins=sites, expires_at=expires_at, max_uses=max_uses, uses=0,
        created_by=actor.user_id, created_at=now(),
    )  # fmt: skip
    session.add(link)
    session.flush()
    audit.record(session, actor.user_id, "create_public_link", "public_link", link.id, name=name, process=process_key)
    return link, secret


def list_links(session: Session) -> list[PublicLink]:
    """Return all links, the newest first."""
    return list(session.scalars(select(PublicLink).order_by(PublicLink.id.desc())))


def revoke_link(session: Session, link_id: UUID, *, actor: Principal) -> None:
    """Close a link at once and for ever. Raises NotFound."""
    actor.require_admin()
    link = session.get(PublicLink, link_id)
    if link is None:
        raise NotFound(kind="public link", id=link_id)
    if link.revoked_at is None:
        link.revoked_at = now()
        session.flush()
        audit.record(session, actor.user_id, "revoke_public_link", "public_link", link_id, name=link.name)


def find_link(session: Session, secret: str) -> PublicLink:
    """Return the link with this secret, open or not. Raises LinkClosed where there is none."""
    link = session.scalars(_FIND, {"hash": _hash(secret)}).one_or_none()
    if link is None:
        raise LinkClosed
    return link


def find_open_link(session: Session, secret: str) -> PublicLink:
    """Return the link with this secret. Raises LinkClosed where it is revoked, past its end or used up."""
    link = find_link(session, secret)
    if not is_open(link):
        raise LinkClosed
    return link


def is_open(link: PublicLink) -> bool:
    """Say whether a form may still be sent by the link."""
    ended = link.revoked_at is not None or (link.expires_at is not None and link.expires_at <= now())
    return not ended and (link.max_uses is None or link.uses < link.max_uses)


def hold(session: Session, link: PublicLink) -> None:
    """Wait for others who send by the link just now, and see what they left."""
    session.execute(_HOLD, {"id": link.id})
    session.refresh(link)


def count_use(session: Session, link: PublicLink) -> None:
    """Count a form that was sent."""
    session.execute(_USE, {"link": link.id, "at": now()})


def principal_of(link: PublicLink) -> Principal:
    """Return who acts when a form is sent: the link itself, which may do nothing else."""
    return Principal(f"{LINK}{link.id}", link.name, language=link.language)


def issue_stamp(link: PublicLink) -> str:
    """Return the stamp of a form that is handed out now."""
    body = f"{int(now().timestamp() * 1000)}.{new_id().hex}"
    return f"{body}.{_sign(link, body)}"


def read_stamp(link: PublicLink, stamp: str) -> Stamp:
    """Return what a stamp says. Raises BadStamp where the link did not sign it."""
    body, _, signature = stamp.rpartition(".")
    if not hmac.compare_digest(_sign(link, body).encode(), signature.encode()):
        raise BadStamp
    issued, _, nonce = body.partition(".")
    return Stamp(nonce, datetime.fromtimestamp(int(issued) / 1000, now().tzinfo))


def check_stamp(link: PublicLink, stamp: str) -> Stamp:
    """Return what the stamp of a form says that is sent now. Raises BadStamp, TooQuick."""
    read = read_stamp(link, stamp)
    age = now() - read.issued_at
    if age > LATEST:
        raise BadStamp
    if age < QUICKEST:
        raise TooQuick
    return read


def reference_of(link: PublicLink, stamp: Stamp) -> str:
    """Return the number by which whoever sent a form can ask for it: eight letters and digits, hard to mistake."""
    code = b32encode(hmac.digest(link.stamp_key, f"reference {stamp.nonce}".encode(), "sha256")[:5]).decode()
    return f"{code[:4]}-{code[4:]}"


def _sign(link: PublicLink, body: str) -> str:
    return hmac.digest(link.stamp_key, body.encode(), "sha256").hex()


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
