"""Positions in lists that are paged by time and id, as an address carries them."""

from datetime import datetime
from uuid import UUID

from process_server.errors import InvalidInput


def write_position(at: datetime, row_id: UUID) -> str:
    """Return the position after a row."""
    return f"{at.isoformat()}~{row_id}"


def read_position(text: str) -> tuple[datetime, UUID]:
    """Return the time and id of the last row seen. Raises InvalidInput."""
    at, _, row_id = text.partition("~")
    try:
        return datetime.fromisoformat(at), UUID(row_id)
    except ValueError as error:
        raise InvalidInput([{"field": "cursor", "code": "invalid", "params": {}}]) from error
