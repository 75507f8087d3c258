"""Values as text, and the name of a value's kind for messages."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import isodate

from process_server.expressions.limits import checked_text, checked_value
from process_server.expressions.numbers import number_text
from process_server.i18n import gettext_noop
from process_server.values import Months, dump_json, show


def text_of(value: Any) -> str:
    """Write a value as a composite text shows it; null is nothing."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) in (int, Decimal):
        return number_text(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(isodate.duration_isoformat(value))
    if isinstance(value, Months):
        return f"P{value.months}M"
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        return checked_text(dump_json(show(checked_value(value))))
    return str(value) if type(value).__name__ == "UUID" else kind_of(value)


_KINDS = (
    (bool, gettext_noop("a truth value")),
    (int, gettext_noop("a number")),
    (Decimal, gettext_noop("a number")),
    (float, gettext_noop("a number")),
    (str, gettext_noop("a text")),
    (datetime, gettext_noop("a date and time")),
    (date, gettext_noop("a date")),
    (time, gettext_noop("a time")),
    (timedelta, gettext_noop("a duration")),
    (Months, gettext_noop("a duration")),
    (dict, gettext_noop("a map")),
    (list, gettext_noop("a list")),
    (tuple, gettext_noop("a list")),
)


def kind_of(value: Any) -> str:
    """Name the kind of a value for a message."""
    if value is None:
        return "null"
    return next((name for kind, name in _KINDS if isinstance(value, kind)), gettext_noop("an object"))
