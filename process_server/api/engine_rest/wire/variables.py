"""Values of variables on the wire: {"value", "type", "valueInfo"} with Java's types, and ours.

What Java has no type for travels as a text or as Json. A date, time or duration says in `valueInfo` what its text is,
so that a client which sends the value back as it came changes nothing.
A list of one file is a File or Bytes, without its content.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import isodate

from process_server import values
from process_server.api.engine_rest.wire import dates
from process_server.api.engine_rest.wire.errors import InvalidRequest
from process_server.api.engine_rest.wire.schemas import VariableValue
from process_server.api.ground.payload import parse
from process_server.errors import InvalidInput
from process_server.forms.uploads import AS_BYTES, CHARSET
from process_server.values import Months

FORMAT = "format"
"""Names in `valueInfo` what the text of a String is, where it is more than a text."""

MEDIA_TYPE = ("mimeType", "mimetype")
"""Camunda's own answers spell it in one way, its description and its clients in the other."""

BYTES = "Bytes"
"""What is sent as this is kept as a file that has no name of its own."""

_SHORT, _INTEGER, _LONG = 2**15, 2**31, 2**63
_FORMATS: dict[str, Callable[[str], Any]] = {
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "duration": isodate.parse_duration,
}


def shown(value: Any) -> dict[str, Any]:
    """Return a value as the wire has it."""
    match value:
        case None:
            return _typed("Null", None)
        case bool():
            return _typed("Boolean", value)
        case int() if -_INTEGER <= value < _INTEGER:
            return _typed("Integer", value)
        case int() if -_LONG <= value < _LONG:
            return _typed("Long", value)
        case Decimal():
            return _typed("Double", value)
        case str():
            return _typed("String", value)
        case datetime():
            return _typed("Date", dates.written(value))
        case date():
            return _typed("String", value.isoformat(), **{FORMAT: "date"})
        case time():
            return _typed("String", value.isoformat(), **{FORMAT: "time"})
        case timedelta() | Months():
            return _typed("String", values.show(value), **{FORMAT: "duration"})
        case [{"id": str(), "name": str(name), "size": _, "type": str(kind), **more}] if not more:
            return _file(name, kind)
    return _typed("Json", values.encode(values.show(value)).decode())


def _file(name: str, entry_type: str) -> dict[str, Any]:
    if entry_type.endswith(AS_BYTES):
        return _typed(BYTES, None)
    media_type, said, encoding = entry_type.partition(CHARSET)
    info = {"filename": name, **dict.fromkeys(MEDIA_TYPE, media_type)}
    return _typed("File", None, **info | ({"encoding": encoding} if said else {}))


def _typed(name: str, value: Any, **info: Any) -> dict[str, Any]:
    return {"value": value, "type": name, "valueInfo": info}


def shown_all(held: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return variables as the wire has them."""
    return {name: shown(value) for name, value in held.items()}


def read(sent: VariableValue | Mapping[str, Any]) -> Any:
    """Return the value that was sent. Raises InvalidRequest where it is not what its type says."""
    given = sent if isinstance(sent, VariableValue) else VariableValue.model_validate(sent)
    if given.value is None:
        return None
    if not given.type:
        return given.value
    kind = given.type[:1].lower() + given.type[1:]
    reader = _READERS.get(kind)
    if reader is None:
        raise InvalidRequest("The type {type} of a variable is not known.", type=given.type)
    try:
        return reader(given.value, given.value_info or {})
    except (ValueError, TypeError, InvalidOperation, OverflowError, InvalidInput) as error:
        said = values.encode(given.value).decode()[:100]
        raise InvalidRequest("Cannot convert {value} to {type}.", value=said, type=given.type) from error


def read_all(sent: Mapping[str, VariableValue] | None) -> dict[str, Any]:
    """Return the variables that were sent. Raises InvalidRequest, which names the one that cannot be read."""
    found = {}
    for name, given in (sent or {}).items():
        try:
            found[name] = read(given)
        except InvalidRequest as error:
            reason = error.message
            raise InvalidRequest("Cannot read the variable {name}: {reason}", name=name, reason=reason) from error
    return found


def _whole(limit: int) -> Callable[[Any, Mapping[str, Any]], int]:
    """Return the reader of whole numbers that Java keeps below a limit."""

    def read_whole(value: Any, info: Mapping[str, Any]) -> int:
        number = _number(value, info)
        if not -limit <= number < limit or number != number.to_integral_value():
            raise ValueError(value)
        return int(number)

    return read_whole


def _number(value: Any, _: Mapping[str, Any]) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise TypeError(value)
    number = parse(value.strip().encode()) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        raise TypeError(value)
    return Decimal(number)


def _boolean(value: Any, _: Mapping[str, Any]) -> bool:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or value.lower() not in ("true", "false"):
        raise ValueError(value)
    return value.lower() == "true"


def _text(value: Any, info: Mapping[str, Any]) -> Any:
    if isinstance(value, dict | list):
        raise TypeError(value)
    text = value if isinstance(value, str) else values.encode(value).decode()
    made = _FORMATS.get(str(info.get(FORMAT)))
    return text if made is None else _months(made(text))


def _months(value: Any) -> Any:
    """Return what the reader of durations calls one of years and months as we do."""
    if isinstance(value, isodate.Duration):
        if value.tdelta:
            raise ValueError("a duration has either months or days")
        return Months(int(value.years * 12 + value.months))
    return value


def _date(value: Any, _: Mapping[str, Any]) -> datetime:
    if not isinstance(value, str):
        raise TypeError(value)
    return dates.read(value)


def _json(value: Any, info: Mapping[str, Any]) -> Any:
    """Read serialised JSON; some clients send the data itself."""
    written_as = str(info.get("serializationDataFormat") or "application/json")
    if "json" not in written_as:
        raise ValueError("only application/json can be read")
    return parse(value.encode()) if isinstance(value, str) else value


_READERS: dict[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "null": lambda value, info: None,
    "boolean": _boolean,
    "integer": _whole(_INTEGER),
    "long": _whole(_LONG),
    "short": _whole(_SHORT),
    "double": _number,
    "float": _number,
    "number": _number,
    "string": _text,
    "xml": _text,
    "bytes": _text,
    "date": _date,
    "json": _json,
    "object": _json,
}
