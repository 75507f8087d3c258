"""What a signed-in browser is told while a page is open: `GET /events`, a stream of server-sent events.

An event says what to look at again, never what it is: `counts` (the numbers of the lists), `notification` (something
new under the bell), `task:<id>` (a task the page shows has changed) and `signed_out`, the last one.
"""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse

from process_server.db import Session, unit_of_work
from process_server.errors import NotAuthenticated, NotFound
from process_server.identity import sign_in
from process_server.identity.principal import Principal
from process_server.tasks.inbox import worklist
from process_server.web.ground import listening
from process_server.web.ground.visit import SESSION_COOKIE

MOST_TASKS = 50

router = APIRouter()


@router.get("/events")
async def stream(request: Request, task: Annotated[list[UUID] | None, Query(max_length=MOST_TASKS)] = None) -> Response:
    """Tell what changes, until the reader leaves or is signed out. `task`: ids of tasks the page shows."""
    signed_in, shown = await run_in_threadpool(_look, request.cookies.get(SESSION_COOKIE, ""), task or [])
    opened = listening.open_stream(signed_in, shown, asyncio.get_running_loop())
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(opened.events(), media_type="text/event-stream", headers=headers)


def _look(cookie: str, tasks: list[UUID]) -> tuple[sign_in.SignedIn, frozenset[str]]:
    """Return who it is, and which of the tasks they may see: in one thread, that hundreds may come back at once.

    When a server starts anew every browser does. A dependency for it would hold its connection while it waits for a
    thread, and the threads would wait for connections.
    """
    with unit_of_work() as session:
        signed_in = sign_in.find_session(session, cookie)
        if signed_in is None:
            raise NotAuthenticated
        return signed_in, frozenset(str(each) for each in tasks if _may_see(session, signed_in.principal, each))


def _may_see(session: Session, principal: Principal, task_id: UUID) -> bool:
    try:
        worklist.find_task(session, task_id, principal)
    except NotFound:
        return False
    return True
