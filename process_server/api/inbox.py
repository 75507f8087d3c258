"""The inbox: its lists with their numbers, columns, facets and exports, as the pages show them to the same person."""

import tempfile
from collections.abc import Iterator
from typing import IO, Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query as QueryParameters
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from process_server import values
from process_server.api.answers import FRESH, answer
from process_server.api.errors import documented
from process_server.api.languages import language_of
from process_server.api.routing import resource
from process_server.api.schemas import Cursor, Limit, Page, Query, Shown, Text
from process_server.api.transaction import transaction
from process_server.bpmn import queries
from process_server.bpmn.queries import table
from process_server.config import settings
from process_server.db import Session
from process_server.i18n import translate
from process_server.identity.principal import Principal
from process_server.tasks.inbox import export
from process_server.tasks.inbox import facets as counted
from process_server.tasks.inbox import pages as inbox
from process_server.tasks.inbox.column import Column
from process_server.tasks.inbox.columns import Columns

router = resource("/inbox", "inbox")

ListName = Literal[
    "todo",
    "queue",
    "done",
    "started",
    "copied",
    "on_behalf",
    "watching",
    "drafts",
    "snoozed",
    "team",
    "overdue",
    "incidents",
    "all",
]
"""The names of `tasks.lists.LISTS`; a test compares."""

MOST_COLUMNS = 60
USUAL = ("title", "summary", "process", "business_key", "initiator", "received", "due", "priority", "assignee")
"""Shown where nobody says which: those of them that a list has."""


def _names(written: str) -> str:
    if len(written.split(",")) > MOST_COLUMNS:
        raise PydanticCustomError("too_many", "At most {maximum} columns.", {"maximum": MOST_COLUMNS})
    return written


ColumnNames = Annotated[
    Text,
    AfterValidator(_names),
    Field(
        max_length=4_000,
        examples=["title,due,field.amount"],
        description="Columns separated by commas, as `GET /inbox/{list}/columns` names them. Left out: the usual ones.",
    ),
]


class ListQuery(Query):
    """Which rows of a list."""

    filter: Annotated[
        list[Text],
        Field(
            default_factory=list,
            max_length=50,
            examples=[["process:lead", "due:overdue", "field.amount:100..500"]],
            description="`<column>:<what>`. A key: its value. A text: what it contains, or `=` and the whole. "
            "A number, date or instant: `100..500`, `100..`, `..500` or one value; a due date also `overdue`, "
            "`today`, `3d`, `7d`, `later`. A boolean: yes or no. `-`: nothing, `*`: anything. The same column "
            "twice: either.",
        ),
    ]
    text: Annotated[
        Text,
        Field(max_length=200, description="Free text: steps, processes, business keys, summaries, comments."),
    ] = ""
    where: Annotated[
        Text,
        Field(
            max_length=2_000,
            examples=["amount > 50000 and due < now()"],
            description="A condition over the columns in the language of gateways.",
        ),
    ] = ""
    on_behalf_of: Annotated[Text, Field(max_length=255, description="In the list on_behalf: of whom.")] = ""

    def of(self, name: str, sort: str = "") -> inbox.Query:
        """Return it as the inbox understands it."""
        return inbox.Query(name, tuple(self.filter), self.text, self.where, sort, self.on_behalf_of)


Sort = Annotated[
    Text,
    Field(
        max_length=300,
        examples=["-field.amount,due"],
        description="Up to three columns separated by commas; a minus sorts downwards. Left out: as the list does.",
    ),
]


class PageQuery(ListQuery):
    """Which rows of a list, in which order, with which columns, and which page of them."""

    columns: ColumnNames = ""
    sort: Sort = ""
    limit: Limit = 50
    cursor: Cursor = None


class FacetQuery(ListQuery):
    """Which facets of which rows."""

    facet: Annotated[
        list[Text],
        Field(
            default_factory=list, max_length=50, description="Columns to count the values of. Left out: all that can."
        ),
    ]


class ExportQuery(ListQuery):
    """Which rows of a list, in which order, with which columns, written how."""

    columns: ColumnNames = ""
    sort: Sort = ""
    format: Literal["xlsx", "csv"] = "xlsx"


class ListCount(Shown):
    """How many rows wait in a list, counted up to 1000: of cases started those running, of copies the unread."""

    list: str
    count: int


class Lists(Shown):
    """The lists somebody has."""

    items: list[ListCount]


class EntryShown(Shown):
    """A row of a list: a task, a case, a copy, a draft or an incident. `cells` are the columns asked for, by name."""

    id: UUID
    task_id: UUID | None
    process_instance_id: UUID | None
    definition_id: UUID | None
    element_id: str | None
    process_name: str | None
    process_name_en: str | None
    revision: int | None
    cells: dict[str, Any]


class ColumnShown(Shown):
    """A column of a list. Names beginning with `field.` are business fields: variables that forms declare."""

    name: str
    label: str
    kind: Annotated[
        str, Field(examples=["text", "key", "number", "instant", "date", "boolean", "list", "span", "drawn"])
    ]
    sortable: bool
    filterable: bool
    facet: bool
    options: dict[str, str]


class ColumnsShown(Shown):
    """All columns somebody can use in a list."""

    items: list[ColumnShown]


class FacetValue(Shown):
    """A value as a filter writes it, and how many rows have it."""

    value: str
    count: int


