"""One attempt at a filled-in form: which fields there are, what each holds, and who may change it.

The rows of dynamic lists and the hiding of fields depend on the values, and they on the rows: `submission` repeats the
attempt until it agrees with itself.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from process_server import values
from process_server.forms import rows
from process_server.forms.appearances import MISSING, Entry, Rows, Spot, Surroundings
from process_server.forms.components import (
    Component,
    DynamicList,
    ExpressionField,
    Field,
    FileField,
    FormSchema,
    Group,
    Path,
    is_expression,
)
from process_server.forms.controls import behaviour_of, refined
from process_server.forms.inputs import Refused
from process_server.forms.places import Place, at, put, sent_at
from process_server.forms.policy import FieldPolicy, Mode
from process_server.forms.reading import read, shown
from process_server.values import Value


@dataclass
class Filling:
    """The fields and lists of one attempt, the values to keep (`kept`) and the data expressions see (`view`)."""

    schema: FormSchema
    variables: Mapping[str, Value]
    policy: FieldPolicy
    hidden: frozenset[Spot]
    frozen: frozenset[Spot]
    kept: dict[str, Any] = field(default_factory=dict)
    view: dict[str, Any] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    lists: list[Rows] = field(default_factory=list)
    groups: list[tuple[Group, Place]] = field(default_factory=list)  # those that are a control together
    conditional: list[tuple[Component, Spot, Surroundings]] = field(default_factory=list)

    def fill(self, submitted: Mapping[str, Any], base: Mapping[str, Any]) -> "Filling":
        """Lay what was sent over what the variables hold. `base` is the variables as a browser sees them."""
        self.view = dict(base)
        for component in self.schema.walk():
            if component.path and component.path[0] not in self.kept:
                root = component.path[0]
                if root in self.variables:
                    self.kept[root] = copy.deepcopy(self.variables[root])
                    if len(component.path) > 1:
                        self.view[root] = values.show(self.kept[root])
        form = _Row((), (), Surroundings(), submitted, self.variables)
        self._components(self.schema.components, form, None, self.policy.default)
        return self

    def put(self, entry: Entry, value: Value) -> None:
        """Hold a value where the field keeps it."""
        entry.value = value
        put(self.kept, entry.place, value)
        put(self.view, entry.place, shown(entry.field, value))

    def _components(self, components: tuple[Component, ...], row: "_Row", lock: str | None, mode: Mode) -> None:
        for component in components:
            self._component(component, row, lock, mode)

    def _component(self, component: Component, row: "_Row", lock: str | None, inherited: Mode) -> None:
        spot = (id(component), row.around.indexes)
        mode = self.policy.mode(component, inherited)
        hides = component.conditional and component.conditional.hide
        locks = isinstance(component, Field | DynamicList) and is_expression(component.readonly)
        if hides or locks:
            self.conditional.append((component, spot, row.around))
        if spot in self.hidden or self.policy.hides(component, mode):
            lock = "hidden"
        lock = lock or self._own_lock(component, spot)
        if isinstance(component, Field):
            self._field(component, spot, row, lock or _narrowed(mode), mode)
        elif isinstance(component, DynamicList) and component.is_repeating:
            self._list(component, spot, row, lock, mode)
        elif isinstance(component, Group):
            if (lock or _narrowed(mode)) is None and refined(component) is not None:
                self.groups.append((component, (*row.place, *component.path[len(row.pattern) :])))
            self._components(component.components, row, lock, mode)

    def _own_lock(self, component: Component, spot: Spot) -> str | None:
        """Return how the form itself closes a component, with all that is in it."""
        if isinstance(component, ExpressionField):
            return "computed"
        if behaviour_of(component).assigned:
            return "assigned"
        if not isinstance(component, Field | DynamicList):
            return None
        if component.disabled:
            return "disabled"
        return "readonly" if component.readonly is True or spot in self.frozen else None

    def _field(self, component: Field, spot: Spot, row: "_Row", lock: str | None, mode: Mode) -> None:
        relative = component.path[len(row.pattern) :]
        held, sent = at(row.held, relative, MISSING), sent_at(row.sent, relative, MISSING)
        if sent is None and isinstance(component, FileField):
            sent = MISSING  # the viewer's picker cannot hold files that are there already: it sends null for them
        entry = Entry(
            component, (*row.place, *relative), spot, row.around, component.rules.required or mode == "required", lock,
            held, _understood(component, held), sent,
        )  # fmt: skip
        self.entries.append(entry)
        if lock is None and sent is not MISSING:
            try:
                self.put(entry, read(component, sent))
                return
            except Refused as refused:
                entry.refused = refused
        self._keep(entry, may_default=lock in (None, "readonly") and mode != "read")

    def _keep(self, entry: Entry, *, may_default: bool) -> None:
        """Leave a field as it is; where nobody has ever given it a value, its default is one.

        Expressions see the default of a field that cannot take it as well: the viewer starts with it.
        """
        entry.value = seen = entry.before
        if entry.held is MISSING and entry.field.default_value is not None:
            seen = _understood(entry.field, entry.field.default_value)
            if may_default and seen is not None:
                entry.value, entry.defaulted = seen, True
                put(self.kept, entry.place, seen)
        put(self.view, entry.place, shown(entry.field, seen))

    def _list(self, component: DynamicList, spot: Spot, row: "_Row", closed: str | None, mode: Mode) -> None:
        lock = closed or _narrowed(mode)
        relative = component.path[len(row.pattern) : -1]
        place = (*row.place, *relative)
        held = at(row.held, relative)
        before = [item if isinstance(item, dict) else {} for item in held] if isinstance(held, list) else None
        sent = sent_at(row.sent, relative, MISSING)
        sent = [] if sent is None else sent
        count = None if before is None else len(before)
        record = Rows(component, place, count or 0, count, sent, lock, required=mode == "required")
        self.lists.append(record)
        if lock or sent is MISSING:
            pairs: list[tuple[Any, Any]] = [(at(sent, (index,), {}), item) for index, item in enumerate(before or ())]
        else:
            pairs = self._pairs(component, sent, before or [], record)
        if before is not None or pairs or (sent == [] and not lock):
            put(self.kept, place, [copy.deepcopy(item) for _, item in pairs])
            put(self.view, place, [values.show(item) for _, item in pairs])
        for index, (item, origin) in enumerate(pairs):
            around = Surroundings((*place, index), (*row.around.indexes, index), row.around)
            inner = _Row((*place, index), component.path, around, item, origin)
            self._components(component.components, inner, closed, mode)

    def _pairs(
        self, component: DynamicList, sent: Any, before: list[dict[str, Any]], record: Rows
    ) -> list[tuple[Any, Any]]:
        """Lay each row that was sent over the row it was."""
        try:
            origins = rows.match(component, rows.read(component, sent), before, self.policy)
        except Refused as refused:
            record.refused = refused
            return [({}, item) for item in before]
        record.count = len(sent)
        return [(item, {} if origin is None else before[origin]) for item, origin in zip(sent, origins, strict=True)]


@dataclass(frozen=True, slots=True)
class _Row:
    """The object whose fields are being filled: the whole form, or a row of a list."""

    place: Place
    pattern: Path
    around: Surroundings
    sent: Any
    held: Any


def _narrowed(mode: Mode) -> str | None:
    """Return the lock a step's mode puts on a component; within it another may have a mode of its own."""
    return "readonly" if mode in ("read", "hidden") else None


def _understood(component: Field, held: Any) -> Value:
    """Return a value from the variables as the field reads it; None where it is none the field could hold."""
    if held is MISSING:
        return None
    try:
        return read(component, shown(component, held))
    except Refused:
        return None
