"""Cases: one process instance with its diagram, history, variables and incidents, and what may be done to it."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from process_server.bpmn import commands, queries, visibility
from process_server.errors import ProcessServerError
from process_server.forms import entry
from process_server.tasks.handling import copies, nudging, watching
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import TaskRow
from process_server.tasks.permission import may_see
from process_server.web.ground import naming
from process_server.web.ground.visit import AdminVisit, SignedInVisit, Visit
from process_server.web.processes import diagrams
from process_server.web.tasks import actions as task_actions
from process_server.web.tasks import beside
from process_server.web.timeline import page as timeline_page

router = APIRouter()


@router.get("/i/{instance_id}")
def show(visit: SignedInVisit, instance_id: UUID) -> Response:
    """Show a case."""
    visibility.require_visible(visit.session, instance_id, visit.principal)
    copies.mark_read(visit.session, visit.principal, instance_id=instance_id)
    instance = queries.get_instance(visit.session, instance_id)
    tree = queries.instance_tree(visit.session, instance_id)
    tasks = worklist.tasks_of_instance(visit.session, instance_id)
    sent = copies.copies_of(visit.session, instance_id)
    people = [
        *(person for task in tasks for person in (task.assignee, task.outcome)),
        *(person for each in sent for person in (each.recipient, each.sender)),
    ]
    names = naming.people(visit, [instance["initiator"], *people])
    attached = beside.files_of(visit, instance_id)
    return visit.page(
        "case.html",
        instance=instance,
        name=naming.process(visit, instance),
        tree=[(row, naming.process(visit, row)) for row in tree],
        names=names,
        tasks=[(task, naming.step(visit, task.definition_id, task.element_id, task.name)) for task in tasks],
        summary=naming.summary(visit, instance["definition_id"], instance["variables"]),
        diagram=diagrams.of_instance(visit, instance),
        facts=naming.known(visit, instance),
        decisions={
            task.id: naming.decision(visit, task.definition_id, task.outcome, names) for task in tasks if task.outcome
        },
        timeline=timeline_page.tell(visit, instance_id, tree),
        incidents=_incidents(visit, instance_id),
        waiting=_waiting(visit, instance_id),
        timers=_timers(visit, instance),
        actions=_actions(visit, tasks),
        watched=watching.is_watched(visit.session, instance_id, principal=visit.principal),
        copies=sent,
        files=attached["files"],
        file_names=attached["names"],
        may_cancel=visit.principal.admin or visit.principal.user_id == instance["initiator"],
    )


def _waiting(visit: Visit, instance_id: UUID) -> list[tuple[beside.Link, bool]]:
    """Return where a case is: who has it, since when, and whether its reader may ask for it."""
    found = []
    for task in queries.chain(visit.session, instance_id).now:
        try:
            nudging.require_may_remind(visit.session, task, visit.principal)
            may_remind = True
        except ProcessServerError:
            may_remind = False
        found.append((beside.standing_of(visit, task), may_remind))
    return found


def _timers(visit: Visit, instance: queries.Row) -> list[tuple[queries.Row, str]]:
    """Return the timers of a case with the steps they are at, for who may move them."""
    if not visit.principal.admin or instance["state"] != "active":
        return []
    found = queries.list_timers(visit.session, instance_id=instance["id"], limit=200)
    return [(row, naming.step(visit, row["definition_id"], row["element_id"])) for row in found]


def _actions(visit: Visit, tasks: Sequence[TaskRow]) -> list[task_actions.Item]:
    """Return what can be done with the case: by its open task, or by the last there was."""
    seen = [task for task in tasks if may_see(visit.principal, task)]
    task = next((task for task in seen if task.state == "open"), seen[-1] if seen else None)
    if task is None:
        return []
    offered = {each.action: each for each in queries.actions(visit.session, task, visit.principal)}
    return task_actions.menu(visit, task, offered)


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
