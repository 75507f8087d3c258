"""Times people choose on pages, which are meant in the company's zone: what is offered, and what a field says."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from process_server import clock
from process_server.config import settings
from process_server.errors import InvalidInput
from process_server.web.ground.visit import Visit

MORNING = 9  # o'clock


def read(text: str, field: str) -> datetime | None:
    """Return the time a field of a page says. Raises InvalidInput."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=_zone())
    except ValueError as error:
        raise InvalidInput([{"field": field, "code": "invalid", "params": {}}]) from error


def soon(visit: Visit) -> list[tuple[str, str]]:
    """Return the times until which work is put off most often, in words and as a field has them."""
    now = clock.now().astimezone(_zone())
    morning, to_monday = now.replace(hour=MORNING, minute=0), 7 - now.weekday()
    offered = [
        (visit.say("For three hours"), now + timedelta(hours=3)),
        (visit.say("Until tomorrow morning"), morning + timedelta(days=1)),
    ]
    if to_monday > 1:
        offered.append((visit.say("Until Monday morning"), morning + timedelta(days=to_monday)))
    return [(words, until.strftime("%Y-%m-%dT%H:%M")) for words, until in offered]


def _zone() -> ZoneInfo:
    return ZoneInfo(settings().time_zone)
