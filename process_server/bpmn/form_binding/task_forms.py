"""The form of a step: as its reader gets it, and what a person's entries may set in the process."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from process_server.bpmn.definitions import Definition, definition, find_definition_id
from process_server.bpmn.instances import get_instance, get_variables
from process_server.errors import InvalidForm, NotFound
from process_server.forms import entry, showing
from process_server.forms.definitions import UnsupportedForm
from process_server.forms.entry import OpenForm, StepForm
from process_server.identity.principal import Principal
from process_server.tasks.inbox.worklist import TaskRow
from process_server.tasks.models import UserTask

_TRUSTED = ("initiator", "process_instance_id")  # what expressions say of a case: nobody may pass for somebody else

_LOCAL = select(UserTask.variables).where(UserTask.id == bindparam("task"))


def of_task(session: Session, task: TaskRow, language: str, *, editable: bool) -> OpenForm | None:
    """Return the form of a task its reader may see, with the values it opens with; None where it has none.

    Raises NotFound for a form that is not deployed, UnsupportedForm for one that other software shows.
    """
    held = definition(session, task.definition_id)
    local = session.execute(_LOCAL, {"task": task.id}).scalar()
    return entry.open_form(
        session,
        _of_step(held, task.element_id, task.form_key, task.form_definition_id),
        variables={**get_variables(session, task.process_instance_id), **(local or {})},
        language=language,
        editable=editable,
    )


def form_of(session: Session, held: Definition, task: Any) -> UUID | None:
    """Return which version of a form a task shows now; None where it shows none of ours."""
    try:
        form = _of_step(held, task.element_id, task.form_key, task.form_definition_id).find(session)
    except (NotFound, UnsupportedForm):
        return None
    return None if form is None else form.id


def as_decided(
    session: Session, task: TaskRow, form_id: UUID | None, values: Mapping[str, Any], language: str
) -> OpenForm | None:
    """Return the form a task was decided by, with what it showed; `form_id` is of that version. Raises NotFound."""
    step = _of_step(definition(session, task.definition_id), task.element_id)
    return showing.again(session, step, form_id, values, language=language)


def start_values(session: Session, instance_id: UUID) -> tuple[Definition, dict[str, Any]]:
    """Return what starts a case like another one: the newest version of its process, and what its form would say.

    The caller has checked that whoever asks sees the case. Without a form of its own a process is given all variables.
    Files stay with their case. Raises NotFound.
    """
    case = get_instance(session, instance_id)
    held = definition(session, find_definition_id(session, case["definition_key"]))
    form_key, element_id = start_form(held)
    _, entered = shown(session, held, element_id, form_key, case["variables"])
    has_form = form_key is not None or bool(_of_step(held, element_id).fields)
    values = entered if has_form else case["variables"]
    return held, {name: value for name, value in values.items() if not set(entry.files_in(value))}


def shown(
    session: Session,
    held: Definition,
    element_id: str,
    form_key: str | None,
    variables: Mapping[str, Any],
    form_id: UUID | None = None,
) -> tuple[UUID | None, dict[str, Any]]:
    """Return which form a step shows (its version) and the values in it, to be kept with a decision.

    A step without a form of ours shows nothing.
    """
    try:
        return showing.shown(session, _of_step(held, element_id, form_key, form_id), variables=variables)
    except (NotFound, UnsupportedForm):
        return None, {}


def of_start(session: Session, held: Definition, language: str, start_element: str | None = None) -> OpenForm | None:
    """Return the form a person fills in to start a process; None where it has none. Raises as `of_task`."""
    form_key, element_id = start_form(held, start_element)
    return entry.open_form(session, _of_step(held, element_id, form_key), variables={}, language=language)


def start_form(held: Definition, start_element: str | None = None) -> tuple[str | None, str]:
    """Return the form key of the start event an instance begins at, and the event's id."""
    starts = [start for start in held.program.starts if start_element in (None, start.element)]
    plain = [start for start in starts if start.kind == "none"] or starts
    return plain[0].form_key or held.program.start_form_key, plain[0].element


def _of_step(held: Definition, element_id: str, form_key: str | None = None, version: UUID | None = None) -> StepForm:
    """Return the form of a step: the key its task was given, the version that task keeps, and what the model says."""
    element = held.program.elements.get(element_id)
    if element is None:  # the process has no start event: it begins at its first elements
        return StepForm(form_key, held.deployment_id, version=version)
    return StepForm(
        form_key,
        held.deployment_id,
        "deployment" if element.form_binding == "deployment" else "latest",
        element.properties,
        element.form_fields,
        version,
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
    form_id: UUID | None = None,
) -> dict[str, Any]:
    """Return the variables that somebody's entries set. Raises InvalidForm with a problem for each field, NotFound.

    A step without a form, or with one that other software shows, takes all that is sent, except who started the case
    and which it is. Of what a form does not know, only administrators and systems acting as such may set anything; for
    them neither a form that is not deployed nor the fields that stand in the model are an obstacle.
    """
    step = _of_step(definition, element_id, form_key, form_id)
    free = entered if actor.admin else {name: entered[name] for name in entered if name not in _TRUSTED}
    try:
        return entry.accept(
            session,
            step,
            entered if form_key or step.fields else free,
            variables=variables,
            actor=actor,
            process_instance_id=instance_id,
            open_ended=actor.admin,
        )
    except InvalidForm:
        if form_key or not actor.admin:
            raise
    except UnsupportedForm:
        pass
    except NotFound:
        if not actor.admin:
            raise
    return entry.take(free)
