"""Templates: one environment per language, with its texts, dates, durations and numbers."""

import re
from datetime import datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path

from babel.dates import format_date, format_timedelta
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from process_server import i18n, values
from process_server.clock import now
from process_server.i18n.display import instant, local, number, shown, span
from process_server.web.ground import assets

TEMPLATES = Path(__file__).parents[1] / "templates"
_UNPARTED = re.compile(r"(?<=\d)(?=[^\W\d])")  # a number and its unit: parted here as in every other duration


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
        "last_day": partial(last_day, language),
        "ago": partial(ago, language),
        "span": partial(span, language),
        "number": partial(number, language),
        "shown": partial(shown, language),
        "initial": initial,
        "entered": entered,
    }
    return made


def icon(name: str, kind: str = "") -> Markup:
    """Draw an icon of the sprite; it says nothing to a screen reader, the words beside it do."""
    return Markup('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        kind, assets.url("icons.svg"), name
    )


def day(language: str, moment: datetime) -> str:
    """Write the date, short, without the year in the current one."""
    pattern = "MMMd" if local(moment).year == local(now()).year else "yMMMd"
    style = {"MMMd": {"en": "d MMM", "zh-CN": "M月d日"}, "yMMMd": {"en": "d MMM yyyy", "zh-CN": "yyyy年M月d日"}}
    return format_date(local(moment).date(), style[pattern][language], locale=i18n.locale(language))


def last_day(language: str, end: datetime) -> str:
    """Write the last day of what ends at an instant: at midnight, that is the day before."""
    return day(language, end - end.resolution)


def entered(moment: datetime) -> str:
    """Write an instant as a field for date and time holds it."""
    return f"{local(moment):%Y-%m-%dT%H:%M}"


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
    words = format_timedelta(
        distance, granularity="minute", threshold=1.1, add_direction=True, format="short", locale=i18n.locale(language)
    )
    return _UNPARTED.sub(" ", words)


def initial(name: str) -> str:
    """Return the letter a person's disc shows."""
    return name[:1].upper()
