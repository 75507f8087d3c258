"""Batches: something done to many instances in the background; how far it is, and what could not be done."""

from datetime import datetime
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Request as HttpRequest
from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.languages import language_of
from process_server.api.ground.paging import page_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Cursor, Id, Limit, Page, Query, Request, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.bpmn import commands, queries
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/batches", "batches")

Kind = Literal["cancel", "suspend", "activate", "retry_jobs", "delete_history"]
Instances = Annotated[list[Id], Field(min_length=1, max_length=100_000)]


class BatchBody(Request):
    """What to do with which instances."""

    kind: Annotated[Kind, Field(examples=list(get_args(Kind)))]
    instances: Instances
    reason: Annotated[Text, Field(max_length=2000, description="Of a cancellation: kept with the instance.")] = ""
    retries: Annotated[int, Field(ge=0, le=100, description="What failed jobs get.")] = 3


class BatchShown(Shown):
    """How far a batch is. It has failed when nothing is left to do but what could not be done."""

    id: UUID
    kind: str
    state: Literal["running", "suspended", "failed", "completed"]
    item_count: int
    done: int
    failed: int
    pending: int
    detail: Any
    created_at: datetime
    created_by: str
    ended_at: datetime | None


class ItemShown(Shown):
    """What became of one instance."""

    number: int
    process_instance_id: UUID
    business_key: str | None
    state: Literal["pending", "done", "failed"]
    done_at: datetime | None
    code: str | None
    message: str | None
    result_id: Annotated[UUID | None, Field(description="The instance that came of it, where one did.")]


class Items(Shown):
    """Instances of a batch in their order."""

    items: list[ItemShown]


class BatchId(Shown):
    """The batch that was begun."""

    id: UUID


class BatchQuery(Query):
    """Which batches, and which page of them."""

    open_only: bool = False
    limit: Limit = 50
    cursor: Cursor = None


class ItemQuery(Query):
    """Which instances of a batch."""

    state: Literal["pending", "done", "failed"] | None = None
    after: Annotated[int, Field(ge=-1, le=2**31 - 1, description="The number of the last one seen.")] = -1
    limit: Limit = 50


@router.get("", response_model=Page[BatchShown])
@transaction("processes:read")
def find(session: Session, actor: Principal, query: Annotated[BatchQuery, QueryParameters()]) -> Response:
    """List batches, the newest first."""
    actor.require_admin()
    return answer(
        page_of(
            lambda limit, before: queries.list_batches(session, open_only=query.open_only, limit=limit, before=before),
            "created_at",
            query.limit,
            query.cursor,
            shown,
        )
    )


@router.post("", response_model=BatchId, status_code=201, responses=documented(413))
@transaction("processes:write")
def begin(session: Session, actor: Principal, body: BatchBody) -> Response:
    """Begin to do something to many instances: each in a transaction of its own, in the background."""
    details: dict[str, dict[str, Any]] = {
        "cancel": {"reason": body.reason},
        "retry_jobs": {"retries": body.retries},
    }
    detail = details.get(body.kind, {})
    return answer({"id": commands.start_batch(session, body.kind, body.instances, detail, actor=actor)}, 201)


@router.get("/{batch_id}", response_model=BatchShown, responses=documented(404))
@transaction("processes:read")
def show(session: Session, actor: Principal, batch_id: UUID) -> Response:
    """Show how far a batch is."""
    actor.require_admin()
    return answer(shown(queries.get_batch(session, batch_id)))


@router.get("/{batch_id}/items", response_model=Items, responses=documented(404))
@transaction("processes:read")
def items(
    session: Session,
    actor: Principal,
    batch_id: UUID,
    query: Annotated[ItemQuery, QueryParameters()],
    request: HttpRequest,
) -> Response:
    """List the instances of a batch; failed ones say why."""
    actor.require_admin()
    queries.get_batch(session, batch_id)
    found = queries.batch_items(
        session, batch_id, state=query.state, after=query.after, limit=query.limit, language=language_of(request, actor)
    )
    return answer({"items": [{name: row[name] for name in ItemShown.model_fields} for row in found]})


@router.post("/{batch_id}/suspend", status_code=204, responses=documented(404))
@transaction("processes:write")
def suspend(session: Session, actor: Principal, batch_id: UUID) -> Response:
    """Hold a batch before its next instance."""
    commands.suspend_batch(session, batch_id, True, actor=actor)
    return nothing()


@router.post("/{batch_id}/activate", status_code=204, responses=documented(404))
@transaction("processes:write")
def activate(session: Session, actor: Principal, batch_id: UUID) -> Response:
    """Let a batch go on."""
    commands.suspend_batch(session, batch_id, False, actor=actor)
    return nothing()


@router.post("/{batch_id}/retry", status_code=204, responses=documented(404))
@transaction("processes:write")
def retry(session: Session, actor: Principal, batch_id: UUID) -> Response:
    """Try again what failed."""
    commands.retry_batch(session, batch_id, actor=actor)
    return nothing()


@router.delete("/{batch_id}", status_code=204, responses=documented(404))
@transaction("processes:write")
def delete(session: Session, actor: Principal, batch_id: UUID) -> Response:
    """Take a batch away: what is done stays done, the rest is left."""
    commands.delete_batch(session, batch_id, actor=actor)
    return nothing()


def shown(row: queries.Row) -> dict[str, Any]:
    """Return a batch as it is answered."""
    return {name: row[name] for name in BatchShown.model_fields}
