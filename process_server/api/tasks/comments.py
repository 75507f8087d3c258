"""Comments on tasks and instances."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer
from process_server.api.ground.errors import documented
from process_server.api.ground.paging import Position, page_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Cursor, Limit, Page, Query, Request, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.bpmn.visibility import require_visible
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.handling import comments
from process_server.tasks.inbox import worklist

router = resource("", "comments")


class CommentShown(Shown):
    """What somebody wrote about a task, or about the whole instance."""

    id: UUID
    user_task_id: UUID | None
    author: str
    author_name: str | None
    author_name_en: str | None
    text: str
    created_at: datetime


class NewComment(Request):
    """What to write."""

    text: Annotated[Text, Field(min_length=1, max_length=comments.LONGEST, examples=["客户希望周五前收到报价。"])]


class Paging(Query):
    """Which page of them."""

    limit: Limit = 50
    cursor: Cursor = None


class Written(Shown):
    """The new comment."""

    id: UUID


@router.get("/tasks/{task_id}/comments", response_model=Page[CommentShown], responses=documented(404))
@transaction("tasks:read")
def of_task(session: Session, actor: Principal, task_id: UUID, query: Annotated[Paging, QueryParameters()]) -> Response:
    """List the comments on a task, the newest first."""
    worklist.find_task(session, task_id, actor)
    return _page(partial(comments.comments_on, session, task_id), query)


@router.post("/tasks/{task_id}/comments", status_code=201, response_model=Written, responses=documented(404, 413))
@transaction("tasks:write")
def on_task(session: Session, actor: Principal, task_id: UUID, body: NewComment) -> Response:
    """Write about a task; its assignee and who wrote before are told."""
    return answer({"id": comments.comment_on_task(session, task_id, actor, body.text)}, 201)


@router.get("/instances/{instance_id}/comments", response_model=Page[CommentShown], responses=documented(404))
@transaction("tasks:read")
def of_instance(
    session: Session, actor: Principal, instance_id: UUID, query: Annotated[Paging, QueryParameters()]
) -> Response:
    """List the comments on an instance and its tasks, the newest first."""
    require_visible(session, instance_id, actor)
    return _page(partial(comments.comments_of, session, instance_id), query)


def _page(fetch: Callable[[int, Position | None], list[comments.CommentRow]], query: Paging) -> Response:
    rows = partial(_as_mappings, fetch)
    return answer(page_of(rows, "created_at", query.limit, query.cursor))


def _as_mappings(
    fetch: Callable[[int, Position | None], list[comments.CommentRow]], limit: int, before: Position | None
) -> list[dict[str, Any]]:
    return [asdict(row) for row in fetch(limit, before)]


@router.post(
    "/instances/{instance_id}/comments", status_code=201, response_model=Written, responses=documented(404, 413)
)
@transaction("tasks:write")
def on_instance(session: Session, actor: Principal, instance_id: UUID, body: NewComment) -> Response:
    """Write about a whole instance."""
    require_visible(session, instance_id, actor)
    return answer({"id": comments.comment_on_instance(session, instance_id, actor, body.text)}, 201)
