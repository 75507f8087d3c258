"""From what a browser sends to typed values and back: every kind of field, and nothing taken on trust."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from process_server import values
from process_server.config import settings
from process_server.forms.components import (
    CheckboxField,
    ChoiceField,
    DatetimeField,
    ExpressionField,
    Field,
    FileField,
    NumberField,
    TextField,
)
from process_server.values import Value

MAX_TEXT = 100_000  # characters of one text
MAX_DIGITS = 200  # digits of a number, on either side of its point
MAX_CHOICES = 1_000
MAX_DEPTH = 50  # of lists and objects within one another

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_ZONE = r"(?P<zone>Z|[+-]\d\d:\d\d)?"
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(rf"\d\d:\d\d(:\d\d(\.\d+)?)?{_ZONE}", re.ASCII)
_DATETIME = re.compile(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?{_ZONE}", re.ASCII)
_BREAKS = re.compile(r"[\r\n\t]")


class Refused(Exception):
    """A value the field cannot hold: `code` names the reason, `params` fill its text."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def read(field: Field, raw: Any) -> Value:
    """Turn what was sent for a field into the value to keep; None clears it. Raises Refused."""
    return None if raw is None else _READERS[type(field)](field, raw)


def read_number(raw: Any) -> int | Decimal | None:
    """Read a finite decimal number; None where there is none. A binary float counts by its shortest decimal.

    There is no negative zero: nobody means one, and it would be shown as "-0".
    """
    if type(raw) is float:
        raw = repr(raw)
    if type(raw) is int or (type(raw) is Decimal and raw.is_finite()):
        number = Decimal(raw) if type(raw) is Decimal else raw
    elif type(raw) is str and _NUMBER.fullmatch(raw):
        try:
            number = Decimal(raw)
        except InvalidOperation:
            return None
    else:
        return None
    exact = Decimal(number)
    if exact and (abs(exact.adjusted()) > MAX_DIGITS or len(exact.as_tuple().digits) > 2 * MAX_DIGITS):
        return None
    return number.copy_abs() if isinstance(number, Decimal) and not number else number


def zone() -> ZoneInfo:
    """Return the time zone of the house: where a date or time names none, it is meant there."""
    return ZoneInfo(settings().time_zone)


def _text(field: Field, raw: Any) -> str:
    if type(raw) is not str:
        raise Refused("not_text")
    if len(raw) > MAX_TEXT:
        raise Refused("max_length", limit=MAX_TEXT)
    return _BREAKS.sub(" ", clean(raw)) if field.type == "textfield" else clean(raw)


def clean(text: str) -> str:
    """Return a text the database can keep. Raises Refused for NUL and for halves of surrogate pairs."""
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise Refused("characters")
    return text


def _number(field: Field, raw: Any) -> int | Decimal | None:
    if raw == "":
        return None
    number = read_number(raw)
    if number is None:
        raise Refused("not_a_number")
    if isinstance(field, NumberField) and field.serialize_to_string:
        return Decimal(number)
    whole = isinstance(number, Decimal) and number == number.to_integral_value() and number.as_tuple().exponent == 0
    return int(number) if whole else number


def _datetime(field: Field, raw: Any) -> date | time | datetime | None:
    assert isinstance(field, DatetimeField)
    if isinstance(raw, date | time):
        raw = raw.isoformat()
    if raw == "":
        return None
    form, parse = _CALENDAR[field.subtype]
    if type(raw) is not str or not form.fullmatch(raw):
        raise Refused(f"not_a_{field.subtype}")
    try:
        read = parse(raw)
        return _instant(read) if isinstance(read, datetime) else read
    except (ValueError, OverflowError) as error:
        raise Refused(f"not_a_{field.subtype}") from error


def _instant(read: datetime) -> datetime:
    """Return an instant; one without a zone is meant here. Raises OverflowError where the calendar ends before it."""
    instant = read if read.tzinfo else read.replace(tzinfo=zone())
    for place in (UTC, zone()):
        instant.astimezone(place)
    return instant


_CALENDAR: Mapping[str, tuple["re.Pattern[str]", Callable[[str], date | time | datetime]]] = {
    "date": (_DATE, date.fromisoformat),
    "time": (_TIME, time.fromisoformat),
    "datetime": (_DATETIME, datetime.fromisoformat),
}


