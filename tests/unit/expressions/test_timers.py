"""When timers are due: durations, dates, cycles and cron, across daylight saving and downtime."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from process_server.errors import InvalidExpression
from process_server.expressions import Due, next_due, parse_timer
from process_server.values import Months

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
BEFORE_SUMMER = datetime(2030, 3, 30, 11, 0, tzinfo=UTC)  # clocks go forward on 31 March at 01:00 UTC
BEFORE_WINTER = datetime(2030, 10, 26, 10, 0, tzinfo=UTC)  # clocks go back on 27 October at 01:00 UTC


def local(due: Due, zone: ZoneInfo = BERLIN) -> str:
    """Return when it is due on the wall clock."""
    return due.due.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("duration", "PT10H", "2030-03-30 22:00:00"),
        ("duration", "P1D", "2030-03-31 12:00:00"),
        ("duration", "PT24H", "2030-03-31 13:00:00"),
        ("duration", "P1W", "2030-04-06 12:00:00"),
        ("duration", "P1M", "2030-04-30 12:00:00"),
        ("duration", "P1Y2M3DT4H5M6S", "2031-06-02 16:05:06"),
        ("duration", "PT0.5S", "2030-03-30 12:00:00"),
        ("duration", "PT0S", "2030-03-30 12:00:00"),
        ("duration", timedelta(hours=3), "2030-03-30 15:00:00"),
        ("duration", Months(11), "2031-02-28 12:00:00"),
        ("duration", datetime(2030, 5, 1, 9), "2030-05-01 09:00:00"),
        ("date", "2030-04-01", "2030-04-01 00:00:00"),
        ("date", "2030-04-01T09:00:00", "2030-04-01 09:00:00"),
        ("date", "2030-04-01T09:00", "2030-04-01 09:00:00"),
        ("date", "2030-04-01T09:00:00Z", "2030-04-01 11:00:00"),
        ("date", "2030-04-01T09:00:00+08:00", "2030-04-01 03:00:00"),
        ("date", date(2030, 7, 1), "2030-07-01 00:00:00"),
        ("date", datetime(2030, 7, 1, 7, tzinfo=UTC), "2030-07-01 09:00:00"),
        ("cycle", "R3/PT10H", "2030-03-30 22:00:00"),
        ("cycle", "R/PT1H", "2030-03-30 13:00:00"),
        ("cycle", "R-1/PT1H", "2030-03-30 13:00:00"),
        ("cycle", "PT1H", "2030-03-30 13:00:00"),
        ("cycle", timedelta(hours=1), "2030-03-30 13:00:00"),
        ("cycle", "R/2030-05-01T00:00:00Z/P1M", "2030-05-01 02:00:00"),
        ("cycle", "R/2030-01-01T00:00:00/P1M", "2030-04-01 00:00:00"),
        ("cycle", "R3/2030-05-01T00:00:00Z/2030-05-02T00:00:00Z", "2030-05-01 02:00:00"),
        ("cycle", "R5/PT1H/2030-03-30T20:00:00", "2030-03-30 16:00:00"),
        ("cycle", "0 9 * * MON-FRI", "2030-04-01 09:00:00"),
        ("cycle", "*/20 * * * *", "2030-03-30 12:20:00"),
        ("cycle", "0 0 9 ? * 2-6", "2030-04-01 09:00:00"),
        ("cycle", "0 0 9 * * 1-5", "2030-04-01 09:00:00"),
        ("cycle", "0 0/5 14 * * ?", "2030-03-30 14:00:00"),
        ("cycle", "0 0 12 L * ?", "2030-03-31 12:00:00"),
        ("cycle", "0 0 9 ? * 6#3", "2030-04-19 09:00:00"),
        ("cycle", "0 0 9 ? * 6L", "2030-04-26 09:00:00"),
        ("cycle", "0 0 9 15W * ?", "2030-04-15 09:00:00"),
        ("cycle", "0 0 12 1 1 ? 2032", "2032-01-01 12:00:00"),
        ("cycle", "2h###30m", "2030-03-30 14:00:00"),
        ("cycle", "90m", "2030-03-30 13:30:00"),
        ("cycle", "500ms", "2030-03-30 12:00:01"),
        ("cycle", "@daily", "2030-03-31 00:00:00"),
    ],
)
def test_a_timer_is_due(kind: Any, value: Any, expected: str) -> None:
    """Days follow the wall clock, hours are exact, what has no zone is in the company's."""
    assert local(parse_timer(kind, value, BEFORE_SUMMER, BERLIN)) == expected


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("duration", "1 hour", "not an ISO 8601 duration"),
        ("duration", "P", "not an ISO 8601 duration"),
        ("duration", "", "empty"),
        ("duration", "-PT1H", "negative"),
        ("duration", "P99999999999D", "too long"),
        ("duration", "P9999Y", "9999"),
        ("duration", 3, "neither a text"),
        ("date", "tomorrow", "not an ISO 8601 date"),
        ("date", "2030-02-30", "not an ISO 8601 date"),
        ("date", None, "neither a text"),
        ("cycle", "R3/PT0S", "at least one second"),
        ("cycle", "R3/PT0.001S", "at least one second"),
        ("cycle", "R/-PT1H", "at least one second"),
        ("cycle", "P0M", "at least one second"),
        ("cycle", "R0/PT1H", "0 times"),
        ("cycle", "R3/2030-05-02/2030-05-01", "at least one second"),
        ("cycle", "R3/a/b/c", "at most a start"),
        ("cycle", "junk", "neither a repeating interval"),
        ("cycle", "0 0 99 * * ?", "not cron"),
        ("cycle", "0 0 12 1 1 ? 2020", "no moment in the future"),
        ("cycle", "0 0 30 2 *", "no moment in the future"),
    ],
)
def test_what_says_no_time_is_refused(kind: Any, value: Any, reason: str) -> None:
    """An error of ours that says why."""
    with pytest.raises(InvalidExpression, match=reason):
        parse_timer(kind, value, BEFORE_SUMMER, BERLIN)


