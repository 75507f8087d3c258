"""Processes: what is deployed, how each version stands, and the cases at any element of its diagram."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from process_server.bpmn import queries
from process_server.errors import NotFound
from process_server.web.ground import naming
from process_server.web.ground.paging import read_position, write_position
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.processes import diagrams

router = APIRouter()

PAGE = 50


@router.get("/processes")
def show_all(visit: SignedInVisit) -> Response:
    """List the newest version of every process."""
    counts = queries.running_by_process(visit.session, visit.principal)
    rows = [
        {
            "definition": row,
            "name": naming.process(visit, row),
            **counts.get(row["key"], {"running": 0, "stuck": 0}),
        }
        for row in queries.list_definitions(visit.session)
    ]
    return visit.page("processes.html", rows=rows)


@router.get("/processes/{key}")
def show(
    visit: SignedInVisit,
    key: str,
    definition: Annotated[UUID | None, Query()] = None,
    state: Annotated[str, Query()] = "active",
    element: Annotated[str, Query()] = "",
    cursor: Annotated[str, Query()] = "",
) -> Response:
    """Show a version of a process (the newest unless another is asked for) and its cases."""
    versions = queries.list_definitions(visit.session, key=key, latest_only=False)
    chosen = next((row for row in versions if definition in (None, row["id"])), None)
    if chosen is None:
        raise NotFound(kind="process definition", id=key)
    cases = _cases(visit, chosen["id"], state, element, cursor)
    if cursor:
        return visit.page("case_rows.html", definition=chosen, state=state, element=element, **cases)
    return visit.page(
        "process.html",
        definition=chosen,
        versions=versions,
        running=queries.running_by_version(visit.session, visit.principal, key),
        name=naming.process(visit, chosen),
        state=state,
        element=element,
        element_name=naming.step(visit, chosen["id"], element) if element else "",
        diagram=diagrams.of_definition(visit, chosen["id"], key),
        incidents=_incidents(visit, chosen["id"]),
        history_days=queries.history_days(visit.session, chosen["id"]),
        **cases,
    )


def _incidents(visit: Visit, definition_id: UUID) -> list[queries.Row]:
    if not visit.principal.admin:
        return []
    return queries.list_incidents(visit.session, definition_id=definition_id, language=visit.language)


def _cases(visit: Visit, definition_id: UUID, state: str, element: str, cursor: str) -> dict[str, Any]:
    before = read_position(cursor) if cursor else None
    session, me = visit.session, visit.principal
    if element:
        found = queries.instances_at(session, definition_id, element, seen_by=me, limit=PAGE + 1, before=before)
    else:
        wanted = queries.InstanceFilter(definition_id=definition_id, state=None if state == "all" else state)
        found = queries.list_instances(session, wanted, seen_by=me, limit=PAGE + 1, before=before)
    shown = found[:PAGE]
    last = shown[-1] if len(found) > PAGE else None
    names = naming.people(visit, [row["initiator"] for row in shown])
    cases = [
        {
            "instance": row,
            "summary": naming.summary(visit, row["definition_id"], row["variables"]),
            "initiator": names.get(row["initiator"] or ""),
        }
        for row in shown
    ]
    return {"cases": cases, "next": last and write_position(last["started_at"], last["id"])}
