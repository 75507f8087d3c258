"""Arithmetic of dates, times, instants and durations, the same for every dialect.

A duration of hours is exact elapsed time; one of months keeps the wall clock. A date-time without a zone is in the
company's time zone wherever it meets one with a zone.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from process_server.config import settings
from process_server.expressions.interval import add_months, read_interval
from process_server.expressions.limits import Fault
from process_server.values import Months

_DAY = timedelta(days=1)


@lru_cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def company_zone() -> tzinfo:
    """Return the time zone of the company."""
    return _zone(settings().time_zone)


def is_duration(value: Any) -> bool:
    """Say whether a value is a duration of either kind."""
    kind = type(value)
    return kind is timedelta or kind is Months


def negated(duration: timedelta | Months) -> timedelta | Months:
    """Return the duration in the other direction."""
    return Months(-duration.months) if isinstance(duration, Months) else -duration


def add_duration(moment: Any, duration: Any) -> Any:
    """Add a duration to a date, time, date-time, ISO text of one, or duration. Raises Fault for other kinds."""
    if isinstance(moment, str):
        moment = parse_moment(moment)
    try:
        if isinstance(moment, Months) and isinstance(duration, Months):
            return Months(moment.months + duration.months)
        if isinstance(moment, timedelta) and isinstance(duration, timedelta):
            return moment + duration
        if isinstance(moment, date) and isinstance(duration, Months):
            return add_months(moment, duration.months)
        if isinstance(moment, datetime):
            return _later(moment, duration)
        if isinstance(moment, date):
            return (datetime.combine(moment, time()) + duration).date()
        if isinstance(moment, time) and isinstance(duration, timedelta):
            start = datetime(2000, 1, 1, moment.hour, moment.minute, moment.second, moment.microsecond)
            return (start + duration % _DAY).time().replace(tzinfo=moment.tzinfo)
    except OverflowError:
        raise Fault("a moment outside of the calendar") from None
    raise Fault("a duration can be added only to a date, a time or a duration of its kind")


def _later(moment: datetime, duration: timedelta) -> datetime:
    if moment.tzinfo is None:
        return moment + duration
    return (moment.astimezone(UTC) + duration).astimezone(moment.tzinfo)


def subtract_moments(a: Any, b: Any) -> timedelta:
    """Return the time that passed from b to a."""
    if isinstance(a, time) and isinstance(b, time):
        return _since_midnight(a) - _since_midnight(b)
    left, right = comparable(a, b)
    difference: timedelta = left - right
    return difference


def _since_midnight(value: time) -> timedelta:
    clock_time = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    return clock_time - (offset_of(value) or timedelta())


def comparable(a: Any, b: Any) -> tuple[Any, Any]:
    """Return two moments in a form that can be compared: instants, dates, times or ISO texts. Raises Fault."""
    a = parse_moment(a) if isinstance(a, str) else a
    b = parse_moment(b) if isinstance(b, str) else b
    if isinstance(a, time) and isinstance(b, time):
        return comparable_times(a, b)
    if isinstance(a, time) or isinstance(b, time):
        raise Fault("a time of day and a date cannot be compared")
    if isinstance(a, datetime) or isinstance(b, datetime):
        return instant(a), instant(b)
    return a, b


def comparable_times(a: time, b: time) -> tuple[time, time]:
    """Bring two times of day with offsets to the same offset."""
    offsets = offset_of(a), offset_of(b)
    if offsets[0] is None or offsets[1] is None or offsets[0] == offsets[1]:
        return a.replace(tzinfo=None), b.replace(tzinfo=None)
    base = datetime(2000, 1, 2, tzinfo=UTC)
    left = datetime.combine(base, a.replace(tzinfo=None)) - offsets[0]
    right = datetime.combine(base, b.replace(tzinfo=None)) - offsets[1]
    return left, right  # type: ignore[return-value]  # instants of one day compare as the times do


def offset_of(value: time | datetime) -> timedelta | None:
    """Return the offset from UTC; of a time in a named zone, the zone's standard offset."""
    if isinstance(value, time) and isinstance(value.tzinfo, ZoneInfo):
        return value.tzinfo.utcoffset(datetime(2000, 1, 1))
    return value.utcoffset()


def instant(value: Any, zone: tzinfo | None = None) -> datetime:
    """Return a date or date-time as an instant; what has no zone is in `zone` or the company's."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    made: datetime = value if value.tzinfo is not None else value.replace(tzinfo=zone or company_zone())
    return made.astimezone(UTC)


def parse_moment(text: str) -> date | datetime | time:
    """Read an ISO 8601 date, time or date-time. Raises Fault."""
    text = text.strip()
    try:
        if "T" in text or " " in text:
            return datetime.fromisoformat(text)
        return time.fromisoformat(text) if ":" in text else date.fromisoformat(text)
    except ValueError:
        raise Fault("{value} is not a date or time", value=repr(text[:40])) from None


def parse_duration(text: str) -> timedelta | Months:
    """Read an ISO 8601 duration of one of the two kinds. Raises Fault."""
    found = read_interval(text)
    if found.months and (found.days or found.exact):
        raise Fault("a duration is either of years and months or of days and less")
    return Months(found.months) if found.months else timedelta(days=found.days) + found.exact
