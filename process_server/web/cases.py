"""Cases: one process instance with its diagram, history, variables and incidents, and what may be done to it."""

import json
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from process_server.bpmn import commands, queries, visibility
from process_server.forms import entry
from process_server.tasks import worklist
from process_server.web import diagrams, naming, timeline
from process_server.web.visit import AdminVisit, SignedInVisit, Visit

router = APIRouter()


@router.get("/i/{instance_id}")
def show(visit: SignedInVisit, instance_id: UUID) -> Response:
    """Show a case."""
    visibility.require_visible(visit.session, instance_id, visit.principal)
    instance = queries.get_instance(visit.session, instance_id)
    tree = queries.instance_tree(visit.session, instance_id)
    tasks = worklist.tasks_of_instance(visit.session, instance_id)
    names = naming.people(visit, [instance["initiator"], *(task.assignee for task in tasks)])
    return visit.page(
        "case.html",
        instance=instance,
        name=naming.process(visit, instance),
        tree=[(row, naming.process(visit, row)) for row in tree],
        names=names,
        tasks=[(task, naming.step(visit, task.definition_id, task.element_id, task.name)) for task in tasks],
        summary=naming.summary(visit, instance["definition_id"], instance["variables"]),
        diagram=diagrams.of_instance(visit, instance),
        facts=sorted(
            naming.facts(visit, instance["definition_id"], instance["variables"]), key=lambda fact: fact.label
        ),
        decisions={task.id: naming.decision(visit, task.definition_id, task.outcome) for task in tasks if task.outcome},
        timeline=timeline.of_tree(visit, tree),
        incidents=_incidents(visit, instance_id),
        may_cancel=visit.principal.admin or visit.principal.user_id == instance["initiator"],
    )


@router.post("/i/{instance_id}/cancel")
def cancel(visit: SignedInVisit, instance_id: UUID, reason: Annotated[str, Form()] = "") -> Response:
    """Cancel a case and all it called."""
    commands.cancel_instance(visit.session, instance_id, actor=visit.principal, reason=reason.strip())
    return visit.go(f"/i/{instance_id}", visit.say("The case is cancelled; its history is kept."))


@router.get("/incidents")
def incidents(visit: AdminVisit) -> Response:
    """List what is stuck, everywhere."""
    return visit.page("incidents.html", incidents=_incidents(visit, None))


@router.post("/incidents/{incident_id}/retry")
def retry(
    visit: AdminVisit,
    incident_id: UUID,
    back: Annotated[str, Form()] = "/incidents",
    variable: Annotated[str, Form(max_length=255)] = "",
    value: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Try again what failed, after setting a variable that was missing or wrong."""
    name = variable.strip()
    variables = entry.take({name: _read_value(value)}) if name else None
    instance_id = commands.retry_incident(visit.session, incident_id, actor=visit.principal, variables=variables)
    failed = queries.list_incidents(visit.session, instance_id=instance_id, limit=1, language=visit.language)
    said = visit.say("Tried again, and it failed again: see below.") if failed else visit.say("Tried again.")
    return visit.go(back if back.startswith("/i/") else "/incidents", said)


def _read_value(text: str) -> Any:
    """Return what somebody typed: a number, true, a list ... as JSON writes it; anything else is the text itself."""
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return text.strip()


def _incidents(visit: Visit, instance_id: UUID | None) -> list[dict[str, Any]]:
    found = queries.list_incidents(visit.session, instance_id=instance_id, limit=200, language=visit.language)
    return [
        {
            "incident": row,
            "process": naming.process(visit, row),
            "element": naming.step(visit, row["definition_id"], row["element_id"]),
        }
        for row in found
    ]
