"""Choosing what a list shows: its columns, in their order, and the values it can be narrowed to, with their numbers."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Body, Form, Query
from fastapi.responses import Response

from process_server.bpmn.queries.fields import columns_of
from process_server.bpmn.queries.inbox import DRAWN
from process_server.identity import preferences
from process_server.tasks.inbox import facets
from process_server.tasks.inbox.columns import Columns
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.inbox.address import Address, read_columns, write_columns
from process_server.web.inbox.meanings import label, words_of
from process_server.web.inbox.page import COLUMNS, Asked, shown_columns

router = APIRouter()


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
        {
            "name": name,
            "words": label(visit, known.get(name)),
            "values": _values(visit, known, address, name, values),
            "sought": known.get(name).kind == "text",
        }
        for name, values in found.values.items()
        if values and (len(values) > 1 or any(each.startswith(f"{name}:") for each in address.filters))
    ]
    spans = facets.ranges(visit.session, known, address.query)
    numbers = [_range(visit, known, address, name, span) for name, span in spans.items()]
    return visit.page(
        "facets.html", address=address, page=address.page, facets=shown, ranges=numbers, complete=found.complete
    )


@router.get("/inbox/{which}/values")
def seek(
    visit: SignedInVisit,
    address: Asked,
    column: Annotated[str, Query(max_length=200)],
    like: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show the values of a column of texts that contain something."""
    known = columns_of(visit.session, address.page.name, visit.principal)
    values = facets.facets(visit.session, known, address.query, [column], like.strip()).values[column]
    return visit.page("facet_values.html", values=_values(visit, known, address, column, values))


@router.get("/inbox/{which}/range")
def narrow_range(
    visit: SignedInVisit,
    address: Asked,
    column: Annotated[str, Query(max_length=200)],
    low: Annotated[str, Query(max_length=40)] = "",
    high: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Narrow a list to a span of numbers; without an end to all beyond the other, without both to none."""
    return visit.go(address.only(column, f"{low.strip()}..{high.strip()}" if low.strip() or high.strip() else ""))


def _range(visit: Visit, known: Columns, address: Address, name: str, span: facets.Range) -> dict[str, Any]:
    """Return the ends of a column of numbers, and those it is narrowed to."""
    chosen = next((each.removeprefix(f"{name}:") for each in address.filters if each.startswith(f"{name}:")), "")
    low, _, high = chosen.partition("..")
    step = 10 ** max(0, int((span.high - span.low).adjusted()) - 2)  # some hundred steps from end to end
    return {
        "name": name,
        "words": label(visit, known.get(name)),
        "least": span.low.quantize(Decimal(1), ROUND_FLOOR) // step * step,
        "most": -(-span.high.quantize(Decimal(1), ROUND_CEILING) // step * step),
        "step": step,
        "low": low,
        "high": high,
    }


def _keep(visit: Visit, address: Address, columns: str, answer: Response) -> Response:
    chosen = write_columns(read_columns(columns))
    kept = {**visit.preferences.get(COLUMNS, {}), address.page.name: chosen}
    preferences.write(visit.session, visit.principal.user_id, COLUMNS, kept)
    return answer


def _values(
    visit: Visit, known: Columns, address: Address, name: str, values: list[facets.Value]
) -> list[dict[str, Any]]:
    words = words_of(visit, known.get(name), [each.value for each in values])
    return [
        {
            "words": words.get(each.value, each.value),
            "count": each.count,
            "to": address.with_filter(f"{name}:{each.value}"),
            "on": f"{name}:{each.value}" in address.filters,
        }
        for each in values
    ]
