"""How a working calendar is written: in `calendars.toml` of a process application, and in the API.

[[calendar]]
id = "china"
name = "中国大陆"
name_en = "Mainland China"
default = true                        # what no other calendar is for
time_zone = "Asia/Shanghai"           # left out: the company's
country = "CN"                        # whose public holidays are days off; subdivision = "BY" for a part of it
departments = ["sales-east"]          # whose people work by it; those below them too
regions = ["华东"]                     # names by which models ask for it
off = ["2026-12-31"]                  # days off of the company
on = ["2026-10-11"]                   # days worked that would be free
[calendar.hours]
monday-friday = ["09:00-12:00", "13:00-18:00"]
[calendar.special]
"2026-12-24" = ["09:00-12:00"]        # hours of a single day
"""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from process_server import toml_files
from process_server.calendars.public import public_days
from process_server.calendars.working_time import Hours, WorkingCalendar, are_in_order
from process_server.config import settings
from process_server.errors import Invalid

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


def _read_day(value: Any) -> Any:
    """Take a date as text too: JSON has no other, and a key of TOML is one."""
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_read_day)]
Spans = list[Annotated[str, Field(pattern=_SPAN.pattern, examples=["09:00-12:00"])]]


class CalendarDefinition(BaseModel):
    """When a company, a region of it or a department works."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[^\s,;:/\"'<>{}$]{1,100}$", examples=["china"])]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    name_en: Annotated[str, Field(max_length=200)] | None = None
    default: bool = False
    time_zone: str | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["CN"])] | None = None
    subdivision: Annotated[str, Field(max_length=20)] | None = None
    departments: Annotated[list[str], Field(max_length=1000)] = Field(default_factory=list)
    regions: Annotated[list[str], Field(max_length=1000)] = Field(default_factory=list)
    hours: Annotated[
        dict[str, Spans],
        Field(examples=[{"monday-friday": ["09:00-12:00", "13:00-18:00"]}], description="By weekdays or runs of them."),
    ]
    off: Annotated[list[Day], Field(max_length=5000)] = Field(default_factory=list)
    on: Annotated[list[Day], Field(max_length=5000)] = Field(default_factory=list)
    special: Annotated[dict[Day, Spans], Field(max_length=5000)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def can_be_followed(self) -> Self:
        """Refuse what says nothing: a zone or country nobody knows, hours that overlap, a week without any."""
        if self.time_zone is not None:
            _zone(self.time_zone)
        if self.country:
            try:
                public_days(self.country, self.subdivision, 2026)
            except Invalid as error:
                raise ValueError(error.message) from error
        elif self.subdivision:
            raise ValueError("a subdivision is one of a country: say which")
        if not any(self._week()):
            raise ValueError("at least one day of the week needs hours")
        for spans in self.special.values():
            _hours(spans)
        return self

    def calendar(self) -> WorkingCalendar:
        """Return the calendar to reckon with."""
        return WorkingCalendar(
            id=self.id,
            zone=_zone(self.time_zone or settings().time_zone),
            week=self._week(),
            country=self.country,
            subdivision=self.subdivision,
            off=frozenset(self.off),
            on=frozenset(self.on),
            special={day: _hours(spans) for day, spans in self.special.items()},
        )

    def _week(self) -> tuple[Hours, ...]:
        week: list[Hours] = [()] * 7
        for days, spans in self.hours.items():
            for number in _weekdays(days):
                week[number] = _hours(spans)
        return tuple(week)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    calendar: list[CalendarDefinition] = Field(default_factory=list)


def read_calendars(path: Path) -> list[CalendarDefinition]:
    """Read a file. Raises InvalidInput with the place of each fault."""
    return toml_files.read(path, _File).calendar


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name}") from error


def _weekdays(written: str) -> range:
    """Read "monday" or "monday-friday"."""
    first, _, last = (part.strip().lower() for part in written.partition("-"))
    if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
        raise ValueError(f"{written} is neither a weekday such as monday nor a run of them such as monday-friday")
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    if end < begin:
        raise ValueError(f"{written} runs backwards: a week begins on Monday")
    return range(begin, end + 1)


def _hours(spans: list[str]) -> Hours:
    hours = tuple(_minutes(span) for span in spans)
    if not are_in_order(hours):
        raise ValueError(f"{', '.join(spans)}: hours follow one another, from 00:00 to 24:00")
    return hours


def _minutes(span: str) -> tuple[int, int]:
    found = _SPAN.fullmatch(span.strip())
    if found is None:
        raise ValueError(f"{span} is no span of hours such as 09:00-12:00")
    a, b, c, d = (int(number) for number in found.groups())
    if b > 59 or d > 59:
        raise ValueError(f"{span}: an hour has 60 minutes")
    return a * 60 + b, c * 60 + d


PLAIN = CalendarDefinition(
    id="default",
    name="标准工作时间",
    name_en="Standard working hours",
    default=True,
    hours={"monday-friday": ["09:00-12:00", "13:00-18:00"]},
)
"""How a company works that has defined no calendar."""
