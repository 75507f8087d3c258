"""A running case as it stands, read without a lock: for questions, never for changes."""

from uuid import UUID

from sqlalchemy.orm import Session

from process_server.bpmn.definitions import definition
from process_server.bpmn.engine.execution import Execution
from process_server.bpmn.house import House
from process_server.bpmn.running import READ, Running
from process_server.errors import NotActive, NotFound
from process_server.values import load_json


def peek(session: Session, instance_id: UUID) -> Running:
    """Load a running case. Raises NotFound, NotActive."""
    row = session.execute(READ, {"instance": instance_id}).one_or_none()
    if row is None:
        raise NotFound(kind="process instance", id=instance_id)
    if row.state != "active":
        raise NotActive(kind="process instance", id=instance_id, state=row.state)
    held = definition(session, row.definition_id)
    execution = Execution.load(
        held.program,
        row.engine_state,
        instance_id=row.id,
        variables=load_json(row.variables),
        initiator=row.initiator,
        business_key=row.business_key,
        host=House(session, peek=True),
    )
    return Running(
        id=row.id,
        root_id=row.root_id,
        parent_id=row.parent_id,
        parent_token=row.parent_token,
        definition=held,
        business_key=row.business_key,
        initiator=row.initiator,
        started_at=row.started_at,
        revision=row.revision,
        execution=execution,
        before=dict(execution.waits),
    )
