"""Channels beside mail: each a gateway of the settings that takes a message as JSON over HTTP, such as one for SMS.

A message is a row; it is claimed, posted outside any transaction under its id as Idempotency-Key, and tried again with
back-off. A gateway that does not answer is left alone for the rest of a run, and keeps no other one waiting.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import bindparam, insert

from process_server import values
from process_server.clock import now
from process_server.config import settings
from process_server.db import Session, new_id, table_of
from process_server.tasks.deadlines.models import Delivery
from process_server.tasks.telling.attempts import Outcome, Outgoing

TIMEOUT = 10.0  # seconds
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})  # the gateway may answer differently later
_ADDRESS = {"sms": "phone"}  # the attribute of a person that a gateway's address stands in, where not its own name

_d = table_of(Delivery)
_INSERT = insert(_d)
_OUTGOING = Outgoing(
    _d,
    ("id", "channel", "recipient", "address", "subject", "body", "attempts"),
    first_delay=timedelta(seconds=30),  # the eighth attempt comes after an hour
    among=[_d.c.channel == bindparam("gateway")],
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
    return [Claimed(**row._mapping) for row in _OUTGOING.claim(session, most, gateway=gateway)]


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
    """Write down how posting went."""
    _OUTGOING.mark(session, message.id, message.attempts, outcome)


@lru_cache(maxsize=1)
def _client() -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT, limits=httpx.Limits(max_connections=20), follow_redirects=False)
