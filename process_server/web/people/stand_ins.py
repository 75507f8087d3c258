"""Stand-ins: who works for whom while they are away; one's own, those one stands in for, those of one's people."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from fastapi.responses import Response

from process_server import refusals
from process_server.bpmn import queries
from process_server.config import settings
from process_server.errors import InvalidInput
from process_server.identity import stand_ins, team, users
from process_server.identity.stand_ins import StandInRow
from process_server.web.ground import naming
from process_server.web.ground.visit import SignedInVisit, Visit

router = APIRouter()


@router.get("/stand-ins")
def show(visit: SignedInVisit) -> Response:
    """Show who stands in for the reader, for whom they do, and the same of their people."""
    return _page(visit)


@router.post("/stand-ins")
def create(
    visit: SignedInVisit,
    substitute: Annotated[str, Form(max_length=255)],
    person: Annotated[str, Form(max_length=255)] = "",
    since: Annotated[str, Form(max_length=40)] = "",
    until: Annotated[str, Form(max_length=40)] = "",
    processes: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Let somebody work for the reader, or for one of their people; the last day is included."""
    given = {"substitute": substitute, "person": person, "since": since, "until": until, "processes": processes or []}
    try:
        row = stand_ins.create(
            visit.session,
            person or visit.principal.user_id,
            substitute,
            principal=visit.principal,
            starts_at=_day(since, "since"),
            ends_at=_end(until),
            process_keys=processes or (),
        )
    except InvalidInput as error:
        problems = {each["field"]: refusals.sentence(visit.language, each) for each in error.problems}
        return _page(visit, problems, given)
    names = naming.people(visit, [row.user_id, row.substitute_id])
    said = visit.say(
        "{substitute} stands in for {person}.", substitute=names[row.substitute_id], person=names[row.user_id]
    )
    return visit.go("/stand-ins", said)


@router.post("/stand-ins/{stand_in_id}/end")
def end(visit: SignedInVisit, stand_in_id: UUID) -> Response:
    """End a stand-in now."""
    stand_ins.end(visit.session, stand_in_id, principal=visit.principal)
    return visit.go("/stand-ins", visit.say("Ended. Both names stay with what was decided meanwhile."))


def _day(text: str, field: str) -> datetime | None:
    """Return when a day begins in the company's zone."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(settings().time_zone))
    except ValueError as error:
        raise InvalidInput([{"field": field, "code": "invalid", "params": {}}]) from error


def _end(text: str) -> datetime | None:
    last = _day(text, "until")
    return last + timedelta(days=1) if last else None


def _page(visit: Visit, problems: dict[str, str] | None = None, given: dict[str, Any] | None = None) -> Response:
    me = visit.principal.user_id
    rows = stand_ins.list_stand_ins(visit.session, visit.principal, user_id=me)
    people = team.members_of(visit.session, me)
    others = {
        row.id: row
        for person in people
        for row in stand_ins.list_stand_ins(visit.session, visit.principal, user_id=person)
        if row.user_id == person
    }
    every = [*rows, *others.values()]
    names = naming.people(visit, [me, *people, *(row.user_id for row in every), *(row.substitute_id for row in every)])
    definitions = {row["key"]: naming.process(visit, row) for row in queries.list_definitions(visit.session)}
    lists: list[tuple[str, list[StandInRow]]] = [
        (visit.say("Who stands in for me"), [row for row in rows if row.user_id == me]),
        (visit.say("For whom I stand in"), [row for row in rows if row.substitute_id == me]),
    ]
    if people:
        lists.append((visit.say("My people"), list(others.values())))
    return visit.page(
        "stand_ins.html",
        status=422 if problems else 200,
        lists=lists,
        names=names,
        processes=definitions,
        mine=[person for person in people if person in names],
        people=users.search(visit.session, limit=500),
        problems=problems or {},
        given=given or {},
    )
