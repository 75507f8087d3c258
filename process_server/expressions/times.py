"""When a timer is due: ISO 8601 durations, dates and repeating intervals, cron, and values of those kinds.

Days, weeks, months and years of a duration follow the wall clock of the time zone, hours and less are exact: "in one
day" is the same time tomorrow even when the clocks change tonight. A cycle keeps to the grid of its first firing: it
neither drifts nor catches up one by one on firings missed while the server was down.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Literal

from process_server.errors import InvalidExpression
from process_server.expressions.cron import next_cron, read_cron
from process_server.expressions.interval import Interval, is_short, read_interval
from process_server.expressions.limits import Fault, because
from process_server.expressions.moments import instant
from process_server.values import Months

TimerKind = Literal["duration", "date", "cycle"]

_REPEAT = re.compile(r"R(-1|\d*)")
_SHORTEST = timedelta(seconds=1)
_LATEST = datetime(9990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Due:
    """The next firing. `cycle` is the text `next_due` goes on with; `remaining` counts firings, this one included."""

    due: datetime
    cycle: str | None = None
    remaining: int | None = None


def parse_timer(kind: TimerKind, value: Any, now: datetime, tz: tzinfo) -> Due:
    """Return when a timer that starts `now` fires first. Raises InvalidExpression when the value says no time.

    `value` is text or already a date, date-time or duration; what has no zone is in `tz`.
    """
    try:
        if isinstance(value, str) and not value.strip():
            raise Fault("the timer is empty")
        if kind == "cycle":
            return _first_of_cycle(value, now, tz)
        if isinstance(value, date):
            return Due(instant(value, tz))
        if kind == "date":
            return Due(instant(_moment(_text(value)), tz))
        return _after_duration(value, now, tz)
    except (Fault, ValueError, OverflowError) as error:
        raise InvalidExpression(expression=str(value)[:100], **because(error)) from error


def next_due(cycle: str, previous_due: datetime, now: datetime, tz: tzinfo, remaining: int | None) -> Due | None:
    """Return the firing after the one due at `previous_due`, or None when it was the last.

    Firings missed meanwhile are one: the next is the first on the cycle's grid later than `now`.
    """
    if remaining is not None and remaining <= 1:
        return None
    left = None if remaining is None else remaining - 1
    if not _REPEAT.match(cycle):
        return Due(next_cron(cycle, max(previous_due, now), tz), cycle, left)
    parts = cycle.split("/")
    start = _zoned(_moment(parts[1]), tz) if len(parts) == 3 else previous_due.astimezone(tz)
    interval = read_interval(parts[-1])
    due, _ = _on_grid(start, interval, max(previous_due, now) + timedelta(microseconds=1))
    return None if due > _LATEST else Due(due, cycle, left)


def shifted(cycle: str, by: timedelta, tz: tzinfo) -> str:
    """Return a cycle whose grid lies later by a time. One that cron writes has no grid to shift: it stays."""
    count, *rest = cycle.split("/")
    if not _REPEAT.fullmatch(count) or len(rest) != 2:
        return cycle
    start = _moment(rest[0])
    moved = (_zoned(start, tz).astimezone(UTC) + by).astimezone(tz)
    is_local = isinstance(start, datetime) and start.tzinfo is None
    return "/".join((count, (moved.replace(tzinfo=None) if is_local else moved).isoformat(), rest[1]))


def _after_duration(value: Any, now: datetime, tz: tzinfo) -> Due:
    interval = _interval(value)
    if interval.approximate() < timedelta():
        raise Fault("the duration is negative")
    return Due(interval.after(now.astimezone(tz)).astimezone(UTC))


def _first_of_cycle(value: Any, now: datetime, tz: tzinfo) -> Due:
    if not isinstance(value, str):
        return _repeat(None, None, _interval(value), now, tz)
    text = value.strip()
    delay, then, period = text.partition("###")  # as jBPM writes it: after a while, then again and again
    if then:
        return _repeat(None, read_interval(delay).after(now.astimezone(tz)), _short_cycle(period), now, tz)
    if is_short(text):
        return _repeat(None, None, _short_cycle(text), now, tz)
    if text.startswith("P"):
        return _repeat(None, None, read_interval(text), now, tz)
    count, parts = text.split("/")[0], text.split("/")[1:]
    repeat = _REPEAT.fullmatch(count)
    if repeat is None or not parts:
        read_cron(text)
        return Due(next_cron(text, now, tz), text)
    times = None if repeat[1] in ("", "-1") else int(repeat[1])
    if times == 0:
        raise Fault("it repeats 0 times")
    return _interval_cycle(times, parts, now, tz)


def _short_cycle(text: str) -> Interval:
    """Read a cycle as jBPM writes it, whose examples count in milliseconds: at most one a second comes of that."""
    interval = read_interval(text)
    return Interval(exact=_SHORTEST) if timedelta() < interval.approximate() < _SHORTEST else interval


def _interval_cycle(times: int | None, parts: list[str], now: datetime, tz: tzinfo) -> Due:
    if len(parts) == 1:
        return _repeat(times, None, read_interval(parts[0]), now, tz)
    if len(parts) != 2:
        raise Fault("a repeating interval has at most a start, a duration and an end")
    first, second = (part.strip() for part in parts)
    if first.startswith("P"):
        return _until(times, read_interval(first), _zoned(_moment(second), tz), now)
    start = _zoned(_moment(first), tz)
    if second.startswith("P"):
        return _repeat(times, start, read_interval(second), now, tz)
    return _repeat(times, start, Interval(exact=_zoned(_moment(second), tz) - start), now, tz)


def _repeat(times: int | None, start: datetime | None, interval: Interval, now: datetime, tz: tzinfo) -> Due:
    _check_cycle(interval)
    if start is None:  # the grid begins now, the firings one interval later
        start = now.astimezone(tz)
        return Due(interval.after(start).astimezone(UTC), _cycle_text(times, start, interval, tz), times)
    due, passed = _on_grid(start, interval, now)
    remaining = times
    if times is not None and passed:
        remaining = max(times - passed, 1)
        if passed >= times:  # all are past: fire once, at the last of them
            due = interval.after(start, times - 1).astimezone(UTC)
    return Due(due, _cycle_text(times, start, interval, tz), remaining)


def _until(times: int | None, interval: Interval, end: datetime, now: datetime) -> Due:
    """Repeat so that the last firing is at `end`; without a count as often as there is room for from now on."""
    _check_cycle(interval)
    steps = 0
    backwards = Interval(-interval.months, -interval.days, -interval.exact)
    limit = times - 1 if times is not None else max(0, int((end - now) / interval.approximate()) + 1)
    steps = limit
    while steps > 0 and backwards.after(end, steps) <= now:
        steps -= max(1, int((now - backwards.after(end, steps)) / interval.approximate()))
    start = backwards.after(end, max(steps, 0))
    return Due(start.astimezone(UTC), _cycle_text(times, start, interval, end.tzinfo or UTC), max(steps, 0) + 1)


def _check_cycle(interval: Interval) -> None:
    if interval.approximate() < _SHORTEST:
        raise Fault("a cycle must last at least one second")


def _on_grid(start: datetime, interval: Interval, not_before: datetime) -> tuple[datetime, int]:
    """Return the first firing not before an instant, and how many of the grid lie before it."""
    steps = max(0, int((not_before - start) / interval.approximate()) - 2)
    due = interval.after(start, steps)
    while due < not_before:
        steps += 1
        due = interval.after(start, steps)
    return due.astimezone(UTC), steps


def _cycle_text(times: int | None, start: datetime, interval: Interval, tz: tzinfo) -> str:
    """Write the cycle with its start: in the zone's wall-clock time when its days follow that zone."""
    count = "" if times is None else str(times)
    if start.tzinfo is tz and (interval.months or interval.days):
        start = start.replace(tzinfo=None)
    return f"R{count}/{start.isoformat()}/{_interval_text(interval)}"


def _interval_text(interval: Interval) -> str:
    seconds = Decimal(interval.exact // timedelta(microseconds=1)) / 1_000_000
    calendar = (f"{interval.months}M" if interval.months else "") + (f"{interval.days}D" if interval.days else "")
    return f"P{calendar}" + (f"T{seconds.normalize():f}S" if seconds or not calendar else "")


def _interval(value: Any) -> Interval:
    if isinstance(value, timedelta):
        return Interval(exact=value)
    if isinstance(value, Months):
        return Interval(months=value.months)
    return read_interval(_text(value))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Fault("it is neither a text nor a date, date-time or duration")
    return value.strip()


def _moment(text: str) -> date:
    """Read a date or date-time. Raises Fault."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Fault(
            "{value} is not an ISO 8601 date such as 2030-01-31T09:00:00", value=repr(text.strip()[:60])
        ) from None
    return moment


def _zoned(moment: date, tz: tzinfo) -> datetime:
    made = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day)
    return made if made.tzinfo is not None else made.replace(tzinfo=tz)
