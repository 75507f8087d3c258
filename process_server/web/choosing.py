"""Choosing what a list shows: its columns, in their order, and the values it can be narrowed to, with their numbers."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Form
from fastapi.responses import Response

from process_server.bpmn import queries
from process_server.bpmn.queries.fields import columns_of
from process_server.bpmn.queries.inbox import DRAWN
from process_server.i18n import gettext_noop
from process_server.identity import preferences, users
from process_server.tasks import facets
from process_server.tasks.columns import Column, Columns
from process_server.tasks.conditions import BUCKETS, EMPTY
from process_server.web import naming
from process_server.web.address import Address, read_columns, write_columns
from process_server.web.inbox import COLUMNS, Asked, label, shown_columns
from process_server.web.visit import SignedInVisit, Visit

router = APIRouter()

BUCKET_WORDS = {
    "overdue": gettext_noop("Overdue"),
    "today": gettext_noop("Due today"),
    "3d": gettext_noop("Due in 3 days"),
    "7d": gettext_noop("Due in 7 days"),
}


@router.get("/inbox/{which}/columns")
def columns(visit: SignedInVisit, address: Asked) -> Response:
    """Show all columns a list has, those it shows first."""
    known = columns_of(visit.session, address.page.name, visit.principal)
    shown = shown_columns(visit, known, address)
    names = {each.name for each in shown}
    rest = [each for each in (*DRAWN, *(column.name for column in known.all())) if each not in names]
    words = {name: visit.say(text) for name, text in DRAWN.items()}
    words |= {column.name: label(visit, column) for column in known.all()}
    return visit.page("columns.html", address=address, shown=shown, rest=rest, words=words)


@router.post("/inbox/{which}/columns")
def choose(
    visit: SignedInVisit, address: Asked, columns: Annotated[str, Body(embed=True, max_length=2_000)]
) -> Response:
    """Keep the columns of a list for its reader."""
    return _keep(visit, address, columns, visit.json({}))


@router.post("/inbox/{which}/columns/keep")
def keep(
    visit: SignedInVisit,
    address: Asked,
    columns: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    """Keep the columns that were ticked, and show the list with them."""
    if address.view:
        return visit.go(address.to(columns=write_columns(read_columns(columns))))
    return _keep(visit, address, columns, visit.go(address.to(columns="")))


@router.get("/inbox/{which}/facets")
def narrow(visit: SignedInVisit, address: Asked) -> Response:
    """Show what a list can be narrowed to."""
    known = columns_of(visit.session, address.page.name, visit.principal)
    found = facets.facets(visit.session, known, address.query, facets.names(known))
    shown = [
        {"words": label(visit, known.get(name)), "values": _values(visit, known, address, name, values)}
        for name, values in found.values.items()
        if values and (len(values) > 1 or any(each.startswith(f"{name}:") for each in address.filters))
    ]
    return visit.page("facets.html", address=address, page=address.page, facets=shown, complete=found.complete)


def _keep(visit: Visit, address: Address, columns: str, answer: Response) -> Response:
    chosen = write_columns(read_columns(columns))
    kept = {**visit.preferences.get(COLUMNS, {}), address.page.name: chosen}
    preferences.write(visit.session, visit.principal.user_id, COLUMNS, kept)
    return answer


def _values(
    visit: Visit, known: Columns, address: Address, name: str, values: list[facets.Value]
) -> list[dict[str, Any]]:
    words = _words(visit, known.get(name), name, [each.value for each in values])
    return [
        {
            "words": words.get(each.value, each.value),
            "count": each.count,
            "to": address.with_filter(f"{name}:{each.value}"),
            "on": f"{name}:{each.value}" in address.filters,
        }
        for each in values
    ]


def _words(visit: Visit, column: Column, name: str, values: list[str]) -> Mapping[str, str]:
    """Return what the values of a facet are called."""
    words: dict[str, str] = {EMPTY: visit.say("none")}
    if name == "initiator":
        words |= naming.people(visit, values)
    elif name == "groups":
        words |= naming.groups_by_id(visit)
    elif name == "department":
        words |= {each.id: naming.of_row(visit, each) for each in users.all_departments(visit.session)}
    elif name == "process":
        words |= {row["key"]: naming.process(visit, row) for row in queries.list_definitions(visit.session)}
    elif name == "due":
        words |= {bucket: visit.say(BUCKET_WORDS[bucket]) for bucket in BUCKETS}
    elif name == "attachments":
        words |= {"1..": visit.say("with files"), "0": visit.say("without files")}
    elif name == "case_state":
        words |= {
            "active": visit.say("Running"),
            "completed": visit.say("Completed"),
            "cancelled": visit.say("Cancelled"),
        }
    elif column.kind == "boolean":
        words |= {"yes": visit.say("yes"), "no": visit.say("no")}
    return (
        words
        | {key: both[visit.language == "en"] or both[0] for key, both in column.options.items()}
        | {EMPTY: words[EMPTY]}
    )
