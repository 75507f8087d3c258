"""What can be done to jobs on the wire: now, at another instant, once more, not until further."""

from datetime import datetime
from typing import Annotated

from fastapi import Query as QueryParameters
from fastapi import Response
from pydantic import Field

from process_server import clock
from process_server.api.engine_rest.operations import batches
from process_server.api.engine_rest.operations.jobs import Id, JobQuery, one
from process_server.api.engine_rest.wire.answers import nothing
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.ids import SoughtId
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.bpmn import commands
from process_server.bpmn.finders.jobs import JOBS, STEP, TIMER
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/job", "Job")


class DueDate(Wire):
    """When a timer is to fire. With `cascade` the later firings of a cycle move by as much."""

    duedate: Date | None = None
    cascade: bool = False


class Retries(Wire):
    """How many attempts are left, and from when on."""

    retries: Annotated[int, Field(ge=0, le=32_767)] = 0
    due_date: Date | None = None


class ManyRetries(Retries):
    """Which jobs, by their ids or by a query."""

    job_ids: list[SoughtId] | None = None
    job_query: JobQuery | None = None


class Suspension(Wire):
    """Whether a job waits until it is let go on."""

    suspended: bool = False


@router.post("/retries", response_model=batches.BatchShown)
@operation("jobs:write")
def set_many_retries(session: Session, actor: Principal, body: ManyRetries) -> Response:
    """Begin to say of many jobs how many attempts they have left, for administrators; timers have no number of them."""
    wanted = [{"job_ids": body.job_ids}] if body.job_ids else []
    wanted += [body.job_query.wanted()] if body.job_query is not None else []
    found = [row for each in wanted for row in JOBS.find(session, actor, each) if row["kind"] != TIMER]
    if not found:
        raise InvalidRequest("No job is named or found: jobIds is empty")
    detail = {"retries": body.retries, "jobs": sorted({str(row["id"]) for row in found})}
    cases = [row["process_instance_id"] for row in found]
    return batches.begun(session, actor, commands.start_batch(session, "retry_jobs", cases, detail, actor=actor))


@router.post("/{id}/execute", status_code=204, responses=documented(404))
@operation("jobs:write")
def execute(session: Session, actor: Principal, id: Id) -> Response:
    """Do a job now: a timer fires, a failed step is tried again; the work of a connector begins in the background."""
    job = one(session, actor, id, "jobs:write")
    if job["kind"] == TIMER:
        commands.fire_timer_now(session, job["id"], actor=actor)
    elif job["kind"] == STEP:
        commands.retry_incident(session, job["incident_id"], actor=actor)
    else:
        commands.run_job_now(session, job["id"], actor=actor)
    return nothing()


@router.put("/{id}/retries", status_code=204, responses=documented(404))
@operation("jobs:write")
def set_retries(session: Session, actor: Principal, id: Id, body: Retries) -> Response:
    """Say how many attempts a job has left; its incident is resolved. A timer is tried until it fires."""
    job = one(session, actor, id, "jobs:write")
    if job["kind"] == TIMER and not body.retries:
        raise InvalidRequest("A timer is tried until it fires: suspend it instead.")
    if job["kind"] == STEP and body.retries:
        commands.retry_incident(session, job["incident_id"], actor=actor)
        return nothing()
    if job["kind"] not in (TIMER, STEP):
        commands.set_retries(session, [job["id"]], body.retries, actor=actor)
    if body.due_date is not None:
        _move(session, actor, job, body.due_date)
    return nothing()


@router.put("/{id}/duedate", status_code=204, responses=documented(404))
@operation("jobs:write")
def set_due_date(session: Session, actor: Principal, id: Id, body: DueDate) -> Response:
    """Let a running timer fire at another instant, without deploying anything; without a date it is due now."""
    job = one(session, actor, id, "jobs:write")
    _move(session, actor, job, body.duedate or clock.now(), whole_cycle=body.cascade)
    return nothing()


@router.post("/{id}/duedate/recalculate", status_code=204, responses=documented(404))
@operation("jobs:write")
def recalculate(
    session: Session,
    actor: Principal,
    id: Id,
    creation_date_based: Annotated[bool, QueryParameters(alias="creationDateBased")] = True,
) -> Response:
    """Let a timer wait for what the model says by now, counted from when it was set, or else from now."""
    job = one(session, actor, id, "jobs:write")
    if job["kind"] != TIMER:
        raise InvalidRequest("Only a timer has a due date that can be calculated.")
    commands.recalculate_timer(session, job["id"], actor=actor, from_creation=creation_date_based)
    return nothing()


@router.put("/{id}/suspended", status_code=204, responses=documented(404))
@operation("jobs:write")
def suspend(session: Session, actor: Principal, id: Id, body: Suspension) -> Response:
    """Keep a job from being done until it is let go on."""
    commands.suspend_job(session, one(session, actor, id, "jobs:write")["id"], body.suspended, actor=actor)
    return nothing()


def _move(session: Session, actor: Principal, job: Row, due: datetime, *, whole_cycle: bool = False) -> None:
    if job["kind"] == TIMER:
        commands.reschedule_timer(session, job["id"], due, actor=actor, whole_cycle=whole_cycle)
    elif job["kind"] == STEP:
        raise InvalidRequest("A step that failed has no due date: set its retries.")
    else:
        commands.delay_job(session, job["id"], due, actor=actor)
