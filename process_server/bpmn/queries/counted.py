"""How many instances stand where: of every version of every process, with what failed in them."""

from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from process_server.bpmn.models import Incident, Job, ProcessInstance
from process_server.bpmn.queries.history import active_elements
from process_server.bpmn.runtime.incident_kinds import KIND
from process_server.db import table_of

_instance, _job, _incident = table_of(ProcessInstance), table_of(Job), table_of(Incident)
_FAILED = _job.c.retries <= 0


class Standing:
    """How many instances there are, how many jobs failed in them, and how many incidents of each kind are open."""

    __slots__ = ("failed_jobs", "incidents", "instances")

    def __init__(self) -> None:
        self.instances = self.failed_jobs = 0
        self.incidents: Counter[str] = Counter()


def standing_by_definition(session: Session) -> dict[UUID, Standing]:
    """Return of each version how its instances stand; one that nothing runs of may be left out."""
    found: defaultdict[UUID, Standing] = defaultdict(Standing)
    running = select(_instance.c.definition_id, func.count()).where(_instance.c.state == "active")
    for definition_id, count in session.execute(running.group_by(_instance.c.definition_id)):
        found[definition_id].instances = count
    _add_failures(session, found, _job.c.definition_id, _incident.c.definition_id)
    return found


def standing_by_element(session: Session, definition_id: UUID) -> dict[str, Standing]:
    """Return of each element of a version how many tokens stand at it, and what failed there."""
    found: defaultdict[str, Standing] = defaultdict(Standing)
    for element, count in active_elements(session, definition_id=definition_id).items():
        found[element].instances = count
    _add_failures(session, found, _job.c.element_id, _incident.c.element_id, definition_id)
    return found


def _add_failures(
    session: Session,
    found: defaultdict[Any, Standing],
    of_job: ColumnElement[Any],
    of_incident: ColumnElement[Any],
    definition_id: UUID | None = None,
) -> None:
    jobs = select(of_job, func.count()).where(_FAILED)
    incidents = select(of_incident, KIND, func.count()).where(_incident.c.resolved_at.is_(None))
    if definition_id is not None:
        jobs = jobs.where(_job.c.definition_id == definition_id)
        incidents = incidents.where(_incident.c.definition_id == definition_id)
    for place, count in session.execute(jobs.group_by(of_job)):
        found[place].failed_jobs = count
    for place, name, count in session.execute(incidents.group_by(of_incident, KIND)):
        found[place].incidents[name] = count
