"""The rows of a list made ready to be shown: names for ids, words for states, the time a task has left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from process_server.bpmn.queries.inbox import DRAWN
from process_server.identity import users
from process_server.tasks.inbox import tags
from process_server.tasks.inbox.column import Column
from process_server.tasks.inbox.columns import Columns
from process_server.tasks.inbox.pages import Entry
from process_server.web.ground import naming
from process_server.web.ground.lists import SUMMARY, ListPage
from process_server.web.ground.visit import Visit
from process_server.web.inbox.meanings import PEOPLE, STEPS
from process_server.web.tasks.sla import standing

DECISIONS = frozenset({"outcome", "decision"})
TOLD = (
    "title",
    "business_key",
    "state",
    "due",
    "received",
    "escalated",
    "warn",
    "paused",
    "calendar",
    "priority",
    "unread",
    "assignee",
    "process",
    "version",
)
"""What every row needs besides its summary and the columns shown, where its list has it."""

STOPPED = ("stuck_at", "suspended")
"""What a row needs too that tells how its case stands: a case that cannot go on does not run."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value; `kind` says how it is drawn (templates/cells.html)."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `to` is where it leads, `cells` are by column."""

    entry: Entry
    to: str
    title: str
    business_key: str | None
    unread: bool
    urgent: bool
    summary: list[naming.Fact]
    sla: Any
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Timed:
    """What decides how a task stands against its due date."""

    due_at: datetime | None
    state: str
    escalated_at: datetime | None
    warn_at: datetime | None = None
    calendar: str | None = None
    paused_at: datetime | None = None


def wanted(columns: Columns, shown: Iterable[str]) -> list[str]:
    """Return the columns to ask for: those shown, and what every row needs."""
    chosen = list(shown)
    stopped = STOPPED if {"case_state", "waits_at"} & set(chosen) else ()
    names = dict.fromkeys([*chosen, *TOLD, *stopped, SUMMARY])
    return [name for name in names if name in DRAWN or columns.find(name) is not None]


def rows(visit: Visit, page: ListPage, columns: Columns, entries: Sequence[Entry], shown: Sequence[str]) -> list[Row]:
    """Return the rows of a page."""
    words = _Words(visit, entries)
    found = {name: columns.find(name) for name in shown}
    return [_row(words, page, found, entry) for entry in entries]


def _row(words: "_Words", page: ListPage, columns: Mapping[str, Column | None], entry: Entry) -> Row:
    cells = {
        name: words.cell(column, entry) if column else words.drawn(name, entry) for name, column in columns.items()
    }
    summary = words.summary(entry)
    held = entry.cells
    timed = held.get("received") is not None and "due" in held
    return Row(
        entry,
        _address(page, entry),
        words.title(page, entry),
        held.get("business_key"),
        bool(held.get("unread")) and held.get("state") == "open",
        (held.get("priority") or 0) >= 75,
        summary,
        standing(words.visit, words.timed(entry)) if timed else None,
        cells,
    )


def _address(page: ListPage, entry: Entry) -> str:
    if page.base in ("task", "draft", "copy") and entry.task_id is not None:
        return f"/t/{entry.task_id}"
    if page.base == "draft":
        return f"/start/{entry.cells['process']}?draft={entry.id}"
    return f"/i/{entry.process_instance_id}"


class _Words:
    """What the ids in some entries are called, each looked up once."""

    def __init__(self, visit: Visit, entries: Sequence[Entry]) -> None:
        self.visit = visit
        chosen = (
            naming.chosen(visit, entry.definition_id, entry.cells[SUMMARY]) for entry in entries if entry.definition_id
        )
        self.people = naming.people(visit, {*_ids(entries, PEOPLE | DECISIONS), *chain.from_iterable(chosen)})
        self.groups = naming.groups_by_id(visit) if any(entry.cells.get("groups") for entry in entries) else {}
        has_department = any(entry.cells.get("department") for entry in entries)
        found = users.all_departments(visit.session) if has_department else []
        self.departments = {each.id: naming.of_row(visit, each) for each in found}
        tagged = [entry.task_id for entry in entries if entry.task_id and entry.cells.get("tags")]
        self.tags = tags.of_tasks(visit.session, tagged, visit.principal) if tagged else {}

    def title(self, page: ListPage, entry: Entry) -> str:
        """Return what a row is called: the step of a task, the process of a case."""
        if page.base in ("task", "draft") and entry.definition_id and entry.element_id:
            return naming.step(self.visit, entry.definition_id, entry.element_id, entry.cells.get("title"))
        return self.process(entry)

    def process(self, entry: Entry) -> str:
        """Return the name of the process of an entry."""
        own = entry.process_name_en if self.visit.language == "en" else None
        return own or entry.process_name or str(entry.cells.get("process") or "")

    def summary(self, entry: Entry) -> list[naming.Fact]:
        """Return the values an analyst chose for lists."""
        if entry.definition_id is None:
            return []
        return naming.facts(self.visit, entry.definition_id, entry.cells[SUMMARY], self.people)

    def drawn(self, name: str, entry: Entry) -> Cell:
        """Return how a column that is read off the diagram is shown."""
        value = entry.cells[name]
        if name == SUMMARY:
            return Cell("summary", self.summary(entry))
        if name == "progress":
            return Cell("progress", value)
        if name == "lane" and value and entry.definition_id:
            return Cell("text", naming.lane(self.visit, entry.definition_id, value))
        return Cell("text", value or "")

    def timed(self, entry: Entry) -> Timed:
        """Return the times of a task."""
        held = entry.cells
        since = held["received"] if held.get("escalated") else None
        state = held.get("state", "open")
        return Timed(held["due"], state, since, held.get("warn"), held.get("calendar"), held.get("paused"))

    def cell(self, column: Column, entry: Entry) -> Cell:
        """Return how one value is shown."""
        value, name = entry.cells.get(column.name), column.name
        if name == "title":
            return Cell("title", None)
        if name == "process":
            return Cell("process", (self.process(entry), entry.cells.get("version")))
        if name == "due" and entry.cells.get("received") is not None:
            return Cell("sla", None)
        if name == "waits_at":
            return Cell("text", self.visit.enumerated([*self._open(entry, value), *self._stuck(entry)]))
        if value is None or value == []:
            return Cell("text", "")
        if name in PEOPLE:
            return self._people(value)
        if name == "state":
            return Cell("state", (value, False, None))
        if name == "case_state":
            return Cell("state", (value, bool(entry.cells.get("stuck_at")), entry.cells.get("suspended")))
        if name == "stuck_at":
            return Cell("text", self.visit.enumerated(self._stuck(entry)))
        if name == "breach":
            return Cell("share", float(value))
        if name == "tags":
            return Cell("tags", self.tags.get(entry.task_id or entry.id, []))
        if name in DECISIONS and entry.definition_id is not None:
            return Cell("outcome", (value, naming.decision(self.visit, entry.definition_id, value, self.people)))
        if name in STEPS and entry.definition_id is not None:
            return Cell("text", naming.step(self.visit, entry.definition_id, value))
        if name == "groups":
            return Cell("text", self.visit.enumerated(self.groups.get(each, each) for each in value))
        if name == "department":
            return Cell("text", self.departments.get(value, value))
        return self._plain(column, value)

    def _open(self, entry: Entry, drawn: Iterable[str] | None) -> list[str]:
        """Return what steps are called that are known by the names they were drawn with."""
        held = naming.of_version(self.visit, entry.definition_id).program.elements if entry.definition_id else {}
        called = {each.name: each.localised_name(self.visit.language) for each in reversed(list(held.values()))}
        return [called.get(name) or name for name in drawn or ()]

    def _stuck(self, entry: Entry) -> list[str]:
        """Return what the steps are called at which a case cannot go on."""
        stuck = entry.cells.get("stuck_at") or ()
        return [naming.step(self.visit, entry.definition_id, each) for each in stuck] if entry.definition_id else []

    def _people(self, value: str | list[str]) -> Cell:
        ids = [value] if isinstance(value, str) else value
        return Cell("people", [self.people.get(each, each) for each in ids])

    def _plain(self, column: Column, value: Any) -> Cell:
        if column.kind == "instant":
            return Cell("ago", value)
        if column.kind == "boolean":
            return Cell("flag", value)
        if column.kind == "span":
            return Cell("span", float(value))
        if column.kind == "number":
            return Cell("number", value)
        return Cell("text", self._option(column, value))

    def _option(self, column: Column, value: Any) -> Any:
        labels = {key: both[self.visit.language == "en"] or both[0] for key, both in column.options.items()}
        if isinstance(value, list):
            return self.visit.enumerated(str(labels.get(each, each)) for each in value)
        return labels.get(value, value)


def _ids(entries: Iterable[Entry], names: Iterable[str]) -> list[str]:
    found: list[str] = []
    for entry in entries:
        for name in names:
            value = entry.cells.get(name)
            found += [value] if isinstance(value, str) else (value or [])
    return found
