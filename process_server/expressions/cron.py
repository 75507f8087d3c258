"""Cron: five fields as Unix has them, six or seven with seconds first as Quartz (Camunda 7) and Spring (Camunda 8).

Quartz counts weekdays from 1 = Sunday and always writes `?` in one of the day fields; the others count from 0 = Sunday.
So a `?` tells which of them a text means.
"""

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

from croniter import CroniterBadDateError, CroniterError, croniter

from process_server.expressions.limits import Fault

_MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_HORIZON_YEARS = 50


@lru_cache(maxsize=1024)
def read_cron(text: str) -> str:
    """Return a cron text in the form croniter knows. Raises Fault when it is none."""
    fields = _MACROS.get(text.strip().lower(), text).split()
    if not 5 <= len(fields) <= 7:
        raise Fault(
            "{value} is neither a repeating interval such as R3/PT1H nor cron of 5 to 7 fields",
            value=repr(text.strip()[:60]),
        )
    if len(fields) > 5:
        fields = _seconds_first(fields)
    made = " ".join(fields)
    try:
        croniter(made, datetime(2000, 1, 1, tzinfo=UTC), second_at_beginning=True)
    except (CroniterError, ValueError, KeyError, IndexError) as error:
        raise Fault("{value} is not cron: {detail}", value=repr(text.strip()[:60]), detail=str(error)) from None
    return made


def _seconds_first(fields: list[str]) -> list[str]:
    weekday = fields[5]
    if "?" in (fields[3], weekday):
        weekday = re.sub(r"(?<![#/\w])([1-7])(?![\d])", lambda found: str(int(found[1]) - 1), weekday)
        weekday = "6" if weekday == "L" else weekday
    weekday = re.sub(r"^(\w+)L$", r"L\1", weekday)
    return [*fields[:5], weekday, *fields[6:]]


def next_cron(text: str, after: datetime, tz: tzinfo) -> datetime:
    """Return the first instant later than `after` that a cron text names, in `tz`. Raises Fault when there is none."""
    schedule = croniter(
        read_cron(text), after.astimezone(tz), second_at_beginning=True, max_years_between_matches=_HORIZON_YEARS
    )
    try:
        found: datetime = schedule.get_next(datetime)
    except CroniterBadDateError:
        raise Fault("{value} names no moment in the future", value=repr(text.strip()[:60])) from None
    return found.astimezone(UTC)
