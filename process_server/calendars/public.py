"""Public holidays of countries, and the weekend days worked in exchange, as the package `holidays` knows them."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import holidays

from process_server.errors import Invalid


@dataclass(frozen=True, slots=True)
class PublicDays:
    """One year of a country: days off with their names, and days of a weekend that are worked instead of others."""

    off: dict[date, str]
    worked: frozenset[date]


@lru_cache(maxsize=500)
def public_days(country: str, subdivision: str | None, year: int) -> PublicDays:
    """Return the public holidays of one year. Raises Invalid for a country or subdivision nobody knows."""
    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=year, expand=False)
    except NotImplementedError as error:
        raise Invalid("There are no public holidays for {place}.", place=_place(country, subdivision)) from error
    worked = frozenset(day for day in found.weekend_workdays if day.year == year)
    return PublicDays({day: name for day, name in found.items() if day.year == year}, worked)


def _place(country: str, subdivision: str | None) -> str:
    return f"{country}-{subdivision}" if subdivision else country
