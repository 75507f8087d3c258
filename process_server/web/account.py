"""One's own account: language, theme, password, API tokens, notifications; and the list of people."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from process_server.clock import now
from process_server.errors import InvalidInput, NotAuthenticated
from process_server.identity import sign_in, tokens, users
from process_server.tasks.telling import notifications
from process_server.web import naming, opinions, sentences
from process_server.web.visit import AdminVisit, SignedInVisit, Visit, local_address

router = APIRouter()

Days = Literal["", "30", "90", "365"]


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
        return _page(visit, {"present": visit.say(sentences.FIELDS["wrong_password"])})
    except InvalidInput as error:
        field = {"password": "new"}
        texts = {
            field.get(item["field"], item["field"]): sentences.of_field(visit.language, item) for item in error.problems
        }
        return _page(visit, texts)
    return visit.go("/account", visit.say("Your password is changed. Other browsers were signed out."))


@router.post("/account/tokens")
def create_token(visit: SignedInVisit, name: Annotated[str, Form()], days: Annotated[Days, Form()] = "90") -> Response:
    """Make an API token; its secret is shown this once."""
    if not name.strip():
        raise InvalidInput([{"field": "name", "code": "required", "params": {}}])
    expires_at = now() + timedelta(days=int(days)) if days else None
    _, secret = tokens.create_token(visit.session, visit.principal.user_id, name.strip(), expires_at=expires_at)
    return _page(visit, secret=secret)


@router.post("/account/tokens/{token_id}/revoke")
def revoke_token(visit: SignedInVisit, token_id: UUID) -> Response:
    """Let a token work no longer."""
    tokens.revoke_token(visit.session, token_id, visit.principal)
    return visit.go("/account", visit.say("The token works no longer."))


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


@router.get("/people")
def people(visit: AdminVisit, q: Annotated[str, Query()] = "") -> Response:
    """List people with their department and groups."""
    found = users.search(visit.session, q.strip(), limit=200)
    departments = {item.id: item for item in users.all_departments(visit.session)}
    groups = {item.id: item for item in users.all_groups(visit.session)}
    supervisors = naming.people(visit, [person.supervisor_id for person in found])
    rows = [
        {
            "user": person,
            "supervisor": supervisors.get(person.supervisor_id or ""),
            "department": departments.get(person.department_id or ""),
            "groups": [groups[group] for group in sorted(users.groups_of(visit.session, person.id))],
        }
        for person in found
    ]
    return visit.page("people.html", rows=rows, q=q)


def _page(visit: Visit, problems: dict[str, str] | None = None, **context: Any) -> Response:
    person = users.find(visit.session, visit.principal.user_id)
    return visit.page(
        "account.html",
        status=422 if problems else 200,
        person=person,
        groups=naming.groups(visit, sorted(visit.principal.groups)),
        opinions=opinions.templates(visit),
        tokens=tokens.tokens_of(visit.session, person.id),
        problems=problems or {},
        **{"secret": ""} | context,
    )
