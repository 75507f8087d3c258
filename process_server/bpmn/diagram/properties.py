"""Extension properties of an element while they are read: what they say, and what is wrong with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from process_server.errors import InvalidExpression
from process_server.expressions.times import parse_timer
from process_server.i18n import gettext_noop

_ANY_DAY = datetime(2030, 1, 1, tzinfo=UTC)  # durations are tried on it


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a property. `message` names its facts as `{name}`."""

    code: str
    message: str
    params: Mapping[str, Any]
    severity: Literal["error", "warning"] = "error"


@dataclass
class Properties:
    """Reads properties by name and gathers faults; a value that cannot be read counts as not given."""

    given: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return a property without the blanks around it; "" where it is not given."""
        return self.given.get(name, "").strip()

    def choice(self, name: str, allowed: Iterable[Any], default: Any) -> Any:
        """Return one of the allowed values."""
        value = self.text(name)
        if not value:
            return default
        if value in allowed:
            return value
        self.one_of(name, value, allowed)
        return default

    def flag(self, name: str, default: bool) -> bool:
        """Return true or false."""
        return bool(self.choice(name, ("true", "false"), "true" if default else "false") == "true")

    def duration(self, name: str, text: str) -> str | None:
        """Return an ISO 8601 duration."""
        if not text:
            return None
        try:
            parse_timer("duration", text, _ANY_DAY, UTC)
        except InvalidExpression:
            message = gettext_noop("{property} is a duration like PT8H or P2D, not {value}")
            self.refuse("bad_duration", message, property=name, value=text)
            return None
        return text

    def one_of(self, name: str, value: str, allowed: Iterable[str]) -> None:
        """Refuse a value that is none of those allowed."""
        message = gettext_noop("{property} cannot be {value}: it is one of {allowed}")
        self.refuse("unknown_value", message, property=name, value=value, allowed=", ".join(allowed))

    def known(self, prefixes: tuple[str, ...], names: frozenset[str]) -> None:
        """Warn of every property of a family that does not exist; a name may go on with a language."""
        for name in self.given:
            if name.startswith(prefixes) and ":".join(name.split(":")[:2]) not in names:
                self.warn("unknown_property", gettext_noop("There is no property {name}: it has no effect"), name=name)

    def refuse(self, code: str, message: str, **params: Any) -> None:
        """Note an error."""
        self.faults.append(Fault(code, message, params))

    def warn(self, code: str, message: str, **params: Any) -> None:
        """Note a warning."""
        self.faults.append(Fault(code, message, params, "warning"))
