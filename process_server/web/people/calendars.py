"""Working calendars: hours, public holidays and days of one's own, for administrators; and the days they come to."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query
from fastapi.responses import Response
from pydantic import ValidationError

from process_server.calendars import store
from process_server.calendars.definition import WEEKDAYS, CalendarDefinition
from process_server.clock import now
from process_server.errors import Conflict
from process_server.i18n import gettext_noop
from process_server.i18n.display import local
from process_server.identity import users
from process_server.web.ground import naming
from process_server.web.ground.visit import AdminVisit, Visit
from process_server.web.people import telling

router = APIRouter()

FIRST, LAST = date(1900, 1, 1), date(3000, 1, 1)  # between these days can be looked at
WEEKS = 6  # of days shown
Id = Annotated[str, Path(max_length=100)]
Text = Annotated[str, Form(max_length=20_000)]
NOT_UNDERSTOOD = gettext_noop("This cannot be understood: {reason}")


@router.get("/calendars")
def show(visit: AdminVisit) -> Response:
    """List the calendars."""
    calendars = store.list_calendars(visit.session)
    names = dict(_departments(visit))
    whom = {each.id: [names.get(id, id) for id in each.departments] + list(each.regions) for each in calendars}
    return visit.page("calendars.html", calendars=calendars, whom=whom)


@router.get("/calendars/new")
def new(visit: AdminVisit) -> Response:
    """Show an empty one."""
    hours = dict.fromkeys(WEEKDAYS[:5], "09:00-12:00, 13:00-18:00")
    return _page(visit, {"id": "", "name": "", "hours": hours}, is_new=True)


@router.get("/calendars/{calendar_id}")
def edit(
    visit: AdminVisit, calendar_id: Id, from_day: Annotated[date | None, Query(alias="from", gt=FIRST, lt=LAST)] = None
) -> Response:
    """Show one, and the days it comes to."""
    found = store.get_calendar(visit.session, calendar_id)
    return _page(visit, _given(found), found, since=from_day)


@router.post("/calendars/{calendar_id}")
def keep(
    visit: AdminVisit,
    calendar_id: Id,
    name: Annotated[str, Form(max_length=200)],
    id: Annotated[str, Form(max_length=100)] = "",
    name_en: Annotated[str, Form(max_length=200)] = "",
    default: Annotated[bool, Form()] = False,
    time_zone: Annotated[str, Form(max_length=60)] = "",
    country: Annotated[str, Form(max_length=2)] = "",
    subdivision: Annotated[str, Form(max_length=20)] = "",
    departments: Annotated[list[str] | None, Form()] = None,
    regions: Text = "",
    hours: Annotated[list[str] | None, Form()] = None,
    off: Text = "",
    on: Text = "",
    special: Text = "",
) -> Response:
    """Keep a calendar: due dates reckoned from now on follow it."""
    is_new = calendar_id == "new"
    days = dict(zip(WEEKDAYS, hours or (), strict=False))
    given: dict[str, Any] = {
        "id": id.strip() if is_new else calendar_id, "name": name, "name_en": name_en, "default": default,
        "time_zone": time_zone, "country": country, "subdivision": subdivision, "departments": departments or [],
        "regions": regions, "hours": days, "off": off, "on": on, "special": special,
    }  # fmt: skip
    try:
        if is_new and any(each.id == given["id"] for each in store.list_calendars(visit.session)):
            raise Conflict("There is a calendar of this id already.")
        made = CalendarDefinition.model_validate(_read(given))
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        reason = f"{place}: {fault['msg']}" if place else str(fault["msg"])
        return _page(visit, given, is_new=is_new, problem=visit.say(NOT_UNDERSTOOD, reason=reason))
    store.set_calendar(visit.session, made, actor=visit.principal)
    return visit.go(f"/calendars/{made.id}", visit.say("Kept. Due dates reckoned from now on follow it."))


@router.post("/calendars/{calendar_id}/remove")
def remove(visit: AdminVisit, calendar_id: Id) -> Response:
    """Remove a calendar; its tasks go on by the default one."""
    store.remove_calendar(visit.session, calendar_id, actor=visit.principal)
    return visit.go("/calendars", visit.say("Removed. Its tasks go on by the default calendar."))


def _given(found: CalendarDefinition) -> dict[str, Any]:
    """Return a calendar as the fields of its page show it: a line for each weekday, texts for lists."""
    shown = found.model_dump(mode="json")
    week = found.calendar().week
    hours = {day: ", ".join(_span(*span) for span in spans) for day, spans in zip(WEEKDAYS, week, strict=True)}
    special = "\n".join(f"{day} {', '.join(spans)}" for day, spans in shown["special"].items())
    lists = {name: "\n".join(shown[name]) for name in ("off", "on", "regions")}
    return {**shown, **lists, "hours": hours, "special": special}


def _read(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fields of a page say as a calendar is written."""
    lists = {name: given[name].replace(",", " ").split() for name in ("off", "on")}
    special = {}
    for line in given["special"].splitlines():
        day, _, spans = line.strip().partition(" ")
        if day:
            special[day] = _spans(spans)
    optional = {name: given[name].strip() or None for name in ("name_en", "time_zone", "subdivision")}
    return {
        "id": given["id"],
        "name": given["name"].strip(),
        "default": given["default"],
        "country": given["country"].strip().upper() or None,
        "departments": given["departments"],
        "regions": [line.strip() for line in given["regions"].splitlines() if line.strip()],
        "hours": {day: _spans(written) for day, written in given["hours"].items() if written.strip()},
        "special": special,
        **optional,
        **lists,
    }


def _spans(written: str) -> list[str]:
    return [part.strip() for part in written.split(",") if part.strip()]


def _span(opens: int, closes: int) -> str:
    return f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"


def _page(
    visit: Visit,
    given: Mapping[str, Any],
    found: CalendarDefinition | None = None,
    *,
    is_new: bool = False,
    since: date | None = None,
    problem: str = "",
) -> Response:
    today = local(now()).date()
    monday = since or today
    monday -= timedelta(days=monday.weekday())
    by = found.calendar() if found else None
    every = [monday + timedelta(days=number) for number in range(7 * WEEKS)]
    days = [(day, ", ".join(_span(*span) for span in by.hours_of(day))) for day in every] if by else []
    return visit.page(
        "calendar.html",
        status=422 if problem else 200,
        given=given,
        is_new=is_new,
        problem=problem,
        weekdays=[(day, visit.say(words)) for day, words in zip(WEEKDAYS, telling.WEEKDAYS, strict=True)],
        departments=_departments(visit),
        days=days,
        today=today,
        before=monday - timedelta(weeks=WEEKS),
        after=monday + timedelta(weeks=WEEKS),
    )


def _departments(visit: Visit) -> list[tuple[str, str]]:
    return [(each.id, naming.of_row(visit, each)) for each in users.all_departments(visit.session)]
