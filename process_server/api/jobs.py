"""Service work for workers outside: fetch and lock jobs of some topics, then report on them."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Request as HttpRequest
from fastapi import Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from process_server import values
from process_server.api import long_polling
from process_server.api.answers import answer, nothing
from process_server.api.durations import read_duration
from process_server.api.errors import documented
from process_server.api.paging import page_of
from process_server.api.routing import resource
from process_server.api.schemas import (
    Cursor,
    Duration,
    Limit,
    Name,
    OptionalVariables,
    Page,
    Query,
    Request,
    Shown,
    Text,
)
from process_server.api.scopes import require_system
from process_server.api.transaction import transaction
from process_server.bpmn import commands, queries
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/jobs", "jobs")

LONGEST_LOCK = timedelta(days=1)
LONGEST_WAIT = timedelta(days=30)

Worker = Annotated[Name, Field(description="What this worker calls itself: it alone may report.", examples=["erp-1"])]


class Topic(Request):
    """A topic to take jobs of, and for how long each is locked."""

    topic: Annotated[Name, Field(examples=["create_order"])]
    lock: Duration = "PT5M"


class Fetch(Request):
    """Who asks for jobs of which topics."""

    worker: Worker
    topics: Annotated[list[Topic], Field(min_length=1, max_length=100)]
    limit: Annotated[int, Field(ge=1, le=100)] = 1
    wait: Annotated[
        Duration | None,
        Field(examples=["PT30S"], description="How long to wait for jobs where there are none: at most PT30M."),
    ] = None
    variables: Annotated[
        list[Name] | None,
        Field(max_length=500, description="Names of the variables wanted. Left out: all, or the element's inputs."),
    ] = None


class Completion(Request):
    """What the work gave: variables for the process."""

    worker: Worker
    variables: OptionalVariables


class Failure(Request):
    """An attempt that failed. Without `retries` one less is left; without `retry_in` the pauses double."""

    worker: Worker
    message: Annotated[Text, Field(max_length=10_000)]
    retries: Annotated[int | None, Field(ge=0, le=1000)] = None
    retry_in: Duration | None = None


class ModelledError(Request):
    """An error the model knows by its code: a boundary event may catch it."""

    worker: Worker
    code: Name
    message: Annotated[Text, Field(max_length=10_000)] = ""
    variables: OptionalVariables


class Extension(Request):
    """How much longer, from now, the worker needs."""

    worker: Worker
    lock: Duration


class LockedShown(Shown):
    """A job that this worker holds until `locked_until`. Its id serves as the idempotency key of the work."""

    id: UUID
    topic: str
    process_instance_id: UUID
    definition_id: UUID
    element_id: str
    business_key: str | None
    payload: dict[str, Any]
    variables: dict[str, Any]
    priority: int
    retries: int
    worker: str
    locked_until: datetime
    created_at: datetime
    error: str | None


class Locked(Shown):
    """The jobs a worker got; none, when there is nothing to do."""

    jobs: list[LockedShown]


class JobShown(Shown):
    """A job, whoever holds it."""

    id: UUID
    topic: str
    connector: bool
    process_instance_id: UUID
    definition_id: UUID
    element_id: str
    business_key: str | None
    priority: int
    retries: int
    attempts: int
    next_attempt_at: datetime
    locked_by: str | None
    locked_until: datetime | None
    error: str | None
    created_at: datetime


class RetriesLeft(Shown):
    """How many attempts are left; at none there is an incident."""

    retries: int


class LockedUntil(Shown):
    """Until when the job is held."""

    locked_until: datetime


class JobQuery(Query):
    """Which jobs, and which page of them."""

    topic: Text | None = None
    instance_id: UUID | None = None
    worker: Text | None = None
    failed: Annotated[bool | None, Field(description="Without retries left, or with.")] = None
    limit: Limit = 50
    cursor: Cursor = None


@router.get("", response_model=Page[JobShown])
@transaction("jobs:read")
def find(session: Session, actor: Principal, query: Annotated[JobQuery, QueryParameters()]) -> Response:
    """List jobs, the newest first."""
    require_system(actor, "jobs:read")
    filters = query.model_dump(exclude={"limit", "cursor"})
    return answer(
        page_of(
            lambda limit, before: queries.list_jobs(session, **filters, limit=limit, before=before),
            "created_at",
            query.limit,
            query.cursor,
        )
    )


@router.post("/fetch-and-lock", response_model=Locked, responses=documented(413))
async def fetch_and_lock(request: HttpRequest, body: Fetch) -> Response:
    """Lock free jobs of some topics for a worker, the most urgent first.

    Nobody else gets them until the lock ends or the worker reports; a worker that dies gives them back by itself. With
    `wait` the answer comes as soon as there are jobs, and is empty when the time is over.
    """
    order = _order(body)
    if body.wait is None:
        return await run_in_threadpool(_fetch_now, request, order=order)
    seconds = read_duration(body.wait, "wait", longest=timedelta(seconds=long_polling.LONGEST)).total_seconds()
    return answer({"jobs": [_shown(job) for job in await long_polling.wait_for_jobs(request, order, seconds)]})


@transaction("jobs:write")
def _fetch_now(session: Session, actor: Principal, order: commands.Order) -> Response:
    require_system(actor, "jobs:write")
    return answer({"jobs": [_shown(job) for job in commands.fetch_and_lock(session, order)]})


def _order(body: Fetch) -> commands.Order:
    wanted = tuple(
        commands.Wanted(
            topic=each.topic,
            lock=read_duration(each.lock, f"topics.{index}.lock", longest=LONGEST_LOCK),
            variables=body.variables,
        )
        for index, each in enumerate(body.topics)
    )
    return commands.Order(body.worker, wanted, limit=body.limit)


def _shown(job: Any) -> dict[str, Any]:
    shown = {field: getattr(job, field) for field in LockedShown.model_fields}
    return shown | {"payload": values.show(job.payload), "variables": values.show(job.variables)}


@router.post("/{job_id}/complete", status_code=204, responses=documented(404, 409, 413))
@transaction("jobs:write")
def complete(session: Session, actor: Principal, job_id: UUID, body: Completion) -> Response:
    """Complete a job: its variables go into the process, and the process goes on."""
    require_system(actor, "jobs:write")
    commands.complete_job(session, job_id, dict(body.variables), worker=body.worker, actor=actor)
    return nothing()


@router.post("/{job_id}/fail", response_model=RetriesLeft, responses=documented(404, 409, 413))
@transaction("jobs:write")
def fail(session: Session, actor: Principal, job_id: UUID, body: Failure) -> Response:
    """Say that an attempt failed. It is tried again later; when no retries are left, it becomes an incident."""
    require_system(actor, "jobs:write")
    wait = read_duration(body.retry_in, "retry_in", longest=LONGEST_WAIT) if body.retry_in else None
    left = commands.fail_job(
        session, job_id, body.message, worker=body.worker, actor=actor, retries=body.retries, retry_in=wait
    )
    return answer({"retries": left})


@router.post("/{job_id}/bpmn-error", status_code=204, responses=documented(404, 409, 413))
@transaction("jobs:write")
def bpmn_error(session: Session, actor: Principal, job_id: UUID, body: ModelledError) -> Response:
    """Raise a BPMN error at a job: a boundary event or event subprocess catches it, or it becomes an incident."""
    require_system(actor, "jobs:write")
    commands.raise_job_error(
        session, job_id, body.code, body.message, dict(body.variables), worker=body.worker, actor=actor
    )
    return nothing()


@router.post("/{job_id}/extend-lock", response_model=LockedUntil, responses=documented(404, 409, 413))
@transaction("jobs:write")
def extend_lock(session: Session, actor: Principal, job_id: UUID, body: Extension) -> Response:
    """Hold a job longer, from now."""
    require_system(actor, "jobs:write")
    duration = read_duration(body.lock, "lock", longest=LONGEST_LOCK)
    return answer({"locked_until": commands.extend_lock(session, job_id, duration, worker=body.worker)})


@router.post("/{job_id}/unlock", status_code=204, responses=documented(404))
@transaction("jobs:write")
def unlock(session: Session, actor: Principal, job_id: UUID) -> Response:
    """Give a job back, whoever holds it."""
    require_system(actor, "jobs:write")
    commands.unlock(session, job_id)
    return nothing()
