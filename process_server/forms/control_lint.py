"""What would go wrong with a form's controls: unknown ones, settings nobody can read, circles, rules between fields."""

from collections.abc import Callable, Iterator, Mapping

from process_server.errors import InvalidExpression
from process_server.forms import feel
from process_server.forms.components import ROW, ChoiceField, Component, Field, FormSchema
from process_server.forms.controls import named, refined
from process_server.forms.controls.behaviour import Behaviour
from process_server.forms.controls.choosing import Cascade, Sourced, tree_of
from process_server.forms.controls.computing import AutoNumber
from process_server.forms.controls.json_text import Json, schema_fault
from process_server.forms.crossing import PREFIX, rules_of
from process_server.forms.formulas import circles
from process_server.forms.lint import Report
from process_server.forms.numbering import pattern_fault
from process_server.i18n import gettext_noop


def lint_controls(schema: FormSchema, report: Report) -> None:
    """Report what is wrong with controls of ours (errors), and what is probably not meant (warnings)."""
    for component in schema.walk():
        _control(component, report)
        _rules(component, report)
    for circle in circles(schema):
        report(
            "formula_circle",
            "These formulas need one another: {fields}.",
            hint=gettext_noop("Let one of them be filled in, or computed from others."),
            fields=" → ".join(circle),
        )


def _control(component: Component, report: Report) -> None:
    name = component.properties.get("ctl", "")
    if not name:
        return
    known = named(name)
    if known is None:
        report(
            "unknown_control",
            'There is no control "{control}"; the component is shown as a plain {type}.',
            component,
            severity="warning",
            type=component.type,
            control=name,
        )
        return
    if known.carrier != component.type:
        report(
            "wrong_carrier",
            'The control "{control}" is carried by a {carrier}, not by a {type}.',
            component,
            type=component.type,
            control=name,
            carrier=known.carrier,
        )
        return
    control = refined(component)
    assert control is not None
    if isinstance(component, Field):
        for text, reason in _faults(component, control.behaviour):
            report("invalid_control", text, component, control=name, reason=reason)


def _faults(field: Field, behaviour: Behaviour) -> Iterator["_Fault"]:
    check = next((check for kind, check in _CHECKS.items() if isinstance(behaviour, kind)), None)
    fault = check(field) if check else None
    if fault:
        yield fault


def _numbered(field: Field) -> "_Fault | None":
    if ROW in field.path:
        return gettext_noop("Rows cannot have automatic numbers."), ""
    pattern = field.properties.get("pattern", "")
    fault = pattern_fault(pattern) if pattern else None
    return (gettext_noop("The pattern of the number cannot be counted: {reason}."), fault) if fault else None


def _schema(field: Field) -> "_Fault | None":
    text = field.properties.get("schema", "")
    fault = schema_fault(text) if text else None
    return (gettext_noop("The schema is no JSON Schema: {reason}."), fault) if fault else None


def _tree(field: Field) -> "_Fault | None":
    if not field.properties.get("tree"):
        nothing = gettext_noop("It has neither a tree nor a source of options.")
        return None if field.properties.get("source") else (nothing, "")
    try:
        tree_of(field)
    except (ValueError, RecursionError) as error:
        return gettext_noop("The tree cannot be read: {reason}."), str(error)
    return None


def _source(field: Field) -> "_Fault | None":
    control = refined(field)
    assert control is not None
    assert isinstance(control.behaviour, Sourced)
    own = isinstance(field, ChoiceField) and (field.values or field.values_key)
    nothing = gettext_noop("It has no source of options.")
    return None if own or control.behaviour.source_of(field) else (nothing, "")


_Fault = tuple[str, str]
"""What is wrong, as a text to translate, and the reason it tells."""

_CHECKS: Mapping[type[Behaviour], Callable[[Field], _Fault | None]] = {
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
                "{setting}: {expression} cannot be understood: {reason}.",
                component,
                setting=f"{PREFIX}{name}",
                expression=condition,
                reason=reason,
            )
        if not any(key.startswith(f"{PREFIX}{name}:message") for key in component.properties):
            report(
                "silent_rule",
                'The rule "{rule}" has no message: people will not know what to do.',
                component,
                severity="warning",
                hint=gettext_noop("Add a property with the name of the rule and :message."),
                rule=name,
            )
