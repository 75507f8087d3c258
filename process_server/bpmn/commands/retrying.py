"""The command that tries again all that stands still in a case."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from process_server.bpmn.commands.incidents import retry_incident
from process_server.bpmn.commands.instances import require_operator
from process_server.bpmn.commands.service_jobs import set_retries
from process_server.bpmn.models import Incident, Job
from process_server.db import table_of
from process_server.identity.principal import Principal

_job, _incident = table_of(Job), table_of(Incident)


def retry_instance(
    session: Session, instance_id: UUID, retries: int, *, actor: Principal, only: Collection[UUID] | None = None
) -> None:
    """Give the failed jobs of a case new retries, and try its other incidents again. Raises Invalid, Suspended.

    `only` names the jobs and tokens meant; left out, all are.
    """
    require_operator(actor)
    failed = select(_job.c.id).where(_job.c.process_instance_id == instance_id)
    failed = failed.where(_job.c.retries == 0) if only is None else failed.where(_job.c.id.in_(only))
    jobs = list(session.scalars(failed.order_by(_job.c.id)))
    if jobs:
        set_retries(session, jobs, retries, actor=actor)
    if retries:
        open_ones = select(_incident.c.id).where(
            _incident.c.process_instance_id == instance_id,
            _incident.c.resolved_at.is_(None),
            ~exists().where(_job.c.id == _incident.c.token_id),
        )
        if only is not None:
            open_ones = open_ones.where(_incident.c.token_id.in_(only))
        for incident_id in list(session.scalars(open_ones.order_by(_incident.c.id))):
            retry_incident(session, incident_id, actor=actor)
