"""Batches: what is done to many cases in the background, how far it is, and what could not be done."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from process_server.bpmn import commands, queries
from process_server.errors import Conflict, Invalid, NotFound, ProcessServerError
from process_server.i18n import error_text, gettext_noop, worded
from process_server.web.ground import naming
from process_server.web.ground.visit import AdminVisit, Visit

router = APIRouter()

SHOWN = 100  # cases that could not be done
KINDS: Mapping[str, str] = {
    "migrate": gettext_noop("Move cases to another version"),
    "cancel": gettext_noop("Cancel cases"),
    "delete_history": gettext_noop("Take ended cases away"),
    "suspend": gettext_noop("Suspend cases"),
    "activate": gettext_noop("Let cases go on"),
    "retry_jobs": gettext_noop("Try again what failed"),
    "modify": gettext_noop("Move tokens of cases"),
    "restart": gettext_noop("Start ended cases again"),
}


@router.get("/batches")
def show_all(visit: AdminVisit) -> Response:
    """List the batches, the newest first."""
    found = queries.list_batches(visit.session, limit=100)
    names = naming.people(visit, [row["created_by"] for row in found])
    rows = [{**row, "title": visit.say(KINDS[row["kind"]]), "versions": _versions(visit, row)} for row in found]
    return visit.page("batches.html", rows=rows, names=names)


@router.get("/batches/{batch_id}")
def show(visit: AdminVisit, batch_id: UUID, part: Annotated[str, Query()] = "") -> Response:
    """Show how far a batch is; its page asks again until it is over."""
    row = queries.get_batch(visit.session, batch_id)
    failed = queries.batch_items(visit.session, batch_id, state="failed", limit=SHOWN)
    return visit.page(
        "batch_progress.html" if part else "batch.html",
        batch=row,
        title=visit.say(KINDS[row["kind"]]),
        versions=_versions(visit, row),
        by=naming.people(visit, [row["created_by"]])[row["created_by"]],
        failed=[{**each, "why": _why(visit, each)} for each in failed],
    )


@router.post("/batches/{batch_id}/suspend")
def suspend(visit: AdminVisit, batch_id: UUID) -> Response:
    """Hold a batch before its next case."""
    commands.suspend_batch(visit.session, batch_id, True, actor=visit.principal)
    return visit.go(f"/batches/{batch_id}")


@router.post("/batches/{batch_id}/activate")
def activate(visit: AdminVisit, batch_id: UUID) -> Response:
    """Let a batch go on."""
    commands.suspend_batch(visit.session, batch_id, False, actor=visit.principal)
    return visit.go(f"/batches/{batch_id}")


@router.post("/batches/{batch_id}/retry")
def retry(visit: AdminVisit, batch_id: UUID) -> Response:
    """Try again what failed."""
    try:
        commands.retry_batch(visit.session, batch_id, actor=visit.principal)
    except Invalid as error:
        return _refused(visit, batch_id, error)
    return visit.go(f"/batches/{batch_id}")


@router.post("/batches/{batch_id}/back")
def back(visit: AdminVisit, batch_id: UUID) -> Response:
    """Lead back the cases that were moved."""
    try:
        begun = commands.migrate_back(visit.session, batch_id, actor=visit.principal)
    except (Conflict, Invalid) as error:
        return _refused(visit, batch_id, error)
    return visit.go(f"/batches/{begun}")


@router.post("/batches/{batch_id}/delete")
def delete(visit: AdminVisit, batch_id: UUID) -> Response:
    """Take a batch off the list."""
    commands.delete_batch(visit.session, batch_id, actor=visit.principal)
    return visit.go("/batches", visit.say("The batch is taken away; what was done stays done."))


def _refused(visit: Visit, batch_id: UUID, error: ProcessServerError) -> Response:
    return visit.go(f"/batches/{batch_id}", error_text(visit.language, error), "bad")


def _versions(visit: Visit, row: queries.Row) -> list[dict[str, Any]]:
    """Return the versions a migration leads from and to."""
    if row["kind"] != "migrate":
        return []
    try:
        ends = [queries.get_definition(visit.session, UUID(row["detail"][end])) for end in ("source", "target")]
    except NotFound:  # one of them was deleted meanwhile
        return []
    return [{**end, "title": naming.process(visit, end)} for end in ends]


def _why(visit: Visit, item: queries.Row) -> str:
    """Say why a case could not be done, with the names of steps instead of their ids."""
    facts = dict(item["params"] or {})
    for name in ("element", "source"):
        if name in facts and item["definition_id"] is not None:
            facts[name] = naming.step(visit, item["definition_id"], facts[name]) or facts[name]
    return worded(visit.language, item["template"], facts)
