"""Who sends a request: a bearer token, Basic credentials, or the session of a signed-in browser."""

import base64
import binascii

from fastapi import Request

from process_server.db import Session
from process_server.errors import NotAuthenticated
from process_server.identity import rates, sign_in, tokens
from process_server.identity.principal import Principal

SESSION_COOKIE = "session"  # set by the sign-in page
CSRF_HEADER = "X-CSRF-Token"
SAFE = ("GET", "HEAD", "OPTIONS")


def require_credentials(request: Request) -> None:
    """Raise NotAuthenticated where a request carries no credentials at all: before anything else is looked at."""
    if "Authorization" not in request.headers and SESSION_COOKIE not in request.cookies:
        raise NotAuthenticated


def authenticate(session: Session, request: Request) -> Principal:
    """Return who sends the request; credentials seen shortly before cost no statement.

    A request counts once, however often it is looked at: a second attempt, a part of a bulk, a long poll. Raises
    NotAuthenticated, NotAllowed, TooManyRequests.
    """
    if getattr(request.state, "counted", False):
        return _identify(session, request)
    rates.count_address(request.client.host if request.client else "")
    principal = _identify(session, request)
    rates.count_principal(principal)
    request.state.counted = True
    return principal


def keep_failure(session: Session, request: Request) -> None:
    """Keep in the audit that somebody sent Basic credentials with a wrong password."""
    user_id, _ = _basic(request.headers["Authorization"].partition(" ")[2].strip())
    sign_in.record_failure(session, user_id, request.client.host if request.client else "")


def _identify(session: Session, request: Request) -> Principal:
    """Tell who it is. A browser's session stands behind a header of credentials."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            return tokens.authenticate_token(session, credentials.strip())
        case "basic":
            user_id, password = _basic(credentials.strip())
            if tokens.is_token(password):
                return _of_token(session, user_id, password)
            address = request.client.host if request.client else ""
            return sign_in.authenticate_basic(session, user_id, password, address)
        case "":
            return _of_browser(session, request)
    raise NotAuthenticated("Sign in with a bearer token or with Basic credentials, not with {scheme}.", scheme=scheme)


def _basic(credentials: str) -> tuple[str, str]:
    try:
        user_id, separator, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise NotAuthenticated("These Basic credentials cannot be read.") from error
    if not separator or "\0" in user_id:
        raise NotAuthenticated("These Basic credentials cannot be read.")
    return user_id, password


def _of_token(session: Session, user_id: str, secret: str) -> Principal:
    """Take a token for a password: there are clients that offer nothing else. Its user must be the one named."""
    principal = tokens.authenticate_token(session, secret)
    if principal.user_id != user_id:
        raise NotAuthenticated("This token is not valid.")
    return principal


def _of_browser(session: Session, request: Request) -> Principal:
    """Take the session of a browser; an unsafe request by it must carry the session's CSRF secret."""
    signed_in = sign_in.find_session(session, request.cookies.get(SESSION_COOKIE, ""))
    if signed_in is None:
        raise NotAuthenticated
    if request.method not in SAFE:
        sign_in.check_csrf(signed_in, request.headers.get(CSRF_HEADER))
    return signed_in.principal
