"""The clock of a sandbox: move time forward, and see what falls due."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import Request as HttpRequest
from fastapi import Response

from process_server import clock
from process_server.api.ground.answers import answer
from process_server.api.ground.durations import read_duration
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Duration, Request, Shown
from process_server.api.ground.transaction import transaction
from process_server.bpmn import jobs
from process_server.config import settings
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.principal import Principal
from process_server.tasks.jobs import remind_due_tasks

router = resource("/clock", "clock")

LONGEST = timedelta(days=3660)


class Advance(Request):
    """By how much to move time forward."""

    by: Duration


class ClockShown(Shown):
    """The server's time. `fired` counts the timers that fell due by the move."""

    now: datetime
    shift: float
    fired: int


@router.get("", response_model=ClockShown, responses=documented(404))
@transaction("clock:read")
def get(session: Session, actor: Principal) -> Response:
    """Read the server's time. Only where PROCESS_SERVER_CLOCK_FILE is set: 404 otherwise."""
    _require_sandbox()
    return answer(_shown(0))


@router.post("/advance", response_model=ClockShown, responses=documented(404, 413))
def advance(request: HttpRequest, body: Advance) -> Response:
    """Move time forward for every process of the server, then let happen what is due: timers, and instants of tasks.

    Only where PROCESS_SERVER_CLOCK_FILE is set: 404 otherwise. For administrators.
    """
    _move(request, body=body)
    fired, happened = 0, True
    while happened:
        timers = jobs.fire_due_timers()
        fired += timers
        happened = bool(timers + remind_due_tasks() + jobs.decide_overdue_tasks())
    return answer(_shown(fired))


@transaction("clock:write")
def _move(session: Session, actor: Principal, body: Advance) -> Response:
    _require_sandbox()
    actor.require_admin()
    clock.advance(read_duration(body.by, "by", longest=LONGEST))
    return answer(None)


def _require_sandbox() -> None:
    if settings().clock_file is None:
        raise NotFound("Time can be moved only where the server was started with PROCESS_SERVER_CLOCK_FILE.")


def _shown(fired: int) -> dict[str, Any]:
    return {"now": clock.now(), "shift": clock.shift(), "fired": fired}
