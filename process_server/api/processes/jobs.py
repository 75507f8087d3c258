"""Service work for workers outside: fetch and lock jobs of some topics, then report on them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Request as HttpRequest
from fastapi import Response
from fastapi.concurrency import run_in_threadpool

from process_server import values
from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.durations import read_duration
from process_server.api.ground.errors import documented
from process_server.api.ground.paging import page_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Page
from process_server.api.ground.scopes import require_system
from process_server.api.ground.transaction import transaction
from process_server.api.processes import long_polling
from process_server.api.processes.job_schemas import (
    LONGEST_LOCK,
    LONGEST_WAIT,
    Completion,
    Extension,
    Failure,
    Fetch,
    JobQuery,
    JobShown,
    Locked,
    LockedShown,
    LockedUntil,
    ModelledError,
    Retries,
    RetriesLeft,
    RetriesOfMany,
    Urgency,
)
from process_server.bpmn import commands, queries
from process_server.bpmn.commands import LockedJob, Order
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/jobs", "jobs")


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
    order, seconds = body.read(), body.seconds()
    if seconds is None:
        return await run_in_threadpool(_fetch_now, request, order=order)
    return answer({"jobs": [_shown(job) for job in await long_polling.wait_for_jobs(request, order, seconds)]})


@transaction("jobs:write")
def _fetch_now(session: Session, actor: Principal, order: Order) -> Response:
    require_system(actor, "jobs:write")
    return answer({"jobs": [_shown(job) for job in commands.fetch_and_lock(session, order)]})


def _shown(job: LockedJob) -> dict[str, Any]:
    shown = {field: getattr(job, field) for field in LockedShown.model_fields}
    return shown | {"payload": values.show(job.payload), "variables": values.show(job.variables)}


@router.put("/retries", status_code=204, responses=documented(404, 413))
@transaction("jobs:write")
def set_retries_of_many(session: Session, actor: Principal, body: RetriesOfMany) -> Response:
    """Say how many attempts some jobs have left: their incidents are mended, or with none each becomes one."""
    require_system(actor, "jobs:write")
    commands.set_retries(session, set(body.ids), body.retries, actor=actor)
    return nothing()


@router.put("/{job_id}/retries", status_code=204, responses=documented(404, 413))
@transaction("jobs:write")
def set_retries(session: Session, actor: Principal, job_id: UUID, body: Retries) -> Response:
    """Say how many attempts a job has left: its incident is mended, or with none it becomes one."""
    require_system(actor, "jobs:write")
    commands.set_retries(session, [job_id], body.retries, actor=actor)
    return nothing()


@router.put("/{job_id}/priority", status_code=204, responses=documented(404, 413))
@transaction("jobs:write")
def set_priority(session: Session, actor: Principal, job_id: UUID, body: Urgency) -> Response:
    """Say how urgent a job is."""
    require_system(actor, "jobs:write")
    commands.set_priority(session, job_id, body.priority, actor=actor)
    return nothing()


@router.post("/{job_id}/lock", response_model=LockedUntil, responses=documented(404, 409, 413))
@transaction("jobs:write")
def lock(session: Session, actor: Principal, job_id: UUID, body: Extension) -> Response:
    """Lock one job, from now, unless somebody else holds it."""
    require_system(actor, "jobs:write")
    duration = read_duration(body.lock, "lock", longest=LONGEST_LOCK)
    return answer({"locked_until": commands.lock_job(session, job_id, duration, worker=body.worker)})


@router.post("/{job_id}/complete", status_code=204, responses=documented(404, 409, 413))
@transaction("jobs:write")
def complete(session: Session, actor: Principal, job_id: UUID, body: Completion) -> Response:
    """Complete a job: its variables go into the process, and the process goes on."""
    require_system(actor, "jobs:write")
    commands.complete_job(session, job_id, body.variables, worker=body.worker, actor=actor, local=body.local)
    return nothing()


@router.post("/{job_id}/fail", response_model=RetriesLeft, responses=documented(404, 409, 413))
@transaction("jobs:write")
def fail(session: Session, actor: Principal, job_id: UUID, body: Failure) -> Response:
    """Say that an attempt failed. It is tried again later; when no retries are left, it becomes an incident."""
    require_system(actor, "jobs:write")
    wait = read_duration(body.retry_in, "retry_in", longest=LONGEST_WAIT) if body.retry_in else None
    left = commands.fail_job(
        session,
        job_id,
        body.message,
        worker=body.worker,
        actor=actor,
        retries=body.retries,
        retry_in=wait,
        details=body.details,
        variables=body.variables,
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
