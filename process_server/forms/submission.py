"""Validate a submitted form on the server: the form's own rules again, and what the step allows, trusting nobody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from process_server import values
from process_server.errors import FieldProblem, InvalidForm
from process_server.forms import feel
from process_server.forms.appearances import MISSING, Entry, Rows, Spot
from process_server.forms.components import DynamicList, ExpressionField, Field, FormSchema, is_expression
from process_server.forms.controls import behaviour_of
from process_server.forms.controls.behaviour import Context
from process_server.forms.controls.periods import Period
from process_server.forms.crossing import broken_rules, in_languages
from process_server.forms.filling import Filling
from process_server.forms.formulas import in_order
from process_server.forms.inputs import Refused, same
from process_server.forms.limits import is_empty
from process_server.forms.localise import text_of
from process_server.forms.messages import DEFAULT
from process_server.forms.places import at, put, unknown
from process_server.forms.policy import OPEN, FieldPolicy
from process_server.forms.reading import read, shown
from process_server.forms.sources import NOWHERE, Lookup
from process_server.forms.uploads import UploadedFile
from process_server.values import Value

MAX_PASSES = 9
MAX_REPORTED = 50


class Dropped(TypedDict):
    """A value that was sent though it could not be: `code` is hidden, readonly or disabled."""

    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Submission:
    """What a valid form gives: variables to set, and what was sent in vain."""

    values: dict[str, Value]
    dropped: list[Dropped] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def validate(
    schema: FormSchema,
    submitted: Mapping[str, Any],
    *,
    variables: Mapping[str, Value],
    policy: FieldPolicy | None = None,
    files: Mapping[str, UploadedFile] | None = None,
    language: str = DEFAULT,
    lookup: Lookup = NOWHERE,
) -> Submission:
    """Check a submitted form against its schema and the step's policy; return the variables it sets.

    An absent field is unchanged, null clears it. `variables` are what the form was opened with. `files` are the
    uploads the person may use, by id; `language` chooses among the form's own messages; `lookup` finds what values
    name. Raises InvalidForm with a problem for each field, its rows counted from 0: `items.0.price`.
    """
    filling = settle(schema, submitted, variables, policy or OPEN, lookup)
    checking = _Checking(filling, variables, files or {}, lookup, language)
    problems = list(checking.problems())
    if problems:
        raise InvalidForm(problems)
    roots = {entry.place[0] for entry in filling.entries if _writes(entry)}
    roots |= {rows.place[0] for rows in filling.lists if rows.sent is not MISSING and not rows.lock}
    written = {str(root): filling.kept[str(root)] for root in roots if root in filling.kept}
    ignored = [name for name, _ in zip(unknown(submitted, schema), range(MAX_REPORTED), strict=False)]
    return Submission(written, list(_dropped(filling)), ignored)


def settle(
    schema: FormSchema,
    submitted: Mapping[str, Any],
    variables: Mapping[str, Value],
    policy: FieldPolicy = OPEN,
    lookup: Lookup = NOWHERE,
) -> Filling:
    """Repeat until what is hidden or read-only agrees with the values, and they with what is hidden or read-only.

    A field that hides itself away in turn with another never settles: then all that were ever hidden stay so.
    """
    base = {name: values.show(value) for name, value in variables.items()}
    hidden: frozenset[Spot] = frozenset()
    frozen: frozenset[Spot] = frozenset()
    for attempt in range(MAX_PASSES):
        filling = Filling(schema, variables, policy, hidden, frozen).fill(submitted, base)
        _compute(filling, lookup)
        if not filling.conditional:
            break
        now_hidden, now_frozen = _conditions(filling)
        if (now_hidden, now_frozen) == (hidden, frozen):
            break
        settling = attempt < MAX_PASSES // 2
        hidden = now_hidden if settling else hidden | now_hidden
        frozen = now_frozen if settling else frozen | now_frozen
    return filling


def _compute(filling: Filling, lookup: Lookup) -> None:
    """Compute the computed fields, those others need first; again while one changes what another saw."""
    computed = in_order([entry for entry in filling.entries if entry.lock == "computed"])
    for _ in range(min(len(computed), MAX_PASSES)):
        changed = False
        for entry in computed:
            assert isinstance(entry.field, ExpressionField)
            value = behaviour_of(entry.field).compute(entry.field, entry.around.scope(filling.view), lookup)
            changed = changed or not same(value, entry.value)
            entry.value = value
            put(filling.kept, entry.place, value)
            put(filling.view, entry.place, values.show(value))
        if not changed:
            break


def _conditions(filling: Filling) -> tuple[frozenset[Spot], frozenset[Spot]]:
    hidden, frozen = set(), set()
    for component, spot, around in filling.conditional:
        scope = around.scope(filling.view)
        if component.conditional and _holds(component.conditional.hide, scope):
            hidden.add(spot)
        if isinstance(component, Field | DynamicList) and _holds(component.readonly, scope):
            frozen.add(spot)
    return frozenset(hidden), frozenset(frozen)


def _holds(condition: Any, scope: Mapping[str, Any]) -> bool:
    return isinstance(condition, str) and is_expression(condition) and feel.holds(condition, scope)


@dataclass(frozen=True, slots=True)
class _Checking:
    """Checks a settled form, and keeps what its checks made of the values."""

    filling: Filling
    variables: Mapping[str, Value]
    files: Mapping[str, UploadedFile]
    lookup: Lookup
    language: str

    def problems(self) -> Iterator[FieldProblem]:
        """Give all that is wrong: rows, fields, then what concerns several of them."""
        for rows in self.filling.lists:
            yield from _row_problems(rows)
        for entry in self.filling.entries:
            if entry.lock is None:
                yield from self._field(entry)
        for group, place in self.filling.groups:
            behaviour = behaviour_of(group)
            if isinstance(behaviour, Period):
                for name, (code, params) in behaviour.broken_group(group, at(self.filling.kept, place, {}) or {}):
                    yield _problem(".".join(map(str, (*place, name))), code, params)
        yield from broken_rules(self.filling)

    def _field(self, entry: Entry) -> Iterator[FieldProblem]:
        try:
            if entry.refused:
                raise entry.refused
            if is_empty(entry.field, entry.value):
                if entry.required:
                    raise Refused("required")
                return
            yield from self._filled(entry)
        except Refused as refused:
            yield _problem(entry.name, refused.code, refused.params)

    def _filled(self, entry: Entry) -> Iterator[FieldProblem]:
        held = entry.held if entry.held is not MISSING else None
        scope = entry.around.scope(self.filling.view)
        context = Context(scope, entry.before, held, self.variables, self.files, self.lookup)
        behaviour = behaviour_of(entry.field)
        sound = True
        for code, params in behaviour.broken(entry.field, entry.value, context):
            if code == "pattern":
                params["message"] = text_of(entry.field, "patternErrorMessage", self.language) or params["message"]
                params |= in_languages(entry.field.properties, "patternErrorMessage")
            sound = False
            yield _problem(entry.name, code, params)
        if sound:
            kept = behaviour.settle(entry.field, entry.value, context)
            if kept is not entry.value:
                put(self.filling.kept, entry.place, kept)


def _row_problems(rows: Rows) -> Iterator[FieldProblem]:
    if rows.lock:
        return
    name = rows.name
    if rows.refused:
        yield _problem(name, rows.refused.code, rows.refused.params)
        return
    if rows.required and not rows.count:
        yield _problem(name, "required", {})
        return
    least, most = rows.component.bound("minItems"), rows.component.bound("maxItems")
    if least is not None and rows.count < least:
        yield _problem(name, "too_few_rows", {"limit": least})
    if most is not None and rows.count > most:
        yield _problem(name, "too_many_rows", {"limit": most})
    fixed = rows.before if rows.before is not None else rows.component.default_repetitions
    if rows.sent is not MISSING and not rows.component.allow_add_remove and fixed is not None and rows.count != fixed:
        yield _problem(name, "rows_fixed", {"count": fixed})


def _problem(name: str, code: str, params: dict[str, Any]) -> FieldProblem:
    return FieldProblem(field=name, code=code, params=params)


def _writes(entry: Entry) -> bool:
    if entry.lock == "computed":
        return True
    return entry.defaulted or (entry.lock is None and entry.sent is not MISSING)


def _dropped(filling: Filling) -> Iterator[Dropped]:
    """Report what was sent for fields that could not be changed, where it would have changed them.

    A browser sends read-only fields back as they were, and computed ones with its own result: neither is reported.
    """
    for rows in filling.lists:
        if rows.lock and isinstance(rows.sent, list) and len(rows.sent) != rows.count:
            yield Dropped(field=rows.name, code=rows.lock)
    for entry in filling.entries:
        if entry.lock in (None, "computed") or entry.sent is MISSING:
            continue
        if not _is_as_before(entry):
            yield Dropped(field=entry.name, code=str(entry.lock))


def _is_as_before(entry: Entry) -> bool:
    """Tell whether what was sent is what the browser was given."""
    try:
        return same(shown(entry.field, read(entry.field, entry.sent)), shown(entry.field, entry.value))
    except Refused:
        return False