class Span(Shown):
    """The smallest and the largest value of a business field of numbers."""

    low: float
    high: float


class FacetsShown(Shown):
    """Values by column, the most frequent first; where it is not complete, the numbers are lower bounds.

    `ranges` are the spans of business fields of numbers, as if none was filtered by; filter by `field.x:100..500`.
    """

    facets: dict[str, list[FacetValue]]
    ranges: dict[str, Span]
    complete: bool


class RowCount(Shown):
    """How many there are, counted up to 1000."""

    count: int


@router.get("", response_model=Lists)
@transaction("tasks:read")
def lists(session: Session, actor: Principal) -> Response:
    """List one's lists with their numbers."""
    numbers = inbox.counts(session, actor)
    return answer({"items": [{"list": name, "count": number} for name, number in numbers.items()]})


@router.get("/{list}", response_model=Page[EntryShown], responses=documented(404))
@transaction("tasks:read")
def find(
    session: Session, actor: Principal, list: ListName, query: Annotated[PageQuery, QueryParameters()]
) -> Response:
    """Page through a list."""
    columns = queries.columns_of(session, list, actor)
    shown = _chosen(columns, query.columns)
    page = queries.inbox_page(
        session, columns, query.of(list, query.sort), shown, cursor=query.cursor, limit=query.limit
    )
    return answer({"items": [_entry(each) for each in page.entries], "next": page.next})


def _chosen(columns: Columns, written: str) -> list[str]:
    if written:
        return [name for name in written.split(",") if name]
    return [name for name in USUAL if name in queries.DRAWN or columns.find(name) is not None]


def _entry(entry: inbox.Entry) -> dict[str, Any]:
    row = {name: getattr(entry, name) for name in EntryShown.model_fields}
    return row | {"cells": values.show(dict(entry.cells))}


@router.get("/{list}/count", response_model=RowCount, responses=documented(404))
@transaction("tasks:read")
def count(
    session: Session, actor: Principal, list: ListName, query: Annotated[ListQuery, QueryParameters()]
) -> Response:
    """Count the rows of a list, up to 1000."""
    columns = queries.columns_of(session, list, actor)
    return answer({"count": inbox.count(session, columns, query.of(list))})


@router.get("/{list}/columns", response_model=ColumnsShown, responses=documented(404))
@transaction("tasks:read")
def columns(session: Session, actor: Principal, list: ListName, request: Request) -> Response:
    """List the columns one can show, sort and filter a list by."""
    language = language_of(request)
    known = queries.columns_of(session, list, actor)
    with_facet = set(counted.names(known))
    items = [_column(each, language, each.name in with_facet) for each in known.all()]
    drawn = {"kind": "drawn", "sortable": False, "filterable": False, "facet": False, "options": {}}
    items += [{"name": name, "label": translate(language, text)} | drawn for name, text in queries.DRAWN.items()]
    return answer({"items": items})


def _column(column: Column, language: str, with_facet: bool) -> dict[str, Any]:
    english = language.startswith("en")
    return {
        "name": column.name,
        "label": table.label(column, language),
        "kind": column.kind,
        "sortable": column.sorts,
        "filterable": True,
        "facet": with_facet,
        "options": {value: labels[1 if english else 0] for value, labels in column.options.items()},
    }


@router.get("/{list}/facets", response_model=FacetsShown, responses=documented(404))
@transaction("tasks:read")
def facets(
    session: Session, actor: Principal, list: ListName, query: Annotated[FacetQuery, QueryParameters()]
) -> Response:
    """Count the values of columns over the rows of a list; a column that is filtered by as if it were not."""
    known = queries.columns_of(session, list, actor)
    found = counted.facets(session, known, query.of(list), query.facet or counted.names(known))
    shown = {
        name: [{"value": each.value, "count": each.count} for each in values] for name, values in found.values.items()
    }
    spans = counted.ranges(session, known, query.of(list))
    ranges = {name: {"low": each.low, "high": each.high} for name, each in spans.items()}
    return answer({"facets": shown, "ranges": ranges, "complete": found.complete})


@router.get("/{list}/export", response_class=Response, responses=documented(404))
@transaction("tasks:read")
def write(
    session: Session,
    actor: Principal,
    list: ListName,
    query: Annotated[ExportQuery, QueryParameters()],
    request: Request,
) -> Response:
    """Take a list away as a file: XLSX, or CSV in UTF-8."""
    columns = queries.columns_of(session, list, actor)
    shown = _chosen(columns, query.columns)
    language, zone = language_of(request), ZoneInfo(settings().time_zone)
    heads = table.heads(columns, shown, language)
    rows = table.table(session, columns, query.of(list, query.sort), shown, language, settings().max_export)
    target = tempfile.TemporaryFile()  # noqa: SIM115  (closed when it has been sent)
    if query.format == "xlsx":
        export.write_xlsx(target, heads, rows, zone)
    else:
        target.writelines(export.csv_lines(heads, rows, zone))
    target.seek(0)
    name = quote(f"{list}.{query.format}")
    headers = FRESH | {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "X-Content-Type-Options": "nosniff",
    }
    media_type = export.XLSX if query.format == "xlsx" else export.CSV
    return StreamingResponse(_chunks(target), headers=headers, media_type=media_type)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(65_536):
            yield chunk
