"""Commands to incidents: try again what could not go on, note something about it."""

from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from process_server.bpmn.commands.instances import require_operator
from process_server.bpmn.models import Incident
from process_server.bpmn.runtime import incidents
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.waits import IncidentWait
from process_server.config import settings
from process_server.db import after_commit, table_of
from process_server.errors import Invalid, NotActive
from process_server.identity import audit
from process_server.identity.principal import Principal
from process_server.tasks.doorbell import ring

LONGEST_NOTE = 4_000  # characters

_incident = table_of(Incident)


def annotate_incident(session: Session, incident_id: UUID, text: str | None, *, actor: Principal) -> None:
    """Note something about an incident, or take the note away. Raises NotFound, Invalid where it is too long."""
    require_operator(actor)
    if text is not None and len(text) > LONGEST_NOTE:
        raise Invalid("A note has {most} characters at most.", most=LONGEST_NOTE)
    incident = incidents.find(session, incident_id)
    session.execute(update(_incident).where(_incident.c.id == incident_id).values(annotation=text or None))
    audit.record(session, actor.user_id, "annotate", "incident", str(incident_id), element=incident.element_id)


def retry_incident(
    session: Session, incident_id: UUID, *, actor: Principal, variables: dict[str, Any] | None = None
) -> UUID:
    """Try an incident's element again, after setting variables that were wrong; return the instance it is in.

    What fails again is a new incident.

    Raises NotFound, NotActive when the incident is resolved already.
    """
    require_operator(actor)
    incident = incidents.find(session, incident_id)
    conductor = Conductor(session, actor.user_id)
    running = conductor.open(incident.process_instance_id)
    if not incidents.resolve(session, incident_id, actor.user_id):  # asked behind the lock: two may try at once
        raise NotActive(kind="incident", id=incident_id, state="resolved")
    if variables:
        running.execution.set_variables(variables)
    wait = running.execution.waits.get(incident.token_id)
    if isinstance(wait, IncidentWait):
        running.tried.discard(incident.token_id)
        running.before.pop(incident.token_id)  # its row is resolved: what fails in the same words again is a new one
        running.execution.retry(incident.token_id)
    elif incidents.refill_job(session, incident.token_id, settings().job_retries):
        after_commit(session, partial(ring, "process_server.bpmn.jobs.run_job", str(incident.token_id)))
    audit.record(session, actor.user_id, "retry", "incident", str(incident_id), element=incident.element_id)
    conductor.settle()
    return running.id
