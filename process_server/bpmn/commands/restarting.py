"""The command that starts a case again that has ended, at steps an administrator names."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from process_server.bpmn.commands.instances import require_operator, start_instance
from process_server.bpmn.definitions import definition
from process_server.bpmn.engine.instructions import Begin
from process_server.bpmn.models import ProcessInstance
from process_server.db import table_of
from process_server.errors import Conflict, Invalid, NotFound
from process_server.identity import audit
from process_server.identity.principal import Principal

_instance = table_of(ProcessInstance)


@dataclass(frozen=True, slots=True)
class Restart:
    """Where ended cases begin anew: in which version of their process, at which elements, under which key."""

    definition_id: UUID
    instructions: tuple[Begin, ...]
    keep_business_key: bool = True


def restart_instance(session: Session, instance_id: UUID, restart: Restart, *, actor: Principal) -> UUID:
    """Start a case like one that has ended, with the variables it ended with; return the new one's id.

    Raises NotFound, Conflict where it still runs, Invalid for another process, and as `start_instance`.
    """
    require_operator(actor)
    row = session.execute(select(_instance).where(_instance.c.id == instance_id)).one_or_none()
    if row is None:
        raise NotFound(kind="process instance", id=instance_id)
    if row.state == "active":
        raise Conflict("The process instance {id} still runs.", id=instance_id)
    if definition(session, row.definition_id).key != definition(session, restart.definition_id).key:
        raise Invalid("The process instance {id} is one of another process.", id=instance_id)
    variables: dict[str, Any] = row.variables
    running = start_instance(
        session,
        restart.definition_id,
        variables,
        actor=actor,
        business_key=row.business_key if restart.keep_business_key else None,
        instructions=restart.instructions,
    )
    audit.record(session, actor.user_id, "restart", "process_instance", instance_id, started=str(running.id))
    return running.id
