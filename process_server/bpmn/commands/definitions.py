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
from process_server.db import changed, table_of
from process_server.errors import Conflict, NotFound
from process_server.forms.models import FormDefinition
from process_server.identity import audit
from process_server.identity.principal import Principal

_definition = table_of(ProcessDefinition)


def suspend_definition(session: Session, definition_id: UUID, suspended: bool, *, actor: Principal) -> None:
    """Suspend a version, so that nobody and nothing starts it, or let it start again. Running instances go on."""
    require_operator(actor)
    result = session.execute(update(_definition).where(_definition.c.id == definition_id).values(suspended=suspended))
    if not changed(result):
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
    instance = table_of(ProcessInstance)
    if session.execute(select(exists().where(instance.c.definition_id.in_(held)))).scalar_one():
        raise Conflict("Process instances of this deployment are kept: it cannot be deleted.")
    for table in (table_of(Timer), table_of(Subscription)):
        session.execute(delete(table).where(table.c.definition_id.in_(held)))
    for table in (_definition, table_of(DecisionDefinition), table_of(FormDefinition), table_of(Resource)):
        session.execute(delete(table).where(table.c.deployment_id == deployment_id))
    gone = session.execute(delete(table_of(Deployment)).where(table_of(Deployment).c.id == deployment_id))
    if not changed(gone):
        raise NotFound(kind="deployment", id=deployment_id)
    definitions.forget()
    audit.record(session, actor.user_id, "delete", "deployment", str(deployment_id))
