"""Service work: which jobs there are, who holds them, and why they failed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_

from process_server.bpmn.models import Job, ProcessInstance
from process_server.bpmn.result import Row, rows
from process_server.db import Session, table_of

_job, _instance = table_of(Job), table_of(ProcessInstance)

_JOB = select(
    *(column for column in _job.c if column.name not in ("payload",)),
    _instance.c.business_key,
).join(_instance, _instance.c.id == _job.c.process_instance_id)


def list_jobs(
    session: Session,
    *,
    topic: str | None = None,
    instance_id: UUID | None = None,
    worker: str | None = None,
    failed: bool | None = None,
    limit: int = 50,
    before: tuple[datetime, UUID] | None = None,
) -> list[Row]:
    """Return jobs, the newest first; `failed` ones have no retries left. `before` is the last one's position."""
    query = _JOB.order_by(_job.c.created_at.desc(), _job.c.id.desc()).limit(limit)
    equal = {_job.c.topic: topic, _job.c.process_instance_id: instance_id, _job.c.locked_by: worker}
    query = query.where(*(column == value for column, value in equal.items() if value is not None))
    if failed is not None:
        query = query.where(_job.c.retries == 0 if failed else _job.c.retries > 0)
    if before is not None:
        query = query.where(tuple_(_job.c.created_at, _job.c.id) < before)
    return rows(session, query)
