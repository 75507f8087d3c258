"""Cursors of keyset pages: the sort order, the last value seen and its row, as one opaque text."""

import base64
import binascii
from datetime import datetime
from uuid import UUID

import msgspec

from process_server.errors import InvalidInput

_decoder = msgspec.json.Decoder(tuple[str, str, UUID])


def encode_cursor(order: str, value: str, row_id: UUID) -> str:
    """Return the cursor of the page after this row."""
    return base64.urlsafe_b64encode(msgspec.json.encode((order, value, row_id))).decode().rstrip("=")


def decode_cursor(cursor: str, order: str) -> tuple[str, UUID]:
    """Return the last value and row seen. Raises InvalidInput for a text that is no cursor of a list in this order."""
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        found, value, row_id = _decoder.decode(base64.urlsafe_b64decode(padded))
        _check(found, value)
    except (binascii.Error, msgspec.MsgspecError, ValueError) as error:
        raise InvalidInput([{"field": "cursor", "code": "invalid", "params": {}}]) from error
    if found != order:
        raise InvalidInput([{"field": "cursor", "code": "other_order", "params": {"order": found}}])
    return value, row_id


def _check(order: str, value: str) -> None:
    """A forged value must fail here, not in the database."""
    if order.endswith("priority"):
        if not -(2**15) <= int(value) < 2**15:
            raise ValueError(value)
    elif value != "infinity" and datetime.fromisoformat(value).tzinfo is None:
        raise ValueError(value)
