"""The search box: tasks and cases by name, business key or value."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from process_server.bpmn import queries, visibility
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import Filter, TaskRow
from process_server.web.ground import naming
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.tasks.sla import standing

router = APIRouter()

OF_EACH = 6  # tasks and cases in the command palette


@router.get("/search")
def search(visit: SignedInVisit, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Show the tasks and cases that contain a text, as far as the reader may see them."""
    text = q.strip()
    tasks = worklist.list_tasks(visit.session, visit.principal, "all", Filter(text=text), limit=20).rows if text else []
    found = queries.search_instances(visit.session, text, limit=50) if text else []
    cases = [row for row in found if visibility.may_see(visit.session, row["id"], visit.principal)][:20]
    if visit.by_script:
        return visit.json(_for_palette(visit, tasks, cases))
    return visit.page(
        "search.html",
        q=text,
        tasks=[
            (row, naming.step(visit, row.definition_id, row.element_id, row.name), standing(visit, row))
            for row in tasks
        ],
        cases=[
            (row, naming.process(visit, row), naming.summary(visit, row["definition_id"], row["variables"]))
            for row in cases
        ],
    )


def _for_palette(visit: Visit, tasks: Sequence[TaskRow], cases: Sequence[queries.Row]) -> list[dict[str, Any]]:
    """Return the first of what was found, as the command palette lists it."""
    return [
        {
            "group": "tasks",
            "text": naming.step(visit, task.definition_id, task.element_id, task.name),
            "note": task.business_key or "",
            "icon": "inbox",
            "to": f"/t/{task.id}",
        }
        for task in tasks[:OF_EACH]
    ] + [
        {
            "group": "cases",
            "text": naming.process(visit, case),
            "note": case["business_key"] or "",
            "icon": "route",
            "to": f"/i/{case['id']}",
        }
        for case in cases[:OF_EACH]
    ]
