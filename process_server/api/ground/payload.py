"""What a client sends as JSON: read with exact decimals, and refused where PostgreSQL or the engine could not hold it.

Client data is plain JSON: the tags by which `values` writes dates have no meaning here and stay what they are.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from process_server.errors import InvalidInput
from process_server.values import is_storable

MAX_JSON = 4 * 1024 * 1024  # bytes of a JSON body
MAX_DEPTH = 64  # objects and lists within each other
MAX_DIGITS = 100  # of a number, before and after the point

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_LIMIT = 10**MAX_DIGITS


def parse(body: bytes) -> Any:
    """Return the JSON a body holds. Raises InvalidInput for what is no JSON or cannot be stored."""
    try:
        data = _decoder.decode(body)
    except UnicodeDecodeError as error:
        raise _refusal("", "encoding") from error
    except RecursionError as error:
        raise _refusal("", "too_deep", limit=MAX_DEPTH) from error
    except (msgspec.MsgspecError, InvalidOperation) as error:
        raise _refusal("", "json", reason=str(error) or "a number is out of range") from error
    _check(data)
    return data


def check_text(text: str, field: str) -> str:
    """Return a text that a column can hold. Raises InvalidInput for one with a NUL character or half a character."""
    if not is_storable(text):
        raise _refusal(field, "characters")
    return text


def _check(data: Any) -> None:
    """Walk the data without recursion: how deep it goes is what has to be found out."""
    waiting: list[tuple[Any, str, int]] = [(data, "", 0)]
    while waiting:
        item, field, depth = waiting.pop()
        kind = type(item)
        if kind is str:
            check_text(item, field)
        elif kind is dict or kind is list:
            if depth >= MAX_DEPTH:
                raise _refusal(field, "too_deep", limit=MAX_DEPTH)
            pairs = item.items() if kind is dict else enumerate(item)
            for key, value in pairs:
                place = f"{field}.{key}" if field else str(key)
                check_text(str(key), place)
                waiting.append((value, place, depth + 1))
        elif kind is int or kind is Decimal:
            _check_number(item, field)


def _check_number(number: int | Decimal, field: str) -> None:
    if isinstance(number, Decimal):
        _, digits, exponent = number.as_tuple()
        if isinstance(exponent, int) and len(digits) <= MAX_DIGITS and abs(exponent) <= MAX_DIGITS:
            return
    elif -_LIMIT < number < _LIMIT:
        return
    raise _refusal(field, "number", maximum=MAX_DIGITS)


def _refusal(field: str, code: str, **params: Any) -> InvalidInput:
    return InvalidInput([{"field": field, "code": code, "params": params}])
