"""Cursors of keyset pages: the sort order, the last value seen and its row, as one opaque text."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from process_server.errors import InvalidInput

_decoder = msgspec.json.Decoder(tuple[str, str, UUID])
_positions = msgspec.json.Decoder(tuple[str, list[str | None], UUID])


def encode_cursor(order: str, value: str, row_id: UUID) -> str:
    """Return the cursor of the page after this row."""
    return base64.urlsafe_b64encode(msgspec.json.encode((order, value, row_id))).decode().rstrip("=")


def decode_cursor(cursor: str, order: str) -> tuple[str, UUID]:
    """Return the last value and row seen. Raises InvalidInput for a text that is no cursor of a list in this order."""
    try:
        found, value, row_id = _decoder.decode(_bytes(cursor))
        _check(found, value)
    except (binascii.Error, msgspec.MsgspecError, ValueError) as error:
        raise InvalidInput([{"field": "cursor", "code": "invalid", "params": {}}]) from error
    if found != order:
        raise InvalidInput([{"field": "cursor", "code": "other_order", "params": {"order": found}}])
    return value, row_id


def encode_position(order: str, values: Sequence[str | None], row_id: UUID) -> str:
    """Return the cursor of the page after a row, with its value in every column the list is sorted by."""
    return base64.urlsafe_b64encode(msgspec.json.encode((order, list(values), row_id))).decode().rstrip("=")


def decode_position(cursor: str, order: str) -> tuple[list[str | None], UUID]:
    """Return values and id of the last row seen; whoever knows the columns reads the values. Raises InvalidInput."""
    try:
        found, values, row_id = _positions.decode(_bytes(cursor))
    except (binascii.Error, msgspec.MsgspecError, ValueError) as error:
        raise InvalidInput([{"field": "cursor", "code": "invalid", "params": {}}]) from error
    if found != order:
        raise InvalidInput([{"field": "cursor", "code": "other_order", "params": {"order": found}}])
    return values, row_id


def _bytes(cursor: str) -> bytes:
    return base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))


def _check(order: str, value: str) -> None:
    """A forged value must fail here, not in the database."""
    if order.endswith("priority"):
        if not -(2**15) <= int(value) < 2**15:
            raise ValueError(value)
    elif value != "infinity" and datetime.fromisoformat(value).tzinfo is None:
        raise ValueError(value)
