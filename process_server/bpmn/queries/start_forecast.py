"""What is expected to follow when a process is started: told before somebody sends its start form."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from process_server.bpmn.definitions import definition
from process_server.bpmn.runtime import preview
from process_server.bpmn.runtime.preview import Forecast
from process_server.bpmn.visibility import require_may_start
from process_server.forms import entry
from process_server.identity.principal import Principal


def expected_from_start(
    session: Session, definition_id: UUID, values: Mapping[str, Any], principal: Principal
) -> Forecast:
    """Return the steps that are expected when the user starts a process with these values.

    Raises NotFound, NotAllowed for who may not start it, VariablesTooLarge.
    """
    held = definition(session, definition_id)
    require_may_start(session, principal, list(held.program.candidate_starters), held.named)
    return preview.expected_from_start(session, held, entry.take(values), initiator=principal.user_id)
