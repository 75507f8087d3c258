"""When the history is cleaned: within a window of the day that the settings name, or not at all."""

from datetime import datetime, time, timedelta

from process_server.bpmn.zone import zone
from process_server.config import settings

Window = tuple[datetime, datetime]


def window(now: datetime) -> Window | None:
    """Return the window it is, or else the next one; None where history is not cleaned."""
    text = settings().history_cleaning
    if not text:
        return None
    begins, ends = (time.fromisoformat(part) for part in text.split("-"))
    local = now.astimezone(zone())
    for days in (-1, 0, 1):
        day = local.date() + timedelta(days=days)
        last = day if begins < ends else day + timedelta(days=1)
        found = (datetime.combine(day, begins, zone()), datetime.combine(last, ends, zone()))
        if local < found[1]:
            return found
    return None


def is_time(now: datetime) -> bool:
    """Say whether the history is cleaned now."""
    found = window(now)
    return found is not None and found[0] <= now
