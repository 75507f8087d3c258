"""The form of a step: what a person's entries may set in the process."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from process_server.bpmn.definitions import Definition, definition
from process_server.bpmn.models import ProcessInstance
from process_server.errors import NotFound
from process_server.forms import entry
from process_server.forms.definitions import UnsupportedForm
from process_server.forms.entry import OpenForm
from process_server.identity.principal import Principal
from process_server.tasks.models import UserTask

_task, _instance = UserTask.__table__, ProcessInstance.__table__
_TASK = (
    select(
        _task.c.definition_id,
        _task.c.element_id,
        _task.c.form_key,
        _task.c.variables.label("local_variables"),
        _instance.c.variables.label("process_variables"),
    )
    .join(_instance, _instance.c.id == _task.c.process_instance_id)
    .where(_task.c.id == bindparam("task"))
)


def accept(
    session: Session,
    definition: Definition,
    element_id: str,
    form_key: str | None,
    entered: Mapping[str, Any],
    *,
    variables: Mapping[str, Any],
    actor: Principal,
    instance_id: UUID | None = None,
) -> dict[str, Any]:
    """Return the variables that somebody's entries set. Raises InvalidForm with a problem for each field, NotFound.

    A step without a form, or with one that other software shows, takes all that is sent. Of what a form does not know, only
    administrators and systems acting as such may set anything; for them a form that is not deployed is no obstacle.
    """
    try:
        return entry.accept(
            session,
            form_key,
            entered,
            variables=variables,
            user_id=actor.user_id,
            deployment_id=definition.deployment_id,
            process_instance_id=instance_id,
            properties=definition.program.elements[element_id].properties,
            fields=definition.program.elements[element_id].form_fields,
            open_ended=actor.admin,
        )
    except UnsupportedForm:
        return dict(entered)
    except NotFound:
        if not actor.admin:
            raise
        return dict(entered)


def open_for_task(session: Session, task_id: UUID, *, language: str, editable: bool) -> OpenForm | None:
    """Return the form of a task with the values it opens with; None where it has none.

    Whoever asks may see the task. Raises NotFound, UnsupportedForm for a form that other software shows.
    """
    row = session.execute(_TASK, {"task": task_id}).one()
    held = definition(session, row.definition_id)
    return entry.open_form(
        session,
        row.form_key,
        variables={**row.process_variables, **(row.local_variables or {})},
        language=language,
        deployment_id=held.deployment_id,
        properties=held.program.elements[row.element_id].properties,
        fields=held.program.elements[row.element_id].form_fields,
        editable=editable,
    )


def open_for_start(session: Session, held: Definition, *, language: str) -> OpenForm | None:
    """Return the form a person fills in to start a process; None where it has none.

    Raises NotFound, UnsupportedForm.
    """
    form_key, element_id = start_form(held)
    return entry.open_form(
        session,
        form_key,
        variables={},
        language=language,
        deployment_id=held.deployment_id,
        properties=held.program.elements[element_id].properties,
        fields=held.program.elements[element_id].form_fields,
    )


def start_form(held: Definition, start_element: str | None = None) -> tuple[str | None, str]:
    """Return the form key of the start event an instance begins at, and the event's id."""
    starts = [start for start in held.program.starts if start_element in (None, start.element)]
    plain = [start for start in starts if start.kind == "none"] or starts
    return plain[0].form_key or held.program.start_form_key, plain[0].element
