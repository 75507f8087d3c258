"""What changed between two versions of a process, marked on its diagram and told beside it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from process_server.bpmn import queries
from process_server.bpmn.diagram.versions import Change
from process_server.errors import NotFound
from process_server.web.ground import naming
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.processes import diagrams

router = APIRouter()


@router.get("/processes/{key}/changes")
def show(
    visit: SignedInVisit,
    key: str,
    definition: Annotated[UUID | None, Query()] = None,
    against: Annotated[UUID | None, Query()] = None,
) -> Response:
    """Compare a version (the newest unless another is asked for) with another one, the one before unless chosen."""
    versions = queries.list_definitions(visit.session, key=key, latest_only=False)
    newer = _chosen(versions, definition)
    older = _chosen(versions, against) if against else _before(versions, newer)
    changes = queries.version_changes(visit.session, newer["id"], older["id"])
    return visit.page(
        "changes.html",
        name=naming.process(visit, newer),
        versions=versions,
        definition=newer,
        against=older,
        changes=[_row(visit, change, (older if change.kind == "removed" else newer)["id"]) for change in changes],
        diagram=diagrams.of_changes(visit, newer["id"], added=_of(changes, "added"), changed=_of(changes, "changed")),
        before=diagrams.of_changes(visit, older["id"], removed=removed)
        if (removed := _of(changes, "removed"))
        else None,
    )


def _chosen(versions: list[queries.Row], definition: UUID | None) -> queries.Row:
    found = next((row for row in versions if definition in (None, row["id"])), None)
    if found is None:
        raise NotFound(kind="process definition", id=definition or "")
    return found


def _before(versions: list[queries.Row], newer: queries.Row) -> queries.Row:
    return next((row for row in versions if row["version"] < newer["version"]), newer)


def _of(changes: list[Change], kind: str) -> list[str]:
    return [change.element for change in changes if change.kind == kind]


def _row(visit: Visit, change: Change, definition_id: UUID) -> dict[str, Any]:
    words = {"added": visit.say("added"), "removed": visit.say("removed"), "changed": visit.say("changed")}
    labels = _labels(visit)
    return {
        "kind": change.kind,
        "words": words[change.kind],
        "title": naming.step(visit, definition_id, change.element, change.name),
        "type": change.type,
        "element": change.element,
        "differences": [
            {"field": labels.get(each.field, each.field), "before": each.before, "after": each.after}
            for each in change.differences
        ],
    }


def _labels(visit: Visit) -> dict[str, str]:
    """Return what people call the properties that change most; any other is called as in the API."""
    return {
        "name": visit.say("Name"),
        "assignee": visit.say("Assignee"),
        "candidate_users": visit.say("Candidate users"),
        "candidate_groups": visit.say("Candidate groups"),
        "form_key": visit.say("Form"),
        "due": visit.say("Due"),
        "priority": visit.say("Priority"),
        "condition": visit.say("Condition"),
        "timer": visit.say("Timer"),
        "script": visit.say("Script"),
        "default": visit.say("Default flow"),
        "source": visit.say("From"),
        "target": visit.say("To"),
        "decision": visit.say("Decision"),
        "called": visit.say("Called process"),
        "lane": visit.say("Lane"),
        "documentation": visit.say("Documentation"),
    }
