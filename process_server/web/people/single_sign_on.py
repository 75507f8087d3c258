"""Signing in by way of the identity provider, and signing out: here and there, and here because there.

The provider is asked between transactions, never within one: it may take its time.
"""

import logging
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from process_server.config import settings
from process_server.db import unit_of_work
from process_server.errors import NotFound, ProcessServerError, SignInRefused, TooManyRequests
from process_server.identity import attempts, audit, linking, oidc, pending, provider_sign_out, sign_in
from process_server.web.ground.failures import ADDRESS
from process_server.web.ground.visit import SESSION_COOKIE, Visit, local_address, public_address, reading, sent_csrf
from process_server.web.people.sign_in import keep, page

router = APIRouter()

TRIP_COOKIE = "sign_in"  # of a browser that was sent to the provider
BACK = "/sign-in/sso/back"

_log = logging.getLogger(__name__)


@router.get("/sign-in/sso")
def leave(request: Request, next: Annotated[str, Query()] = "/") -> Response:
    """Send the browser to the provider."""
    if not oidc.offered():
        raise NotFound(ADDRESS)
    visit = reading(request)
    try:
        attempts.spend(attempts.OF_TRIP_THERE, visit.address)
        trip = oidc.new_trip()
        there = oidc.address_to_sign_in(trip, public_address(request) + BACK)
    except ProcessServerError as error:
        return _refuse(visit, error)
    with unit_of_work() as session:
        browser = pending.begin(session, trip, local_address(next))
    response = RedirectResponse(there, 303, {"Cache-Control": "no-store"})
    seconds = int(pending.LIFE.total_seconds())
    secure = settings().cookie_secure
    # lax: the provider sends the browser back from another site
    response.set_cookie(
        TRIP_COOKIE, browser, max_age=seconds, path="/sign-in", httponly=True, samesite="lax", secure=secure
    )
    return response


@router.get(BACK)
def come_back(
    request: Request,
    state: Annotated[str, Query()] = "",
    code: Annotated[str, Query()] = "",
    iss: Annotated[str, Query()] = "",
    error: Annotated[str, Query()] = "",
    error_description: Annotated[str, Query()] = "",
) -> Response:
    """Sign the browser in as whom the provider says, and go where the reader wanted to."""
    visit = reading(request)
    try:
        with unit_of_work() as session:
            returned = pending.take(session, state, request.cookies.get(TRIP_COOKIE, ""))
        if error or not code:
            raise SignInRefused(reason=error_description or error or "it sent no code")
        if iss and iss != oidc.metadata()["issuer"]:
            raise SignInRefused(reason=f"it was answered by {iss}")
        arrival = oidc.arrive(returned.trip, code, public_address(request) + BACK)
        with unit_of_work() as session:
            person = linking.user_of(session, arrival)
            sid = arrival.claims.get("sid")
            cookie, _ = sign_in.open_session(
                session,
                person,
                address=visit.address,
                id_token=arrival.id_token,
                provider_session=sid if isinstance(sid, str) else None,
            )
    except ProcessServerError as refusal:
        return _refuse(visit, refusal)
    response = keep(visit.go(returned.next), cookie)
    response.delete_cookie(TRIP_COOKIE, path="/sign-in")
    return response


@router.post("/sign-in/sso/signed-out")
def provider_signed_out(request: Request, logout_token: Annotated[str, Form()] = "") -> Response:
    """Take the provider's word that somebody has signed out there: it calls this itself, no browser does."""
    if not oidc.offered():
        raise NotFound(ADDRESS)
    attempts.spend(attempts.OF_SIGN_OUT_THERE, reading(request).address)
    try:
        over = provider_sign_out.read(logout_token)
    except SignInRefused as error:
        _log.warning("the identity provider's word on a sign-out was not taken: %s", error)
        told = {"error": "invalid_request", "error_description": error.message}
        return JSONResponse(told, 400, {"Cache-Control": "no-store"})
    with unit_of_work() as session:
        provider_sign_out.end_sessions(session, over)
    return Response(status_code=200, headers={"Cache-Control": "no-store"})


@router.post("/sign-out")
def sign_out(request: Request, sent: Annotated[str | None, Depends(sent_csrf)]) -> Response:
    """Sign out and forget this browser; who came by way of the provider signs out there as well."""
    visit = reading(request)
    cookie = request.cookies.get(SESSION_COOKIE, "")
    with unit_of_work() as session:
        signed_in = sign_in.find_session(session, cookie)
        if signed_in is not None:
            sign_in.check_csrf(signed_in, sent)
        id_token = sign_in.close_session(session, cookie)
    back = "/sign-in?out=1"
    there = oidc.address_to_sign_out(id_token, public_address(request) + back) if id_token else None
    response = _onwards(visit, there) if there else visit.go(back)
    response.delete_cookie(SESSION_COOKIE)
    return response


def _onwards(visit: Visit, there: str) -> Response:
    """Send the browser on by a page of ours: our policy lets no form lead to another site, not even by a redirect."""
    response = visit.page("signed_out.html", there=there, provider=settings().oidc_name)
    response.headers["Refresh"] = f"0; url={quote(there, safe=':/?&=%+~#@!$,;')}"
    return response


def _refuse(visit: Visit, error: ProcessServerError) -> Response:
    """Tell on the sign-in page why it did not work; who tries too often is not told of in the audit."""
    try:
        attempts.spend(attempts.OF_REFUSAL_THERE, visit.address)
    except TooManyRequests as refusal:
        error = refusal
    with unit_of_work() as session:
        visit.db = session
        if not isinstance(error, TooManyRequests):
            _log.warning("a sign-in by way of the identity provider failed: %s", error)
            details = {"by": settings().oidc_name, "address": visit.address, "reason": error.message}
            audit.record(session, None, "sign_in_failed", "user", "", **details)
        return page(visit, "/", refused=error)
