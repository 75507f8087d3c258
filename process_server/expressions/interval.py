"""Durations as ISO 8601 writes them: months, days and exact time, which do not convert into each other."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from process_server.expressions.limits import Fault

_DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:[.,]\d+)?)S)?)?"
)
_JBPM = re.compile(r"(?=.)(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m(?!s))?\s*(?:(\d+)s)?\s*(?:(\d+)ms)?")


def add_months(moment: Any, months: int) -> Any:
    """Move a date or date-time by months, to the month's last day where the day does not exist."""
    index = moment.year * 12 + moment.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= 9999:
        raise Fault("a year beyond 9999")
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Interval:
    """A duration in its three kinds, which do not convert into each other."""

    months: int = 0
    days: int = 0
    exact: timedelta = timedelta()

    def after(self, start: datetime, times: int = 1) -> datetime:
        """Return `start` moved by `times` intervals; months and days on the wall clock of its zone."""
        moved = add_months(start, self.months * times) if self.months else start
        moved += timedelta(days=self.days * times)
        return (moved.astimezone(UTC) + self.exact * times).astimezone(start.tzinfo)

    def approximate(self) -> timedelta:
        """Return about how long one interval lasts."""
        return timedelta(days=self.months * 30.436875 + self.days) + self.exact


def is_short(text: str) -> bool:
    """Say whether a text is a duration as jBPM writes it."""
    return _JBPM.fullmatch(text.strip()) is not None


def read_interval(text: str) -> Interval:
    """Read a duration: ISO 8601, or as jBPM writes it (2h30m). Raises Fault."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        short = _JBPM.fullmatch(text.strip())
        if short is not None:
            days, hours, minutes, seconds, milliseconds = (int(number or 0) for number in short.groups())
            if max(days, hours, minutes, seconds, milliseconds) > 1_000_000_000:
                raise Fault("the duration is too long")
            exact = timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=milliseconds)
            return Interval(days=days, exact=exact)
        raise Fault("{value} is not an ISO 8601 duration such as PT1H or P3D", value=repr(text.strip()[:60]))
    part = {
        name: Decimal((number or "0").replace(",", ".")) for name, number in found.groupdict().items() if name != "sign"
    }
    if max(part.values()) > 1_000_000_000:
        raise Fault("the duration is too long")
    sign = -1 if found["sign"] == "-" else 1
    microseconds = int((part["hours"] * 3600 + part["minutes"] * 60 + part["seconds"]) * 1_000_000)
    return Interval(
        months=sign * int(part["years"] * 12 + part["months"]),
        days=sign * int(part["weeks"] * 7 + part["days"]),
        exact=sign * timedelta(microseconds=microseconds),
    )
