"""Failed attempts at jobs: appended, so that it can be told later what went wrong before it went well."""

from typing import Any

from sqlalchemy import Row, insert

from process_server import clock
from process_server.bpmn.models import JobFailure
from process_server.db import Session, table_of

_APPEND = insert(table_of(JobFailure))
LONGEST = 4_000  # characters of what is kept of an error


def record(session: Session, job: Row[Any], message: str, *, worker: str | None, retries: int) -> None:
    """Append an attempt at a job that failed; `retries` are left after it."""
    session.execute(
        _APPEND,
        {
            "job_id": job.id,
            "process_instance_id": job.process_instance_id,
            "definition_id": job.definition_id,
            "element_id": job.element_id,
            "topic": job.topic,
            "connector": job.connector,
            "worker": worker,
            "priority": job.priority,
            "retries": retries,
            "error": message[:LONGEST],
            "at": clock.now(),
        },
    )
