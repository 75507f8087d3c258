"""What the forms of a process call its variables and their options, in the reader's language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from uuid import UUID

from cachetools import LRUCache

from process_server.bpmn.definitions import Definition
from process_server.db import Session
from process_server.errors import NotFound
from process_server.forms.components import ChoiceField, Field
from process_server.forms.definitions import UnsupportedForm, find_form
from process_server.forms.localise import localise, own_label


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Labels by variable; labels of values by variable and value."""

    labels: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def label(self, name: str) -> str:
        """Return what people call a variable."""
        return self.labels.get(name, name)

    def value(self, name: str, value: Any) -> Any:
        """Return what people call a value that was chosen from options; any other as it is."""
        options = self.options.get(name)
        if not options:
            return value
        if isinstance(value, list):
            return [options.get(str(item), item) for item in value]
        return options.get(str(value), value) if isinstance(value, str | int | bool) else value

    def decision(self, value: str) -> str:
        """Return what people call the outcome of a task."""
        return next((options[value] for options in self.options.values() if value in options), value)


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


def _collect(session: Session, held: Definition, language: str) -> Vocabulary:
    labels: dict[str, str] = {}
    options: dict[str, dict[str, str]] = {}
    for component in _fields(session, held):
        name = component.path[0]
        if label := own_label(component, language):
            labels.setdefault(name, label)
        if isinstance(component, ChoiceField) and component.values:
            entry = {"values": [{"value": option.value, "label": option.label} for option in component.values]}
            localise(entry, component, language)
            known = options.setdefault(name, {})
            for option in entry["values"]:
                known.setdefault(str(option["value"]), str(option["label"]))
    return Vocabulary(labels, options)


def _fields(session: Session, held: Definition) -> Iterator[Field]:
    """Give the fields of all forms of a process that set a variable of their own."""
    for form_key in [held.program.start_form_key, *(form_key for _, form_key in held.program.form_keys)]:
        try:
            form = find_form(session, form_key, deployment_id=held.deployment_id)
        except (NotFound, UnsupportedForm):
            continue
        yield from (component for component in form.schema.fields() if len(component.path) == 1) if form else ()
