"""How many cases stand where, of those somebody may see: in every version, and at the elements of one; what failed."""

from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from process_server.bpmn.models import Activity, Incident, Job, ProcessInstance
from process_server.bpmn.queries.history import tokens
from process_server.bpmn.runtime.incident_kinds import KIND
from process_server.bpmn.visibility import only_visible
from process_server.db import table_of
from process_server.identity.principal import Principal

_instance, _job, _incident = table_of(ProcessInstance), table_of(Job), table_of(Incident)
_activity = table_of(Activity)
_FAILED = _job.c.retries <= 0


class Standing:
    """How many instances there are, how many jobs failed in them, and how many incidents of each kind are open."""

    __slots__ = ("failed_jobs", "incidents", "instances")

    def __init__(self) -> None:
        self.instances = self.failed_jobs = 0
        self.incidents: Counter[str] = Counter()


def standing_by_definition(session: Session, actor: Principal) -> dict[UUID, Standing]:
    """Return of each version how its instances stand; one that nothing runs of may be left out."""
    found: defaultdict[UUID, Standing] = defaultdict(Standing)
    running = select(_instance.c.definition_id, func.count()).where(_instance.c.state == "active")
    for definition_id, count in session.execute(only_visible(running.group_by(_instance.c.definition_id), actor)):
        found[definition_id].instances = count
    _add_failures(session, actor, found, _job.c.definition_id, _incident.c.definition_id)
    return found


def standing_by_element(session: Session, actor: Principal, definition_id: UUID) -> dict[str, Standing]:
    """Return of each element of a version how many tokens stand at it, and what failed there."""
    found: defaultdict[str, Standing] = defaultdict(Standing)
    waiting = tokens(lambda _, version: version == definition_id, armed=False)
    standing = select(waiting.c.element_id, func.count()).group_by(waiting.c.element_id)
    for element, count in session.execute(_of_seen(standing, waiting.c.process_instance_id, actor)):
        found[element].instances = count
    _add_failures(session, actor, found, _job.c.element_id, _incident.c.element_id, definition_id)
    return found


def visits_by_element(session: Session, actor: Principal, definition_id: UUID) -> dict[str, int]:
    """Count the finished visits of each element of a version."""
    visits = select(_activity.c.element_id, func.count()).where(_activity.c.definition_id == definition_id)
    counted = _of_seen(visits.group_by(_activity.c.element_id), _activity.c.process_instance_id, actor)
    return dict(session.execute(counted).all())


def _add_failures(
    session: Session,
    actor: Principal,
    found: defaultdict[Any, Standing],
    of_job: ColumnElement[Any],
    of_incident: ColumnElement[Any],
    definition_id: UUID | None = None,
) -> None:
    jobs = select(of_job, func.count()).where(_FAILED).group_by(of_job)
    incidents = select(of_incident, KIND, func.count()).where(_incident.c.resolved_at.is_(None))
    incidents = incidents.group_by(of_incident, KIND)
    if definition_id is not None:
        jobs = jobs.where(_job.c.definition_id == definition_id)
        incidents = incidents.where(_incident.c.definition_id == definition_id)
    for place, count in session.execute(_of_seen(jobs, _job.c.process_instance_id, actor)):
        found[place].failed_jobs = count
    for place, name, count in session.execute(_of_seen(incidents, _incident.c.process_instance_id, actor)):
        found[place].incidents[name] = count


def _of_seen(statement: Select[Any], case: ColumnElement[UUID], actor: Principal) -> Select[Any]:
    """Narrow what is counted by its case to the cases somebody may see."""
    if actor.admin:
        return statement
    return only_visible(statement.join(_instance, _instance.c.id == case), actor)
