"""What a diagram shows beside the drawing: where things stand, how often they went by, what is stuck."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from process_server.bpmn import queries
from process_server.bpmn.definitions import definition
from process_server.i18n import display
from process_server.web.ground import naming
from process_server.web.ground.visit import SignedInVisit, Visit

router = APIRouter()

MOST_TOLD = 8  # visits of an element, when one points at it


@router.get("/definitions/{definition_id}.bpmn")
def model(visit: SignedInVisit, definition_id: UUID) -> Response:
    """Return the model as it was deployed; it never changes."""
    content = queries.definition_xml(visit.session, definition_id)
    headers = {"Cache-Control": "private, max-age=86400", "Content-Security-Policy": "sandbox; default-src 'none'"}
    return Response(content, media_type="application/xml", headers=headers)


def of_instance(visit: Visit, instance: Mapping[str, Any]) -> dict[str, Any]:
    """Return the diagram of one case: what is done, where it stands, what is stuck, how often loops went round."""
    visits = queries.visit_counts(visit.session, instance["id"])
    current = _standing(
        visit, instance["definition_id"], queries.active_elements(visit.session, instance_id=instance["id"])
    )
    incidents = {row["element_id"] for row in queries.list_incidents(visit.session, instance_id=instance["id"])}
    badges = [
        {
            "element": element,
            "count": f"{count}×",
            "kind": "done",
            "title": visit.say("Passed {count} times", count=count),
        }
        for element, count in visits.items()
        if count > 1
    ]
    waiting = [{"element": element, "count": str(count)} for element, count in current.items() if count > 1]
    drawn = _diagram(visit, instance["definition_id"], list(visits), list(current), sorted(incidents), badges + waiting)
    over = instance["state"] != "active"
    return drawn | {
        "told": _told(visit, instance),
        "skipped": _skipped(visit, instance, visits) if over else [],
        "next": _next(visit, instance["definition_id"], current),
    }


def _next(visit: Visit, definition_id: UUID, current: Mapping[str, int]) -> list[str]:
    """Return the steps that may come next: the first on every way on that are more than gateways."""
    program = definition(visit.session, definition_id).program
    onwards: dict[str, list[str]] = {}
    for source, target in program.flows.values():
        onwards.setdefault(source, []).append(target)
    found: dict[str, None] = {}
    waiting, seen = [each for element in current for each in onwards.get(element, ())], set(current)
    while waiting:
        element = waiting.pop()
        if element in seen or element not in program.elements:
            continue
        seen.add(element)
        if program.elements[element].type.endswith("Gateway"):
            waiting += onwards.get(element, ())
        else:
            found[element] = None
    return list(found)


def _skipped(visit: Visit, instance: Mapping[str, Any], visits: Mapping[str, int]) -> list[str]:
    """Return the elements a case that is over never came to."""
    elements = definition(visit.session, instance["definition_id"]).program.elements
    return [element for element in elements if element not in visits]


def _told(visit: Visit, instance: Mapping[str, Any]) -> dict[str, str]:
    """Return for each element who was there and when, a line for each visit."""
    rows = queries.activity_history(visit.session, [instance["id"]])
    names = naming.people(visit, [row["actor"] for row in rows])
    told: dict[str, list[str]] = {}
    for row in rows:
        at = row["left_at"] or row["entered_at"]
        who = names.get(row["actor"] or "", "")
        told.setdefault(row["element_id"], []).append(f"{who} {display.instant(visit.language, at)}".strip())
    return {element: "\n".join(lines[-MOST_TOLD:]) for element, lines in told.items()}


def of_definition(visit: Visit, definition_id: UUID, key: str) -> dict[str, Any]:
    """Return the diagram of a version: how many cases one sees stand at each element, went by, are stuck."""
    standing = queries.standing_by_element(visit.session, visit.principal, definition_id)
    current = {element: held.instances for element, held in standing.items() if held.instances}
    stuck = {element: held.incidents.total() for element, held in standing.items() if held.incidents}
    visits = queries.visits_by_element(visit.session, visit.principal, definition_id)
    here = f"/processes/{key}?definition={definition_id}"
    badges = [
        {
            "element": element,
            "count": str(count),
            "kind": "incident" if element in stuck else "",
            "title": visit.say("{count} stand here now", count=count),
            "href": f"{here}&element={element}#cases",
        }
        for element, count in (stuck | current).items()
    ]
    passed = [
        {"element": element, "count": str(count), "kind": "done", "title": visit.say("{count} went by", count=count)}
        for element, count in visits.items()
    ]
    return _diagram(visit, definition_id, [], [], sorted(stuck), badges + passed)


def of_changes(visit: Visit, definition_id: UUID, **marked: list[str]) -> dict[str, Any]:
    """Return the diagram of a version with what was added, changed or removed marked."""
    return _diagram(visit, definition_id, [], [], [], []) | marked


def _standing(visit: Visit, definition_id: UUID, waits: Mapping[str, int]) -> dict[str, int]:
    """Return the elements at which cases stand: a boundary event waits as well, but its activity is where they are."""
    elements = definition(visit.session, definition_id).program.elements
    return {
        element: count
        for element, count in waits.items()
        if element not in elements or elements[element].type != "boundaryEvent"
    }


def _diagram(
    visit: Visit,
    definition_id: UUID,
    done: list[str],
    current: list[str],
    incidents: list[str],
    badges: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "xml": f"/definitions/{definition_id}.bpmn",
        "done": [element for element in done if element not in current],
        "current": current,
        "incidents": incidents,
        "badges": badges,
        "words": {
            "zoom-in": visit.say("Zoom in"),
            "zoom-out": visit.say("Zoom out"),
            "zoom-reset": visit.say("Show all of it"),
            "missing": visit.say("The diagram could not be loaded."),
            "undrawn": visit.say("This model holds no drawing; it runs all the same."),
        },
    }
