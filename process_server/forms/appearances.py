"""Fields and lists as they appear in a form that is being filled in: once, or in each row of the list around them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from process_server.forms.components import DynamicList, Field
from process_server.forms.inputs import Refused
from process_server.forms.places import Place, at
from process_server.values import Value

Spot: TypeAlias = tuple[int, tuple[int, ...]]
"""One appearance of a component: its identity, and the rows it stands in."""


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where an expression stands: the row it belongs to, and the rows around that."""

    place: Place = ()
    indexes: tuple[int, ...] = ()
    parent: "Surroundings | None" = None

    def scope(self, view: Mapping[str, Any]) -> dict[str, Any]:
        """Return the names an expression sees here: all data, and `this`, `i`, `parent` as form-js has them."""
        special = {
            "this": at(view, self.place),
            "i": [index + 1 for index in self.indexes],
            "parent": None if self.parent is None else at(view, self.parent.place),
        }
        return {**special, **view, **{f"_{name}_": value for name, value in special.items()}}


@dataclass(slots=True)
class Entry:
    """A field as it appears once. `lock` tells why its value cannot be sent: hidden, readonly, disabled, computed."""

    field: Field
    place: Place
    spot: Spot
    around: Surroundings
    required: bool
    lock: str | None
    held: Any  # the value in the variables, as it lies there; MISSING where there is none
    before: Value  # the same as the field understands it
    sent: Any  # MISSING where nothing was sent
    value: Value = None
    defaulted: bool = False
    refused: Refused | None = None

    @property
    def name(self) -> str:
        """Return the dotted path of the field, the indexes of rows included."""
        return ".".join(map(str, self.place))


@dataclass(slots=True)
class Rows:
    """A dynamic list as it appears once."""

    component: DynamicList
    place: Place
    count: int
    before: int | None
    sent: Any  # MISSING where nothing was sent
    lock: str | None
    required: bool
    refused: Refused | None = None

    @property
    def name(self) -> str:
        """Return the dotted path of the list, the indexes of rows around it included."""
        return ".".join(map(str, self.place))
