"""Functions of dates, times and durations."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

from process_server import clock
from process_server.expressions.feel.builtin import Library, whole
from process_server.expressions.feel.moments import (
    make_date,
    read_date,
    read_datetime,
    read_duration,
    read_time,
    read_zone,
)
from process_server.expressions.feel.text import string_of
from process_server.expressions.limits import Fault
from process_server.expressions.moments import company_zone, instant
from process_server.values import Months

library = Library()
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _time_of(value: date) -> time:
    return value.timetz() if isinstance(value, datetime) else time(tzinfo=UTC)


def _moment(value: date) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time())


library("date(from: string)")(read_date)
library("date(from: date)")(_day)
library("date(year: number, month: number, day: number)")(
    lambda year, month, day: make_date(whole(year), whole(month), whole(day))
)
library("time(from: string)")(read_time)
library("time(from: time)")(lambda value: value)
library("time(from: date)")(_time_of)


@library("time(hour: number, minute: number, second: number, offset?: days)")
def make_time(hour: Any, minute: Any, second: Any, offset: timedelta | None = None) -> time | None:
    """Make a time of its parts; null where there is no such time."""
    full = int(second)
    try:
        tz = None if offset is None else timezone(offset)
        return time(whole(hour), whole(minute), full, int((second - full) * 1_000_000), tzinfo=tz)
    except ValueError:
        return None


library("date and time(from: string)")(read_datetime)
library("date and time(from: date)")(_moment)
library("date and time(date: date, time: time)")(lambda day, moment: datetime.combine(_day(day), moment))
library("duration(from: string)")(read_duration)
library("duration(from: days)")(lambda value: value)
library("duration(from: months)")(lambda value: value)


@library("date and time(year: number, month: number, day: number, hour: number, minute: number, second: number)")
def make_datetime(year: Any, month: Any, day: Any, hour: Any, minute: Any, second: Any) -> datetime | None:
    """Make a date and time of its parts; null where there is none."""
    found, moment = make_date(whole(year), whole(month), whole(day)), make_time(hour, minute, second)
    return None if found is None or moment is None else datetime.combine(found, moment)


@library("date and time(date: date and time, timezone: string)")
def in_zone(value: datetime, zone: str) -> datetime | None:
    """Return the same instant in another time zone, e.g. `Z`, `+08:00` or `Asia/Shanghai`."""
    try:
        target = read_zone(zone if zone[:1] in "Zz+-@" else f"@{zone}")
    except (Fault, ValueError, IndexError):
        return None
    return instant(value).astimezone(target)


@library("years and months duration(from: date, to: date)")
def months_between(start: date, end: date) -> Months:
    """Return the whole months from one date to another."""
    if _day(end) < _day(start):
        return Months(-months_between(end, start).months)
    return Months((end.year - start.year) * 12 + end.month - start.month - (end.day < start.day))


library("day of year(date: date)")(lambda value: value.timetuple().tm_yday)
library("day of week(date: date)")(lambda value: _DAYS[value.weekday()])
library("month of year(date: date)")(lambda value: _MONTHS[value.month - 1])
library("week of year(date: date)")(lambda value: value.isocalendar().week)


@library("last day of month(date: date)")
def last_day_of_month(value: date) -> date:
    """Return the last day of the month of a date."""
    return date(value.year, value.month, monthrange(value.year, value.month)[1])


@library("cycle(repetitions: number, interval: days)")
def cycle(repetitions: Any, interval: timedelta) -> str | None:
    """Return the repeating interval of a timer (Camunda 8)."""
    return f"R{whole(repetitions)}/{string_of(interval)}"


@library("cycle(interval: days)")
def endless_cycle(interval: timedelta) -> str:
    """Return the repeating interval of a timer that never ends (Camunda 8)."""
    return f"R/{string_of(interval)}"


@library("now()")
def now() -> datetime:
    """Return the current instant in the company's time zone."""
    return clock.now().astimezone(company_zone())


@library("today()")
def today() -> date:
    """Return the current day in the company's time zone."""
    return clock.now().astimezone(company_zone()).date()
