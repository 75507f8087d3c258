"""The lists of the inbox with what only the diagrams know: lanes, how far a case has come, its business summary."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from process_server.bpmn.definitions import definition
from process_server.bpmn.queries.progress import progress
from process_server.db import Session
from process_server.i18n import gettext_noop
from process_server.tasks.inbox import pages as inbox
from process_server.tasks.inbox.columns import FIELD, Columns
from process_server.tasks.inbox.pages import Entry, Page, Query

DRAWN: Mapping[str, str] = {
    "summary": gettext_noop("Summary"),
    "progress": gettext_noop("Progress"),
    "lane": gettext_noop("Lane"),
}
"""Columns read off the diagram, with their labels: shown, but neither sorted nor filtered by."""


def inbox_page(
    session: Session,
    columns: Columns,
    query: Query,
    shown: Sequence[str] = (),
    *,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Return a page of a list as `tasks.inbox.page` does; `shown` may name the columns of `DRAWN` as well.

    summary: the values an analyst chose for lists, by variable. progress: {number, total} of steps.
    """
    asked = [name for name in shown if name not in DRAWN]
    chosen = [FIELD + each.name for each in columns.fields.values() if each.everywhere] if "summary" in shown else []
    stored = list(dict.fromkeys([*asked, *chosen]))
    found = inbox.page(session, columns, query, stored, cursor=cursor, limit=limit)
    entries = [replace(each, cells=_cells(session, each, shown)) for each in found.entries]
    return Page(entries, found.next)


def _cells(session: Session, entry: Entry, shown: Sequence[str]) -> dict[str, Any]:
    drawn = _drawn(session, entry) if any(name in DRAWN for name in shown) else {}
    return {name: drawn[name] if name in DRAWN else entry.cells[name] for name in shown}


def _drawn(session: Session, entry: Entry) -> dict[str, Any]:
    if entry.definition_id is None:
        return {"summary": {}, "progress": None, "lane": None}
    held = definition(session, entry.definition_id)
    come = progress(held, entry.element_id or "")
    values = {name: entry.cells.get(FIELD + name) for name in held.program.summary}
    return {
        "summary": {name: value for name, value in values.items() if value not in (None, "", [])},
        "progress": {"number": come.number, "total": come.total} if come.number else None,
        "lane": come.lane,
    }
