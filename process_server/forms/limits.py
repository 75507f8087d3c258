"""The rules of a field against a value: what form-js checks in the browser, and what it only promises."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any

from process_server import clock
from process_server.forms import feel, patterns
from process_server.forms.components import CheckboxField, ChoiceField, DatetimeField, Field, NumberField, TextField
from process_server.forms.inputs import read_number, zone
from process_server.values import Value

Broken = tuple[str, dict[str, Any]]
"""The code of a broken rule and the params of its text."""


def is_empty(field: Field, value: Value) -> bool:
    """Tell whether a required field counts as not filled in; a required checkbox must be ticked."""
    return value is None or value == "" or value == [] or (isinstance(field, CheckboxField) and value is False)


def broken(field: Field, value: Value, scope: Mapping[str, Any], *, unchanged: bool) -> Iterator[Broken]:
    """Give the rules that a filled-in value breaks. What has not been changed may lie in the past."""
    if isinstance(field, TextField):
        yield from _text(field, str(value), scope)
    elif isinstance(field, NumberField):
        yield from _number(field, value, scope)
    elif isinstance(field, ChoiceField) and field.many:
        yield from _choices(field, value)
    elif isinstance(field, DatetimeField) and field.disallow_passed_dates and not unchanged:
        yield from _calendar(value)


def _text(field: TextField, text: str, scope: Mapping[str, Any]) -> Iterator[Broken]:
    rules = field.rules
    if rules.pattern and not patterns.matches(rules.pattern, text):
        yield "pattern", {"pattern": rules.pattern, "message": rules.pattern_error_message or ""}
    # browsers count UTF-16 units
    length = len(text.strip().encode("utf-16-le")) // 2
    least, most = limit(rules.min_length, scope), limit(rules.max_length, scope)
    if least is not None and length < least:
        yield "min_length", {"limit": least}
    if most is not None and length > most:
        yield "max_length", {"limit": most}
    if rules.validation_type == "email" and not patterns.EMAIL.fullmatch(text):
        yield "email", {}
    if rules.validation_type == "phone" and not patterns.PHONE.fullmatch(text):
        yield "phone", {}


def _number(field: NumberField, value: int | Decimal, scope: Mapping[str, Any]) -> Iterator[Broken]:
    least, most = limit(field.rules.min, scope), limit(field.rules.max, scope)
    if least is not None and value < least:
        yield "min", {"limit": least}
    if most is not None and value > most:
        yield "max", {"limit": most}
    with localcontext(prec=1_000):
        exact = Decimal(value).normalize()
        digits = field.decimal_digits
        if digits is not None and digits >= 0 and -int(exact.as_tuple().exponent) > digits:
            yield ("decimal_digits", {"limit": digits}) if digits else ("integer", {})
        step = read_number(field.increment)
        if step and exact % Decimal(step):
            below = exact - exact % Decimal(step)
            yield "increment", {"previous": below, "next": below + Decimal(step)}


def _choices(field: ChoiceField, chosen: list[Value]) -> Iterator[Broken]:
    least, most = field.bound("minItems"), field.bound("maxItems")
    if least is not None and len(chosen) < least:
        yield "too_few_choices", {"limit": least}
    if most is not None and len(chosen) > most:
        yield "too_many_choices", {"limit": most}


def _calendar(value: date | datetime | Any) -> Iterator[Broken]:
    if isinstance(value, datetime):
        value = value.astimezone(zone()).date()
    if isinstance(value, date) and value < clock.now().astimezone(zone()).date():
        yield "past_date", {}


def limit(setting: Any, scope: Mapping[str, Any]) -> int | Decimal | None:
    """Return a limit as a number: given, or computed by FEEL; None where there is none."""
    if setting is None:
        return None
    return read_number(feel.evaluate(setting, scope) if isinstance(setting, str) and setting[:1] == "=" else setting)
