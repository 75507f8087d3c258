"""Taking back what one decided a moment ago, from the message that told of it."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from process_server.bpmn import commands, queries
from process_server.errors import NotFound
from process_server.tasks.inbox import worklist
from process_server.web.ground.visit import SignedInVisit, Visit

router = APIRouter()


def offer(visit: Visit, task_id: UUID) -> str:
    """Return the address that takes a decision back; empty where it cannot be, or is no longer the reader's to see."""
    try:
        may_undo = queries.may_undo(visit.session, task_id, visit.principal)
    except NotFound:
        return ""
    return f"/t/{task_id}/undo" if may_undo else ""


@router.post("/t/{task_id}/undo")
def undo(visit: SignedInVisit, task_id: UUID) -> Response:
    """Take a decision back, and show the step again, which is open as a task of its own; the old one is its record."""
    worklist.find_task(visit.session, task_id, visit.principal)
    again = commands.undo_task(visit.session, task_id, actor=visit.principal)
    return visit.go(f"/t/{again or task_id}", visit.say("Taken back: the task is yours again."))
