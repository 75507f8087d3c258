"""Mail: a row written with what caused it; claimed, sent over SMTP outside any transaction, and marked.

Sending is at least once: a server that dies between sending and marking sends again under the same Message-ID, by
which mail systems drop the copy. Without an SMTP server mails stay as rows in the state `kept`, where an administrator
sees them.
"""

import smtplib
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import Row, insert

from process_server.clock import now
from process_server.config import settings
from process_server.db import Session, new_id, table_of
from process_server.errors import InvalidInput
from process_server.tasks.telling.attempts import Outcome, Outgoing
from process_server.tasks.telling.models import Mail

TIMEOUT = 20.0  # seconds for each step of talking to the mail server

_t = table_of(Mail)
_INSERT = insert(_t)
_OUTGOING = Outgoing(
    _t,
    ("id", "recipient", "cc", "subject", "body", "created_at", "attempts", "unsubscribe_key"),
    first_delay=timedelta(minutes=1),  # the eighth attempt comes after two hours
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one person of this server, who may ask for no more of them by its key."""

    to: str
    subject: str
    body: str
    user_task_id: UUID | None = None
    process_instance_id: UUID | None = None
    unsubscribe_key: str | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that this process sends now."""

    id: UUID
    message: EmailMessage
    attempts: int


def write_mail(
    session: Session,
    to: Iterable[str],
    subject: str,
    body: str,
    *,
    cc: Iterable[str] = (),
    user_task_id: UUID | None = None,
    process_instance_id: UUID | None = None,
) -> UUID:
    """Write a mail to be sent once this transaction is committed; return its id.

    Raises InvalidInput for an address no mail can be sent to.
    """
    recipients, copies = _addresses("to", to), _addresses("cc", cc)
    if not recipients:
        raise InvalidInput([{"field": "to", "code": "required", "params": {}}])
    letter = Letter(", ".join(recipients), subject, body, user_task_id, process_instance_id)
    row = _row(letter) | {"cc": ", ".join(copies) or None}
    session.execute(_INSERT, row)
    identifier: UUID = row["id"]
    return identifier


def write_many(session: Session, letters: Iterable[Letter]) -> None:
    """Write mails to people whose addresses were looked at before (`is_address`)."""
    rows = [_row(letter) for letter in letters]
    if rows:
        session.execute(_INSERT, rows)


def _row(letter: Letter) -> dict[str, Any]:
    return {
        "id": new_id(),
        "recipient": letter.to,
        "cc": None,
        "subject": " ".join(letter.subject.split()),
        "body": letter.body,
        "state": "pending",
        "attempts": 0,
        "next_attempt_at": now(),
        "created_at": now(),
        "user_task_id": letter.user_task_id,
        "process_instance_id": letter.process_instance_id,
        "unsubscribe_key": letter.unsubscribe_key,
    }


def is_address(written: str | None) -> bool:
    """Say whether mail can be sent to what stands in a person's account."""
    if not written:
        return False
    try:
        _address("to", written)
    except InvalidInput:
        return False
    return True


def claim_due(session: Session, most: int = 20) -> list[Claimed]:
    """Take mails that are due, so that no other worker sends them for some minutes."""
    return [Claimed(row.id, _message(row), row.attempts) for row in _OUTGOING.claim(session, most)]


def send(mails: Sequence[Claimed]) -> dict[UUID, Outcome]:
    """Send mails over one connection, outside any transaction; return how each went.

    A connection that breaks is charged to the mail it broke at; the others go over a new one. A server that is away or
    hangs is not asked again for the rest.
    """
    outcomes: dict[UUID, Outcome] = {}
    waiting = list(mails)
    while waiting:
        try:
            with _connect(settings().smtp_url) as server:
                while waiting:
                    outcomes[waiting[0].id] = _send_one(server, waiting[0].message)
                    del waiting[0]
        except smtplib.SMTPServerDisconnected as error:
            broken = waiting.pop(0)
            outcomes[broken.id] = Outcome("again", f"mail server: {error}")
        except (OSError, smtplib.SMTPException) as error:
            away = Outcome("again", f"mail server: {error}")
            outcomes |= {mail.id: away for mail in waiting}
            break
    return outcomes


def mark(session: Session, mail: Claimed, outcome: Outcome) -> None:
    """Write down how sending went."""
    _OUTGOING.mark(session, mail.id, mail.attempts, outcome)


def keep(session: Session, mail: Claimed) -> None:
    """Leave a mail that cannot be sent because the server has no SMTP, visible and unsent."""
    _OUTGOING.keep(session, mail.id)


def _addresses(field: str, addresses: Iterable[str]) -> list[str]:
    return [_address(field, written) for written in addresses]


def _address(field: str, written: str) -> str:
    name, address = parseaddr(written)
    try:
        parsed = Address(display_name=name, addr_spec=address)
        if not (parsed.username and parsed.domain and written.isprintable()):
            raise ValueError(written)
    except (ValueError, IndexError, MessageError) as error:
        raise InvalidInput([{"field": field, "code": "address", "params": {"value": written}}]) from error
    return str(parsed)


def _message(row: Row[Any]) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = settings().mail_from
    message["To"] = row.recipient
    if row.cc:
        message["Cc"] = row.cc
    message["Subject"] = row.subject
    message["Date"] = format_datetime(row.created_at)
    message["Message-ID"] = f"<{row.id}@{parseaddr(settings().mail_from)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    if row.unsubscribe_key and settings().base_url:  # RFC 8058: mail programs offer a button for it
        message["List-Unsubscribe"] = f"<{settings().base_url.rstrip('/')}/unsubscribe/{row.unsubscribe_key}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(row.body)
    return message


def _connect(url: str) -> smtplib.SMTP:
    """Open `smtp://[user:password@]host[:port]` (encrypted where the server offers it) or `smtps://..`."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=TIMEOUT, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server


def _send_one(server: smtplib.SMTP, message: EmailMessage) -> Outcome:
    try:
        refused = server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        final = all(code >= 500 for code, _ in error.recipients.values())
        return Outcome("failed" if final else "again", f"refused: {_reasons(error.recipients)}")
    except smtplib.SMTPNotSupportedError as error:  # an address beyond ASCII, to a server of the old kind
        return Outcome("failed", str(error))
    except smtplib.SMTPResponseException as error:
        final = error.smtp_code >= 500
        return Outcome("failed" if final else "again", f"{error.smtp_code} {_text(error.smtp_error)}")
    return Outcome("sent", f"refused: {_reasons(refused)}" if refused else None)


def _reasons(refused: Mapping[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{address}: {code} {_text(reason)}" for address, (code, reason) in refused.items())


def _text(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer
