"""A running case as it stands, read without a lock: for questions, never for changes."""

from uuid import UUID

from sqlalchemy.orm import Session

from process_server.bpmn.definitions import definition
from process_server.bpmn.runtime.house import House
from process_server.bpmn.runtime.running import READ, Running, load
from process_server.errors import CaseEnded, NotFound


def peek(session: Session, instance_id: UUID) -> Running:
    """Load a running case. Raises NotFound, CaseEnded."""
    row = session.execute(READ, {"instance": instance_id}).one_or_none()
    if row is None:
        raise NotFound(kind="process instance", id=instance_id)
    if row.state != "active":
        raise CaseEnded(kind="process instance", id=instance_id, state=row.state)
    return load(row, definition(session, row.definition_id), House(session, peek=True))
