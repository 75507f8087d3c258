"""Values of variables: JSON plus exact decimals, dates, times, instants and durations, and their one encoding.

Integers stay `int`; a number with a fraction is always `Decimal`, so that money never passes a float. What JSON has no
word for is written as an object of one key: `{"$date": "2026-01-31"}`, `{"$time": ..}`, `{"$datetime": ..}`,
`{"$duration": "P3D"}`, `{"$months": 14}` (a duration of years and months); a person's own object whose first key begins
with `$` is wrapped as `{"$object": {..}}`, so nothing a client sends can pass for one of these.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import isodate
import msgspec

Value = Any

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Months:
    """A duration of years and months (FEEL's second kind of duration)."""

    months: int


_PLAIN = (str, int, bool, type(None))


def is_storable(text: str) -> bool:
    """Tell whether a column can hold a text: one with a NUL character or half a character it cannot."""
    return "\0" not in text and (text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text))


def to_json(value: Value) -> Any:
    """Return `value` as plain JSON data, decimals kept."""
    kind = type(value)
    if kind in _PLAIN or kind is Decimal:
        return value
    if kind is dict:
        tagged = {str(key): to_json(item) for key, item in value.items()}
        return {"$object": tagged} if tagged and next(iter(tagged)).startswith("$") else tagged
    if kind in (list, tuple, set, frozenset):
        return [to_json(item) for item in value]
    if kind is float:
        return Decimal(repr(value))
    if kind is datetime:
        return {"$datetime": value.isoformat()}
    if kind is date:
        return {"$date": value.isoformat()}
    if kind is time:
        return {"$time": value.isoformat()}
    if kind is timedelta:
        return {"$duration": isodate.duration_isoformat(value)}
    if kind is Months:
        return {"$months": value.months}
    if kind is UUID:
        return str(value)
    raise TypeError(f"a {kind.__name__} cannot be the value of a variable")


_REVIVE: dict[str, Any] = {
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$time": time.fromisoformat,
    "$duration": isodate.parse_duration,
    "$months": Months,
    "$object": lambda item: {key: from_json(value) for key, value in item.items()},
}


def from_json(data: Any) -> Value:
    """Undo `to_json`."""
    if type(data) is dict:
        if len(data) == 1:
            key, item = next(iter(data.items()))
            if key in _REVIVE:
                return _REVIVE[key](item)
        return {key: from_json(item) for key, item in data.items()}
    if type(data) is list:
        return [from_json(item) for item in data]
    return data


def dump_json(value: Value) -> str:
    """Encode a value for a `jsonb` column."""
    return _encoder.encode(to_json(value)).decode()


def load_json(text: str | bytes) -> Value:
    """Decode a value from a `jsonb` column."""
    return from_json(_decoder.decode(text))


def show(value: Value) -> Any:
    """Return `value` as a client sees it: plain JSON, dates and durations as ISO 8601 text, decimals as numbers."""
    kind = type(value)
    if kind in _PLAIN or kind is Decimal or kind is float:
        return value
    if kind is dict:
        return {key: show(item) for key, item in value.items()}
    if kind in (list, tuple):
        return [show(item) for item in value]
    if kind in (datetime, date, time):
        return value.isoformat()
    if kind is timedelta:
        return isodate.duration_isoformat(value)
    if kind is Months:
        return f"P{value.months}M"
    return str(value)


def encode(value: Any) -> bytes:
    """Encode plain data (dicts, dataclasses, UUIDs, instants, decimals as numbers) as JSON for an HTTP answer."""
    return _encoder.encode(value)
