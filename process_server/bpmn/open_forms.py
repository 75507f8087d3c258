"""The form of a task or start event as its reader gets it: in their language, with the values it opens with."""

from uuid import UUID

from sqlalchemy import bindparam, select

from process_server.bpmn import queries
from process_server.bpmn.definitions import definition
from process_server.db import Session
from process_server.forms import entry
from process_server.forms.entry import OpenForm
from process_server.identity.principal import Principal
from process_server.tasks.models import UserTask
from process_server.tasks.permission import may_work
from process_server.tasks.worklist import TaskRow

_LOCAL = select(UserTask.variables).where(UserTask.id == bindparam("task"))


def of_task(session: Session, task: TaskRow, actor: Principal, language: str) -> OpenForm | None:
    """Return the form of a task its reader may see; None where it has none. Who may not work it cannot change it.

    Raises NotFound for a form that is not deployed, UnsupportedForm for one that other software shows.
    """
    held = definition(session, task.definition_id)
    local = session.execute(_LOCAL, {"task": task.id}).scalar()
    at_work = may_work(actor, task.assignee, task.candidate_users, task.candidate_groups)
    return entry.open_form(
        session,
        task.form_key,
        variables={**queries.get_variables(session, task.process_instance_id), **(local or {})},
        language=language,
        deployment_id=held.deployment_id,
        properties=held.program.elements[task.element_id].properties,
        editable=task.state == "open" and at_work,
    )


def of_start(session: Session, definition_id: UUID, language: str) -> OpenForm | None:
    """Return the start form of a process; None where it has none. Raises NotFound, UnsupportedForm."""
    held = definition(session, definition_id)
    plain = [start for start in held.program.starts if start.kind == "none"]
    properties = held.program.elements[plain[0].element].properties if plain else {}
    return entry.open_form(
        session,
        (plain[0].form_key if plain else None) or held.program.start_form_key,
        variables={},
        language=language,
        deployment_id=held.deployment_id,
        properties=properties,
    )
