"""The mails and messages that went out, or could not: for administrators, who send them again."""

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from process_server.config import settings
from process_server.i18n import gettext_noop
from process_server.tasks.telling import outbox
from process_server.tasks.telling.outbox import State
from process_server.web.ground.visit import AdminVisit

router = APIRouter()

MOST = 100
STATES: Mapping[State, str] = {
    "failed": gettext_noop("Failed"),
    "kept": gettext_noop("Kept"),
    "pending": gettext_noop("Waiting to be sent"),
    "sent": gettext_noop("Already sent"),
}


@router.get("/mails")
def show(visit: AdminVisit, state: Annotated[State | None, Query()] = None) -> Response:
    """Show the mails of a state, and messages of gateways: at first what failed, or is kept where none are sent."""
    has_server = bool(settings().smtp_url)
    state = state or ("failed" if has_server else "kept")
    return visit.page(
        "mails.html",
        state=state,
        states=STATES,
        mails=outbox.list_mails(visit.session, visit.principal, state, MOST),
        messages=outbox.list_messages(visit.session, visit.principal, state, MOST) if state != "kept" else [],
        has_server=has_server,
        limit=MOST,
    )


@router.post("/mails/{mail_id}/retry")
def retry(visit: AdminVisit, mail_id: UUID, back: Annotated[State, Form()] = "failed") -> Response:
    """Send a mail again."""
    outbox.retry_mail(visit.session, mail_id, visit.principal)
    return visit.go(f"/mails?state={back}", visit.say("It is sent again in a moment."))


@router.post("/messages/{message_id}/retry")
def retry_message(visit: AdminVisit, message_id: UUID) -> Response:
    """Send a message of a gateway again."""
    outbox.retry_message(visit.session, message_id, visit.principal)
    return visit.go("/mails?state=failed", visit.say("It is sent again in a moment."))


@router.post("/mails/retry")
def retry_all(visit: AdminVisit, state: Annotated[Literal["failed", "kept"], Form()]) -> Response:
    """Send all mails of a state again."""
    count = outbox.retry_mails(visit.session, state, visit.principal)
    return visit.go(f"/mails?state={state}", visit.say("{count} mails are sent again.", count=count))
