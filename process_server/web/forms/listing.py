"""The list of forms, and the templates a new one may begin with."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from process_server.bpmn import queries
from process_server.forms import gallery
from process_server.forms.policy import PREFIX
from process_server.identity import analysts
from process_server.web.ground import naming
from process_server.web.ground.visit import SignedInVisit, Visit

router = APIRouter()


def _designer(visit: SignedInVisit) -> Visit:
    analysts.require_designer(visit.principal)
    return visit


DesignerVisit = Annotated[Visit, Depends(_designer)]
"""A visit of somebody who may design forms."""


@router.get("/forms")
def show(visit: DesignerVisit) -> Response:
    """List the newest version of every form with the steps that use it."""
    uses = queries.uses_of_forms(visit.session)
    rows = queries.list_forms(visit.session)
    names = naming.people(visit, [row["deployed_by"] or row["source"] for row in rows])
    shown = [
        {
            **row,
            "by": names.get(row["deployed_by"] or row["source"]),
            "uses": [name_of_use(visit, use) for use in uses if use.form == row["key"]],
            "fields": count_fields(row["form_schema"]["components"]),
        }
        for row in rows
    ]
    return visit.page("forms.html", rows=shown)


@router.get("/forms/new")
def choose(visit: DesignerVisit, key: Annotated[str, Query()] = "", problem: Annotated[str, Query()] = "") -> Response:
    """Show what a new form may begin with."""
    return visit.page("form_new.html", templates=gallery.TEMPLATES, key=key, problem=problem)


def name_of_use(visit: Visit, use: queries.FormUse) -> dict[str, Any]:
    """Return process and step of a use as its reader calls them."""
    process = use.definition.localised_name(visit.language)
    step = use.element.localised_name(visit.language) if use.element else visit.say("Start")
    given = use.element.properties if use.element else {}
    modes = {name.removeprefix(PREFIX): mode for name, mode in given.items() if name.startswith(PREFIX)}
    element = use.element.id if use.element else ""
    return {"process": process, "step": step, "key": use.definition.key, "element": element, "modes": modes}


def count_fields(components: list[dict[str, Any]]) -> int:
    """Count what holds a value, in groups and lists as well."""
    return sum(bool(entry.get("key")) + count_fields(entry.get("components") or []) for entry in components)
