"""Incidents as rows: opened where an instance cannot go on, resolved by whoever mends it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.models import Incident, Job
from process_server.bpmn.runtime import free_jobs
from process_server.db import changed, new_id, table_of
from process_server.errors import NotFound

_incident = table_of(Incident)
_job = table_of(Job)


def open_incident(session: Session, job: Row[Any], code: str, message: str) -> UUID:
    """Open an incident for a job that failed for good; return its id."""
    incident_id = new_id()
    session.execute(
        insert(_incident),
        {
            "id": incident_id,
            "process_instance_id": job.process_instance_id,
            "definition_id": job.definition_id,
            "token_id": job.id,
            "element_id": job.element_id,
            "code": code,
            "message": message,
            "created_at": clock.now(),
        },
    )
    return incident_id


def find(session: Session, incident_id: UUID) -> Row[Any]:
    """Return an incident. Raises NotFound."""
    row = session.execute(select(_incident).where(_incident.c.id == incident_id)).one_or_none()
    if row is None:
        raise NotFound(kind="incident", id=incident_id)
    return row


def resolve(session: Session, incident_id: UUID, actor: str | None) -> bool:
    """Mark an incident as mended; False when somebody was faster."""
    result = session.execute(
        update(_incident)
        .where(_incident.c.id == incident_id, _incident.c.resolved_at.is_(None))
        .values(resolved_at=clock.now(), resolved_by=actor)
    )
    return bool(changed(result))


def resolve_of(session: Session, job_id: UUID, actor: str | None) -> None:
    """Mark the open incidents of a job as mended."""
    session.execute(
        update(_incident)
        .where(_incident.c.token_id == job_id, _incident.c.resolved_at.is_(None))
        .values(resolved_at=clock.now(), resolved_by=actor)
    )


def refill_job(session: Session, job_id: UUID, retries: int) -> bool:
    """Give a failed job new retries, due at once; False when there is no such job."""
    topic = session.execute(
        update(_job)
        .where(_job.c.id == job_id)
        .values(retries=retries, next_attempt_at=clock.now(), locked_by=None, locked_until=None)
        .returning(_job.c.topic)
    ).scalar_one_or_none()
    if topic is not None:
        free_jobs.announce(session, [topic])
    return topic is not None
