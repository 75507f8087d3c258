"""Deciding a task by nothing but a verdict: together with others, by the link of a mail, by a rule."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from process_server.bpmn.approval import Approval, Verdict
from process_server.bpmn.commands.user_tasks import complete_user_task
from process_server.bpmn.definitions import Definition, definition
from process_server.bpmn.queries.fields import fields_of_step
from process_server.forms.components import CheckboxField
from process_server.identity.principal import Principal
from process_server.tasks.inbox.worklist import TaskRow


def approval_of(session: Session, task: TaskRow) -> Approval | None:
    """Return what the model says of deciding a task; None where it says nothing."""
    return definition(session, task.definition_id).program.elements[task.element_id].approval


def decide(
    session: Session,
    task: TaskRow,
    verdict: Verdict,
    *,
    actor: Principal,
    revision: int | None = None,
    opinion: str | None = None,
    reason: str | None = None,
    batch: UUID | None = None,
) -> None:
    """Approve or reject a task. Raises as `complete_user_task`: InvalidForm where its form demands more than that."""
    held = definition(session, task.definition_id)
    approval = held.program.elements[task.element_id].approval or Approval()
    complete_user_task(
        session,
        task.id,
        _values(session, held, task, verdict),
        actor=actor,
        outcome=(approval.approve if verdict == "approve" else approval.reject)[0],
        revision=revision,
        opinion=opinion,
        reason=reason,
        batch=batch,
    )


def _values(session: Session, held: Definition, task: TaskRow, verdict: Verdict) -> dict[str, Any]:
    """Return the verdict in the variable the model names, else in the fields forms usually have for it."""
    step = held.program.elements[task.element_id]
    approval = step.approval or Approval()
    if approval.outcome_variable:
        return {approval.outcome_variable: approval.value_of(verdict)}
    known = {component.path[0]: component for component in fields_of_step(session, held, task.form_key, step)}
    name = next((each for each in ("decision", "approved") if each in known), None)
    if name is None:
        return {}
    return {name: verdict == "approve" if isinstance(known[name], CheckboxField) else approval.value_of(verdict)}
