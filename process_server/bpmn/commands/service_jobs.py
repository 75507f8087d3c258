"""Commands by which workers report on the service work they hold, and operators on that which failed."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.commands.fetching import LOCK
from process_server.bpmn.models import Job
from process_server.bpmn.runtime import failures, free_jobs, incidents
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Running
from process_server.db import after_commit, changed, table_of
from process_server.errors import JobLocked, NotFound
from process_server.identity import audit
from process_server.identity.principal import SYSTEM, Principal
from process_server.tasks.doorbell import ring

BACK_OFF = timedelta(seconds=10)  # doubled with every failed attempt
LONGEST_DETAILS = 100_000  # characters that are kept

_job = table_of(Job)


def complete_job(
    session: Session,
    job_id: UUID,
    variables: Mapping[str, Any],
    *,
    worker: str,
    actor: Principal,
    local: Mapping[str, Any] | None = None,
) -> None:
    """Complete a job its worker holds; `local` variables are seen by its outputs alone. Raises NotFound, JobLocked."""
    conductor, running = _open(session, job_id, worker, actor)
    running.execution.set_local(job_id, local or {})
    running.execution.complete(job_id, variables, actor=worker)
    conductor.settle()


def raise_job_error(
    session: Session,
    job_id: UUID,
    code: str,
    message: str,
    variables: Mapping[str, Any],
    *,
    worker: str,
    actor: Principal,
) -> None:
    """Raise a BPMN error at a job: a boundary event or event subprocess catches it, or it becomes an incident."""
    conductor, running = _open(session, job_id, worker, actor)
    running.execution.raise_error(job_id, code, message, variables)
    conductor.settle()


def fail_job(
    session: Session,
    job_id: UUID,
    message: str,
    *,
    worker: str,
    actor: Principal,
    retries: int | None = None,
    retry_in: timedelta | None = None,
    details: str | None = None,
    variables: Mapping[str, Any] | None = None,
    local: Mapping[str, Any] | None = None,
) -> int:
    """Say that an attempt failed; return the retries left. At none the job becomes an incident.

    `retries` sets how many are left (default: one less); `retry_in` how long to wait (default: doubling back-off).
    Variables are kept for the next attempt: `local` ones at the job, others where they live.
    """
    conductor, running = _open(session, job_id, worker, actor) if variables or local else (None, None)
    job = _held(session, job_id, worker)
    left = job.retries - 1 if retries is None else max(retries, 0)
    wait = retry_in if retry_in is not None else BACK_OFF * 2 ** min(job.attempts, 10)
    session.execute(
        update(_job)
        .where(_job.c.id == job_id)
        .values(
            retries=left,
            attempts=job.attempts + 1,
            error=message[: failures.LONGEST],
            error_details=details and details[:LONGEST_DETAILS],
            payload={**job.payload, **(local or {})},
            locked_by=None,
            locked_until=None,
            next_attempt_at=clock.now() + wait,
        )
    )
    failures.record(session, job, message, worker=worker, retries=left)
    if left == 0:
        incidents.open_incident(session, job, "job_failed", message)
    free_jobs.announce(session, [job.topic])
    if conductor is not None and running is not None:
        running.execution.set_local(job_id, local or {})
        running.execution.assign_at(job_id, variables or {})
        conductor.settle()
    return left


def lock_job(session: Session, job_id: UUID, duration: timedelta, *, worker: str) -> datetime:
    """Lock one job, from now; return until when. Raises NotFound, JobLocked while somebody else holds it."""
    job = _row(session, job_id)
    if job.locked_by not in (None, worker) and job.locked_until > clock.now():
        raise JobLocked(id=job_id, worker=job.locked_by)
    return _lock(session, job_id, duration, worker)


def extend_lock(session: Session, job_id: UUID, duration: timedelta, *, worker: str) -> datetime:
    """Hold a job longer, from now; return until when."""
    _held(session, job_id, worker)
    return _lock(session, job_id, duration, worker)


def unlock(session: Session, job_id: UUID) -> None:
    """Give a job back, whoever holds it."""
    job = _row(session, job_id)
    session.execute(LOCK, {"job": job_id, "worker": None, "until": None})
    free_jobs.announce(session, [job.topic])


def set_retries(session: Session, job_ids: Collection[UUID], retries: int, *, actor: Principal) -> None:
    """Say how many attempts some jobs have left: their incidents are mended, or with none each becomes one.

    Raises NotFound, and changes nothing then.
    """
    query = select(_job).where(_job.c.id.in_(job_ids)).order_by(_job.c.id).with_for_update()
    jobs = {row.id: row for row in session.execute(query)}
    for job_id in job_ids:
        if job_id not in jobs:
            raise NotFound(kind="job", id=job_id)
    for job in jobs.values():
        if retries and not job.retries:
            incidents.refill_job(session, job.id, retries)
            incidents.resolve_of(session, job.id, actor.user_id)
        else:
            session.execute(update(_job).where(_job.c.id == job.id).values(retries=retries))
            if not retries and job.retries:
                incidents.open_incident(session, job, "job_failed", job.error or "")
        if retries and job.connector:
            after_commit(session, partial(ring, "process_server.bpmn.jobs.run_job", str(job.id)))
        audit.record(session, actor.user_id, "set_retries", "job", str(job.id), retries=retries)
    free_jobs.announce(session, {job.topic for job in jobs.values()})


def set_priority(session: Session, job_id: UUID, priority: int, *, actor: Principal) -> None:
    """Say how urgent a job is. Raises NotFound."""
    if not changed(session.execute(update(_job).where(_job.c.id == job_id).values(priority=priority))):
        raise NotFound(kind="job", id=job_id)
    audit.record(session, actor.user_id, "set_priority", "job", str(job_id), priority=priority)


def _open(session: Session, job_id: UUID, worker: str, actor: Principal) -> tuple[Conductor, Running]:
    """Take the instance of a job in hand: the instance is locked before the job, and the job looked at again."""
    job = _held(session, job_id, worker, lock=False)
    conductor = Conductor(session, actor.user_id, suspended_too=actor is SYSTEM)  # a connector's call has been made
    running = conductor.open(job.process_instance_id)
    _held(session, job_id, worker)
    return conductor, running


def _held(session: Session, job_id: UUID, worker: str, *, lock: bool = True) -> Row[Any]:
    row = _row(session, job_id, lock=lock)
    if row.locked_by != worker:
        raise JobLocked(id=job_id, worker=row.locked_by or "nobody")
    return row


def _row(session: Session, job_id: UUID, *, lock: bool = True) -> Row[Any]:
    query = select(_job).where(_job.c.id == job_id)
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound(kind="job", id=job_id)
    return row


def _lock(session: Session, job_id: UUID, duration: timedelta, worker: str) -> datetime:
    until = clock.now() + duration
    session.execute(LOCK, {"job": job_id, "worker": worker, "until": until})
    return until
