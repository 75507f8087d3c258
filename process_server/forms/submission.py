"""Validate a submitted form on the server: the form's own rules again, and what the step allows, trusting nobody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from process_server import values
from process_server.errors import FieldProblem, InvalidForm
from process_server.forms import feel
from process_server.forms.components import (
    ChoiceField,
    DynamicList,
    ExpressionField,
    Field,
    FileField,
    FormSchema,
    is_expression,
)
from process_server.forms.filling import MISSING, Entry, Filling, Rows, Spot, put, unknown
from process_server.forms.inputs import Refused, exact, read, same, shown
from process_server.forms.limits import broken, is_empty
from process_server.forms.localise import text_of
from process_server.forms.messages import DEFAULT
from process_server.forms.options import check_choice, offered
from process_server.forms.policy import OPEN, FieldPolicy
from process_server.forms.uploads import UploadedFile, check_files
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
    partial: bool = False,
    files: Mapping[str, UploadedFile] | None = None,
    language: str = DEFAULT,
) -> Submission:
    """Check a submitted form against its schema and the step's policy; return the variables it sets.

    An absent field is unchanged, null clears it. `variables` are what the form was opened with. `partial` asks for
    nothing that was not sent: for drafts. `files` are the uploads the person may use, by id; `language` chooses among
    the form's own messages. Raises InvalidForm with a problem for each field, its rows counted from 0: `items.0.price`.
    """
    filling = settle(schema, submitted, variables, policy or OPEN)
    problems = list(_problems(filling, variables, partial, files or {}, language))
    if problems:
        raise InvalidForm(problems)
    roots = {entry.place[0] for entry in filling.entries if _writes(entry)}
    roots |= {rows.place[0] for rows in filling.lists if rows.sent is not MISSING and not rows.lock}
    written = {str(root): filling.kept[str(root)] for root in roots if root in filling.kept}
    ignored = [name for name, _ in zip(unknown(submitted, schema), range(MAX_REPORTED), strict=False)]
    return Submission(written, list(_dropped(filling)), ignored)


def settle(
    schema: FormSchema, submitted: Mapping[str, Any], variables: Mapping[str, Value], policy: FieldPolicy = OPEN
) -> Filling:
    """Repeat until what is hidden or read-only agrees with the values, and they with what is hidden or read-only.

    A field that hides itself away in turn with another never settles: then all that were ever hidden stay so.
    """
    base = {name: values.show(value) for name, value in variables.items()}
    hidden: frozenset[Spot] = frozenset()
    frozen: frozenset[Spot] = frozenset()
    for attempt in range(MAX_PASSES):
        filling = Filling(schema, variables, policy, hidden, frozen).fill(submitted, base)
        _compute(filling)
        if not filling.conditional:
            break
        now_hidden, now_frozen = _conditions(filling)
        if (now_hidden, now_frozen) == (hidden, frozen):
            break
        settling = attempt < MAX_PASSES // 2
        hidden = now_hidden if settling else hidden | now_hidden
        frozen = now_frozen if settling else frozen | now_frozen
    return filling


def _compute(filling: Filling) -> None:
    """Compute the expression fields, again while one changes what another saw."""
    computed = [entry for entry in filling.entries if entry.lock == "computed"]
    for _ in range(min(len(computed), MAX_PASSES)):
        changed = False
        for entry in computed:
            assert isinstance(entry.field, ExpressionField)
            value = exact(feel.evaluate(entry.field.expression or "=null", entry.around.scope(filling.view)))
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


def _problems(
    filling: Filling,
    variables: Mapping[str, Value],
    partial: bool,
    files: Mapping[str, UploadedFile],
    language: str,
) -> Iterator[FieldProblem]:
    for rows in filling.lists:
        yield from _row_problems(rows, partial)
    for entry in filling.entries:
        if entry.lock is not None or (partial and entry.sent is MISSING):
            continue
        try:
            if entry.refused:
                raise entry.refused
            if is_empty(entry.field, entry.value):
                if entry.required and not partial:
                    raise Refused("required")
                continue
            scope = entry.around.scope(filling.view)
            for code, params in broken(entry.field, entry.value, scope, unchanged=same(entry.value, entry.before)):
                if code == "pattern":
                    params["message"] = text_of(entry.field, "patternErrorMessage", language) or params["message"]
                yield _problem(entry.name, code, params)
            _check_chosen(filling, entry, scope, variables, files)
        except Refused as refused:
            yield _problem(entry.name, refused.code, refused.params)


def _check_chosen(
    filling: Filling,
    entry: Entry,
    scope: Mapping[str, Any],
    variables: Mapping[str, Value],
    files: Mapping[str, UploadedFile],
) -> None:
    """Check what depends on more than the value: options offered, files uploaded."""
    if isinstance(entry.field, ChoiceField):
        check_choice(entry.field, entry.value, entry.before, offered(entry.field, scope, variables))
    elif isinstance(entry.field, FileField):
        kept = check_files(entry.field, entry.value, entry.held if entry.held is not MISSING else None, files, scope)
        put(filling.kept, entry.place, kept)


def _row_problems(rows: Rows, partial: bool) -> Iterator[FieldProblem]:
    if rows.lock:
        return
    name = rows.name
    if rows.refused:
        yield _problem(name, rows.refused.code, rows.refused.params)
        return
    least, most = rows.component.rows("minItems"), rows.component.rows("maxItems")
    if least is not None and rows.count < least and not partial:
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
