"""Saved views: a list as somebody put it together, under a name; kept, shared, made the first one sees of its list."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from process_server.bpmn.queries.fields import columns_of
from process_server.errors import ProcessServerError
from process_server.identity import preferences
from process_server.tasks.inbox import views
from process_server.tasks.inbox.views import View
from process_server.web.ground import naming
from process_server.web.ground.lists import DEFAULT_VIEWS
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.inbox.page import Asked

router = APIRouter()

COLOURS = ("#4050c8", "#14713f", "#8f5200", "#b32525", "#1f62a8", "#6b4bb5")
COUNTED = 30  # views whose numbers are shown at once

Name = Annotated[str, Form(max_length=100)]


@router.get("/inbox/{which}/views")
def show(visit: SignedInVisit, address: Asked) -> Response:
    """Show the views somebody has, and what saving the present one takes."""
    found = views.list_views(visit.session, visit.principal)
    names = naming.people(visit, [view.owner for view in found])
    rows: list[dict[str, Any]] = [
        {
            "view": view,
            "owner": names[view.owner],
            "own": view.owner == visit.principal.user_id or visit.principal.admin,
            "count": _count(visit, view) if number < COUNTED else None,
            "default": _defaults(visit).get(view.list) == str(view.id),
        }
        for number, view in enumerate(found)
    ]
    present = next((row for row in rows if str(row["view"].id) == address.view), None)
    return visit.page("views.html", address=address, rows=rows, present=present, colours=COLOURS)


@router.post("/inbox/{which}/views")
def save(
    visit: SignedInVisit,
    address: Asked,
    name: Name,
    shared: Annotated[str, Form()] = "private",
    colour: Annotated[str, Form()] = "",
    default: Annotated[bool, Form()] = False,
) -> Response:
    """Save what the address shows under a name."""
    columns = columns_of(visit.session, address.page.name, visit.principal)
    made = views.create(visit.session, columns, name, address.settings(), shared=shared, colour=colour or None)
    if default:
        _make_default(visit, made, True)
    return visit.go(made.address, visit.say("Saved as “{name}”.", name=made.name))


@router.post("/inbox/{which}/views/{view_id}")
def replace(visit: SignedInVisit, address: Asked, view_id: UUID) -> Response:
    """Keep what the address shows in place of what a view had."""
    columns = columns_of(visit.session, address.page.name, visit.principal)
    held = views.find(visit.session, view_id, visit.principal)
    made = views.change(
        visit.session,
        view_id,
        columns,
        name=held.name,
        settings=address.settings(),
        shared=held.shared,
        colour=held.colour,
        icon=held.icon,
    )
    return visit.go(made.address, visit.say("Saved as “{name}”.", name=made.name))


@router.post("/views/{view_id}/delete")
def delete(visit: SignedInVisit, view_id: UUID) -> Response:
    """Delete a view."""
    held = views.find(visit.session, view_id, visit.principal)
    _make_default(visit, held, False)
    views.remove(visit.session, view_id, visit.principal)
    return visit.go(f"/inbox/{held.list}", visit.say("The view “{name}” is gone.", name=held.name))


@router.post("/views/{view_id}/default")
def choose_default(visit: SignedInVisit, view_id: UUID, on: Annotated[bool, Form()] = True) -> Response:
    """Let a view be what its list opens with, for this person."""
    held = views.find(visit.session, view_id, visit.principal)
    _make_default(visit, held, on)
    return visit.go(held.address)


@router.post("/views/{view_id}/subscribe")
def subscribe(visit: SignedInVisit, view_id: UUID, on: Annotated[bool, Form()] = True) -> Response:
    """Tell of a view in the summary somebody gets by mail, or no longer."""
    views.subscribe(visit.session, view_id, visit.principal, on)
    held = views.find(visit.session, view_id, visit.principal)
    return visit.go(held.address)


def _defaults(visit: Visit) -> dict[str, str]:
    defaults: dict[str, str] = visit.preferences.get(DEFAULT_VIEWS, {})
    return defaults


def _make_default(visit: Visit, view: View, on: bool) -> None:
    others: dict[str, Any] = {name: held for name, held in _defaults(visit).items() if held != str(view.id)}
    kept = others | {view.list: str(view.id)} if on else others
    preferences.write(visit.session, visit.principal.user_id, DEFAULT_VIEWS, kept)


def _count(visit: Visit, view: View) -> int | None:
    """Return how many rows a view has; what it asks for may be gone with its process."""
    try:
        return views.count(visit.session, view, columns_of(visit.session, view.list, visit.principal))
    except ProcessServerError:
        return None
