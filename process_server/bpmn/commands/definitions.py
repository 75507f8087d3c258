"""Commands to what is deployed: suspend a definition, delete a deployment nothing runs on."""

from uuid import UUID

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from process_server.bpmn import definitions
from process_server.bpmn.commands.instances import require_operator
from process_server.bpmn.models import (
    DecisionDefinition,
    Deployment,
    ProcessDefinition,
    ProcessInstance,
    Resource,
    Subscription,
    Timer,
)
from process_server.errors import Conflict, NotFound
from process_server.forms.models import FormDefinition
from process_server.identity import audit
from process_server.identity.principal import Principal

_definition = ProcessDefinition.__table__


def suspend_definition(session: Session, definition_id: UUID, suspended: bool, *, actor: Principal) -> None:
    """Suspend a version, so that nobody and nothing starts it, or let it start again. Running instances go on."""
    require_operator(actor)
    changed = session.execute(update(_definition).where(_definition.c.id == definition_id).values(suspended=suspended))
    if changed.rowcount == 0:
        raise NotFound(kind="process definition", id=definition_id)
    audit.record(
        session,
        actor.user_id,
        "suspend" if suspended else "activate",
        "process_definition",
        str(definition_id),
    )


def delete_deployment(session: Session, deployment_id: UUID, *, actor: Principal) -> None:
    """Delete a deployment with its definitions. Raises Conflict while instances of it are kept."""
    require_operator(actor)
    held = select(_definition.c.id).where(_definition.c.deployment_id == deployment_id)
    instance = ProcessInstance.__table__
    if session.execute(select(exists().where(instance.c.definition_id.in_(held)))).scalar_one():
        raise Conflict("Process instances of this deployment are kept: it cannot be deleted.")
    for table in (Timer.__table__, Subscription.__table__):
        session.execute(delete(table).where(table.c.definition_id.in_(held)))
    for table in (_definition, DecisionDefinition.__table__, FormDefinition.__table__, Resource.__table__):
        session.execute(delete(table).where(table.c.deployment_id == deployment_id))
    gone = session.execute(delete(Deployment.__table__).where(Deployment.__table__.c.id == deployment_id))
    if gone.rowcount == 0:
        raise NotFound(kind="deployment", id=deployment_id)
    definitions.forget()
    audit.record(session, actor.user_id, "delete", "deployment", str(deployment_id))
