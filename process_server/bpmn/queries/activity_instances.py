"""Where the tokens of a running case stand, as a tree, with the incidents that stop them."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from process_server.bpmn.definitions import Definition
from process_server.bpmn.engine.standing import Standing, standing
from process_server.bpmn.models import Incident
from process_server.bpmn.queries.peek import peek
from process_server.db import table_of
from process_server.errors import NotFound

_incident = table_of(Incident)
_OPEN = select(_incident.c.token_id, _incident.c.id).where(
    _incident.c.process_instance_id == bindparam("instance"), _incident.c.resolved_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class Tree:
    """The activity instances of a case, and by their tokens the open incidents."""

    id: UUID
    definition: Definition
    inside: list[Standing]
    incidents: dict[UUID | None, list[UUID]]


def where_tokens_stand(session: Session, instance_id: UUID) -> Tree:
    """Return the tree of a running case. Raises NotFound, NotActive."""
    running = peek(session, instance_id)
    incidents: dict[UUID | None, list[UUID]] = defaultdict(list)
    for token, incident in session.execute(_OPEN, {"instance": instance_id}):
        incidents[token].append(incident)
    return Tree(running.id, running.definition, standing(running.execution), dict(incidents))


def local_variables(session: Session, instance_id: UUID, token: UUID) -> dict[str, Any]:
    """Return the variables a token alone has; for the instance itself all of its own. Raises NotFound, NotActive."""
    execution = peek(session, instance_id).execution
    if token == instance_id:
        return dict(execution.variables)
    if token not in execution.tokens:
        raise NotFound(kind="execution", id=token)
    return dict(execution.tokens[token].data)
