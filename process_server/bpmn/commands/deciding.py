"""What a decision has to say before it counts, and what is kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from process_server.bpmn.approval import Approval, Verdict, verdict_of
from process_server.bpmn.commands.locked import LockedTask
from process_server.bpmn.definitions import Definition
from process_server.bpmn.form_binding import task_forms
from process_server.bpmn.program import Element
from process_server.errors import FieldProblem, InvalidForm
from process_server.forms import files
from process_server.identity.principal import Principal
from process_server.tasks.handling import decisions


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says beside the form: an opinion, the code of a reason, a file with their signature."""

    opinion: str | None = None
    reason: str | None = None
    signature: UUID | None = None
    batch: UUID | None = None


def outcome_of(step: Element, values: Mapping[str, Any]) -> str | None:
    """Read the decision out of the form: the variable the model names, else `decision`, else `approved`."""
    for name in (step.properties.get("outcome:variable"), "decision", "approved"):
        value = values.get(name) if name else None
        if isinstance(value, bool):
            return "approve" if value else "reject"
        if isinstance(value, str) and value:
            return value
    return None


def with_opinion(step: Element, values: Mapping[str, Any], said: Said) -> Said:
    """Return what was said, with the opinion out of the form where none was given beside it.

    `opinion:variable` names the field, or with commas several of which the first that was filled in counts.
    """
    names = step.properties.get("opinion:variable", "").split(",")
    written = (values.get(name.strip()) for name in names)
    opinion = said.opinion or next((text for text in written if isinstance(text, str) and text), None)
    return replace(said, opinion=opinion)


def decided(step: Element, values: Mapping[str, Any], outcome: str | None) -> str | None:
    """Return the decision: as it was chosen beside the form, else as the form has it.

    Raises InvalidForm where the two contradict each other: what is kept and what gateways read have to be one.
    """
    entered = outcome_of(step, values)
    if outcome is None or entered is None:
        return outcome or entered
    if verdict_of(step.approval, entered) != verdict_of(step.approval, outcome):
        raise InvalidForm([{"field": "outcome", "code": "contradiction", "params": {"value": entered}}])
    return outcome


def with_outcome(step: Element, values: Mapping[str, Any], outcome: str | None) -> dict[str, Any]:
    """Return the values with the outcome in the variable the model names, where it was chosen beside the form."""
    name = step.properties.get("outcome:variable")
    if name is None or outcome is None or name in values:
        return dict(values)
    approval = step.approval or Approval()
    verdict = verdict_of(approval, outcome)
    return {**values, name: approval.value_of(verdict) if verdict else outcome}


def check(
    session: Session, approval: Approval | None, verdict: Verdict | None, said: Said, task: LockedTask, actor: Principal
) -> Said:
    """Return what was said as it is kept. Raises InvalidForm naming what the step demands and does not get."""
    problems: list[FieldProblem] = []
    opinion = decisions.clean_opinion(said.opinion)
    if approval is not None:
        wanted = approval.opinion == "required" or (approval.opinion == "on_reject" and verdict == "reject")
        if wanted and opinion is None:
            problems.append({"field": "opinion", "code": "required", "params": {}})
        if approval.reasons and verdict == "reject" and said.reason is None:
            problems.append({"field": "reason", "code": "required", "params": {}})
        if approval.signature and said.signature is None:
            problems.append({"field": "signature", "code": "required", "params": {}})
    known = {reason.code for reason in approval.reasons} if approval else set()
    if said.reason is not None and said.reason not in known:
        problems.append({"field": "reason", "code": "not_an_option", "params": {"value": said.reason}})
    if said.signature is not None and not files.is_unbound(session, said.signature, user_id=actor.user_id):
        problems.append({"field": "signature", "code": "unknown_file", "params": {}})
    if problems:
        raise InvalidForm(problems)
    return Said(opinion, said.reason, said.signature, said.batch)


def record(
    session: Session,
    held: Definition,
    task: LockedTask,
    actor: Principal,
    action: str,
    said: Said,
    variables: Mapping[str, Any],
    **details: Unpack[decisions.Details],
) -> None:
    """Keep a decision about a task, with what was said and what its form showed of `variables`; bind the signature."""
    form_id, shown = task_forms.shown(session, held, task.element_id, task.form_key, variables, task.form_definition_id)
    details |= {"opinion": said.opinion, "reason_code": said.reason, "signature_id": said.signature}
    details |= {"batch_id": said.batch, "form_definition_id": form_id, "shown": shown}
    decisions.record_on_task(session, action, actor, task, **details)
    if said.signature is not None:
        files.attach(
            session,
            [str(said.signature)],
            user_id=actor.user_id,
            process_instance_id=task.process_instance_id,
            user_task_id=task.id,
        )


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what it takes to get from `after` back to `before`: {"set": values there were, "unset": names}."""
    changed = {name: value for name, value in before.items() if name not in after or after[name] != value}
    return {"set": changed, "unset": [name for name in after if name not in before]}
