"""Where options come from that no form lists: people, departments, regions, cases .., each under a name.

A room above registers what it knows of; forms only ask by name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.principal import Principal
from process_server.values import Value


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose. `active` tells whether it may be chosen anew; `data` is what lookups may take from it."""

    value: str
    label: str
    detail: str | None = None
    parent: str | None = None
    leaf: bool = True
    active: bool = True
    data: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a field asks for: `settings` are its properties; without a principal nothing is kept from the asker."""

    principal: Principal | None = None
    language: str = "zh-CN"
    settings: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    parent: str | None = None
    limit: int = 20
    offset: int = 0

    @property
    def english(self) -> bool:
        """Whether the asker reads English."""
        return self.language.startswith("en")


class Source(Protocol):
    """A kind of thing that can be chosen."""

    def search(self, session: Session, wanted: Wanted) -> Sequence[Choice]:
        """Return a page of what may be chosen, best first."""

    def find(self, session: Session, keys: Sequence[str], wanted: Wanted) -> Iterable[Choice]:
        """Return those of the keys that exist and that the asker may know of."""


_SOURCES: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Let forms choose from a source by its name."""
    _SOURCES[name] = source


def names() -> list[str]:
    """Return the names of all sources."""
    return sorted(_SOURCES)


def source(name: str) -> Source:
    """Return a source. Raises NotFound."""
    found = _SOURCES.get(name)
    if found is None:
        raise NotFound(kind="source of options", id=name)
    return found


class Lookup:
    """Finds by key what a form's values name, asking each source once for each set of keys."""

    def __init__(self, session: Session | None = None, wanted: Wanted | None = None) -> None:
        self.session = session
        self.wanted = wanted or Wanted()
        self._known: dict[Any, dict[str, Choice]] = {}

    def find(self, name: str, keys: Iterable[str], settings: Mapping[str, str]) -> Mapping[str, Choice]:
        """Return the choices of those keys that there are, by key. A source nobody knows holds nothing."""
        wanted = list(dict.fromkeys(keys))
        if self.session is None or name not in _SOURCES or not wanted:
            return {}
        asked = (name, tuple(wanted), tuple(sorted(settings.items())))
        if asked not in self._known:
            found = _SOURCES[name].find(self.session, wanted, replace(self.wanted, settings=settings))
            self._known[asked] = {choice.value: choice for choice in found}
        return self._known[asked]


NOWHERE = Lookup()
"""Finds nothing: for forms that are looked at without a database."""
