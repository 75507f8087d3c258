"""Periods of a report: half-open, cut at midnight of the company's time zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from process_server import clock
from process_server.config import settings


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` (included) to `end` (not included)."""

    start: datetime
    end: datetime

    @property
    def days(self) -> float:
        """The length in days of 24 hours."""
        return (self.end - self.start) / timedelta(days=1)

    @property
    def parameters(self) -> dict[str, object]:
        """What every report query is given."""
        return {"from": self.start, "to": self.end, "now": clock.now(), "zone": settings().time_zone}


def days(first: date, last: date) -> Period:
    """Return the period of whole days from `first` to `last`, both included."""
    zone = ZoneInfo(settings().time_zone)
    return Period(datetime.combine(first, time.min, zone), datetime.combine(last + timedelta(days=1), time.min, zone))


def last_days(count: int) -> Period:
    """Return the period of the last `count` days, today included."""
    today = clock.now().astimezone(ZoneInfo(settings().time_zone)).date()
    return days(today - timedelta(days=count - 1), today)
