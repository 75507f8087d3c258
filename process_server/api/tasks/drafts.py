"""Drafts: what one has entered into a form and not sent yet, kept by the server; and the copies one was sent."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query as QueryParameter
from fastapi import Response
from pydantic import Field, model_validator

from process_server import values
from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Id, Instant, Name, Request, Shown, Variables
from process_server.api.ground.transaction import transaction
from process_server.api.tasks.cases import Copies
from process_server.bpmn import commands
from process_server.db import Session
from process_server.errors import Conflict, NotFound
from process_server.identity.principal import Principal
from process_server.tasks.handling import copies, drafts
from process_server.tasks.inbox import worklist

router = resource("", "drafts")


class NewDraft(Request):
    """What was entered: for a task, or for a process to start (`draft_id` writes over an earlier draft)."""

    task_id: Id | None = None
    process_key: Name | None = None
    draft_id: Id | None = None
    revision: Annotated[int | None, Field(ge=1, description="The task's revision it was entered at.")] = None
    values: Variables
    known: Annotated[
        Instant | None, Field(description="When the draft one has was saved: a later one is not written over, but 409.")
    ] = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "NewDraft":
        if (self.task_id is None) == (self.process_key is None):
            raise ValueError("Give either task_id or process_key.")
        return self


class DraftShown(Shown):
    """A draft."""

    id: UUID
    user_task_id: UUID | None
    process_key: str | None
    revision: int | None
    values: dict[str, Any]
    saved_at: datetime


class Drafts(Shown):
    """One's drafts, the latest first."""

    items: list[DraftShown]


class Read(Request):
    """Which copies were read; left out: all."""

    ids: list[Id] | None = None


class Count(Shown):
    """How many were unread."""

    count: int


@router.get("/drafts", response_model=Drafts)
@transaction("tasks:read")
def find(session: Session, actor: Principal) -> Response:
    """List one's drafts."""
    return answer({"items": [_shown(draft) for draft in drafts.list_drafts(session, actor.user_id)]})


@router.put("/drafts", response_model=DraftShown, responses=documented(404, 409, 413))
@transaction("tasks:write")
def save(session: Session, actor: Principal, body: NewDraft) -> Response:
    """Keep what one has entered so far."""
    if body.task_id is not None:
        worklist.find_task(session, body.task_id, actor)
    else:
        commands.latest(session, body.process_key or "")
    if body.known is not None:
        found = drafts.find(session, actor.user_id, task_id=body.task_id, draft_id=body.draft_id)
        if found is not None and found.saved_at != body.known:
            raise Conflict(saved_at=found.saved_at)
    kept = drafts.save(
        session,
        actor.user_id,
        body.values,
        task_id=body.task_id,
        process_key=body.process_key,
        revision=body.revision,
        draft_id=body.draft_id,
    )
    return answer(_shown(kept))


@router.get("/drafts/{draft_id}", response_model=DraftShown, responses=documented(404))
@transaction("tasks:read")
def get(session: Session, actor: Principal, draft_id: UUID) -> Response:
    """Get a draft of one's own."""
    found = drafts.find(session, actor.user_id, draft_id=draft_id)
    if found is None:
        raise NotFound(kind="draft", id=draft_id)
    return answer(_shown(found))


@router.delete("/drafts/{draft_id}", status_code=204, responses=documented(404))
@transaction("tasks:write")
def discard(session: Session, actor: Principal, draft_id: UUID) -> Response:
    """Throw a draft away."""
    if not drafts.discard(session, actor.user_id, draft_id=draft_id):
        raise NotFound(kind="draft", id=draft_id)
    return nothing()


def _shown(draft: drafts.DraftRow) -> dict[str, Any]:
    found = {name: getattr(draft, name) for name in DraftShown.model_fields}
    return found | {"values": values.show(draft.values)}


@router.get("/copies", response_model=Copies)
@transaction("tasks:read")
def list_copies(
    session: Session,
    actor: Principal,
    unread: bool = False,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 50,
) -> Response:
    """List the copies one was sent, the latest first."""
    return answer({"items": copies.list_copies(session, actor, unread=unread, limit=limit)})


@router.post("/copies/read", response_model=Count, responses=documented(413))
@transaction("tasks:write")
def read_copies(session: Session, actor: Principal, body: Read | None = None) -> Response:
    """Mark copies as read."""
    return answer({"count": copies.mark_read(session, actor, body.ids if body else None)})
