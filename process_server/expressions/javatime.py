"""The date arithmetic of Java that Camunda 7 models write: `dateTime().plusDays(3).withHourOfDay(9).toDate()`."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from process_server.expressions.interval import add_months
from process_server.expressions.limits import Fault
from process_server.expressions.moments import add_duration, comparable, instant
from process_server.values import Months

_UNITS = {"Weeks": 7 * 86_400, "Days": 86_400, "Hours": 3_600, "Minutes": 60, "Seconds": 1, "Millis": 0.001}
_FIELDS = {
    "Year": "year",
    "MonthOfYear": "month",
    "Month": "month",
    "DayOfMonth": "day",
    "HourOfDay": "hour",
    "Hour": "hour",
    "MinuteOfHour": "minute",
    "Minute": "minute",
    "SecondOfMinute": "second",
    "Second": "second",
}
_PATTERN = {
    "yyyy": "%Y",
    "yy": "%y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "mm": "%M",
    "ss": "%S",
}


def _plus(unit: str, sign: int) -> Callable[[Any, Any], Any]:
    def move(moment: Any, amount: Any) -> Any:
        count = sign * int(amount)
        if unit in ("Years", "Months"):
            return add_months(moment, count * (12 if unit == "Years" else 1))
        duration = timedelta(seconds=count * _UNITS[unit])
        if unit in ("Weeks", "Days") and isinstance(moment, datetime):
            return moment + duration  # days keep the wall clock across daylight saving
        return add_duration(moment, duration)

    return move


def _with(field: str) -> Callable[[Any, Any], Any]:
    def replace(moment: Any, value: Any) -> Any:
        try:
            return moment.replace(**{field: int(value)})
        except ValueError as error:
            raise Fault(str(error)) from None

    return replace


def _format(moment: Any, pattern: str | None = None) -> str:
    if pattern is None:
        return str(moment.isoformat())
    pattern = pattern.replace("%", "%%").replace("'", "")
    for java, python in _PATTERN.items():
        pattern = pattern.replace(java, python)
    return str(moment.strftime(pattern))


def _as_date(moment: Any) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _before(moment: Any, other: Any) -> bool:
    left, right = comparable(moment, other)
    return bool(left < right)


def _duration_as(seconds: int) -> Callable[[Any], int]:
    return lambda duration: int(duration.total_seconds() // seconds)


def _plus_any(moment: Any, duration: Any) -> Any:
    return add_duration(moment, duration)


def _months_of(duration: Any) -> int:
    if not isinstance(duration, Months):
        raise Fault("this duration has no months")
    return duration.months


MOMENT_METHODS: dict[str, Callable[..., Any]] = {
    **{f"plus{unit}": _plus(unit, 1) for unit in (*_UNITS, "Years", "Months")},
    **{f"minus{unit}": _plus(unit, -1) for unit in (*_UNITS, "Years", "Months")},
    **{f"with{name}": _with(field) for name, field in _FIELDS.items()},
    **{f"get{name}": lambda moment, field=field: getattr(moment, field) for name, field in _FIELDS.items()},
    "plus": _plus_any,
    "toDate": lambda moment: moment,
    "toDateTime": lambda moment: moment,
    "toInstant": lambda moment: instant(moment),
    "toLocalDate": _as_date,
    "toLocalDateTime": lambda moment: moment.replace(tzinfo=None),
    "withTimeAtStartOfDay": lambda moment: moment.replace(hour=0, minute=0, second=0, microsecond=0),
    "atStartOfDay": lambda moment: datetime.combine(_as_date(moment), time()),
    "toString": _format,
    "format": _format,
    "isoformat": _format,
    "isBefore": _before,
    "isAfter": lambda moment, other: _before(other, moment),
    "before": _before,
    "after": lambda moment, other: _before(other, moment),
    "getTime": lambda moment: int(instant(moment).timestamp() * 1000),
    "getMillis": lambda moment: int(instant(moment).timestamp() * 1000),
    "getDayOfWeek": lambda moment: moment.isoweekday(),
    "date": _as_date,
    "toDays": _duration_as(86_400),
    "toHours": _duration_as(3_600),
    "toMinutes": _duration_as(60),
    "toMonths": _months_of,
}