def _checkbox(field: Field, raw: Any) -> bool:
    if type(raw) is not bool:
        raise Refused("not_a_boolean")
    return raw


def _computed(field: Field, raw: Any) -> Value:
    return exact(raw)


def _choice(field: Field, raw: Any) -> Value:
    assert isinstance(field, ChoiceField)
    if not field.many:
        return None if raw == "" else exact(raw)
    if not isinstance(raw, list):
        raise Refused("not_a_list")
    if len(raw) > MAX_CHOICES:
        raise Refused("too_many_choices", limit=MAX_CHOICES)
    chosen = [exact(item) for item in raw]
    if any(same(item, other) for index, item in enumerate(chosen) for other in chosen[:index]):
        raise Refused("chosen_twice")
    return chosen


def _files(field: Field, raw: Any) -> list[str] | None:
    """Read the ids of uploaded files; who may use them is not decided here."""
    if raw == "":
        return None
    if not isinstance(raw, list):
        raise Refused("not_a_list")
    ids = [item.get("id") if isinstance(item, dict) else item for item in raw]
    if not all(isinstance(item, str) and len(item) <= 64 for item in ids):
        raise Refused("unknown_file")
    return list(dict.fromkeys(str(item) for item in ids))


_READERS: Mapping[type[Field], Callable[[Field, Any], Value]] = {
    TextField: _text,
    NumberField: _number,
    DatetimeField: _datetime,
    CheckboxField: _checkbox,
    ChoiceField: _choice,
    FileField: _files,
    ExpressionField: _computed,
}


def exact(raw: Any, depth: int = 0) -> Value:
    """Return JSON data as values that can be kept: decimals for binary floats, texts the database takes.

    Raises Refused.
    """
    if isinstance(raw, str):
        return clean(raw)
    if isinstance(raw, float | Decimal) and not math.isfinite(raw):
        raise Refused("not_a_number")
    if type(raw) is float:
        return Decimal(repr(raw))
    if isinstance(raw, dict | list) and depth >= MAX_DEPTH:
        raise Refused("too_deep", limit=MAX_DEPTH)
    if isinstance(raw, dict):
        return {clean(str(key)): exact(item, depth + 1) for key, item in raw.items()}
    if isinstance(raw, list):
        return [exact(item, depth + 1) for item in raw]
    return raw


def same(one: Value, other: Value) -> bool:
    """Compare JSON values as JSON does: true is not 1, but 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
    return bool(one == other)


def shown(field: Field, value: Value) -> Any:
    """Return a value as the form in the browser holds it, its emptiness included."""
    if value is None:
        return empty(field)
    if isinstance(field, NumberField):
        number = read_number(value)
        return format(Decimal(number), "f") if field.serialize_to_string and number is not None else number
    if isinstance(field, DatetimeField):
        return _shown_datetime(field, value)
    if isinstance(field, TextField):
        return value if isinstance(value, str) else empty(field) if isinstance(value, dict | list) else _as_text(value)
    return values.show(value)


def empty(field: Field) -> Any:
    """Return what the form in the browser holds for a field without a value."""
    if isinstance(field, TextField):
        return ""
    if isinstance(field, CheckboxField):
        return False
    return [] if isinstance(field, ChoiceField) and field.many else None


def _as_text(value: Value) -> str:
    seen = values.show(value)
    return str(seen).lower() if isinstance(seen, bool) else str(seen)


def _shown_datetime(field: DatetimeField, value: Value) -> Any:
    if field.subtype == "date":
        if isinstance(value, datetime):
            return value.astimezone(zone()).date().isoformat()
        return value.isoformat() if isinstance(value, date) else value
    if field.subtype == "time":
        return value.isoformat(timespec="minutes").replace("+00:00", "Z") if isinstance(value, time) else value
    if not isinstance(value, datetime):
        return value.isoformat() if isinstance(value, date) else value
    instant = value if value.tzinfo else value.replace(tzinfo=zone())
    if field.time_serializing_format == "utc_normalized":
        return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="minutes") + "Z"
    if field.time_serializing_format == "no_timezone":
        return instant.astimezone(zone()).replace(tzinfo=None).isoformat(timespec="minutes")
    return instant.isoformat(timespec="minutes")
