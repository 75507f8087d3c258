"""News for a list that somebody is looking at: what is new, what changed, what others did, without moving a row."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body
from fastapi.responses import Response

from process_server.bpmn import queries
from process_server.bpmn.queries.fields import columns_of
from process_server.errors import NotFound
from process_server.i18n import translate_plural
from process_server.tasks.handling import changes
from process_server.tasks.handling.changes import Change
from process_server.web.ground import naming
from process_server.web.ground.rendering import environment
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.inbox import cells
from process_server.web.inbox.page import PAGE, Asked, head, shown_columns

router = APIRouter()


@router.post("/inbox/{which}/news")
def tell(visit: SignedInVisit, address: Asked, seen: Annotated[dict[UUID, int], Body(embed=True)]) -> Response:
    """Say what happened to a list since its page was made; `seen` are the tasks it shows, with their revisions."""
    if not address.page.of_tasks:
        raise NotFound(visit.say("There is no such list."))
    columns = columns_of(visit.session, address.page.name, visit.principal)
    changed = changes.since(visit.session, visit.principal, columns.listing, seen)
    shown = shown_columns(visit, columns, address)
    wanted = cells.wanted(columns, (column.name for column in shown))
    page = queries.inbox_page(visit.session, columns, address.query, wanted, limit=PAGE)
    fresh = [entry.id for entry in page.entries if entry.id not in seen]
    ids = {each.id for each in changed if each.here}
    rows = cells.rows(
        visit,
        address.page,
        columns,
        [entry for entry in page.entries if entry.id in ids],
        [each.name for each in shown],
    )
    template = environment(visit.language).get_template("inbox_rows.html")
    given: dict[str, Any] = {
        "address": address,
        "page": address.page,
        "shown": [head(visit, columns, address, column) for column in shown],
        "next": None,
        "chosen": None,
    }
    return visit.json({
        "fresh": len(fresh),
        "words": translate_plural(visit.language, "{n} new task", "{n} new tasks", len(fresh)),
        "changed": [{"id": row.entry.id, "html": template.render(visit=visit, rows=[row], **given)} for row in rows],
        "gone": _gone(visit, [each for each in changed if not each.here]),
    })  # fmt: skip


def _gone(visit: Visit, left: list[Change]) -> list[dict[str, Any]]:
    names = naming.people(visit, [person for each in left for person in (each.assignee, each.completed_by)])
    return [{"id": each.id, "text": _what(visit, each, names), "own": _is_own(visit, each)} for each in left]


def _is_own(visit: Visit, change: Change) -> bool:
    me = visit.principal.user_id
    return change.completed_by == me or (change.state == "open" and change.assignee == me)


def _what(visit: Visit, change: Change, names: dict[str, str]) -> str:
    if change.state == "completed":
        return visit.say("{name} completed it", name=names.get(change.completed_by or "", visit.say("The process")))
    if change.state == "cancelled":
        return visit.say("no longer needed")
    if change.state == "held":
        return visit.say("waits for added signers")
    if change.assignee:
        return visit.say("{name} has it now", name=names[change.assignee])
    return visit.say("back in the queue")
