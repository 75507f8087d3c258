"""Signing in by password, and the choices a browser keeps: language and theme."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import Response

from process_server.config import settings
from process_server.db import Session
from process_server.errors import InvalidInput, NotAuthenticated, ProcessServerError, TooManyRequests, WrongPassword
from process_server.i18n import LANGUAGES, error_text
from process_server.identity import oidc, sign_in, users
from process_server.identity.models import Department, User
from process_server.web.ground.failures import timed
from process_server.web.ground.visit import SESSION_COOKIE, THEMES, AnyVisit, Visit, check_origin, local_address

router = APIRouter()

DEMO_PASSWORD = "demo"


@router.get("/sign-in")
def show(visit: AnyVisit, next: Annotated[str, Query()] = "/") -> Response:
    """Show the form; who is signed in already goes on."""
    if visit.signed_in:
        return visit.go(local_address(next))
    return page(visit, next)


@router.post("/sign-in", dependencies=[Depends(check_origin)])
def enter(
    visit: AnyVisit,
    user: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Sign in and go where the reader wanted to."""
    try:
        person = sign_in.authenticate(visit.session, user.strip(), password, visit.address)
    except (NotAuthenticated, TooManyRequests) as error:
        if isinstance(error, WrongPassword):
            sign_in.record_failure(visit.session, user.strip(), visit.address)
        return page(visit, next, user=user, refused=error)
    cookie, _ = sign_in.open_session(visit.session, person, address=visit.address)
    return keep(visit.go(local_address(next)), cookie)


@router.post("/language", dependencies=[Depends(check_origin)])
def choose_language(visit: AnyVisit, to: Annotated[str, Form()], back: Annotated[str, Form()] = "/") -> Response:
    """Read in another language, on the same page."""
    if to not in LANGUAGES:
        raise InvalidInput([{"field": "to", "code": "option", "params": {}}])
    if visit.signed_in:
        users.set_language(visit.session, visit.principal.user_id, to)
    return visit.remember(visit.go(_as_left(visit, local_address(back))), "language", to)


@router.post("/theme", dependencies=[Depends(check_origin)])
def choose_theme(visit: AnyVisit, to: Annotated[str, Form()], back: Annotated[str, Form()] = "/") -> Response:
    """Read in light or dark, on the same page; our own script has changed it on the spot."""
    if to not in THEMES:
        raise InvalidInput([{"field": "to", "code": "option", "params": {}}])
    return visit.remember(visit.json({}) if visit.by_script else visit.go(local_address(back)), "theme", to)


def _as_left(visit: Visit, back: str) -> str:
    """Return the address the page has by now: a form may have put its draft there since it was sent out."""
    left = visit.came_from(back)
    return left if urlsplit(left).path == urlsplit(back).path else back


def keep(response: Response, cookie: str) -> Response:
    """Let the browser keep its session."""
    response.set_cookie(SESSION_COOKIE, cookie, httponly=True, samesite="lax", secure=settings().cookie_secure)
    return response


def page(visit: Visit, next: str, *, user: str = "", refused: ProcessServerError | None = None) -> Response:
    """Show how one can sign in, and why it did not work."""
    logins = _demo_logins(visit.session) if settings().demo and settings().password_sign_in else []
    out = "out" in visit.request.query_params
    response = visit.page(
        "sign_in.html",
        status=refused.status if refused else 200,
        next=local_address(next),
        user=user,
        problem=error_text(visit.language, refused) if refused else "",
        signed_out=out,
        provider=settings().oidc_name if oidc.offered() else "",
        passwords=settings().password_sign_in,
        emergency=bool(settings().emergency_user),
        logins=logins,
        password=DEMO_PASSWORD,
    )
    return timed(response, refused)


def _demo_logins(session: Session) -> list[tuple[User, Department | None]]:
    """Return the people one may try, with their departments, the administrator first."""
    departments = {item.id: item for item in users.all_departments(session)}
    people = sorted(users.search(session, limit=40), key=lambda person: (not person.admin, person.department_id or ""))
    return [(person, departments.get(person.department_id or "")) for person in people]
