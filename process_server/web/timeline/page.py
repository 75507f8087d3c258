"""The timeline of a case a page at a time: the newest first, what is older when it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from process_server.bpmn import queries, visibility
from process_server.bpmn.queries import Row
from process_server.errors import InvalidInput
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.timeline import entries as timeline
from process_server.web.timeline.entries import Entry

router = APIRouter()

PAGE = 50  # entries


@dataclass(frozen=True, slots=True)
class Told:
    """Some entries of a timeline; `kinds` are those it has, `older` is where what comes before them is found."""

    entries: Sequence[Entry]
    kinds: frozenset[str]
    older: str


@router.get("/i/{instance_id}/timeline")
def older(visit: SignedInVisit, instance_id: UUID, before: Annotated[str, Query(max_length=60)]) -> Response:
    """Show the entries of a timeline before those that are shown."""
    visibility.require_visible(visit.session, instance_id, visit.principal)
    tree = queries.instance_tree(visit.session, instance_id)
    return visit.page("timeline_rows.html", timeline=tell(visit, instance_id, tree, before))


def tell(visit: Visit, instance_id: UUID, tree: Sequence[Row], before: str = "") -> Told:
    """Return the newest entries of a timeline, or those before a position."""
    until, seen = _read(before) if before else (None, 0)
    found = timeline.of_tree(visit, tree, until)
    rest = found if until is None else [each for each in found if not each.waiting and each.at <= until][seen:]
    shown = rest[:PAGE]
    address = f"/i/{instance_id}/timeline?before={_write(shown, until, seen)}" if len(rest) > PAGE else ""
    kinds = {each.kind for each in found} | ({"change"} if any(each.changes for each in found) else set())
    return Told(shown, frozenset(kinds), address)


def _write(shown: Sequence[Entry], until: datetime | None, seen: int) -> str:
    """Return the position after entries: the instant of the last one, and how many of that instant were shown."""
    last = shown[-1].at
    alike = sum(1 for _ in takewhile(lambda each: each.at == last, reversed(shown)))
    return f"{last.astimezone(UTC):%Y%m%dT%H%M%S.%f}~{alike + (seen if last == until else 0)}"


def _read(position: str) -> tuple[datetime, int]:
    at, _, seen = position.partition("~")
    try:
        return datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), int(seen)
    except ValueError as error:
        raise InvalidInput([{"field": "before", "code": "invalid", "params": {}}]) from error
