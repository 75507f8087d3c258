"""The types a decision file defines: built-in kinds, allowed values, components and collections."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from process_server.expressions.feel.moments import read_date, read_datetime, read_duration, read_time
from process_server.expressions.feel.types import Type, conforming
from process_server.expressions.feel.unary import UnaryTests
from process_server.expressions.numbers import is_number, to_number


@dataclass(slots=True)
class ItemType:
    """A type: of a base kind, perhaps limited to allowed values, made of components, or a list."""

    name: str
    base: "Type | ItemType | None" = None
    allowed: UnaryTests | None = None
    components: dict[str, "ItemType"] = field(default_factory=dict)
    collection: bool = False

    def conforming(self, value: Any) -> Any:
        """Return a value in this type, or null when it is of another."""
        fits, made = self._fitted(value)
        return made if fits else None

    def admitted(self, value: Any) -> Any:
        """Return an input in this type: text that says a number or date is taken for it, components may be missing."""
        kind = self._kind()
        if kind is not None and isinstance(value, str):
            value = read_as(value, kind.name)
        fits, made = self._fitted(value, complete=False)
        return made if fits else None

    def _kind(self) -> Type | None:
        if self.collection or self.components:
            return None
        return self.base._kind() if isinstance(self.base, ItemType) else self.base

    def _fitted(self, value: Any, complete: bool = True) -> tuple[bool, Any]:
        if value is None:
            return True, None
        if not self.collection:
            return self._fitted_one(value, complete)
        items = value if isinstance(value, list) else [value]
        made = [self._fitted_one(item, complete) for item in items]
        return all(fits for fits, _ in made), [item for _, item in made]

    def _fitted_one(self, value: Any, complete: bool) -> tuple[bool, Any]:
        fits: bool = True
        if (
            isinstance(value, list)
            and len(value) == 1
            and not (isinstance(self.base, ItemType) and self.base.collection)
        ):
            value = value[0] if self.base is None or getattr(self.base, "name", "") not in ("list", "any") else value
        if self.components:
            return self._fitted_context(value, complete)
        if isinstance(self.base, ItemType):
            fits, value = self.base._fitted(value, complete)
        elif self.base is not None:
            fits, value = conforming(value, self.base)
        if fits and self.allowed is not None and value is not None:
            fits = self.allowed.matches(value, {})
        return fits, value

    def _fitted_context(self, value: Any, complete: bool) -> tuple[bool, Any]:
        if not isinstance(value, dict) or (complete and not self.components.keys() <= value.keys()):
            return False, None
        made = dict(value)
        for name, kind in self.components.items():
            if name in value:
                fits, made[name] = kind._fitted(value[name], complete)
                if not fits:
                    return False, None
        return True, made


def read_as(text: str, kind: str) -> Any:
    """Return what a text says as a number, truth value, date, time or duration; the text itself where it says none."""
    if kind == "number":
        try:
            return to_number(text)
        except ValueError:
            return text
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    readers: dict[str, Any] = {
        "date": read_date,
        "time": read_time,
        "date and time": read_datetime,
        "days and time duration": read_duration,
        "years and months duration": read_duration,
    }
    found = readers[kind](text) if kind in readers else None
    return text if found is None else found


def as_column(value: Any, kind: Type | None) -> Any:
    """Return a cell's value in the kind of its column where that is plain: a number as text, a text as a number."""
    if kind is None or value is None:
        return value
    if isinstance(value, str):
        return read_as(value, kind.name)
    if kind.name == "date and time" and isinstance(value, date):
        return conforming(value, kind)[1]
    return str(value) if kind.name == "string" and is_number(value) else value
