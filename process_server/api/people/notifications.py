"""Notifications: what I was told, and what of it I have read."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Request as HttpRequest
from fastapi import Response
from pydantic import Field

from process_server import values
from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.languages import language_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Cursor, Id, Limit, Page, Query, Request, Shown
from process_server.api.ground.transaction import transaction
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.telling import notifications

router = resource("/notifications", "notifications")


class NotificationShown(Shown):
    """Something a person should know; `text` is in the language asked for."""

    id: UUID
    kind: str
    text: str
    params: dict[str, Any]
    user_task_id: UUID | None
    process_instance_id: UUID | None
    business_key: str | None
    created_at: datetime
    read_at: datetime | None


class Unread(Shown):
    """How many are not read, counted up to 100."""

    unread: int


class NotificationQuery(Query):
    """Which notifications, and which page of them."""

    unread: bool = False
    limit: Limit = 50
    cursor: Cursor = None


class Read(Request):
    """Which ones were read; left out: all."""

    ids: Annotated[list[Id] | None, Field(max_length=1000)] = None


@router.get("", response_model=Page[NotificationShown])
@transaction("notifications:read")
def find(
    request: HttpRequest, session: Session, actor: Principal, query: Annotated[NotificationQuery, QueryParameters()]
) -> Response:
    """List what I was told, the newest first."""
    language = language_of(request, actor)
    notes, following = notifications.list_notifications(
        session, actor.user_id, unread=query.unread, cursor=query.cursor, limit=query.limit
    )
    return answer({"items": [_shown(note, language) for note in notes], "next": following})


def _shown(note: notifications.Note, language: str) -> dict[str, Any]:
    own = {field: getattr(note, field) for field in NotificationShown.model_fields if field not in ("text", "params")}
    return own | {"text": note.text(language), "params": values.show(note.params)}


@router.get("/count", response_model=Unread)
@transaction("notifications:read")
def count(session: Session, actor: Principal) -> Response:
    """Count what I have not read."""
    return answer({"unread": notifications.count_unread(session, actor.user_id)})


@router.post("/read", status_code=204, responses=documented(413))
@transaction("notifications:write")
def mark_read(session: Session, actor: Principal, body: Read | None = None) -> Response:
    """Mark notifications as read: the ones named, or all."""
    notifications.mark_read(session, actor.user_id, body.ids if body else None)
    return nothing()
