"""API tokens: one's own, and as an administrator those of service accounts."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from process_server.clock import now
from process_server.errors import InvalidInput
from process_server.identity import scopes, tokens
from process_server.web.ground.visit import SignedInVisit, Visit

router = APIRouter()

Days = Literal["", "30", "90", "365"]
TokenName = Annotated[str, Form(max_length=255)]
Scopes = Annotated[list[str] | None, Form(max_length=50)]
Limited = Annotated[Literal["", "limited"], Form()]


@router.get("/account/tokens")
def show(visit: SignedInVisit) -> Response:
    """List one's own tokens."""
    return _page(visit)


@router.post("/account/tokens")
def create(
    visit: SignedInVisit,
    name: TokenName,
    days: Annotated[Days, Form()] = "90",
    limited: Limited = "",
    scope: Scopes = None,
) -> Response:
    """Make a token; its secret is shown this once."""
    secret = make(visit, visit.principal.user_id, name, days, (scope or []) if limited else None)
    return _page(visit, secret=secret)


@router.post("/account/tokens/{token_id}/revoke")
def revoke(visit: SignedInVisit, token_id: UUID) -> Response:
    """Let a token work no longer."""
    tokens.revoke_token(visit.session, token_id, visit.principal)
    return visit.go("/account/tokens", visit.say("The token works no longer."))


def make(visit: Visit, user_id: str, name: str, days: Days, wanted: list[str] | None) -> str:
    """Make a token of a user and return its secret; `wanted` scopes narrow it, None does not."""
    if not name.strip():
        raise InvalidInput([{"field": "name", "code": "required", "params": {}}])
    if wanted == []:
        raise InvalidInput([{"field": "scope", "code": "required", "params": {}}], "Say what the token may do.")
    chosen = together(wanted or [])
    scopes.require_may_hand_out(visit.principal, chosen)
    expires_at = now() + timedelta(days=int(days)) if days else None
    me = visit.principal.user_id
    _, secret = tokens.create_token(
        visit.session, user_id, name.strip(), scopes=chosen, expires_at=expires_at, actor=me
    )
    return secret


def together(wanted: list[str]) -> list[str]:
    """Write the two halves of a family as the family."""
    halves = {family: {f"{family}:{access}" for access in scopes.ACCESS} for family in scopes.FAMILIES}
    whole = {family for family, both in halves.items() if both <= set(wanted)}
    return sorted(whole | {scope for scope in wanted if scope.partition(":")[0] not in whole})


def _page(visit: Visit, **context: Any) -> Response:
    return visit.page(
        "tokens.html",
        tokens=tokens.tokens_of(visit.session, visit.principal.user_id),
        families=scopes.offered(visit.principal),
        **{"secret": ""} | context,
    )
