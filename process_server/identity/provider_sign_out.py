"""What the identity provider tells of itself: that somebody has signed out there, or was locked (back-channel logout).

Every check of OpenID Connect Back-Channel Logout 1.0, section 2.6. A token that is sent again ends nothing: only
sessions that were open when it was made.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import time

from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry
from sqlalchemy import delete, select

from process_server.clock import now
from process_server.config import settings
from process_server.db import Session
from process_server.errors import SignInRefused
from process_server.identity import audit, oidc
from process_server.identity.models import LinkedIdentity, WebSession

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TYPES = (None, "JWT", "logout+jwt")


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Whose sessions are over: of a subject all, or the one the provider calls so; and as of when."""

    issuer: str
    subject: str | None
    provider_session: str | None
    at: datetime


def read(logout_token: str) -> SignedOut:
    """Return what the provider says. Raises SignInRefused where it does not hold, ProviderFailed."""
    issuer = oidc.metadata()["issuer"]
    checks = JWTClaimsRegistry(
        leeway=oidc.LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": settings().oidc_client_id},
        iat={"essential": True},
        exp={"essential": True},
        jti={"essential": True},
    )
    try:
        token = oidc.read_signed(logout_token)
        claims = token.claims
        checks.validate(claims)
    except (JoseError, ValueError) as error:
        raise SignInRefused(reason=str(error)) from error
    subject, provider_session, events = (claims.get(name) for name in ("sub", "sid", "events"))
    if token.header.get("typ") not in TYPES or "nonce" in claims:
        raise SignInRefused(reason="this token is not about signing out")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise SignInRefused(reason="this token does not say that somebody signed out")
    told = [each for each in (subject, provider_session) if each is not None]
    if not told or not all(isinstance(each, str) and each for each in told):
        raise SignInRefused(reason="this token does not say who signed out")
    # the provider's clock is real, ours may have been moved
    made = now() - timedelta(seconds=time() - claims["iat"])
    return SignedOut(issuer, subject, provider_session, made + timedelta(seconds=oidc.LEEWAY))


def end_sessions(session: Session, over: SignedOut) -> int:
    """Sign those browsers out that signed in by way of the provider; return how many."""
    ended = delete(WebSession).where(WebSession.id_token.is_not(None), WebSession.created_at <= over.at)
    if over.subject is not None:
        users = select(LinkedIdentity.user_id).where(
            LinkedIdentity.issuer == over.issuer, LinkedIdentity.subject == over.subject
        )
        ended = ended.where(WebSession.user_id.in_(users))
    if over.provider_session is not None:
        ended = ended.where(WebSession.provider_session == over.provider_session)
    people = session.scalars(ended.returning(WebSession.user_id)).all()
    for user_id in people:
        audit.record(session, None, "sign_out", "user", user_id, by=settings().oidc_name)
    return len(people)
