"""What the address of a list says: everything one sees of it can be copied and opened again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from process_server.errors import InvalidInput
from process_server.tasks.inbox.pages import Query
from process_server.web.ground.lists import ListPage

NARROWEST, WIDEST = 48, 900  # pixels of a column
MOST_COLUMNS = 30


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of a list as it is shown; written `due`, `due:160`, `due:160!` (pinned)."""

    name: str
    width: int | None = None
    pinned: bool = False

    def __str__(self) -> str:
        width = f":{self.width}" if self.width else ""
        return f"{self.name}{width}{'!' if self.pinned else ''}"


def read_columns(written: str) -> tuple[ShownColumn, ...]:
    """Read the columns of an address. Raises InvalidInput."""
    shown = []
    for part in filter(None, written.split(",")):
        name, _, width = part.removesuffix("!").partition(":")
        if width and not (width.isdecimal() and NARROWEST <= int(width) <= WIDEST):
            raise InvalidInput([{"field": "columns", "code": "invalid", "params": {}}])
        shown.append(ShownColumn(name, int(width) if width else None, part.endswith("!")))
    if len(shown) > MOST_COLUMNS or len({column.name for column in shown}) != len(shown):
        raise InvalidInput([{"field": "columns", "code": "invalid", "params": {}}])
    return tuple(sorted(shown, key=lambda column: not column.pinned))


def write_columns(columns: Sequence[ShownColumn]) -> str:
    """Write columns as an address has them."""
    return ",".join(map(str, columns))


@dataclass(frozen=True, slots=True)
class Address:
    """A list, narrowed and sorted how, shown with which columns; `view` is the saved view it began with."""

    page: ListPage
    q: str = ""
    filters: tuple[str, ...] = ()
    where: str = ""
    sort: str = ""
    columns: str = ""
    person: str = ""
    view: str = ""
    panel: str = ""  # filter: what the list can be narrowed to stands beside it

    def __str__(self) -> str:
        return self.to()

    def to(self, **changes: Any) -> str:
        """Write the address, with changes: its own fields, or `task` and `cursor`."""
        own = {name: changes.pop(name) for name in list(changes) if name in self.__slots__}
        given = replace(self, **own)
        pairs = given.pairs()
        if own and given.view and not given.narrowed and "panel" not in own:  # nothing is left of the view
            pairs = [pair for pair in pairs if pair[0] != "view"]
        pairs += [(name, str(value)) for name, value in changes.items() if value]
        return f"{given.page.address}?{urlencode(pairs, safe=':,.!')}" if pairs else given.page.address

    def _pairs(self) -> list[tuple[str, str]]:
        return [
            ("view", self.view),
            ("q", self.q),
            *(("f", each) for each in self.filters),
            ("where", self.where),
            ("person", self.person),
            ("sort", self.sort),
            ("columns", self.columns),
            ("panel", self.panel),
        ]

    def pairs(self) -> list[tuple[str, str]]:
        """Return what a form has to carry along, by name."""
        return [(name, value) for name, value in self._pairs() if value]

    def with_filter(self, written: str) -> str:
        """Return the address that has a filter besides, or no longer, where it has it."""
        if written in self.filters:
            return self.without(written)
        return self.to(filters=(*self.filters, written))

    def without(self, written: str) -> str:
        """Return the address without a filter."""
        return self.to(filters=tuple(each for each in self.filters if each != written))

    def only(self, column: str, wanted: str) -> str:
        """Return the address with one filter on a column in place of all others on it; empty: with none."""
        others = tuple(each for each in self.filters if not each.startswith(f"{column}:"))
        return self.to(filters=(*others, f"{column}:{wanted}") if wanted else others)

    @property
    def narrowed(self) -> bool:
        """Say whether anything is left out."""
        return bool(self.q or self.filters or self.where or self.person)

    @property
    def query(self) -> Query:
        """What the list is asked for."""
        return Query(self.page.name, self.filters, self.q, self.where, self.sort, self.person)

    @property
    def tail(self) -> str:
        """What stands behind the path, for the addresses below the list's own."""
        return str(self)[len(self.page.address) :]

    def below(self, place: str) -> str:
        """Return the address of a part of the list, asked for with the same query."""
        return f"/inbox/{self.page.name}/{place}{self.tail}"

    def settings(self) -> dict[str, Any]:
        """Return what a saved view keeps of it."""
        return {
            "q": self.q,
            "filters": list(self.filters),
            "where": self.where,
            "person": self.person,
            "sort": self.sort,
            "columns": self.columns,
        }


def of_settings(page: ListPage, settings: Mapping[str, Any], view: str) -> Address:
    """Return the address of a saved view."""
    text = {name: str(settings.get(name) or "") for name in ("q", "where", "sort", "columns", "person")}
    return Address(page, filters=tuple(map(str, settings.get("filters") or ())), view=view, **text)
