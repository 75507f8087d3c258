"""What somebody decides a task with: the buttons its form or its model gives it, and what has to be said with them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from process_server.bpmn.approval import Approval, Verdict, verdict_of
from process_server.bpmn.form_binding import task_forms
from process_server.bpmn.program import Element
from process_server.forms.entry import OpenForm
from process_server.i18n import gettext_noop
from process_server.tasks.inbox.worklist import TaskRow
from process_server.web.ground import naming
from process_server.web.ground.visit import Visit
from process_server.web.tasks import opinions

MOST = 5  # buttons; a longer choice stays a field of the form
CHOICES = ("radio", "select")
COMPLETE = gettext_noop("Complete")
WORDS: Mapping[Verdict, str] = {"approve": gettext_noop("Approve"), "reject": gettext_noop("Reject")}


@dataclass(frozen=True, slots=True)
class Button:
    """One decision. `value` goes into the variable `field` of the form, or is the outcome where there is none."""

    words: str
    value: str | bool | None = None
    verdict: Verdict | None = None
    kind: str = "plain"

    @property
    def action(self) -> str:
        """Return the name of its shortcut."""
        return self.verdict or ("submit" if self.value is None else "")


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of decisions below a form."""

    buttons: list[Button]
    field: str | None = None  # of the form, for which the buttons stand
    fills: bool = False  # the buttons fill that field
    read: bool = False  # other fields of the form depend on it
    outcome: bool = False  # the buttons' values are the outcome itself
    opinion: str = ""  # optional, required, on_reject; empty: nothing is asked
    reasons: list[tuple[str, str]] | None = None
    signature: bool = False
    templates: list[str] | None = None
    advises: str = ""  # to whom a delegate gives it back

    def for_browser(self) -> dict[str, Any]:
        """Return what the form has to know."""
        return {"field": self.field, "fills": self.fills, "read": self.read, "outcome": self.outcome}


def bar(visit: Visit, task: TaskRow, opened: OpenForm | None) -> Bar:
    """Return the bar of a task that its reader may decide."""
    step = naming.of_version(visit, task.definition_id).program.elements[task.element_id]
    approval = step.approval
    component = _outcome_field(step, opened) if task.parent_id is None else None
    delegated = task.delegation == "pending"
    if component is not None:
        given = _of_form(visit, approval, component, opened)
    elif task.parent_id is not None or (approval is not None and is_decision(approval, opened)):
        given = _of_model(visit) | _in_its_place(step, opened)
    else:
        given = _just_complete(visit)
    decides = component is not None or "outcome" in given
    asked = approval or (Approval() if delegated or decides else None)
    return Bar(
        **given,
        opinion=asked.opinion if asked else "",
        reasons=[(reason.code, reason.label(visit.language)) for reason in asked.reasons] if asked else None,
        signature=bool(approval and approval.signature and not delegated),
        templates=opinions.templates(visit) if asked else None,
        advises=naming.people(visit, [task.owner])[task.owner] if delegated and task.owner else "",
    )


def with_approval(visit: Visit, task: TaskRow, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with the decision in them that approves, where the form makes one: for looking ahead."""
    opened = task_forms.of_task(visit.session, task, visit.language, editable=True)
    step = naming.of_version(visit, task.definition_id).program.elements[task.element_id]
    component = _outcome_field(step, opened) if task.parent_id is None else None
    if component is None or values.get(str(component["key"])) is not None:
        return dict(values)
    primary = next(button for button in _of_component(step.approval, component) if button.kind == "primary")
    return {**values, str(component["key"]): primary.value}


def is_decision(approval: Approval, opened: OpenForm | None) -> bool:
    """Say whether a step without a field for it is decided by a verdict, and not just worked."""
    if approval.submitter:
        return False
    return bool(
        opened is None or approval.countersign or approval.outcome_variable or approval.reasons or approval.bulk
        or approval.signature or approval.four_eyes
    )  # fmt: skip


def _just_complete(visit: Visit) -> dict[str, Any]:
    return {"buttons": [Button(visit.say(COMPLETE), kind="primary")]}


def _of_form(
    visit: Visit, approval: Approval | None, component: Mapping[str, Any], opened: OpenForm | None
) -> dict[str, Any]:
    """Return buttons for a choice of the form; one that the form depends on stays there if it is not for or against."""
    buttons, field = _of_component(approval, component), str(component["key"])
    read = opened is not None and _mentions(opened.schema["components"], field)
    if read and not {"approve", "reject"} <= {button.verdict for button in buttons}:
        return _just_complete(visit)
    return {"buttons": buttons, "field": field, "fills": True, "read": read}


def _of_model(visit: Visit) -> dict[str, Any]:
    approve = Button(visit.say(WORDS["approve"]), "approve", "approve", "primary")
    reject = Button(visit.say(WORDS["reject"]), "reject", "reject", "bad")
    return {"buttons": [approve, reject], "outcome": True}


def _in_its_place(step: Element, opened: OpenForm | None) -> dict[str, Any]:
    """Return the choice of the form that an added signer, who only reads it, answers by the buttons."""
    component = _decision_component(step, opened)
    return {"field": str(component["key"]), "read": True} if component is not None else {}


def _of_component(approval: Approval | None, component: Mapping[str, Any]) -> list[Button]:
    found = []
    for option in component["values"]:
        value = option["value"]
        verdict = verdict_of(approval, value)
        kind = {"approve": "primary", "reject": "bad"}.get(verdict or "", "plain")
        found.append(Button(str(option["label"]), value, verdict, kind))
    if not any(button.kind == "primary" for button in found):
        found[0] = Button(found[0].words, found[0].value, found[0].verdict, "primary")
    return found


def _outcome_field(step: Element, opened: OpenForm | None) -> dict[str, Any] | None:
    """Return the component by which the form decides, if its reader may choose."""
    component = _decision_component(step, opened)
    return None if component is None or component.get("readonly") or component.get("disabled") else component


def _decision_component(step: Element, opened: OpenForm | None) -> dict[str, Any] | None:
    """Return the component by which a form decides, if it is a short choice."""
    names = [name for name in (step.properties.get("outcome:variable"), "decision", "approved") if name]
    if opened is None:
        return None
    top = {each["key"]: each for each in _walk(opened.schema["components"]) if each.get("key")}
    for name in names:
        component = top.get(name)
        if component is None:
            continue
        short = component.get("type") in CHOICES and 0 < len(component.get("values") or ()) <= MOST
        return component if short else None
    return None


def _walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give the components whose values are variables of their own: those in groups too, not those of lists."""
    for component in components:
        yield component
        if component.get("type") == "group" and not component.get("path"):
            yield from _walk(component.get("components", []))


def _mentions(value: Any, field: str) -> bool:
    """Say whether an expression anywhere in a part of a form reads a field."""
    if isinstance(value, str):
        return value.startswith("=") and field in value
    if isinstance(value, Mapping):
        return any(_mentions(each, field) for each in value.values())
    return isinstance(value, list) and any(_mentions(each, field) for each in value)


def file_id(written: str | None) -> UUID | None:
    """Return the id of a signature as the page sends it; empty: none."""
    return UUID(written) if written else None
