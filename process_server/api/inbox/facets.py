"""What the rows of a list have in their columns, counted: to choose from."""

from typing import Annotated

from fastapi import Query as QueryParameters
from fastapi import Response

from process_server.api.ground.answers import answer
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Shown
from process_server.api.ground.transaction import transaction
from process_server.api.inbox.asked import FacetQuery, ListName
from process_server.bpmn import queries
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.inbox import facets as counted

router = resource("/inbox", "inbox")


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


@router.get("/{list}/facets", response_model=FacetsShown, responses=documented(404))
@transaction("tasks:read")
def facets(
    session: Session, actor: Principal, list: ListName, query: Annotated[FacetQuery, QueryParameters()]
) -> Response:
    """Count the values of columns over the rows of a list; a column that is filtered by as if it were not."""
    known = queries.columns_of(session, list, actor)
    found = counted.facets(session, known, query.of(list), query.facet or counted.names(known), query.like)
    shown = {
        name: [{"value": each.value, "count": each.count} for each in values] for name, values in found.values.items()
    }
    spans = counted.ranges(session, known, query.of(list))
    ranges = {name: {"low": each.low, "high": each.high} for name, each in spans.items()}
    return answer({"facets": shown, "ranges": ranges, "complete": found.complete})
