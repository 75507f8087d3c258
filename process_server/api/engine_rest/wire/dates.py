"""Instants on the wire: 2030-01-01T10:00:00.000+0000."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from process_server.api.engine_rest.wire.errors import InvalidRequest
from process_server.bpmn.zone import zone

_LOST_PLUS = re.compile(r" (?=\d{2}:?\d{2}$)")  # of an address that nobody encoded


PATTERN = r"^\d{4}-(0\d|1[0-2])-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}[+-][01]\d[03]0$"
"""How an instant looks, for the description of the API."""


def written(moment: datetime) -> str:
    """Return an instant as Camunda writes it."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def read(text: str) -> datetime:
    """Return the instant a text writes; without an offset it is the company's local time. Raises InvalidRequest."""
    try:
        moment = datetime.fromisoformat(_LOST_PLUS.sub("+", text.strip()))
        moment = moment.replace(tzinfo=zone()) if moment.tzinfo is None else moment
        utc = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest('Cannot convert "{text}" to a date.', text=text[:100]) from error
    if not 1900 <= utc.year <= 9000:
        raise InvalidRequest('Cannot convert "{text}" to a date.', text=text[:100])
    return utc


def _moment(given: Any) -> Any:
    if isinstance(given, datetime):
        return given
    try:
        return read(str(given))
    except InvalidRequest as error:
        raise PydanticCustomError("instant", "{reason}", {"reason": error.message}) from error


Date = Annotated[datetime, BeforeValidator(_moment), Field(examples=["2030-01-01T10:00:00.000+0000"])]
"""An instant in a body or an address."""
