"""What would go wrong with a form that can be read: expressions, patterns and limits, and what only surprises."""

import re
from collections.abc import Iterator
from typing import Any, Protocol

from process_server.errors import InvalidExpression
from process_server.forms import feel, patterns
from process_server.forms.components import (
    ChoiceField,
    Component,
    DynamicList,
    ExpressionField,
    Field,
    FileField,
    FormSchema,
    NumberField,
    TextField,
    View,
    is_expression,
)
from process_server.forms.inputs import read_number
from process_server.i18n import gettext_noop

_MONEY = re.compile(r"amount|price|cost|budget|revenue|payment|金额|价格|单价|总价|报价|费用|预算|回款", re.IGNORECASE)
_CURRENCY = re.compile(r"[¥￥$€£元]|CNY|RMB|USD|EUR")


class Report(Protocol):
    """Notes a problem at a component."""

    def __call__(
        self,
        code: str,
        message: str,
        component: Component | None = None,
        *,
        severity: str = "error",
        hint: str | None = None,
        **params: Any,
    ) -> None: ...


def lint(schema: FormSchema, report: Report) -> None:
    """Report what is wrong (errors) and what is probably not meant (warnings)."""
    numbers = (field for field in schema.fields() if isinstance(field, NumberField))
    text_numbers = {number.key.split(".")[-1] for number in numbers if number.serialize_to_string}
    choices = {field.key for field in schema.fields() if isinstance(field, ChoiceField)}
    for component in schema.walk():
        _expressions(component, text_numbers, report)
        if isinstance(component, Field):
            _limits(component, report)
        if isinstance(component, TextField):
            _pattern(component, report)
        elif isinstance(component, NumberField):
            _number(component, report)
        elif isinstance(component, ChoiceField):
            _options(component, report)
        elif isinstance(component, DynamicList):
            _bounds(component, report)
        elif isinstance(component, View):
            _columns(component, choices, report)


def expressions_of(component: Component) -> Iterator[tuple[str, str]]:
    """Give each setting of a component that is a FEEL expression, with its name in the schema."""
    settings: list[tuple[str, object]] = []
    if component.conditional:
        settings.append(("conditional.hide", component.conditional.hide))
    if isinstance(component, Field | DynamicList):
        settings.append(("readonly", component.readonly))
    if isinstance(component, Field):
        rules = component.rules
        settings += [("validate.min", rules.min), ("validate.max", rules.max)]
        settings += [("validate.minLength", rules.min_length), ("validate.maxLength", rules.max_length)]
    if isinstance(component, ExpressionField):
        settings.append(("expression", component.expression))
    elif isinstance(component, ChoiceField):
        settings.append(("valuesExpression", component.values_expression))
    elif isinstance(component, FileField):
        settings += [("multiple", component.multiple), ("accept", component.accept)]
    elif isinstance(component, View):
        settings += [("dataSource", component.data_source), ("columnsExpression", component.columns_expression)]
    for name, value in settings:
        if isinstance(value, str) and is_expression(value):
            yield name, value


def _expressions(component: Component, text_numbers: set[str], report: Report) -> None:
    for setting, expression in expressions_of(component):
        try:
            names = feel.variables(expression)
        except InvalidExpression as error:
            reason = error.params.get("reason", error.message)
            report(
                "invalid_expression",
                "{setting}: {expression} cannot be understood: {reason}.",
                component,
                setting=setting,
                expression=expression,
                reason=reason,
            )
            continue
        for name in sorted(names & text_numbers):
            if not re.search(rf"number\(\s*[\w.]*{re.escape(name)}\b", expression):
                report(
                    "text_in_expression",
                    '{setting}: "{name}" is text in the browser, since it is kept exact.',
                    component,
                    severity="warning",
                    hint=gettext_noop("Write number(…) around it."),
                    setting=setting,
                    name=name,
                )
    if isinstance(component, ExpressionField) and not is_expression(component.expression):
        report("invalid_expression", "The expression is missing; it begins with =.", component, setting="expression")


