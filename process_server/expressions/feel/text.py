"""Values as FEEL's `string` function writes them."""

from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from process_server.expressions.feel.values import FeelFunction, Range
from process_server.expressions.limits import checked_text, checked_value
from process_server.expressions.numbers import is_number, number_text
from process_server.expressions.text import kind_of
from process_server.values import Months


def string_of(value: Any) -> str | None:
    """Write a value; null stays null."""
    return value if value is None or type(value) is str else checked_text(_written(checked_value(value)))


def _written(value: Any) -> str:
    if type(value) is str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if value is None:
        return "null"
    if type(value) is bool:
        return "true" if value else "false"
    if is_number(value):
        return number_text(value)
    if type(value) is list:
        return "[" + ", ".join(map(_written, value)) + "]"
    if type(value) is dict:
        return "{" + ", ".join(f"{_key(key)}: {_written(item)}" for key, item in value.items()) + "}"
    return _written_special(value)


def _written_special(value: Any) -> str:
    if isinstance(value, (date, time)):
        return _moment_text(value)
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, Months):
        return months_text(value)
    if isinstance(value, Range):
        start = "" if value.start is None else _written(value.start)
        end = "" if value.end is None else _written(value.end)
        return f"{'[' if value.start_included else '('}{start}..{end}{']' if value.end_included else ')'}"
    return "function" if isinstance(value, FeelFunction) else kind_of(value)


def _key(key: str) -> str:
    plain = all(char.isalnum() or char in "_ " for char in key) and key.strip() == key and key != ""
    return key if plain else _written(key)


def _moment_text(value: Any) -> str:
    if not isinstance(value, (datetime, time)):
        return str(value.isoformat())
    plain = value.replace(tzinfo=None).isoformat()
    if isinstance(value.tzinfo, ZoneInfo):
        return f"{plain}@{value.tzinfo.key}"
    offset = value.utcoffset()
    if offset is None:
        return plain
    return plain + ("Z" if not offset else str(timezone(offset)).removeprefix("UTC"))


def duration_text(value: timedelta) -> str:
    """Write a duration of days and less, e.g. `P1DT2H`."""
    size = abs(value)
    parts = [(size.days, "D")]
    clock = [(size.seconds // 3600, "H"), (size.seconds // 60 % 60, "M")]
    fraction = f".{size.microseconds:06d}".rstrip("0") if size.microseconds else ""
    seconds = f"{size.seconds % 60}{fraction}"
    text = "".join(f"{count}{unit}" for count, unit in parts if count)
    time_text = "".join(f"{count}{unit}" for count, unit in clock if count) + (f"{seconds}S" if seconds != "0" else "")
    body = text + (f"T{time_text}" if time_text else "") or "T0S"
    return ("-" if value < timedelta() else "") + "P" + body


def months_text(value: Months) -> str:
    """Write a duration of years and months, e.g. `P1Y2M`."""
    years, months = divmod(abs(value.months), 12)
    body = (f"{years}Y" if years else "") + (f"{months}M" if months else "") or "0M"
    return ("-" if value.months < 0 else "") + "P" + body
