"""What would go wrong with a form's controls: unknown ones, settings nobody can read, circles, rules between fields."""

import json
from collections.abc import Callable, Iterator, Mapping

from process_server.errors import InvalidExpression
from process_server.forms import feel
from process_server.forms.components import ROW, ChoiceField, Component, Field, FormSchema
from process_server.forms.controls import named, refined
from process_server.forms.controls.behaviour import Behaviour
from process_server.forms.controls.choosing import Cascade, Sourced, tree_of
from process_server.forms.controls.computing import AutoNumber
from process_server.forms.controls.structured import Json, schema_fault
from process_server.forms.crossing import PREFIX, rules_of
from process_server.forms.formulas import circles
from process_server.forms.lint import Report
from process_server.forms.numbering import pattern_fault


def lint_controls(schema: FormSchema, report: Report) -> None:
    """Report what is wrong with controls of ours (errors), and what is probably not meant (warnings)."""
    for component in schema.walk():
        _control(component, report)
        _rules(component, report)
    for circle in circles(schema):
        report(
            "formula_circle",
            f"These formulas need one another: {' → '.join(circle)}.",
            hint="Let one of them be filled in, or computed from others.",
            fields=", ".join(circle),
        )


def _control(component: Component, report: Report) -> None:
    name = component.properties.get("ctl", "")
    if not name:
        return
    known = named(name)
    if known is None:
        report(
            "unknown_control",
            f'There is no control "{name}"; the component is shown as a plain {component.type}.',
            component,
            severity="warning",
            control=name,
        )
        return
    if known.carrier != component.type:
        report(
            "wrong_carrier",
            f'The control "{name}" is carried by a {known.carrier}, not by a {component.type}.',
            component,
            control=name,
            carrier=known.carrier,
        )
        return
    control = refined(component)
    assert control is not None
    if isinstance(component, Field):
        for fault in _faults(component, control.behaviour):
            report("invalid_control", f"{fault}.", component, control=name, reason=fault)


def _faults(field: Field, behaviour: Behaviour) -> Iterator[str]:
    check = next((check for kind, check in _CHECKS.items() if isinstance(behaviour, kind)), None)
    fault = check(field) if check else None
    if fault:
        yield fault


def _numbered(field: Field) -> str | None:
    if ROW in field.path:
        return "Rows cannot have automatic numbers"
    pattern = field.properties.get("pattern", "")
    fault = pattern_fault(pattern) if pattern else None
    return f'The pattern "{pattern}" cannot be counted: {fault}' if fault else None


def _schema(field: Field) -> str | None:
    text = field.properties.get("schema", "")
    fault = schema_fault(text) if text else None
    return f"The schema is no JSON Schema: {fault}" if fault else None


def _tree(field: Field) -> str | None:
    if not field.properties.get("tree"):
        return None if field.properties.get("source") else "It has neither a tree nor a source of options"
    try:
        tree_of(field)
    except (json.JSONDecodeError, ValueError) as error:
        return f"The tree cannot be read: {error}"
    return None


def _source(field: Field) -> str | None:
    control = refined(field)
    assert control is not None
    assert isinstance(control.behaviour, Sourced)
    own = isinstance(field, ChoiceField) and (field.values or field.values_key)
    return None if own or control.behaviour.source_of(field) else "It has no source of options"


_CHECKS: Mapping[type[Behaviour], Callable[[Field], str | None]] = {
    AutoNumber: _numbered,
    Json: _schema,
    Cascade: _tree,
    Sourced: _source,
}


def _rules(component: Component, report: Report) -> None:
    for name, condition in rules_of(component):
        try:
            feel.variables(f"={condition}")
        except InvalidExpression as error:
            reason = error.params.get("reason", error.message)
            report(
                "invalid_expression",
                f"{PREFIX}{name}: {condition} cannot be understood: {reason}.",
                component,
                setting=f"{PREFIX}{name}",
                expression=condition,
                reason=reason,
            )
        if not any(key.startswith(f"{PREFIX}{name}:message") for key in component.properties):
            report(
                "silent_rule",
                f'The rule "{name}" has no message: people will not know what to do.',
                component,
                severity="warning",
                hint=f"Set {PREFIX}{name}:message.",
                rule=name,
            )
