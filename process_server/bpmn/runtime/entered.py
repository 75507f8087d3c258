"""What somebody who approves would enter in the form of a step."""

from typing import Any

from sqlalchemy.orm import Session

from process_server.bpmn.approval import verdict_of
from process_server.bpmn.definitions import Definition
from process_server.bpmn.program import Element
from process_server.errors import NotFound
from process_server.forms.components import Component, ExpressionField, Field
from process_server.forms.definitions import UnsupportedForm, find_form
from process_server.forms.policy import OPEN, FieldPolicy


def approving(element: Element, component: Component | None) -> Any:
    """Return what the form gives for an approval."""
    approval = element.approval
    if component is not None and component.type == "checkbox":
        return True
    options = [option.value for option in getattr(component, "values", None) or ()]
    known = [value for value in options if verdict_of(approval, value) == "approve"]
    return known[0] if known else approval.value_of("approve") if approval else "approve"


def fields_of(session: Session, held: Definition, element: Element, form_key: str | None) -> dict[str, Component]:
    """Return the variables a step's form lets its reader set, with their components."""
    binding: Any = "deployment" if element.form_binding == "deployment" else "latest"
    try:
        form = find_form(session, form_key, deployment_id=held.deployment_id, binding=binding)
    except (NotFound, UnsupportedForm):
        return {}
    policy = FieldPolicy.from_properties(element.properties) or OPEN
    return {
        component.path[0]: component
        for component in (form.schema.walk() if form else ())
        if isinstance(component, Field) and component.path and not isinstance(component, ExpressionField)
        if component.readonly is not True
        and component.disabled is not True
        and policy.mode(component, policy.default) in ("write", "required")
    }
