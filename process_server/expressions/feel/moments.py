"""FEEL's dates, times and durations: their literals, parts and arithmetic (DMN 1.4, 10.3.2.3 and 10.3.4)."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from process_server.expressions import numbers
from process_server.expressions.interval import read_interval
from process_server.expressions.limits import Fault
from process_server.expressions.moments import (
    add_duration,
    comparable,
    is_duration,
    negated,
    offset_of,
    subtract_moments,
)
from process_server.values import Months

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_ZONE = r"Z|z|[+-]\d{2}:\d{2}(?::\d{2})?(?:\[[\w/+-]+\])?|@[\w/+-]+"
_TIME = re.compile(rf"(\d{{2}}):(\d{{2}})(?::(\d{{2}})(?:\.(\d+))?)?({_ZONE})?")


def read_date(text: str) -> date | None:
    """Read `2030-01-31`; null for anything else."""
    found = _DATE.fullmatch(text)
    return make_date(*map(int, found.groups())) if found else None


def make_date(year: int, month: int, day: int) -> date | None:
    """Return the day, or null where there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_time(text: str) -> time | None:
    """Read `09:30:00`, with an offset or `@Zone` after it; null for anything else."""
    found = _TIME.fullmatch(text.removeprefix("T"))
    if found is None:
        return None
    hour, minute, second, fraction, zone = found.groups()
    try:
        tz = read_zone(zone) if zone else None
        return time(int(hour), int(minute), int(second or 0), int((fraction or "0")[:6].ljust(6, "0")), tzinfo=tz)
    except (ValueError, Fault):
        return None


def read_zone(text: str) -> tzinfo:
    """Read `Z`, `+08:00`, `@Asia/Shanghai` or Java's `+08:00[Asia/Shanghai]`. Raises Fault."""
    if text in "Zz":
        return UTC
    if text.startswith("@") or text.endswith("]"):
        name = text.rstrip("]").replace("[", "@").partition("@")[2]
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise Fault("there is no time zone {name}", name=name) from None
    parts = [int(part) for part in text[1:].split(":")]
    offset = timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2] if len(parts) > 2 else 0)
    if offset > timedelta(hours=18) or parts[1] > 59:
        raise Fault("{text} is no offset", text=text)
    return timezone(-offset if text[0] == "-" else offset)


def read_datetime(text: str) -> datetime | None:
    """Read a date, `T` and a time; a date alone is its midnight; null for anything else."""
    day, mark, rest = text.partition("T")
    found = read_date(day)
    clock_time = read_time(rest) if mark else time()
    if found is None or clock_time is None:
        return None
    return datetime.combine(found, clock_time)


def read_duration(text: str) -> timedelta | Months | None:
    """Read a duration of one of the two kinds; null for anything else."""
    try:
        found = read_interval(text)
        if found.months or re.fullmatch(r"-?P(\d+Y)?(\d+M)?", text):
            return None if found.days or found.exact else Months(found.months)
        return timedelta(days=found.days) + found.exact
    except (Fault, OverflowError):
        return None


def read_temporal(text: str) -> Any:
    """Read what stands in `@"..."`: a date, a time, a date and time or a duration."""
    if text.lstrip("-").startswith("P"):
        return read_duration(text)
    if "T" in text and not text.startswith("T"):
        return read_datetime(text)
    return read_time(text) if ":" in text else read_date(text)


def add_feel(a: Any, b: Any) -> Any:
    """Add a duration to a moment or duration, in either order; null otherwise."""
    if not is_duration(b):
        a, b = b, a
    if not is_duration(b) or a is None or type(a) is str:
        return None
    return _added(a, b)


def _added(moment: Any, duration: Any) -> Any:
    try:
        return add_duration(moment, duration)
    except Fault:
        return None


def subtract_feel(a: Any, b: Any) -> Any:
    """Subtract a duration from a moment or duration, or a moment from one of its kind; null otherwise."""
    if is_duration(b) and a is not None and type(a) is not str:
        return _added(a, negated(b))
    if (isinstance(a, time) and isinstance(b, time)) or (isinstance(a, date) and isinstance(b, date)):
        return subtract_moments(a, b)
    return None


def comparable_or_none(a: Any, b: Any) -> tuple[Any, Any] | None:
    """Return two moments in comparable form, or None when they are not of one kind."""
    if (isinstance(a, time) and isinstance(b, time)) or (isinstance(a, date) and isinstance(b, date)):
        return comparable(a, b)
    return None


def divide_durations(a: Any, b: Any) -> Any:
    """Divide durations of one kind, giving a number, or a duration of days by a number."""
    if isinstance(a, Months):
        return numbers.divide(a.months, b.months) if b.months else None
    microseconds = a // timedelta(microseconds=1)
    if isinstance(b, timedelta):
        return numbers.divide(microseconds, b // timedelta(microseconds=1)) if b else None
    return timedelta(microseconds=int(numbers.divide(microseconds, b)))


def part_of(value: Any, name: str) -> Any:
    """Return a part of a date, time or duration by its name; null for what it does not have."""
    if isinstance(value, Months):
        years, months = divmod(abs(value.months), 12)
        sign = -1 if value.months < 0 else 1
        return {"years": sign * years, "months": sign * months}.get(name)
    if isinstance(value, timedelta):
        return _duration_part(value, name)
    if isinstance(value, date) and name in ("year", "month", "day"):
        return getattr(value, name)
    if isinstance(value, date) and name == "weekday":
        return value.isoweekday()
    return _time_part(value, name) if isinstance(value, (time, datetime)) else None


def _time_part(value: time | datetime, name: str) -> Any:
    if name in ("hour", "minute", "second"):
        return getattr(value, name)
    if name == "time offset":
        return offset_of(value)
    if name in ("timezone", "time zone"):
        return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    return None


def _duration_part(value: timedelta, name: str) -> int | None:
    sign = -1 if value < timedelta() else 1
    size = abs(value)
    parts = {
        "days": size.days,
        "hours": size.seconds // 3600,
        "minutes": size.seconds // 60 % 60,
        "seconds": size.seconds % 60,
    }
    return sign * parts[name] if name in parts else None
