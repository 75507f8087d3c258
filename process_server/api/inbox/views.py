"""Saved views: lists with their query, columns and order, kept under a name and shared."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Name, Request, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.api.inbox.asked import ListName
from process_server.bpmn import queries
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.inbox import views

router = resource("/views", "inbox")


Filters = Annotated[list[Text], Field(default_factory=list, max_length=50, examples=[["due:overdue"]])]


class Settings(Request):
    """What a view asks its list for, written as in the addresses of the inbox."""

    list: ListName
    q: Annotated[Text, Field(max_length=200)] = ""
    filters: Filters
    where: Annotated[Text, Field(max_length=2_000)] = ""
    person: Annotated[Text, Field(max_length=255, description="In the list on_behalf: of whom.")] = ""
    sort: Annotated[Text, Field(max_length=300, examples=["-priority"])] = ""
    columns: Annotated[
        Text,
        Field(max_length=2_000, examples=["title:300!,due"], description="With widths in pixels; `!` pins a column."),
    ] = ""


class ViewBody(Request):
    """A view as somebody saves it."""

    name: Annotated[Name, Field(max_length=100, examples=["Late quotes"])]
    shared: Literal["private", "team", "everyone"] = "private"
    colour: Annotated[str | None, Field(pattern="^#[0-9a-f]{6}$", examples=["#2b5fd9"])] = None
    icon: Annotated[str | None, Field(pattern="^[a-z0-9-]{1,40}$", examples=["flag"])] = None
    settings: Settings


class ViewShown(Shown):
    """A saved view, where its page lies, and whether one is told of it."""

    id: UUID
    owner: str
    name: str
    shared: str
    colour: str | None
    icon: str | None
    settings: dict[str, Any]
    address: str
    subscribed: bool
    created_at: datetime
    changed_at: datetime


class Views(Shown):
    """Views: one's own, then those shared with one."""

    items: list[ViewShown]


class ViewCount(Shown):
    """How many rows a view has for the one who asks, counted up to 1000, at most 5 seconds old."""

    count: int


@router.get("", response_model=Views)
@transaction("tasks:read")
def find(session: Session, actor: Principal) -> Response:
    """List the views one has or is shared with."""
    return answer({"items": [_shown(view) for view in views.list_views(session, actor)]})


@router.post("", status_code=201, response_model=ViewShown, responses=documented(409, 413))
@transaction("tasks:write")
def create(session: Session, actor: Principal, body: ViewBody) -> Response:
    """Save a view. Whoever opens it sees only what they may see themselves."""
    columns = queries.columns_of(session, body.settings.list, actor)
    look: dict[str, Any] = {"shared": body.shared, "colour": body.colour, "icon": body.icon}
    return answer(_shown(views.create(session, columns, body.name, body.settings.model_dump(), **look)), 201)


@router.get("/{view_id}", response_model=ViewShown, responses=documented(404))
@transaction("tasks:read")
def get(session: Session, actor: Principal, view_id: UUID) -> Response:
    """Get a view."""
    return answer(_shown(views.find(session, view_id, actor)))


@router.put("/{view_id}", response_model=ViewShown, responses=documented(404, 413))
@transaction("tasks:write")
def change(session: Session, actor: Principal, view_id: UUID, body: ViewBody) -> Response:
    """Change a view; its owner and administrators may."""
    columns = queries.columns_of(session, body.settings.list, actor)
    look: dict[str, Any] = {"name": body.name, "shared": body.shared, "colour": body.colour, "icon": body.icon}
    settings = body.settings.model_dump()
    return answer(_shown(views.change(session, view_id, columns, settings=settings, **look)))


@router.delete("/{view_id}", status_code=204, responses=documented(404))
@transaction("tasks:write")
def remove(session: Session, actor: Principal, view_id: UUID) -> Response:
    """Delete a view; its owner and administrators may."""
    views.remove(session, view_id, actor)
    return nothing()


@router.get("/{view_id}/count", response_model=ViewCount, responses=documented(404))
@transaction("tasks:read")
def count(session: Session, actor: Principal, view_id: UUID) -> Response:
    """Count the rows of a view."""
    view = views.find(session, view_id, actor)
    return answer({"count": views.count(session, view, queries.columns_of(session, view.list, actor))})


@router.put("/{view_id}/subscription", status_code=204, responses=documented(404))
@transaction("tasks:write")
def subscribe(session: Session, actor: Principal, view_id: UUID) -> Response:
    """Tell of a view at the hour of one's summary, by the channels chosen for the event `view`."""
    views.subscribe(session, view_id, actor)
    return nothing()


@router.delete("/{view_id}/subscription", status_code=204, responses=documented(404))
@transaction("tasks:write")
def unsubscribe(session: Session, actor: Principal, view_id: UUID) -> Response:
    """Tell of a view no longer."""
    views.subscribe(session, view_id, actor, wanted=False)
    return nothing()


def _shown(view: views.View) -> dict[str, Any]:
    return {name: getattr(view, name) for name in ViewShown.model_fields}