def _limits(component: Field, report: Report) -> None:
    rules = component.rules
    for name, limit, whole in (
        ("min", rules.min, False),
        ("max", rules.max, False),
        ("minLength", rules.min_length, True),
        ("maxLength", rules.max_length, True),
    ):
        if limit is None or is_expression(limit):
            continue
        if read_number(limit) is None or (whole and read_number(limit) != int(read_number(limit) or 0)):
            report("invalid_limit", '"{value}" is not a number.', component, setting=f"validate.{name}", value=limit)
    for low, high in ((rules.min, rules.max), (rules.min_length, rules.max_length)):
        least, most = read_number(low), read_number(high)
        if least is not None and most is not None and least > most:
            report("empty_range", "Nothing is at least {min} and at most {max}.", component, min=low, max=high)
    if component.disabled and rules.required:
        report(
            "never_filled",
            "The field is disabled, so it is never sent: that it is required has no effect.",
            component,
            severity="warning",
        )


def _pattern(component: TextField, report: Report) -> None:
    rules = component.rules
    if rules.validation_type == "phone":
        report(
            "foreign_phone",
            "The phone check of form-js takes international numbers only: 13800138000 and 021-62345678 fail.",
            component,
            severity="warning",
            hint=gettext_noop("Use a pattern with a message of its own."),
        )
    if not rules.pattern:
        return
    try:
        patterns.compiled(rules.pattern)
    except ValueError as error:
        text = gettext_noop("{pattern} is not a pattern: {reason}.")
        report("invalid_pattern", text, component, pattern=rules.pattern, reason=str(error))
        return
    if not patterns.is_anchored(rules.pattern):
        report(
            "unanchored_pattern",
            "{pattern} is satisfied by any text that contains a match.",
            component,
            severity="warning",
            hint=gettext_noop("Begin it with ^ and end it with $."),
            pattern=rules.pattern,
        )


def _number(component: NumberField, report: Report) -> None:
    increment = read_number(component.increment)
    if component.increment not in (None, "") and (increment is None or increment <= 0):
        step = component.increment
        report("invalid_limit", '"{value}" is not a step.', component, setting="increment", value=step)
    adorners = "".join(str(component.appearance.get(side, "")) for side in ("prefixAdorner", "suffixAdorner"))
    names = f"{component.key} {component.label or ''}"
    if not component.serialize_to_string and (_CURRENCY.search(adorners) or _MONEY.search(names)):
        report(
            "inexact_money",
            "An amount of money passes through a binary float in the browser.",
            component,
            severity="warning",
            hint=gettext_noop('Set "serializeToString": true (modeler: "Output value as string").'),
        )


def _options(component: ChoiceField, report: Report) -> None:
    sources = [component.values is not None, component.values_key is not None, component.values_expression is not None]
    if not any(sources):
        report("no_options", "The {type} has no options to choose from.", component, type=component.type)
    if component.many:
        _bounds(component, report)
    seen: list[object] = []
    for option in component.values or []:
        if option.value in (None, ""):
            report("invalid_option", 'The option "{label}" has no value.', component, label=option.label)
        elif option.value in seen:
            report("invalid_option", 'Two options have the value "{value}".', component, value=option.value)
        seen.append(option.value)


def _bounds(component: DynamicList | ChoiceField, report: Report) -> None:
    """Check how many rows there may be, or how many options may be chosen."""
    for bound in ("minItems", "maxItems"):
        if not component.properties.get(bound, "0").isdecimal():
            text = gettext_noop("{bound} must be a whole number.")
            report("invalid_limit", text, component, setting=f"properties.{bound}", bound=bound)
    least, most = component.bound("minItems"), component.bound("maxItems")
    if least is not None and most is not None and least > most:
        report("empty_range", "Nothing is at least {min} and at most {max}.", component, min=least, max=most)


def _columns(table: View, choices: set[str], report: Report) -> None:
    """Check that the fields exist whose options name what columns show."""
    for column in table.columns or ():
        setting = f"column:{column.get('key')}:field" if isinstance(column, dict) else ""
        field = table.properties.get(setting)
        if field is not None and field not in choices:
            text = gettext_noop('No field "{field}" of this form has options.')
            report("unknown_field", text, table, setting=f"properties.{setting}", field=field)
