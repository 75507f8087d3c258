"""The lists of the inbox with their numbers and columns, as the pages show them to the same person."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Request, Response
from pydantic import Field

from process_server import values
from process_server.api.ground.answers import answer
from process_server.api.ground.errors import documented
from process_server.api.ground.languages import language_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Page, Shown
from process_server.api.ground.transaction import transaction
from process_server.api.inbox.asked import ListName, ListQuery, PageQuery, chosen
from process_server.bpmn import queries
from process_server.bpmn.queries import table
from process_server.db import Session
from process_server.i18n import translate
from process_server.identity.principal import Principal
from process_server.tasks.inbox import counting
from process_server.tasks.inbox import facets as counted
from process_server.tasks.inbox import pages as inbox
from process_server.tasks.inbox.column import Column

router = resource("/inbox", "inbox")


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


class RowCount(Shown):
    """How many there are, counted up to 1000."""

    count: int


@router.get("", response_model=Lists)
@transaction("tasks:read")
def lists(session: Session, actor: Principal) -> Response:
    """List one's lists with their numbers."""
    numbers = counting.count_lists(session, actor)
    return answer({"items": [{"list": name, "count": number} for name, number in numbers.items()]})


@router.get("/{list}", response_model=Page[EntryShown], responses=documented(404))
@transaction("tasks:read")
def find(
    session: Session, actor: Principal, list: ListName, query: Annotated[PageQuery, QueryParameters()]
) -> Response:
    """Page through a list."""
    columns = queries.columns_of(session, list, actor)
    shown = chosen(columns, query.columns)
    page = queries.inbox_page(
        session, columns, query.of(list, query.sort), shown, cursor=query.cursor, limit=query.limit
    )
    return answer({"items": [_entry(each) for each in page.entries], "next": page.next})


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
    return answer({"count": counting.count_rows(session, columns, query.of(list))})


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
