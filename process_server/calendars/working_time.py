"""Arithmetic of working time: when so much of it has passed, and how much of it lies between two instants.

Hours stand on the wall clock of the calendar's zone; what passes is counted in real time, so that an hour is an hour on
the nights the clocks change too. A whole day of a duration is a working day at the same time of day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

from process_server.calendars.public import public_days
from process_server.expressions.interval import Interval, read_interval
from process_server.expressions.limits import Fault

Hours = tuple[tuple[int, int], ...]
"""Spans of a day in minutes since midnight, in order and apart from one another."""

Span = tuple[datetime, datetime]

NO_HOURS: Hours = ()
MIDNIGHT = 24 * 60
LONGEST = timedelta(days=366 * 20)  # to look for working time in: beyond it a calendar, or a duration, is a mistake
_KEPT = 5_000  # days whose spans a calendar remembers
_NOTHING = timedelta()
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkingCalendar:
    """When a company, or a part of it, works. `week` begins on Monday; `special` gives single days other hours."""

    id: str
    zone: tzinfo
    week: tuple[Hours, ...]
    country: str | None = None
    subdivision: str | None = None
    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()
    special: Mapping[date, Hours] = field(default_factory=dict)
    _spans: dict[date, tuple[Span, ...]] = field(default_factory=dict, repr=False, compare=False)

    def hours_of(self, day: date) -> Hours:
        """Return the hours of a day: what the company says of it goes before what the country says."""
        if day in self.special:
            return self.special[day]
        if day in self.off:
            return NO_HOURS
        usual = self.week[day.weekday()]
        if day in self.on:
            return usual or self._first_hours()
        if self.country:
            public = public_days(self.country, self.subdivision, day.year)
            if day in public.worked:
                return usual or self._first_hours()
            if day in public.off:
                return NO_HOURS
        return usual

    def is_working_day(self, day: date) -> bool:
        """Say whether anybody works on a day."""
        return bool(self.hours_of(day))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time from one instant to another; negative when the second is the earlier one."""
        if end < start:
            return -self.between(end, start)
        total = _NOTHING
        for opens, closes in self._from(start):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """Return the first instant at which so much working time has passed; before the start for a negative amount.

        Raises Fault when there is not so much working time in twenty years.
        """
        if amount < _NOTHING:
            return self._before(start, -amount)
        left = amount
        if not left:
            return start
        for opens, closes in self._from(start):
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        raise Fault("the calendar {value} has not so much working time in twenty years", value=self.id)

    def after(self, start: datetime, interval: Interval) -> datetime:
        """Return when a duration has passed: its days as working days, then its hours as working hours."""
        if interval.months:
            raise Fault("working time is counted in days, hours and minutes, not in months")
        moved = self._days_after(start, interval.days) if interval.days else start
        return self.add(moved, interval.exact)

    def before(self, end: datetime, interval: Interval) -> datetime:
        """Return the instant a duration before another one: its hours back as working hours, then its days."""
        if interval.months:
            raise Fault("working time is counted in days, hours and minutes, not in months")
        moved = self.add(end, -interval.exact)
        return self._days_before(moved, interval.days) if interval.days else moved

    def _days_before(self, end: datetime, days: int) -> datetime:
        local = end.astimezone(self.zone)
        for day in _days(local.date() - _DAY, -1):
            days -= self.is_working_day(day)
            if not days:
                return self._at(day, local.hour * 60 + local.minute, local - _whole_minute(local))
        raise Fault("the calendar {value} has not so many working days in twenty years", value=self.id)

    def _days_after(self, start: datetime, days: int) -> datetime:
        begin = next(self._from(start), None)
        local = (begin[0] if begin else start).astimezone(self.zone)
        for day in _days(local.date() + _DAY, 1):
            days -= self.is_working_day(day)
            if not days:
                return self._at(day, local.hour * 60 + local.minute, local - _whole_minute(local))
        raise Fault("the calendar {value} has not so many working days in twenty years", value=self.id)

    def _at(self, day: date, minute: int, rest: timedelta) -> datetime:
        """Return the instant of a time of day, or the next working one; after closing time, when the day closes."""
        wanted = _instant(day, minute, self.zone) + rest
        for opens, closes in self.spans_of(day):
            if wanted <= closes:
                return max(wanted, opens)
        return self.spans_of(day)[-1][1]

    def _before(self, end: datetime, amount: timedelta) -> datetime:
        left = amount
        for day in _days(end.astimezone(self.zone).date(), -1):
            for opens, closes in reversed(self.spans_of(day)):
                room = min(closes, end) - opens
                if room <= _NOTHING:
                    continue
                if left <= room:
                    return opens + room - left
                left -= room
        raise Fault("the calendar {value} has not so much working time in twenty years", value=self.id)

    def _from(self, start: datetime) -> Iterator[Span]:
        """Give the spans of work from an instant on, the first one cut off at it."""
        for day in _days(start.astimezone(self.zone).date(), 1):
            for opens, closes in self.spans_of(day):
                if closes > start:
                    yield max(opens, start), closes

    def spans_of(self, day: date) -> tuple[Span, ...]:
        """Return the spans of a day as instants."""
        known = self._spans.get(day)
        if known is None:
            if len(self._spans) >= _KEPT:
                self._spans.clear()
            known = self._spans[day] = tuple(_instants(day, self.hours_of(day), self.zone))
        return known

    def _first_hours(self) -> Hours:
        """Return what is worked on a day that has no hours of its own: as on the first day of the week that has."""
        return next((hours for hours in self.week if hours), NO_HOURS)


def _instants(day: date, hours: Hours, zone: tzinfo) -> Iterator[Span]:
    """Give spans in order; one that falls into the hour the clocks leave out is cut or left out itself."""
    earliest = _instant(day, 0, zone)
    for opens, closes in hours:
        start, end = max(_instant(day, opens, zone), earliest), _instant(day, closes, zone)
        if start < end:
            yield start, end
            earliest = end


def _instant(day: date, minute: int, zone: tzinfo) -> datetime:
    if minute >= MIDNIGHT:
        day, minute = day + _DAY, minute - MIDNIGHT
    return datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone).astimezone(UTC)


def _whole_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _days(first: date, step: int) -> Iterator[date]:
    last = LONGEST.days
    for number in range(last):
        yield first + timedelta(days=step * number)


def read_working_duration(value: Any) -> Interval:
    """Read a duration of working time: ISO 8601 text in days and less, or a value of that kind. Raises Fault.

    Whole days of a value are working days, since FEEL does not tell P1D from PT24H; those of a text as it is written.
    """
    if isinstance(value, timedelta):
        value = Interval(days=value.days, exact=value - timedelta(days=value.days))
        return _forwards(value)
    if not isinstance(value, str):
        raise Fault("a duration of working time is a text such as PT8H")
    interval = read_interval(value)
    if interval.months or "W" in value.upper():
        raise Fault("working time is counted in days, hours and minutes: P5D is a working week")
    return _forwards(interval)


def _forwards(interval: Interval) -> Interval:
    if interval.days < 0 or interval.exact < _NOTHING:
        raise Fault("the duration is negative")
    return interval


def are_in_order(hours: Hours) -> bool:
    """Say whether the spans of a day follow one another."""
    whole = all(0 <= opens < closes <= MIDNIGHT for opens, closes in hours)
    return whole and all(before[1] <= after[0] for before, after in pairwise(hours))
