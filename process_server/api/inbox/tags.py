"""Tags: words on tasks, one's own or shared by everybody; lists are filtered by them (`filter=tags:<name>`)."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Name, Request, Shown
from process_server.api.ground.transaction import transaction
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.inbox import tags, worklist

router = resource("", "inbox")

TagName = Annotated[Name, Field(max_length=40, examples=["VIP"])]


class NewTag(Request):
    """A tag; shared ones are made by administrators and by who manages people."""

    name: TagName
    shared: bool = False
    colour: Annotated[str | None, Field(pattern="^#[0-9a-f]{6}$", examples=["#1f62a8"])] = None


class Put(Request):
    """The name of a tag; one there is not yet becomes a tag of one's own."""

    name: TagName


class TagShown(Shown):
    """A tag, and how many open tasks have it."""

    id: UUID
    name: str
    colour: str | None
    shared: bool
    open: int


class Tags(Shown):
    """Tags by name."""

    items: list[TagShown]


@router.get("/tags", response_model=Tags)
@transaction("tasks:read")
def find(session: Session, actor: Principal) -> Response:
    """List one's own tags and the shared ones."""
    return answer({"items": [_shown(each) for each in tags.list_tags(session, actor)]})


@router.post("/tags", status_code=201, response_model=TagShown, responses=documented(409, 413))
@transaction("tasks:write")
def create(session: Session, actor: Principal, body: NewTag) -> Response:
    """Make a tag."""
    return answer(_shown(tags.create(session, body.name, actor, shared=body.shared, colour=body.colour)), 201)


@router.delete("/tags/{tag_id}", status_code=204, responses=documented(404))
@transaction("tasks:write")
def remove(session: Session, actor: Principal, tag_id: UUID) -> Response:
    """Delete a tag, from all tasks."""
    tags.remove(session, tag_id, actor)
    return nothing()


@router.get("/tasks/{task_id}/tags", response_model=Tags, responses=documented(404))
@transaction("tasks:read")
def of_task(session: Session, actor: Principal, task_id: UUID) -> Response:
    """List the tags of a task."""
    worklist.find_task(session, task_id, actor)
    return answer({"items": [_shown(each) for each in tags.of_tasks(session, [task_id], actor).get(task_id, [])]})


@router.post("/tasks/{task_id}/tags", response_model=TagShown, responses=documented(404, 409, 413))
@transaction("tasks:write")
def put(session: Session, actor: Principal, task_id: UUID, body: Put) -> Response:
    """Put a tag on a task: one's own where one sees it, a shared one where one works it or manages who does."""
    return answer(_shown(tags.put(session, task_id, body.name, actor)))


@router.delete("/tasks/{task_id}/tags/{name}", status_code=204, responses=documented(404))
@transaction("tasks:write")
def take(session: Session, actor: Principal, task_id: UUID, name: TagName) -> Response:
    """Take a tag off a task."""
    tags.take(session, task_id, name, actor)
    return nothing()


def _shown(tag: tags.TagRow) -> dict[str, object]:
    return {name: getattr(tag, name) for name in TagShown.model_fields}
