"""Commands to service work: a worker fetches and locks jobs, then completes them, fails them or raises BPMN errors.

Connectors of this server are workers like any other, except that they name no topics: they take jobs marked as theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn import failures, incidents
from process_server.bpmn.conductor import Conductor
from process_server.bpmn.models import Job, ProcessInstance
from process_server.db import changed, table_of
from process_server.errors import JobLocked, NotFound
from process_server.identity.principal import Principal

BACK_OFF = timedelta(seconds=10)  # doubled with every failed attempt

_job = table_of(Job)
_instance = table_of(ProcessInstance)

_FREE = and_(
    _job.c.retries > 0,
    _job.c.suspended.is_(False),
    _instance.c.suspended_at.is_(None),
    _job.c.next_attempt_at <= bindparam("now"),
    or_(_job.c.locked_until.is_(None), _job.c.locked_until <= bindparam("now")),
)
_LOCK = (
    update(_job)
    .where(_job.c.id == bindparam("job"))
    .values(locked_by=bindparam("worker"), locked_until=bindparam("until"))
)


@dataclass(frozen=True, slots=True)
class LockedJob:
    """A job a worker holds until `locked_until`, with the variables it asked for."""

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


def fetch_and_lock(
    session: Session,
    worker: str,
    topics: Mapping[str, timedelta],
    *,
    limit: int = 1,
    variables: Sequence[str] | None = None,
) -> list[LockedJob]:
    """Lock free jobs of some topics for a worker, the most urgent first. `topics` gives each topic's lock duration.

    A job whose element has input mappings carries their values; another one carries the instance's variables
    (`variables` names which; None: all).
    """
    now = clock.now()
    rows = session.execute(
        select(_job, _instance.c.business_key, _instance.c.variables)
        .join(_instance, _instance.c.id == _job.c.process_instance_id)
        .where(_FREE, _job.c.topic.in_(list(topics)), _job.c.connector.is_(False))
        .order_by(_job.c.priority.desc(), _job.c.next_attempt_at, _job.c.id)
        .limit(limit)
        .with_for_update(of=_job, skip_locked=True),
        {"now": now},
    ).all()
    locked = [_locked(row, worker, now + topics[row.topic], variables) for row in rows]
    if locked:
        session.execute(_LOCK, [{"job": job.id, "worker": worker, "until": job.locked_until} for job in locked])
    return locked


def claim_connector_job(session: Session, job_id: UUID | None, worker: str, lock: timedelta) -> LockedJob | None:
    """Lock one job of the server's own connectors: the one given, or the one due longest; None when none is free."""
    now = clock.now()
    query = (
        select(_job, _instance.c.business_key, _instance.c.variables)
        .join(_instance, _instance.c.id == _job.c.process_instance_id)
        .where(_FREE, _job.c.connector)
        .order_by(_job.c.next_attempt_at, _job.c.id)
        .limit(1)
        .with_for_update(of=_job, skip_locked=True)
    )
    if job_id is not None:
        query = query.where(_job.c.id == job_id)
    row = session.execute(query, {"now": now}).one_or_none()
    if row is None:
        return None
    session.execute(_LOCK, {"job": row.id, "worker": worker, "until": now + lock})
    return _locked(row, worker, now + lock, ())


def complete_job(session: Session, job_id: UUID, variables: dict[str, Any], *, worker: str, actor: Principal) -> None:
    """Complete a job its worker holds. Raises NotFound, JobLocked."""
    job = _held(session, job_id, worker)
    conductor = Conductor(session, actor.user_id)
    running = conductor.open(job.process_instance_id)
    _held(session, job_id, worker)
    running.execution.complete(job_id, variables, actor=worker)
    conductor.settle()


def raise_job_error(
    session: Session, job_id: UUID, code: str, message: str, variables: dict[str, Any], *, worker: str, actor: Principal
) -> None:
    """Raise a BPMN error at a job: a boundary event or event subprocess catches it, or it becomes an incident."""
    job = _held(session, job_id, worker)
    conductor = Conductor(session, actor.user_id)
    running = conductor.open(job.process_instance_id)
    _held(session, job_id, worker)
    running.execution.raise_error(job_id, code, message, variables)
    conductor.settle()


def fail_job(
    session: Session,
    job_id: UUID,
    message: str,
    *,
    worker: str,
    retries: int | None = None,
    retry_in: timedelta | None = None,
) -> int:
    """Say that an attempt failed; return the retries left. At none the job becomes an incident.

    `retries` sets how many are left (default: one less); `retry_in` how long to wait (default: doubling back-off).
    """
    job = _held(session, job_id, worker)
    left = job.retries - 1 if retries is None else max(retries, 0)
    wait = retry_in if retry_in is not None else BACK_OFF * 2 ** min(job.attempts, 10)
    session.execute(
        update(_job)
        .where(_job.c.id == job_id)
        .values(
            retries=left,
            attempts=job.attempts + 1,
            error=message[:4000],
            locked_by=None,
            locked_until=None,
            next_attempt_at=clock.now() + wait,
        )
    )
    failures.record(session, job, message, worker=worker, retries=left)
    if left == 0:
        incidents.open_incident(session, job, "job_failed", message)
    return left


def extend_lock(session: Session, job_id: UUID, duration: timedelta, *, worker: str) -> datetime:
    """Hold a job longer, from now; return until when."""
    _held(session, job_id, worker)
    until = clock.now() + duration
    session.execute(_LOCK, {"job": job_id, "worker": worker, "until": until})
    return until


def unlock(session: Session, job_id: UUID) -> None:
    """Give a job back, whoever holds it."""
    if not changed(session.execute(_LOCK, {"job": job_id, "worker": None, "until": None})):
        raise NotFound(kind="job", id=job_id)


def _held(session: Session, job_id: UUID, worker: str) -> Row[Any]:
    row = session.execute(select(_job).where(_job.c.id == job_id)).one_or_none()
    if row is None:
        raise NotFound(kind="job", id=job_id)
    if row.locked_by != worker:
        raise JobLocked(id=job_id, worker=row.locked_by or "nobody")
    return row


def _locked(row: Row[Any], worker: str, until: datetime, names: Sequence[str] | None) -> LockedJob:
    variables = {**row.variables, **row.payload}  # what is local to the job stands before what the instance has
    return LockedJob(
        id=row.id,
        topic=row.topic,
        process_instance_id=row.process_instance_id,
        definition_id=row.definition_id,
        element_id=row.element_id,
        business_key=row.business_key,
        payload=row.payload,
        variables={k: v for k, v in variables.items() if names is None or k in names},
        priority=row.priority,
        retries=row.retries,
        worker=worker,
        locked_until=until,
        created_at=row.created_at,
        error=row.error,
    )
