"""Channels beside mail: each a gateway of the settings that takes a message as JSON over HTTP, such as one for SMS.

A message is a row; it is claimed, posted outside any transaction under its id as Idempotency-Key, and tried again with
back-off. A gateway that does not answer is left alone for the rest of a run, and keeps no other one waiting.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

import httpx
from sqlalchemy import bindparam, insert, literal_column, select, update

from process_server import values
from process_server.clock import now
from process_server.config import settings
from process_server.db import Session, new_id, table_of
from process_server.tasks.deadlines.models import Delivery

ATTEMPTS = 8
TIMEOUT = 10.0  # seconds
_FIRST_DELAY = timedelta(seconds=30)  # doubled after each failure: the eighth attempt comes after an hour
_LEASE = timedelta(minutes=5)  # a claimed message whose sender died is free again after this
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})  # the gateway may answer differently later
_ADDRESS = {"sms": "phone"}  # the attribute of a person that a gateway's address stands in, where not its own name

_d = table_of(Delivery)
_INSERT = insert(_d)
_DUE = (
    select(_d.c.id)
    .where(
        _d.c.state == literal_column("'pending'"),
        _d.c.next_attempt_at <= bindparam("now"),
        _d.c.channel == bindparam("gateway"),
    )
    .order_by(_d.c.next_attempt_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(_d)
    .where(_d.c.id.in_(_DUE.scalar_subquery()))
    .values(next_attempt_at=bindparam("until"), attempts=_d.c.attempts + 1)
    .returning(_d.c.id, _d.c.channel, _d.c.recipient, _d.c.address, _d.c.subject, _d.c.body, _d.c.attempts)
)
_MARK = (
    update(_d)
    .where(_d.c.id == bindparam("message"))
    .values(
        state=bindparam("new_state"),
        error=bindparam("reason"),
        sent_at=bindparam("at"),
        next_attempt_at=bindparam("again"),
    )
)


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody is to be told by a gateway."""

    channel: str
    recipient: str
    address: str
    subject: str
    body: str
    user_task_id: UUID | None = None
    process_instance_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process posts now."""

    id: UUID
    channel: str
    recipient: str
    address: str
    subject: str
    body: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How posting went: sent, again later, or failed for good."""

    state: Literal["sent", "again", "failed"]
    reason: str | None = None


class GatewayAway(Exception):
    """A gateway does not answer: the others of its messages need not be tried now."""


def address_of(channel: str, attributes: Mapping[str, Any]) -> str | None:
    """Return where a gateway reaches a person: their attribute of its name, for SMS their phone."""
    found = attributes.get(channel) or attributes.get(_ADDRESS.get(channel, channel))
    return str(found) if found else None


def write_many(session: Session, messages: Iterable[Message]) -> None:
    """Write messages to be posted once this transaction is committed."""
    rows = [
        {
            **asdict(message),
            "id": new_id(),
            "state": "pending",
            "attempts": 0,
            "next_attempt_at": now(),
            "created_at": now(),
        }
        for message in messages
    ]
    if rows:
        session.execute(_INSERT, rows)


def claim_due(session: Session, gateway: str, most: int = 20) -> list[Claimed]:
    """Take messages of one gateway that are due, so that no other worker posts them for some minutes."""
    given = {"now": now(), "until": now() + _LEASE, "most": most, "gateway": gateway}
    return [Claimed(*row) for row in session.execute(_CLAIM, given)]


def post_all(messages: Sequence[Claimed]) -> dict[UUID, Outcome]:
    """Post messages of one gateway, outside any transaction; return how each went."""
    outcomes: dict[UUID, Outcome] = {}
    for number, message in enumerate(messages):
        try:
            outcomes[message.id] = post(message)
        except GatewayAway as error:
            away = Outcome("again", str(error))
            return outcomes | {each.id: away for each in messages[number:]}
    return outcomes


def post(message: Claimed) -> Outcome:
    """Post one message. Raises GatewayAway."""
    url = settings().gateways.get(message.channel)
    if url is None:
        return Outcome("failed", f"there is no gateway {message.channel} any more")
    body = {
        "id": message.id,
        "channel": message.channel,
        "to": message.address,
        "user": message.recipient,
        "subject": message.subject,
        "text": message.body,
    }
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(message.id)}
    try:
        answer = _client().post(url, content=values.encode(body), headers=headers)
    except httpx.HTTPError as error:
        raise GatewayAway(f"{type(error).__name__}: {error}") from error
    if answer.status_code < 400:
        return Outcome("sent")
    again = answer.status_code in _AGAIN
    return Outcome("again" if again else "failed", f"{answer.status_code} {answer.text[:300]}")


def mark(session: Session, message: Claimed, outcome: Outcome) -> None:
    """Write down how posting went; what is to be tried again fails for good after `ATTEMPTS`."""
    state: str = outcome.state
    if state == "again":
        state = "failed" if message.attempts >= ATTEMPTS else "pending"
    at: datetime | None = now() if state == "sent" else None
    again = now() + _FIRST_DELAY * 2 ** (message.attempts - 1)
    session.execute(
        _MARK, {"message": message.id, "new_state": state, "reason": outcome.reason, "at": at, "again": again}
    )


@lru_cache(maxsize=1)
def _client() -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT, limits=httpx.Limits(max_connections=20), follow_redirects=False)
