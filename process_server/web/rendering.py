"""Templates: one environment per language, with its texts, dates, durations and numbers."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from process_server import i18n, values
from process_server.clock import now
from process_server.config import settings
from process_server.i18n import gettext_noop
from process_server.web import assets

UNITS = ((gettext_noop("d"), 86400), (gettext_noop("h"), 3600), (gettext_noop("min"), 60), (gettext_noop("s"), 1))
TEMPLATES = Path(__file__).parent / "templates"


@lru_cache(maxsize=len(i18n.LANGUAGES))
def environment(language: str) -> Environment:
    """Return the templates in a language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    made.policies["json.dumps_function"] = lambda data, **_: values.encode(data).decode()
    made.globals |= {"_": partial(i18n.translate, language), "asset": assets.url, "icon": icon, "now": now}
    made.filters |= {
        "instant": partial(instant, language),
        "day": partial(day, language),
        "ago": partial(ago, language),
        "span": partial(span, language),
        "number": partial(number, language),
        "shown": partial(shown, language),
        "initial": initial,
    }
    return made


def icon(name: str, kind: str = "") -> Markup:
    """Draw an icon of the sprite; it says nothing to a screen reader, the words beside it do."""
    return Markup('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        kind, assets.url("icons.svg"), name
    )


def local(moment: datetime) -> datetime:
    """Return the instant in the company's time zone."""
    return moment.astimezone(ZoneInfo(settings().time_zone))


def instant(language: str, moment: datetime) -> str:
    """Write date and time, to the minute."""
    return format_datetime(local(moment), "yyyy-MM-dd HH:mm", locale=i18n.locale(language))


def day(language: str, moment: datetime) -> str:
    """Write the date, short, without the year in the current one."""
    pattern = "MMMd" if local(moment).year == local(now()).year else "yMMMd"
    style = {"MMMd": {"en": "d MMM", "zh-CN": "M月d日"}, "yMMMd": {"en": "d MMM yyyy", "zh-CN": "yyyy年M月d日"}}
    return format_date(local(moment).date(), style[pattern][language], locale=i18n.locale(language))


def ago(language: str, moment: datetime) -> Markup:
    """Write how far away the instant is, the exact time on hover."""
    distance = moment - now()
    words = _distance(language, distance)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(), instant(language, moment), words
    )


def _distance(language: str, distance: timedelta) -> str:
    if abs(distance) < timedelta(minutes=1):
        return i18n.translate(language, "just now")
    return format_timedelta(
        distance, granularity="minute", threshold=1.1, add_direction=True, format="short", locale=i18n.locale(language)
    )


def span(language: str, length: timedelta | float | None) -> str:
    """Write a duration (seconds when a number) by its two largest units: 2 d 3 h."""
    if length is None:
        return "–"
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    rest = round(abs(seconds))
    parts: list[str] = []
    for unit, size in UNITS:
        amount, rest = divmod(rest, size)
        if amount or (unit == "s" and not parts):
            parts.append(f"{amount} {i18n.translate(language, unit)}")
    return ("−" if seconds < 0 else "") + " ".join(parts[:2])


def number(language: str, value: Decimal | float | int | None) -> str:
    """Write a number with the reader's separators; nothing known: a dash."""
    return "–" if value is None else str(format_decimal(value, locale=i18n.locale(language)))


def shown(language: str, value: Any) -> str:
    """Write the value of a variable; a list of records takes a line each."""
    translate: Callable[[str], str] = partial(i18n.translate, language)
    if value is None:
        return "–"
    if isinstance(value, bool):
        return translate("yes") if value else translate("no")
    if isinstance(value, int | float | Decimal):
        return number(language, value)
    if isinstance(value, datetime):
        return instant(language, value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return span(language, value)
    if isinstance(value, list | tuple):
        return ("\n" if any(isinstance(item, dict) for item in value) else ", ").join(
            shown(language, item) for item in value
        )
    if isinstance(value, dict):
        return "; ".join(f"{key}: {shown(language, item)}" for key, item in value.items() if item is not None)
    return str(value)


def initial(name: str) -> str:
    """Return the letter a person's disc shows."""
    return name[:1].upper()
