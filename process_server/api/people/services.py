"""Service accounts: a user for each system that works here, with tokens of its own."""

from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Name, Page, Request, Shown
from process_server.api.ground.transaction import transaction
from process_server.db import Session
from process_server.identity import services
from process_server.identity.principal import Principal

router = resource("/service-accounts", "people")


class NewService(Request):
    """A service account to make. The groups say which tasks and cases it may see."""

    id: Annotated[Name, Field(max_length=100, examples=["erp"])]
    name: Annotated[Name, Field(examples=["Order system"])]
    groups: Annotated[list[Name], Field(default_factory=list, max_length=100)]
    admin: bool = False


class ServiceShown(Shown):
    """A service account; an ended one is not active. `last_used_at` is that of its tokens."""

    id: str
    name: str
    admin: bool
    active: bool
    created_at: datetime
    tokens: int
    last_used_at: datetime | None


@router.post("", status_code=201, response_model=ServiceShown, responses=documented(404, 409, 413))
@transaction("people:write")
def create(session: Session, actor: Principal, body: NewService) -> Response:
    """Make a service account, as an administrator. `POST /tokens` with its id as `user` makes it a token."""
    row = services.create(session, body.id, body.name, actor, groups=body.groups, admin=body.admin)
    return answer(_shown(row), 201)


@router.get("", response_model=Page[ServiceShown])
@transaction("people:read")
def find(session: Session, actor: Principal) -> Response:
    """List all service accounts, for administrators; those that were ended come last."""
    return answer({"items": [_shown(row) for row in services.list_services(session, actor)], "next": None})


@router.delete("/{service_id}", status_code=204, responses=documented(404))
@transaction("people:write")
def end(session: Session, actor: Principal, service_id: str) -> Response:
    """End a service account with all its tokens, as an administrator. What it did stays in its name."""
    services.end(session, service_id, actor)
    return nothing()


def _shown(row: services.ServiceRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in ServiceShown.model_fields}
