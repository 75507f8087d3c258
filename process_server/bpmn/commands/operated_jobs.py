"""Commands to what waits to be done, for operators: at once, at another instant, or not until further."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, select, update
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.commands.service_jobs import set_retries
from process_server.bpmn.models import Job, Timer
from process_server.db import after_commit, table_of
from process_server.errors import JobLocked, NotFound
from process_server.identity import audit
from process_server.identity.principal import Principal
from process_server.tasks.doorbell import ring

_job, _timer = table_of(Job), table_of(Timer)


def run_job_now(session: Session, job_id: UUID, *, actor: Principal) -> None:
    """Have a connector's job done as soon as a worker is free; one that failed for good gets one more attempt.

    Raises NotFound, JobLocked while it is being done.
    """
    job = _find(session, _job, job_id)
    if job.locked_until is not None and job.locked_until > clock.now():
        raise JobLocked(id=job_id, worker=job.locked_by)
    if not job.retries:
        set_retries(session, [job_id], 1, actor=actor)
    _write(session, _job, job_id, next_attempt_at=clock.now(), suspended=False)
    after_commit(session, partial(ring, "process_server.bpmn.jobs.run_job", str(job_id)))
    _record(session, actor, "run", "job", job)


def delay_job(session: Session, job_id: UUID, until: datetime, *, actor: Principal) -> None:
    """Say from when on a job may be done. Raises NotFound."""
    job = _find(session, _job, job_id)
    _write(session, _job, job_id, next_attempt_at=until)
    _record(session, actor, "reschedule", "job", job, before=job.next_attempt_at, after=until)


def suspend_job(session: Session, job_id: UUID, suspended: bool, *, actor: Principal) -> None:
    """Keep a timer from firing, or a job from being done, or let it go on. Raises NotFound."""
    for table, kind in ((_timer, "timer"), (_job, "job")):
        held = session.execute(select(table).where(table.c.id == job_id)).one_or_none()
        if held is not None:
            _write(session, table, job_id, suspended=suspended)
            _record(session, actor, "suspend" if suspended else "activate", kind, held)
            return
    raise NotFound(kind="job", id=job_id)


def _find(session: Session, table: Table, job_id: UUID) -> Row[Any]:
    row = session.execute(select(table).where(table.c.id == job_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(kind="job", id=job_id)
    return row


def _write(session: Session, table: Table, job_id: UUID, **values: Any) -> None:
    session.execute(update(table).where(table.c.id == job_id).values(values))


def _record(session: Session, actor: Principal, action: str, kind: str, held: Row[Any], **detail: Any) -> None:
    instance = held.process_instance_id
    place = {"instance": str(instance) if instance else None, "element": held.element_id}
    audit.record(session, actor.user_id, action, kind, held.id, **place, **detail)
