"""How values are written for a reader: instants, durations, numbers, and whatever a variable may hold."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_decimal

from process_server.config import settings
from process_server.i18n.texts import gettext_noop, locale, translate

UNITS = ((gettext_noop("d"), 86400), (gettext_noop("h"), 3600), (gettext_noop("min"), 60), (gettext_noop("s"), 1))


def local(moment: datetime) -> datetime:
    """Return the instant in the company's time zone."""
    return moment.astimezone(ZoneInfo(settings().time_zone))


def instant(language: str, moment: datetime) -> str:
    """Write date and time, to the minute."""
    return format_datetime(local(moment), "yyyy-MM-dd HH:mm", locale=locale(language))


def span(language: str, length: timedelta | float | None) -> str:
    """Write a duration (seconds when a number) by its largest unit and the one below: 2 d 3 h, 2 d."""
    if length is None:
        return "–"
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    rest = round(abs(seconds))
    largest = next((place for place, (_, size) in enumerate(UNITS) if rest >= size), len(UNITS) - 1)
    parts: list[str] = []
    for unit, size in UNITS[largest : largest + 2]:
        amount, rest = divmod(rest, size)
        if amount or not parts:
            parts.append(f"{amount} {translate(language, unit)}")
    return ("−" if seconds < 0 else "") + " ".join(parts)


def number(language: str, value: Decimal | float | int | None) -> str:
    """Write a number with the reader's separators; nothing known: a dash."""
    return "–" if value is None else str(format_decimal(value, locale=locale(language)))


def shown(language: str, value: Any) -> str:
    """Write the value of a variable; a list of records takes a line each."""
    say: Callable[[str], str] = partial(translate, language)
    if value is None:
        return "–"
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, int | float | Decimal):
        return number(language, value)
    if isinstance(value, datetime):
        return instant(language, value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return span(language, value)
    if isinstance(value, list | tuple):
        return ("\n" if any(isinstance(item, dict) for item in value) else say(", ")).join(
            shown(language, item) for item in value
        )
    if isinstance(value, dict):
        return say("; ").join(f"{key}: {shown(language, item)}" for key, item in value.items() if item is not None)
    return str(value)
