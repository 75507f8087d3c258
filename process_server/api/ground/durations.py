"""Durations in requests: ISO 8601 text, within limits."""

from datetime import timedelta

import isodate

from process_server.errors import InvalidInput


def read_duration(text: str, field: str, *, longest: timedelta) -> timedelta:
    """Return a duration above zero. Raises InvalidInput for one of years and months: nobody knows how long that is."""
    try:
        duration = isodate.parse_duration(text)
    except (isodate.ISO8601Error, OverflowError, ValueError) as error:
        raise InvalidInput([{"field": field, "code": "duration", "params": {"value": text}}]) from error
    if not isinstance(duration, timedelta) or not timedelta(0) < duration <= longest:
        params = {"value": text, "longest": isodate.duration_isoformat(longest)}
        raise InvalidInput([{"field": field, "code": "duration_range", "params": params}])
    return duration
