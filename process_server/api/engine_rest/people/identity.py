"""People on the wire: users and groups as they are kept here, no tenants, and whether a password is somebody's."""

from typing import Annotated, Any

from fastapi import Query as QueryParameters
from fastapi import Request, Response
from pydantic import Field

from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.errors import documented
from process_server.api.engine_rest.wire.ids import SoughtId
from process_server.api.engine_rest.wire.listing import Asked, Listing
from process_server.api.engine_rest.wire.offering import BY_ADDRESS, offer
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn.finders.people import GROUPS, USERS
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.errors import NotAuthenticated, NotFound
from process_server.identity import sign_in, tokens, users
from process_server.identity.principal import Principal

router = resource("", "User")


class UserShown(Wire):
    """A person. The whole name is the first name: it is kept as one."""

    id: str
    first_name: str
    last_name: str
    email: str | None


class GroupShown(Wire):
    """A role or team that tasks are offered to."""

    id: str
    name: str
    type: str


class TenantShown(Wire):
    """A tenant; there is none."""

    id: str
    name: str


class UserQuery(Asked):
    """Which users."""

    id: Text | None = None
    id_in: list[Text] | None = None
    name: Annotated[Text | None, Field(alias="firstName")] = None
    name_like: Annotated[Text | None, Field(alias="firstNameLike")] = None
    last_name: Text | None = None
    last_name_like: Text | None = None
    email: Text | None = None
    email_like: Text | None = None
    member_of_group: Text | None = None
    member_of_tenant: Text | None = None
    potential_starter: SoughtId | None = None


class GroupQuery(Asked):
    """Which groups."""

    id: Text | None = None
    id_in: list[Text] | None = None
    name: Text | None = None
    name_like: Text | None = None
    type: Text | None = None
    member: Text | None = None
    member_of_tenant: Text | None = None


class Credentials(Wire):
    """A user with a password, or with a token in its place."""

    username: Text = ""
    password: Annotated[str, Field(max_length=1_000)] = ""


class Verified(Wire):
    """Whose password it is."""

    authenticated_user: str | None
    authenticated: bool
    tenants: list[str] | None
    groups: list[str] | None


class GroupName(Wire):
    """A group by name."""

    id: str
    name: str


class Member(Wire):
    """Somebody who shares a group."""

    id: str
    first_name: str
    last_name: str
    display_name: str


class Groups(Wire):
    """The groups of somebody, and who else is in them."""

    groups: list[GroupName]
    group_users: list[Member]


def _user(row: Row) -> dict[str, Any]:
    return {"id": row["id"], "firstName": row["name"], "lastName": "", "email": row["email"]}


def _group(row: Row) -> dict[str, Any]:
    return {"id": row["id"], "name": row["name"], "type": "WORKFLOW"}


USER_LIST = Listing(
    UserQuery, USERS, _user, {"userId": "id", "firstName": "name", "lastName": "name", "email": "email"}
)
GROUP_LIST = Listing(GroupQuery, GROUPS, _group, {"id": "id", "name": "name", "type": "id"})


offer(router, USER_LIST, UserShown, "active users", scope="people:read", path="/user", suffix="_users", ways=BY_ADDRESS)


@router.get("/user/{id}/profile", response_model=UserShown, responses=documented(404))
@operation("people:read")
def profile(session: Session, actor: Principal, id: str) -> Response:
    """Get a user."""
    return answer(_user(USERS.one(session, actor, id)))


offer(
    router,
    GROUP_LIST,
    GroupShown,
    "groups",
    scope="people:read",
    path="/group",
    suffix="_groups",
    ways=("find",),
    tags=["Group"],
)


@router.get("/group/{id}", response_model=GroupShown, responses=documented(404), tags=["Group"])
@operation("people:read")
def get_group(session: Session, actor: Principal, id: str) -> Response:
    """Get a group."""
    return answer(_group(GROUPS.one(session, actor, id)))


@router.get("/tenant", response_model=list[TenantShown], tags=["Tenant"])
@operation("people:read")
def find_tenants(session: Session, actor: Principal) -> Response:
    """List tenants: there are none."""
    return answer([])


@router.get("/tenant/{id}", response_model=TenantShown, responses=documented(404), tags=["Tenant"])
@operation("people:read")
def get_tenant(session: Session, actor: Principal, id: str) -> Response:
    """Get a tenant: there are none."""
    raise NotFound(kind="tenant", id=id)


@router.get("/identity/groups", response_model=Groups, responses=documented(404), tags=["Identity"])
@operation("people:read")
def groups_of(
    session: Session, actor: Principal, user_id: Annotated[Text, QueryParameters(alias="userId")]
) -> Response:
    """Tell the groups of somebody, and who else is in them."""
    users.find(session, user_id)
    groups = GROUPS.find(session, actor, {"member": user_id}, [("name", False)])
    others = [person for person in users.members(session, *(group["id"] for group in groups)) if person != user_id]
    people = USERS.find(session, actor, {"id_in": others}) if others else []
    members = [
        {"id": each["id"], "firstName": each["name"], "lastName": "", "displayName": each["name"]} for each in people
    ]
    return answer({"groups": [{"id": each["id"], "name": each["name"]} for each in groups], "groupUsers": members})


@router.post("/identity/verify", response_model=Verified, tags=["Identity"])
@operation("people:read")
def verify(session: Session, actor: Principal, body: Credentials, request: Request) -> Response:
    """Say whether a password, or a token in its place, is somebody's. Wrong ones count as attempts to sign in."""
    address = request.client.host if request.client else ""
    try:
        if tokens.is_token(body.password):
            found = tokens.authenticate_token(session, body.password).user_id == body.username
        else:
            found = sign_in.authenticate(session, body.username, body.password, address).id == body.username
    except NotAuthenticated:
        sign_in.record_failure(session, body.username, address)
        found = False
    return answer({"authenticatedUser": body.username, "authenticated": found, "tenants": None, "groups": None})
