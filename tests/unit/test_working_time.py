"""Working time: due dates over lunch, weekends, holidays and nights on which the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from process_server.calendars.definition import CalendarDefinition
from process_server.calendars.working_time import WorkingCalendar, read_working_duration
from process_server.expressions.limits import Fault

ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]


def calendar(**fields) -> WorkingCalendar:
    given = {"id": "c", "name": "c", "hours": {"monday-friday": ["09:00-12:00", "13:00-18:00"]}} | fields
    return CalendarDefinition.model_validate(given).calendar()


CHINA = calendar(country="CN", time_zone="Asia/Shanghai")


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def due(start: str, duration: str, by: WorkingCalendar = CHINA) -> datetime:
    return by.after(at(start), read_working_duration(duration)).astimezone(by.zone).replace(tzinfo=None)


@pytest.mark.requirement("PE-19")
@pytest.mark.parametrize(
    ("start", "duration", "expected"),
    [
        ("2026-03-06T17:00", "PT8H", "2026-03-09T17:00"),  # Friday 17:00: one hour, then Monday 09-12, 13-17
        ("2026-03-06T17:00", "PT1H", "2026-03-06T18:00"),  # the end of Friday, not the beginning of Monday
        ("2026-03-06T11:30", "PT1H", "2026-03-06T13:30"),  # lunch does not count
        ("2026-03-06T12:15", "PT1H", "2026-03-06T14:00"),
        ("2026-03-07T11:00", "PT1H", "2026-03-09T10:00"),  # begun on a Saturday
        ("2026-03-06T10:00", "P1D", "2026-03-09T10:00"),  # the same time on the next working day
        ("2026-03-06T10:00", "P2DT1H", "2026-03-10T11:00"),
        ("2026-03-07T11:00", "P1D", "2026-03-10T09:00"),
        ("2026-03-06T20:00", "P1D", "2026-03-10T09:00"),
        ("2026-02-13T17:00", "PT2H", "2026-02-14T10:00"),  # the Saturday before the Spring Festival is worked
        ("2026-02-14T17:00", "PT2H", "2026-02-24T10:00"),  # then the nine days of the festival
        ("2026-09-30T17:30", "P1D", "2026-10-08T17:30"),
        ("2026-10-09T17:30", "PT1H", "2026-10-10T09:30"),  # a Saturday worked for the National Day
    ],
)
def test_a_duration_of_working_time(start: str, duration: str, expected: str) -> None:
    assert due(start, duration) == datetime.fromisoformat(expected)


def test_make_up_days_of_china_are_the_official_ones() -> None:
    worked = {
        date(year, 1, 1) + timedelta(days=number)
        for year in (2025, 2026)
        for number in range(365)
        if CHINA.is_working_day(date(year, 1, 1) + timedelta(days=number))
    }
    official = ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"]
    official += ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]
    assert sorted(str(day) for day in worked if day.weekday() > 4) == official
    assert [(year, sum(day.year == year for day in worked)) for year in (2025, 2026)] == [(2025, 248), (2026, 248)]


def test_what_the_company_says_goes_before_what_the_country_says() -> None:
    own = calendar(
        country="CN",
        time_zone="Asia/Shanghai",
        off=["2026-02-14", "2026-03-09"],
        on=["2026-03-07", "2026-10-01"],
        special={"2026-12-24": ["09:00-12:00"], "2026-12-25": []},
    )
    working = [own.is_working_day(date.fromisoformat(day)) for day in ("2026-02-14", "2026-03-09", "2026-12-25")]
    assert working == [False, False, False]
    assert all(own.is_working_day(date.fromisoformat(day)) for day in ("2026-03-07", "2026-10-01", "2026-12-24"))
    assert due("2026-12-24T09:00", "PT4H", own) == datetime.fromisoformat("2026-12-28T10:00")
    assert due("2026-03-06T17:00", "PT2H", own) == datetime.fromisoformat("2026-03-07T10:00")


def test_whole_days_end_when_a_shorter_day_closes() -> None:
    short = calendar(time_zone="Asia/Shanghai", special={"2026-03-09": ["09:00-12:00"], "2026-03-10": ["15:00-18:00"]})
    assert due("2026-03-06T16:00", "P1D", short) == datetime.fromisoformat("2026-03-09T12:00")
    assert due("2026-03-06T11:00", "P2D", short) == datetime.fromisoformat("2026-03-10T15:00")


def test_an_hour_is_an_hour_when_the_clocks_change() -> None:
    night = calendar(time_zone="Europe/Berlin", hours={"monday-sunday": ["00:00-24:00"]})
    spring, autumn = at("2026-03-29T00:00", "Europe/Berlin"), at("2026-10-25T00:00", "Europe/Berlin")
    assert night.between(spring, at("2026-03-30T00:00", "Europe/Berlin")) == timedelta(hours=23)
    assert night.between(autumn, at("2026-10-26T00:00", "Europe/Berlin")) == timedelta(hours=25)
    assert night.add(spring, timedelta(hours=3)) == at("2026-03-29T04:00", "Europe/Berlin")
    day = calendar(time_zone="Europe/Berlin", hours={"monday-sunday": ["09:00-17:00"]})
    assert day.between(at("2026-03-28T16:00", "Europe/Berlin"), at("2026-03-29T10:00", "Europe/Berlin")) == timedelta(
        hours=2
    )


def test_hours_inside_the_hour_that_does_not_exist_are_not_worked() -> None:
    gap = calendar(time_zone="Europe/Berlin", hours={"sunday": ["01:00-02:30", "02:30-03:00", "03:00-04:00"]})
    assert gap.between(at("2026-03-29T00:00", "Europe/Berlin"), at("2026-03-30T00:00", "Europe/Berlin")) == timedelta(
        hours=2
    )


@pytest.mark.parametrize("text", ["P1M", "P1Y", "P1W", "-PT1H", "soon", "", 8, None])
def test_what_is_no_duration_of_working_time_is_refused(text: object) -> None:
    with pytest.raises(Fault):
        read_working_duration(text)


def test_more_than_there_is_is_refused_not_sought_for_ever() -> None:
    with pytest.raises(Fault, match="twenty years"):
        CHINA.add(at("2026-03-06T17:00"), timedelta(days=100_000))


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    week = {}
    for day in ("monday", "tuesday", "friday", "saturday"):
        edges = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
        week[day] = [
            f"{a // 4:02}:{a % 4 * 15:02}-{b // 4:02}:{b % 4 * 15:02}"
            for a, b in zip(edges[::2], edges[1::2], strict=False)
        ]
    week["wednesday"] = ["09:00-12:00", "13:00-18:00"]
    days = st.dates(date(2026, 1, 1), date(2027, 12, 31)).map(str)
    return calendar(
        time_zone=draw(st.sampled_from(ZONES)),
        country=draw(st.sampled_from(["CN", "DE", None])),
        hours=week,
        off=draw(st.lists(days, max_size=3)),
        on=draw(st.lists(days, max_size=3)),
    )


instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
amounts = st.timedeltas(timedelta(), timedelta(hours=200))


@given(calendars(), instants, amounts, amounts)
def test_adding_and_measuring_agree(by: WorkingCalendar, start: datetime, first: timedelta, second: timedelta) -> None:
    end = by.add(start, first)
    assert by.between(start, end) == first
    assert by.add(end, second) == by.add(start, first + second) or not second
    assert by.between(start, by.add(end, second)) == first + second


@given(calendars(), instants, amounts)
def test_going_back_undoes_going_forward(by: WorkingCalendar, end: datetime, amount: timedelta) -> None:
    assume(amount)
    begin = by.add(end, -amount)
    assert begin < end
    assert by.between(begin, end) == amount


@given(calendars(), st.lists(instants, min_size=3, max_size=3).map(sorted))
def test_working_time_adds_up_and_never_exceeds_time(by: WorkingCalendar, moments: list[datetime]) -> None:
    a, b, c = moments
    assert by.between(a, b) + by.between(b, c) == by.between(a, c)
    assert timedelta() <= by.between(a, c) <= c - a
    assert by.between(c, a) == -by.between(a, c)


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 15)),
    st.integers(0, 5 * 24 * 60),
)
def test_counting_minutes_by_the_wall_clock_gives_the_same(zone: str, moment: datetime, minutes: int) -> None:
    by = calendar(time_zone=zone, hours={"monday-saturday": ["08:30-12:00", "13:15-17:45"]}, country="CN")
    start = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    counted = 0
    for number in range(minutes):
        local = (start + timedelta(minutes=number)).astimezone(by.zone)
        minute = local.hour * 60 + local.minute
        counted += any(opens <= minute < closes for opens, closes in by.hours_of(local.date()))
    assert by.between(start, start + timedelta(minutes=minutes)) == timedelta(minutes=counted)
