"""The page that a link in every mail leads to: no more mail. Who has the link need not sign in."""

from fastapi import APIRouter
from fastapi.responses import Response

from process_server.errors import NotFound
from process_server.tasks.telling import preferences
from process_server.web.ground.visit import AnyVisit

router = APIRouter()


@router.get("/unsubscribe/{key}")
def ask(visit: AnyVisit, key: str) -> Response:
    """Ask: mail programs open links by themselves, and must not unsubscribe anybody."""
    return visit.page("unsubscribe.html", key=key, done=False)


@router.post("/unsubscribe/{key}")
def unsubscribe(visit: AnyVisit, key: str) -> Response:
    """Send the link's reader no more mail; also what the button of a mail program calls (RFC 8058)."""
    if "\0" in key or preferences.unsubscribe(visit.session, key) is None:
        raise NotFound(kind="link", id=key[:100])
    return visit.page("unsubscribe.html", key=key, done=True)
