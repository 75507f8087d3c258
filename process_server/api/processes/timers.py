"""Timers that run: when they are due, and moving them without deploying anything."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.paging import page_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Cursor, Instant, Limit, Page, Query, Request, Shown
from process_server.api.ground.scopes import require_system
from process_server.api.ground.transaction import transaction
from process_server.bpmn import commands, queries
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/timers", "timers")


class TimerShown(Shown):
    """A timer of a case, or without one of a start event. `remaining` counts the firings of a cycle; null: no end."""

    id: UUID
    process_instance_id: UUID | None
    business_key: str | None
    definition_id: UUID
    definition_key: str
    element_id: str
    due_at: datetime
    cycle: str | None
    remaining: int | None
    created_at: datetime
    suspended: bool


class TimerQuery(Query):
    """Which timers, and which page of them."""

    instance_id: UUID | None = None
    definition_id: UUID | None = None
    limit: Limit = 50
    cursor: Cursor = None


class Due(Request):
    """When a timer is to fire."""

    due_at: Instant
    whole_cycle: Annotated[bool, Field(description="The later firings of a cycle move by as much.")] = False


class Recalculation(Request):
    """From when on the model's time is counted."""

    from_creation: Annotated[bool, Field(description="From when the timer was set; otherwise from now.")] = True


@router.get("", response_model=Page[TimerShown])
@transaction("jobs:read")
def find(session: Session, actor: Principal, query: Annotated[TimerQuery, QueryParameters()]) -> Response:
    """List timers, what is due first first, for administrators and tokens that name the scope."""
    require_system(actor, "jobs:read")
    filters = query.model_dump(exclude={"limit", "cursor"})
    return answer(
        page_of(
            lambda limit, after: queries.list_timers(session, **filters, limit=limit, after=after),
            "due_at",
            query.limit,
            query.cursor,
        )
    )


@router.put("/{timer_id}/due", status_code=204, responses=documented(404, 409, 413))
@transaction("jobs:write")
def reschedule(session: Session, actor: Principal, timer_id: UUID, body: Due) -> Response:
    """Let a running timer fire at another instant: earlier, later, or by an instant that is past at once."""
    require_system(actor, "jobs:write")
    commands.reschedule_timer(session, timer_id, body.due_at, actor=actor, whole_cycle=body.whole_cycle)
    return nothing()


@router.post("/{timer_id}/recalculate", status_code=204, responses=documented(404, 409, 413))
@transaction("jobs:write")
def recalculate(session: Session, actor: Principal, timer_id: UUID, body: Recalculation | None = None) -> Response:
    """Let a timer wait for what the model says by now, with the values the case has by now."""
    require_system(actor, "jobs:write")
    from_creation = body.from_creation if body else True
    commands.recalculate_timer(session, timer_id, actor=actor, from_creation=from_creation)
    return nothing()


@router.post("/{timer_id}/fire", status_code=204, responses=documented(404, 409))
@transaction("jobs:write")
def fire(session: Session, actor: Principal, timer_id: UUID) -> Response:
    """Do at once what a timer waits for."""
    require_system(actor, "jobs:write")
    commands.fire_timer_now(session, timer_id, actor=actor)
    return nothing()


@router.post("/{timer_id}/suspend", status_code=204, responses=documented(404))
@transaction("jobs:write")
def suspend(session: Session, actor: Principal, timer_id: UUID) -> Response:
    """Keep a timer from firing until it is let go on; a job as well, by its id."""
    require_system(actor, "jobs:write")
    commands.suspend_job(session, timer_id, True, actor=actor)
    return nothing()


@router.post("/{timer_id}/activate", status_code=204, responses=documented(404))
@transaction("jobs:write")
def activate(session: Session, actor: Principal, timer_id: UUID) -> Response:
    """Let a suspended timer or job go on; what was due meanwhile happens at once."""
    require_system(actor, "jobs:write")
    commands.suspend_job(session, timer_id, False, actor=actor)
    return nothing()
