"""Working calendars: when the company, a region or a department works; changed here, they hold at once."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import Path, Response
from fastapi import Query as QueryParameters
from pydantic import Field

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Duration, Instant, Page, Query, Shown
from process_server.api.ground.transaction import transaction
from process_server.calendars import store
from process_server.calendars.definition import CalendarDefinition
from process_server.calendars.working_time import read_working_duration
from process_server.clock import now
from process_server.db import Session
from process_server.errors import InvalidInput
from process_server.expressions.limits import Fault
from process_server.identity.principal import Principal

router = resource("/calendars", "calendars")

MOST_DAYS = 366

CalendarId = Annotated[str, Path(max_length=100, examples=["china"])]


class DayShown(Shown):
    """A day of a calendar and the hours that are worked on it."""

    date: date
    hours: list[str]


class Days(Query):
    """From which day to which, both included; a year at most."""

    since: date
    until: date


class DueQuery(Query):
    """How much working time, from which instant on; left out: from now."""

    duration: Annotated[Duration, Field(examples=["PT8H"])]
    start: Instant | None = None


class DueShown(Shown):
    """When so much working time has passed."""

    due: datetime


@router.get("", response_model=Page[CalendarDefinition])
@transaction("calendars:read")
def find(session: Session, actor: Principal) -> Response:
    """List every working calendar."""
    return answer({"items": [_shown(each) for each in store.list_calendars(session)], "next": None})


@router.get("/{calendar_id}", response_model=CalendarDefinition, responses=documented(404))
@transaction("calendars:read")
def get(session: Session, actor: Principal, calendar_id: CalendarId) -> Response:
    """Get a working calendar."""
    return answer(_shown(store.get_calendar(session, calendar_id)))


@router.put("/{calendar_id}", response_model=CalendarDefinition, responses=documented(413))
@transaction("calendars:write")
def put(session: Session, actor: Principal, calendar_id: CalendarId, body: CalendarDefinition) -> Response:
    """Define a working calendar, or change it, for administrators.

    Due dates reckoned from now on follow it, within half a minute in every process; those already reckoned stay.
    """
    if body.id != calendar_id:
        raise InvalidInput([{"field": "id", "code": "mismatch", "params": {"value": calendar_id}}])
    store.set_calendar(session, body, actor=actor)
    return answer(_shown(body))


@router.delete("/{calendar_id}", status_code=204, responses=documented(404, 409))
@transaction("calendars:write")
def delete(session: Session, actor: Principal, calendar_id: CalendarId) -> Response:
    """Remove a working calendar, for administrators; not the default one. Its tasks go on by the default one."""
    store.remove_calendar(session, calendar_id, actor=actor)
    return nothing()


@router.get("/{calendar_id}/days", response_model=Page[DayShown], responses=documented(404))
@transaction("calendars:read")
def days(
    session: Session, actor: Principal, calendar_id: CalendarId, query: Annotated[Days, QueryParameters()]
) -> Response:
    """List days and their hours, holidays and days worked in exchange included. A day off has none."""
    if not 0 <= (query.until - query.since).days <= MOST_DAYS:
        raise InvalidInput([{"field": "until", "code": "range", "params": {"minimum": 0, "maximum": MOST_DAYS}}])
    by = store.get_calendar(session, calendar_id).calendar()
    every = (query.since + timedelta(days=number) for number in range((query.until - query.since).days + 1))
    items = [{"date": day, "hours": [_span(*span) for span in by.hours_of(day)]} for day in every]
    return answer({"items": items, "next": None})


@router.get("/{calendar_id}/due", response_model=DueShown, responses=documented(404))
@transaction("calendars:read")
def due(
    session: Session, actor: Principal, calendar_id: CalendarId, query: Annotated[DueQuery, QueryParameters()]
) -> Response:
    """Say when so much working time has passed."""
    by = store.get_calendar(session, calendar_id).calendar()
    try:
        moment = by.after(query.start or now(), read_working_duration(query.duration))
    except Fault as error:
        raise InvalidInput(
            [{"field": "duration", "code": "duration", "params": {"value": query.duration, "reason": str(error)}}]
        ) from error
    return answer({"due": moment})


def _shown(definition: CalendarDefinition) -> dict[str, Any]:
    return definition.model_dump(mode="json")


def _span(opens: int, closes: int) -> str:
    return f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"
