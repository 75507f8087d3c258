"""People: who there is, who is in which group, and who I am."""

from typing import Annotated

from fastapi import Query as QueryParameters
from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Page, Query, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.db import Session
from process_server.identity import linking, locking, users
from process_server.identity.principal import Principal

router = resource("", "people")


class Me(Shown):
    """Who the credentials stand for. Without scopes a token may do all its user may."""

    user_id: str
    name: str
    groups: list[str]
    admin: bool
    language: str | None
    department_id: str | None
    scopes: list[str]


class UserShown(Shown):
    """A person."""

    id: str
    name: str
    name_en: str | None
    email: str | None
    department_id: str | None


class GroupShown(Shown):
    """A role or team that tasks are offered to."""

    id: str
    name: str
    name_en: str | None


class UserQuery(Query):
    """Which people: those whose id, name or address contains the text."""

    text: Annotated[Text, Field(max_length=200)] = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 50


@router.get("/me", response_model=Me)
@transaction("people:read")
def me(session: Session, actor: Principal) -> Response:
    """Say who I am."""
    return answer(
        {
            "user_id": actor.user_id,
            "name": actor.name,
            "groups": sorted(actor.groups),
            "admin": actor.admin,
            "language": actor.language,
            "department_id": actor.department_id,
            "scopes": sorted(actor.scopes),
        }
    )


@router.get("/users", response_model=Page[UserShown])
@transaction("people:read")
def find_users(session: Session, actor: Principal, query: Annotated[UserQuery, QueryParameters()]) -> Response:
    """Find active people by id, name or address: to assign a task to, for example."""
    found = users.search(session, query.text, query.limit)
    items = [{field: getattr(user, field) for field in UserShown.model_fields} for user in found]
    return answer({"items": items, "next": None})


@router.delete("/users/{user_id}/identity", status_code=204, responses=documented(404))
@transaction("people:write")
def unlink(session: Session, actor: Principal, user_id: str) -> Response:
    """Forget whom the identity provider means by a user, as an administrator. Their browsers are signed out."""
    linking.unlink(session, user_id, actor)
    return nothing()


@router.post("/users/{user_id}/lock", status_code=204, responses=documented(404))
@transaction("people:write")
def lock(session: Session, actor: Principal, user_id: str) -> Response:
    """Lock a person out, as an administrator: browsers are signed out, tokens no longer work, the work stays."""
    locking.lock(session, user_id, actor)
    return nothing()


@router.post("/users/{user_id}/unlock", status_code=204, responses=documented(404))
@transaction("people:write")
def unlock(session: Session, actor: Principal, user_id: str) -> Response:
    """Let a person in again, as an administrator."""
    locking.unlock(session, user_id, actor)
    return nothing()


@router.get("/groups", response_model=Page[GroupShown])
@transaction("people:read")
def groups(session: Session, actor: Principal) -> Response:
    """List every group by name."""
    items = [{field: getattr(group, field) for field in GroupShown.model_fields} for group in users.all_groups(session)]
    return answer({"items": items, "next": None})
