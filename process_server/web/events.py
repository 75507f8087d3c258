"""What a signed-in browser is told while a page is open: `GET /events`, a stream of server-sent events.

An event says what to look at again, never what it is: `counts` (the numbers of the lists), `notification` (something
new under the bell), `task:<id>` (a task the page shows has changed) and `signed_out`, the last one.
"""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response, StreamingResponse

from process_server.errors import NotAuthenticated, NotFound
from process_server.tasks import worklist
from process_server.web import listening
from process_server.web.visit import SignedInVisit, Visit

MOST_TASKS = 50

router = APIRouter()


def _shown(visit: SignedInVisit, task: Annotated[list[UUID] | None, Query(max_length=MOST_TASKS)] = None) -> Visit:
    """Note which of the tasks that a page shows its reader may see; the transaction ends before the stream begins."""
    visit.frame["tasks"] = frozenset(str(each) for each in task or () if _may_see(visit, each))
    return visit


def _may_see(visit: Visit, task_id: UUID) -> bool:
    try:
        worklist.find_task(visit.session, task_id, visit.principal)
    except NotFound:
        return False
    return True


@router.get("/events")
async def stream(visit: Annotated[Visit, Depends(_shown)]) -> Response:
    """Tell what changes, until the reader leaves or is signed out. `task`: ids of tasks the page shows."""
    if visit.signed_in is None:
        raise NotAuthenticated
    opened = listening.open_stream(visit.signed_in, visit.frame["tasks"], asyncio.get_running_loop())
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(opened.events(), media_type="text/event-stream", headers=headers)
