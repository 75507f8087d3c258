"""A list as a table in the reader's language, as long as it is: what exports write."""

from collections.abc import Iterator, Sequence
from typing import Any

from process_server.bpmn.definitions import definition
from process_server.bpmn.queries.inbox import DRAWN, inbox_page
from process_server.db import Session
from process_server.i18n import gettext_noop, translate
from process_server.identity import users
from process_server.tasks.inbox.column import Column
from process_server.tasks.inbox.columns import FIELD, Columns
from process_server.tasks.inbox.pages import Entry, Query

PAGE = 500  # rows read at a time
PEOPLE = frozenset({"assignee", "initiator", "owner", "on_behalf_of", "sender", "candidates", "at_work"})
_YES, _NO = gettext_noop("yes"), gettext_noop("no")


def heads(columns: Columns, shown: Sequence[str], language: str) -> list[str]:
    """Return the labels of columns. Raises InvalidInput for one that the list does not have."""
    return [
        translate(language, DRAWN[name]) if name in DRAWN else label(columns.get(name, "columns"), language)
        for name in shown
    ]


def label(column: Column, language: str) -> str:
    """Return what a column is called in a language."""
    if column.name.startswith(FIELD):
        return (column.label_en if language.startswith("en") else None) or column.label
    return translate(language, column.label)


def table(
    session: Session, columns: Columns, query: Query, shown: Sequence[str], language: str, most: int
) -> Iterator[list[Any]]:
    """Give the rows of a list, at most so many, with names for ids; read page by page."""
    cursor, given = None, 0
    while given < most:
        limit = min(PAGE, most - given)
        page = inbox_page(session, columns, query, shown, cursor=cursor, limit=limit)
        words = _Words(session, columns, language, page.entries)
        for entry in page.entries:
            yield [words.cell(name, entry) for name in shown]
        given += len(page.entries)
        cursor = page.next
        if cursor is None:
            return


class _Words:
    """What the ids in a page of entries are called."""

    def __init__(self, session: Session, columns: Columns, language: str, entries: Sequence[Entry]) -> None:
        self.session, self.columns, self.language = session, columns, language
        self.english = language.startswith("en")
        people = {each for entry in entries for name in PEOPLE for each in _ids(entry.cells.get(name))}
        self.people = users.names_of(session, people, language)

    def cell(self, name: str, entry: Entry) -> Any:
        """Return a value as people read it."""
        value = entry.cells[name]
        if name in PEOPLE:
            return [self.people.get(each, each) for each in _ids(value)]
        if name == "process":
            return (entry.process_name_en if self.english else None) or entry.process_name or value
        if name in ("title", "step", "place") and entry.definition_id and entry.element_id:
            return self._step(entry, value)
        if name == "summary":
            return {self._field_label(key): self._field(FIELD + key, item) for key, item in value.items()}
        if name == "progress":
            return f"{value['number']}/{value['total']}" if value else None
        if isinstance(value, bool):
            return translate(self.language, _YES if value else _NO)
        return self._field(name, value)

    def _step(self, entry: Entry, value: Any) -> Any:
        if entry.definition_id is None or (not self.english and value):
            return value
        element = definition(self.session, entry.definition_id).program.elements.get(entry.element_id or "")
        return element.localised_name(self.language) if element is not None else value

    def _field_label(self, name: str) -> str:
        column = self.columns.find(FIELD + name)
        return label(column, self.language) if column is not None else name

    def _field(self, name: str, value: Any) -> Any:
        column = self.columns.find(name)
        options = column.options if column is not None else {}
        if isinstance(value, list):
            return [self._option(options, each) for each in value]
        return self._option(options, value)

    def _option(self, options: Any, value: Any) -> Any:
        found = options.get(str(value))
        return value if found is None else found[1 if self.english else 0]


def _ids(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())
