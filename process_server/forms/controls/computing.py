"""Values the server works out: what another thing says, what rows add up to, an amount in words, the next number."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from process_server.forms.components import ExpressionField, Field
from process_server.forms.controls.behaviour import Behaviour, setting
from process_server.forms.inputs import exact, read_number
from process_server.forms.sources import Lookup
from process_server.values import Value

_LARGEST = Decimal("1E16")  # what Chinese has words for in the library


def at(scope: Mapping[str, Any], name: str) -> Any:
    """Return what the data hold under a dotted name, looked for in the row first."""
    row = scope.get("_this_")
    for data in (row, scope) if isinstance(row, Mapping) else (scope,):
        value: Any = data
        for step in name.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is not None:
            return value
    return None


class Formula(Behaviour):
    """What a FEEL expression gives, shown to whoever fills the form in."""


class LookedUp(Behaviour):
    """What the thing chosen in the field `of` says under `take`: its label, or a value of it."""

    def compute(self, field: ExpressionField, scope: Mapping[str, Any], lookup: Lookup) -> Value:
        found = taken(field, at(scope, setting(field, "of")), lookup)
        return found[0] if found else None


def taken(field: Field, chosen: Any, lookup: Lookup) -> list[Value]:
    """Return what is taken from each thing chosen, in order."""
    keys = [key for key in (chosen if isinstance(chosen, list) else [chosen]) if isinstance(key, str)]
    found = lookup.find(setting(field, "source", "cases"), keys, field.properties)
    take = setting(field, "take", "label")
    choices = [found[key] for key in keys if key in found]
    return [choice.label if take == "label" else exact(choice.data.get(take)) for choice in choices]


class RolledUp(Behaviour):
    """The sum (`how`: also count, min, max, average) of `take` over rows or things chosen: those of the field `of`."""

    def compute(self, field: ExpressionField, scope: Mapping[str, Any], lookup: Lookup) -> Value:
        rows = at(scope, setting(field, "of"))
        items = rows if isinstance(rows, list) else [] if rows is None else [rows]
        how = setting(field, "how", "sum")
        if how == "count":
            return len(items)
        if any(isinstance(item, Mapping) for item in items):
            given = [at(item, setting(field, "take")) for item in items if isinstance(item, Mapping)]
        else:
            given = taken(field, items, lookup)
        read = (read_number(value.get("amount") if isinstance(value, Mapping) else value) for value in given)
        return rolled(how, [Decimal(number) for number in read if number is not None])


def rolled(how: str, numbers: list[Decimal]) -> Decimal | None:
    """Add numbers up, exactly."""
    total = sum(numbers, Decimal(0))
    if how == "sum" or not numbers:
        return total if how == "sum" else None
    if how == "average":
        return total / len(numbers)
    return min(numbers) if how == "min" else max(numbers)


class InWords(Behaviour):
    """The amount of the field `of` as a Chinese invoice writes it: 壹拾伍万元伍角."""

    def compute(self, field: ExpressionField, scope: Mapping[str, Any], lookup: Lookup) -> Value:
        amount = at(scope, setting(field, "of"))
        return in_words(read_number(amount.get("amount") if isinstance(amount, Mapping) else amount))


def in_words(amount: int | Decimal | None) -> str | None:
    """Write an amount of RMB in words, to the fen; None where it is none, or has no words."""
    if amount is None or abs(Decimal(amount)) >= _LARGEST:
        return None
    import cn2an  # here: its patterns are a twentieth of the work of a start of the server

    return str(cn2an.an2cn(format(Decimal(amount).quantize(Decimal("0.01")), "f"), "rmb"))


class AutoNumber(Behaviour):
    """A number the server gives when the form is sent for the first time."""

    assigned = True
