"""The functions of working time that expressions call: `working_due`, `working_time`, `is_working_day`."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from process_server.calendars.store import calendar
from process_server.calendars.working_time import read_working_duration
from process_server.clock import now
from process_server.db import Session
from process_server.expressions.limits import Fault
from process_server.expressions.moments import instant, parse_moment


def working_functions(session: Session) -> Mapping[str, Callable[..., Any]]:
    """Return the functions. `calendar` names one by its id, or a region or department it is for; left out: the default.

    `working_due(duration, calendar, start)` is when so much working time has passed since `start` (left out: now),
    `working_time(start, end, calendar)` the working time between two instants, `is_working_day(date, calendar)` says
    whether a day is worked.
    """

    def working_due(duration: Any, name: Any = None, start: Any = None) -> datetime:
        by = calendar(session, _name(name))
        begin = now() if start is None else _instant(start)
        return by.after(begin, read_working_duration(duration)).astimezone(by.zone)

    def working_time(start: Any, end: Any, name: Any = None) -> timedelta:
        return calendar(session, _name(name)).between(_instant(start), _instant(end))

    def is_working_day(day: Any, name: Any = None) -> bool:
        by = calendar(session, _name(name))
        moment = parse_moment(day) if isinstance(day, str) else day
        if isinstance(moment, datetime):
            moment = instant(moment).astimezone(by.zone).date()
        if not isinstance(moment, date):
            raise Fault("a working day is asked for by a date")
        return by.is_working_day(moment)

    return {"working_due": working_due, "working_time": working_time, "is_working_day": is_working_day}


def _instant(value: Any) -> datetime:
    moment = parse_moment(value) if isinstance(value, str) else value
    if not isinstance(moment, date):
        raise Fault("working time is measured between dates or date-times")
    return instant(moment)


def _name(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise Fault("a calendar is named by a text")
