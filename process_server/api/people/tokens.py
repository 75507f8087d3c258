"""API tokens: what a script or another system signs in with."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query as QueryParameter
from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Instant, Name, Page, Request, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.db import Session
from process_server.identity import tokens
from process_server.identity.models import ApiToken
from process_server.identity.principal import Principal
from process_server.identity.scopes import require_may_hand_out

router = resource("/tokens", "tokens")


class NewToken(Request):
    """A token to make. `user` is somebody else's id, for administrators; no scopes: all the user may do."""

    name: Annotated[Name, Field(examples=["order system"])]
    user: Name | None = None
    scopes: Annotated[list[Name], Field(default_factory=list, max_length=50, examples=[["tasks", "processes:read"]])]
    expires_at: Instant | None = None


class TokenShown(Shown):
    """A token, without its secret."""

    id: UUID
    user_id: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class TokenMade(TokenShown):
    """A new token. Its secret is shown this once."""

    secret: Annotated[str, Field(examples=["ps_9XeH..."])]


@router.post("", status_code=201, response_model=TokenMade, responses=documented(404, 413))
@transaction("tokens:write")
def create(session: Session, actor: Principal, body: NewToken) -> Response:
    """Make a token for oneself, or as an administrator for anybody. Keep the secret: it is shown this once."""
    user = body.user or actor.user_id
    if user != actor.user_id:
        actor.require_admin()
    require_may_hand_out(actor, body.scopes)
    token, secret = tokens.create_token(
        session, user, body.name, scopes=body.scopes, expires_at=body.expires_at, actor=actor.user_id
    )
    return answer(_shown(token) | {"secret": secret}, 201)


@router.get("", response_model=Page[TokenShown], responses=documented(404))
@transaction("tokens:read")
def find(
    session: Session, actor: Principal, user: Annotated[Text | None, QueryParameter(max_length=255)] = None
) -> Response:
    """List my tokens, the newest first; an administrator may ask for those of another `user`."""
    return answer({"items": [_shown(token) for token in tokens.tokens_for(session, user, actor)], "next": None})


@router.delete("/{token_id}", status_code=204, responses=documented(404))
@transaction("tokens:write")
def revoke(session: Session, actor: Principal, token_id: UUID) -> Response:
    """End a token of one's own, or as an administrator of anybody."""
    tokens.revoke_token(session, token_id, actor)
    return nothing()


def _shown(token: ApiToken) -> dict[str, Any]:
    return {field: getattr(token, field) for field in TokenShown.model_fields}
