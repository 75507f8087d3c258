"""One's own account: language, theme, password; and one's notifications."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from process_server import refusals
from process_server.config import settings
from process_server.errors import InvalidInput, NotAuthenticated
from process_server.identity import linking, sign_in, users
from process_server.tasks.telling import notifications
from process_server.web.ground import naming
from process_server.web.ground.visit import SignedInVisit, Visit, local_address
from process_server.web.tasks import opinions

router = APIRouter()


@router.get("/account")
def show(visit: SignedInVisit) -> Response:
    """Show one's own account."""
    return _page(visit)


@router.post("/account/password")
def change_password(
    visit: SignedInVisit,
    present: Annotated[str, Form()],
    new: Annotated[str, Form()],
    again: Annotated[str, Form()],
) -> Response:
    """Change the password; every other browser is signed out."""
    me = visit.principal.user_id
    try:
        sign_in.authenticate(visit.session, me, present, visit.address)
        if new != again:
            raise InvalidInput([{"field": "again", "code": "unequal", "params": {}}])
        keep = visit.signed_in.token_hash if visit.signed_in else None
        users.change_password(visit.session, me, new, actor=me, keep_session=keep)
    except NotAuthenticated:
        return _page(visit, {"present": visit.say(refusals.TEXTS["wrong_password"])})
    except InvalidInput as error:
        field = {"password": "new"}
        texts = {
            field.get(item["field"], item["field"]): refusals.sentence(visit.language, item) for item in error.problems
        }
        return _page(visit, texts)
    return visit.go("/account", visit.say("Your password is changed. Other browsers were signed out."))


@router.get("/notifications")
def list_notifications(visit: SignedInVisit, cursor: Annotated[str, Query()] = "") -> Response:
    """List what the reader was told."""
    notes, following = notifications.list_notifications(
        visit.session, visit.principal.user_id, cursor=cursor or None, limit=50
    )
    template = "notification_rows.html" if cursor else "notifications.html"
    return visit.page(template, notes=notes, next=following)


@router.get("/notifications/{note_id}")
def open_notification(visit: SignedInVisit, note_id: UUID, to: Annotated[str, Query()] = "/notifications") -> Response:
    """Mark as read and go to what it is about."""
    notifications.mark_read(visit.session, visit.principal.user_id, [note_id])
    return visit.go(local_address(to))


@router.post("/notifications/read")
def read_all(visit: SignedInVisit) -> Response:
    """Mark everything as read."""
    notifications.mark_read(visit.session, visit.principal.user_id)
    return visit.go("/notifications", visit.say("All read."))


def _page(visit: Visit, problems: dict[str, str] | None = None) -> Response:
    person = users.find(visit.session, visit.principal.user_id)
    return visit.page(
        "account.html",
        status=422 if problems else 200,
        person=person,
        groups=naming.groups(visit, sorted(visit.principal.groups)),
        opinions=opinions.templates(visit),
        takes_password=sign_in.takes_password(person.id) and person.password_hash is not None,
        provider=settings().oidc_name if linking.linked_with(visit.session, [person.id]) else "",
        problems=problems or {},
    )
