"""Does anything set the variables that conditions and decisions read?

Nobody can tell what a worker, a message or a caller brings. So a variable is warned about only where all sources are
known, or where its name is a near miss of one that is set.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from process_server.bpmn.deployment.bundle import Bundle
from process_server.bpmn.program import Program, Read
from process_server.db import table_of
from process_server.errors import Problem
from process_server.expressions.dmn.model import Decision
from process_server.faults import fault
from process_server.forms.components import Component, Field
from process_server.forms.models import FormDefinition
from process_server.forms.schema import parse_form
from process_server.i18n import gettext_noop

_form = table_of(FormDefinition)

NEAR = 0.85  # of difflib's ratio, where 1 is the same
ENDING = 2  # characters that make another word
SWAPPED = 6  # letters a name has, at the least, of which another order is a slip rather than another word
LONGEST = 100  # characters of a name that somebody may have mistyped
COMPARED = 100_000  # pairs of names of a deployment that are compared letter by letter: a second or two


def check_variables(session: Session, bundle: Bundle) -> list[Problem]:
    """Warn of variables in conditions and decisions that nothing sets."""
    sources = _Sources(session, bundle)
    return [problem for file, program in bundle.programs for problem in sources.check(program, file)]


class _Sources:
    def __init__(self, session: Session, bundle: Bundle) -> None:
        self.bundle = bundle
        self.left = COMPARED
        self.programs = {program.key: program for _, program in bundle.programs}
        self.called = {key for _, program in bundle.programs for _, key in program.called_processes}
        self.decisions: dict[str, Decision] = {}
        for model in bundle.models:
            self.decisions |= model.decisions
        self.forms = {form.id: _names(form.walk()) for _, form in bundle.forms}
        wanted = {form_id(key) for _, program in bundle.programs for _, key in program.form_keys} - self.forms.keys()
        newest = select(_form.c.key, _form.c.form_schema).where(_form.c.key.in_(wanted)).order_by(_form.c.version)
        for row in session.execute(newest) if wanted else ():
            self.forms[row.key] = _names(parse_form(row.form_schema).walk())

    def check(self, program: Program, file: str) -> Iterator[Problem]:
        """Find what nothing sets."""
        found, certain = self._set_in(program, frozenset())
        known = frozenset(found)
        if program.key in self.called:
            certain = False
        for read in (*program.usage.reads, *self._decided(program)):
            if read.variable in known:
                continue
            near = self._near(read.variable, known)
            if near or certain or read.alone:
                yield _unset(read, near, file)
        yield from self._outcomes(program, file)

    def _outcomes(self, program: Program, file: str) -> Iterator[Problem]:
        """Find decisions that are looked for under nearly the name of the field that holds them."""
        keys = dict(program.form_keys)
        for element in program.elements.values():
            named, fields = element.properties.get("outcome:variable"), self._fields(keys.get(element.id))
            if named and fields and named not in fields and (near := self._near(named, fields)):
                yield _unset(Read(element.id, element.name, element.line, named), near, file)

    def _fields(self, key: str | None) -> frozenset[str] | None:
        """Return what the form of a key sets; None where no form is known by it."""
        return self.forms.get(form_id(key or ""))

    def _near(self, name: str, known: frozenset[str]) -> str | None:
        """Return the name that was probably meant. One with another ending is another word: approved, approver."""
        same = _by_folded(known).get(_folded(name))
        if same or len(name) > LONGEST or len(known) > self.left:
            return same
        self.left -= len(known)
        others = [other for other in known if len(other) <= LONGEST and not _differs_in_ending(name, other)]
        return next(iter(get_close_matches(name, others, n=1, cutoff=NEAR)), None)

    def _set_in(self, program: Program, above: frozenset[str]) -> tuple[set[str], bool]:
        """Return what is set, and whether that is all."""
        usage = program.usage
        known, certain = set(usage.sets), not usage.open
        keys = dict(program.form_keys)
        starts = {start.element for start in program.starts if start.kind == "none"}
        for element in program.elements.values():
            if element.type != "userTask" and element.id not in starts:
                continue
            fields = self._fields(keys.get(element.id))
            known |= fields or frozenset()
            certain = certain and (fields is not None or bool(element.form_fields))
        certain = certain and all(start.element in starts or start.kind == "timer" for start in program.starts)
        for _, key in usage.calls:
            inner = self.programs.get(key or "")
            if inner is None or inner.key in above:
                certain = False
                continue
            more, all_of_it = self._set_in(inner, above | {program.key})
            known |= more
            certain = certain and all_of_it
        return known, certain

    def _decided(self, program: Program) -> Iterator[Read]:
        for element, key in program.decisions:
            at = program.elements[element]
            for name in sorted(self._inputs(key, frozenset())):
                yield Read(element, at.name, at.line, name)

    def _inputs(self, key: str, above: frozenset[str]) -> set[str]:
        decision = self.decisions.get(key)
        if decision is None or key in above:
            return set()
        return set(decision.inputs).union(*(self._inputs(needed, above | {key}) for needed in decision.required))


def form_id(key: str) -> str:
    """Return the id of the form-js form a form key means, or nothing when it means a form of another kind."""
    if key.startswith("camunda-forms:"):
        return key.rpartition(":")[2].removesuffix(".form")
    return "" if ":" in key or key.endswith(".html") else key


def _names(components: Iterable[Component]) -> frozenset[str]:
    return frozenset(component.path[0] for component in components if isinstance(component, Field) and component.path)


@lru_cache(maxsize=8)
def _by_folded(known: frozenset[str]) -> dict[str, str]:
    return {_folded(name): name for name in known}


def _folded(name: str) -> str:
    """Return what names share that differ in case, in underscores or, if long, in the order of their letters."""
    letters = name.lower().replace("_", "")
    return "".join(sorted(letters)) if len(letters) >= SWAPPED else letters


def _differs_in_ending(one: str, other: str) -> bool:
    stem = max(len(one), len(other)) - ENDING
    return one[:stem] == other[:stem]


def _unset(read: Read, near: str | None, file: str) -> Problem:
    hint = gettext_noop("Correct the name, or set the variable in a form, a mapping or a script.")
    if near is None and read.alone:
        message = gettext_noop("Nothing here sets a variable {variable}: is the condition written for people?")
        hint = gettext_noop(
            'Write an expression, as in answer == "yes". In a drawing that is deployed as a draft a person decides.'
        )
    elif near is None:
        message = gettext_noop("Nothing sets the variable {variable} that is read here")
    else:
        message = gettext_noop("Nothing sets the variable {variable} that is read here: is {near} meant?")
    return fault(
        "unset_variable",
        message,
        severity="warning",
        file=file,
        element=read.element,
        element_name=read.name,
        line=read.line,
        hint=hint,
        variable=read.variable,
        near=near,
    )
