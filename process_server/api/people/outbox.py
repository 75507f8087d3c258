"""What was sent outside, or could not be: mails and messages of gateways, for administrators."""

from datetime import datetime
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Response

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.paging import page_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Cursor, Limit, Page, Query, Request, Shown
from process_server.api.ground.transaction import transaction
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.telling import outbox

router = resource("", "mails")


class Sent(Shown):
    """What mails and messages have in common; not what they say, which is for their readers."""

    id: UUID
    recipient: str
    subject: str
    state: str
    attempts: int
    error: str | None
    created_at: datetime
    next_attempt_at: datetime
    sent_at: datetime | None
    user_task_id: UUID | None
    process_instance_id: UUID | None


class MailShown(Sent):
    """A mail."""

    cc: str | None


class MessageShown(Sent):
    """A message of a gateway: `recipient` is the user, `address` where the gateway reaches them."""

    channel: str
    address: str


class MailQuery(Query):
    """Of which state; kept are mails of a server that has no SMTP."""

    state: Literal["pending", "sent", "failed", "kept"] = "failed"
    limit: Limit = 50
    cursor: Cursor = None


class Again(Request):
    """Mails of which state to send again."""

    state: Literal["failed", "kept"]


class Retried(Shown):
    """How many are sent again."""

    retried: int


@router.get("/mails", response_model=Page[MailShown])
@transaction("mails:read")
def find(session: Session, actor: Principal, query: Annotated[MailQuery, QueryParameters()]) -> Response:
    """List mails of a state, the newest first; for administrators."""
    fetch = partial(outbox.list_mails, session, actor, query.state)
    return answer(page_of(fetch, "created_at", query.limit, query.cursor))


@router.post("/mails/retry", response_model=Retried, responses=documented(413))
@transaction("mails:write")
def retry_all(session: Session, actor: Principal, body: Again) -> Response:
    """Send all mails again that failed or were kept; for administrators."""
    return answer({"retried": outbox.retry_mails(session, body.state, actor)})


@router.post("/mails/{mail_id}/retry", status_code=204, responses=documented(404, 409))
@transaction("mails:write")
def retry(session: Session, actor: Principal, mail_id: UUID) -> Response:
    """Send a mail again; for administrators."""
    outbox.retry_mail(session, mail_id, actor)
    return nothing()


@router.get("/messages-sent", response_model=Page[MessageShown])
@transaction("mails:read")
def find_messages(session: Session, actor: Principal, query: Annotated[MailQuery, QueryParameters()]) -> Response:
    """List messages of gateways of a state, the newest first; for administrators."""
    fetch = partial(outbox.list_messages, session, actor, query.state)
    return answer(page_of(fetch, "created_at", query.limit, query.cursor))


@router.post("/messages-sent/{message_id}/retry", status_code=204, responses=documented(404, 409))
@transaction("mails:write")
def retry_message(session: Session, actor: Principal, message_id: UUID) -> Response:
    """Send a message of a gateway again; for administrators."""
    outbox.retry_message(session, message_id, actor)
    return nothing()
