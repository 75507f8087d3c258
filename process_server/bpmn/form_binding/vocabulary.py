"""What the forms of a process call its variables and their options, in the reader's language."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Self
from uuid import UUID

from cachetools import LRUCache

from process_server.bpmn.approval import Approval
from process_server.bpmn.definitions import Definition
from process_server.db import Session
from process_server.errors import NotFound
from process_server.forms.components import ChoiceField, DynamicList, Field, dotted
from process_server.forms.definitions import UnsupportedForm, find_form
from process_server.forms.localise import localise, own_label
from process_server.i18n import translate


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Labels by variable; labels of values by variable and value. What lies inside a variable is named with dots.

    `searched` are variables chosen from options that no form lists; people, mostly, whose names `people` holds by id.
    `outcomes` are the words for decisions that no form offers as an option.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    searched: frozenset[str] = frozenset()
    people: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)

    def label(self, name: str) -> str:
        """Return what people call a variable."""
        return self.labels.get(name, name)

    def value(self, name: str, value: Any) -> Any:
        """Return what people call a value that was chosen from options, and the parts of one; any other as it is."""
        if isinstance(value, list):
            return [self.value(name, item) for item in value]
        if isinstance(value, dict):
            return self._parts(name, value)
        options = self.people if name in self.searched else self.options.get(name, {})
        return options.get(str(value), value) if isinstance(value, str | int | bool) else value

    def _parts(self, name: str, value: dict[str, Any]) -> dict[str, Any]:
        """Return an object, such as the row of a table, by the labels of its fields; two alike keep their names."""
        labels = {part: self.labels.get(f"{name}.{part}", part) for part in value}
        alike = {label for label, number in Counter(labels.values()).items() if number > 1}
        return {
            part if labels[part] in alike else labels[part]: self.value(f"{name}.{part}", item)
            for part, item in value.items()
        }

    def chosen(self, values: Mapping[str, Any]) -> set[str]:
        """Return what was chosen where no form lists the options: ids of people, as far as they are any."""
        return {each for name in self.searched for each in _texts(values, name.split("."))}

    def with_people(self, people: Mapping[str, str]) -> Self:
        """Return the same with the names of people, by id."""
        return replace(self, people=people)

    def decision(self, value: str) -> str:
        """Return what people call the outcome of a task: by its option or as a decision, else by whom it names."""
        options = (each[value] for each in self.options.values() if value in each)
        return next(options, self.outcomes.get(value) or self.people.get(value, value))


_read: LRUCache[tuple[UUID, str], Vocabulary] = LRUCache(500)
_lock = Lock()


def of(session: Session, held: Definition, language: str) -> Vocabulary:
    """Return the vocabulary of a version; it never changes, so each process reads it once."""
    with _lock:
        known = _read.get((held.id, language))
    if known is None:
        known = _collect(session, held, language)
        with _lock:
            _read[held.id, language] = known
    return known


def _texts(value: Any, path: Sequence[str]) -> list[str]:
    """Return what was chosen at a place, one or many, in every row of the tables it lies in."""
    if isinstance(value, list):
        return [text for each in value for text in _texts(each, path)]
    if path:
        return _texts(value.get(path[0]), path[1:]) if isinstance(value, Mapping) else []
    return [value] if isinstance(value, str) else []


def _collect(session: Session, held: Definition, language: str) -> Vocabulary:
    labels: dict[str, str] = {}
    options: dict[str, dict[str, str]] = {}
    searched: set[str] = set()
    for component in _named(session, held):
        name = dotted(component.path)
        if label := own_label(component, language):
            labels.setdefault(name, label)
        if isinstance(component, ChoiceField) and component.values:
            entry = {"values": [{"value": option.value, "label": option.label} for option in component.values]}
            localise(entry, component, language)
            known = options.setdefault(name, {})
            for option in entry["values"]:
                known.setdefault(str(option["value"]), str(option["label"]))
        elif isinstance(component, ChoiceField):
            searched.add(name)
    return Vocabulary(labels, options, frozenset(searched - options.keys()), outcomes=_outcomes(held, language))


def _outcomes(held: Definition, language: str) -> dict[str, str]:
    """Return what it is called to approve or reject, as the steps of a process write it."""
    approvals = [Approval(), *(step.approval for step in held.program.elements.values() if step.approval)]
    words = (translate(language, "Approved"), translate(language, "Rejected"))
    return {
        value: word
        for approval in approvals
        for word, values in zip(words, (approval.approve, approval.reject), strict=True)
        for value in values
    }


def _named(session: Session, held: Definition) -> Iterator[Field | DynamicList]:
    """Give the fields and tables of all forms of a process."""
    for form_key in [held.program.start_form_key, *(form_key for _, form_key in held.program.form_keys)]:
        try:
            form = find_form(session, form_key, deployment_id=held.deployment_id)
        except (NotFound, UnsupportedForm):
            continue
        if form is not None:
            yield from (each for each in form.schema.walk() if isinstance(each, Field | DynamicList))