def firings(first: Due, count: int, zone: ZoneInfo = BERLIN) -> list[str]:
    """Return when a cycle fires, each firing handled at its time."""
    found, due = [], first
    for _ in range(count):
        found.append(local(due, zone))
        following = next_due(due.cycle or "", due.due, due.due, zone, due.remaining)
        if following is None:
            break
        due = following
    return found


def test_a_daily_cycle_keeps_its_hour_when_the_clocks_change() -> None:
    """At nine before and after, in spring and in autumn."""
    spring = parse_timer("cycle", "R/2030-03-30T09:00:00/P1D", BEFORE_SUMMER, BERLIN)
    assert firings(spring, 2) == ["2030-03-31 09:00:00", "2030-04-01 09:00:00"]
    autumn = parse_timer("cycle", "R/2030-10-26T13:00:00/P1D", BEFORE_WINTER, BERLIN)
    assert firings(autumn, 3) == ["2030-10-26 13:00:00", "2030-10-27 13:00:00", "2030-10-28 13:00:00"]
    cron = parse_timer("cycle", "0 9 * * *", BEFORE_WINTER, BERLIN)
    assert firings(cron, 2) == ["2030-10-27 09:00:00", "2030-10-28 09:00:00"]


def test_an_hourly_cycle_is_exact_when_the_clocks_change() -> None:
    """An hour lasts an hour."""
    first = parse_timer("cycle", "R/PT12H", BEFORE_SUMMER, BERLIN)
    assert firings(first, 3) == ["2030-03-31 00:00:00", "2030-03-31 13:00:00", "2030-04-01 01:00:00"]


def test_a_counted_cycle_ends() -> None:
    """R3 fires three times."""
    first = parse_timer("cycle", "R3/PT1H", BEFORE_SUMMER, BERLIN)
    assert first.remaining == 3
    assert firings(first, 9) == ["2030-03-30 13:00:00", "2030-03-30 14:00:00", "2030-03-30 15:00:00"]


def test_a_cycle_with_an_end_stops_there() -> None:
    """The last firing is at the end."""
    first = parse_timer("cycle", "R/PT1H/2030-03-30T15:30:00", BEFORE_SUMMER, BERLIN)
    assert firings(first, 9) == [
        "2030-03-30 12:30:00",
        "2030-03-30 13:30:00",
        "2030-03-30 14:30:00",
        "2030-03-30 15:30:00",
    ]


def test_a_monthly_cycle_does_not_drift_to_the_shortest_month() -> None:
    """From the 31st it goes by February back to the 31st."""
    first = parse_timer("cycle", "R/2030-01-31T09:00:00/P1M", datetime(2030, 1, 1, tzinfo=UTC), SHANGHAI)
    assert firings(first, 4, SHANGHAI) == [
        "2030-01-31 09:00:00",
        "2030-02-28 09:00:00",
        "2030-03-31 09:00:00",
        "2030-04-30 09:00:00",
    ]
    relative = parse_timer("cycle", "R/P1M", datetime(2030, 1, 31, 1, 0, tzinfo=UTC), SHANGHAI)
    assert firings(relative, 2, SHANGHAI) == ["2030-02-28 09:00:00", "2030-03-31 09:00:00"]


def test_firings_missed_while_the_server_was_down_are_one() -> None:
    """The next is on the grid of the first, not a burst and not shifted by the delay."""
    first = parse_timer("cycle", "R/PT10M", BEFORE_SUMMER, BERLIN)
    late = first.due + timedelta(days=2, minutes=3, seconds=20)
    following = next_due(first.cycle or "", first.due, late, BERLIN, None)
    assert following is not None
    assert following.due == first.due + timedelta(days=2, minutes=10)
    cron = parse_timer("cycle", "*/10 * * * *", BEFORE_SUMMER, BERLIN)
    after_cron = next_due(cron.cycle or "", cron.due, late, BERLIN, None)
    assert after_cron is not None
    assert after_cron.due == datetime(2030, 4, 1, 11, 20, tzinfo=UTC)


def test_a_cycle_that_began_long_ago_is_found_at_once() -> None:
    """However many firings lie in the past."""
    due = parse_timer("cycle", "R/1980-01-01T00:00:00Z/PT1S", BEFORE_SUMMER, BERLIN)
    assert due.due == BEFORE_SUMMER
    assert parse_timer("cycle", "R2/2029-01-01T00:00:00Z/P1D", BEFORE_SUMMER, BERLIN).remaining == 1
