"""The time zone of the company, in which a day begins and working hours are meant."""

from functools import lru_cache
from zoneinfo import ZoneInfo

from process_server.config import settings


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def zone() -> ZoneInfo:
    """Return the company's time zone."""
    return _zone(settings().time_zone)
