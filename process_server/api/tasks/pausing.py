"""The clock of a task: stopped with a reason while somebody outside has to answer, and let go on."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Request, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.deadlines import pausing, sla
from process_server.tasks.inbox import worklist

router = resource("/tasks", "tasks")


class Pause(Request):
    """Why the clock stands still, and the revision of the task you have seen."""

    reason: Annotated[Text, Field(min_length=1, max_length=pausing.LONGEST_REASON, examples=["等客户确认规格"])]
    revision: Annotated[int | None, Field(ge=1)] = None


class Resume(Request):
    """The revision of the task you have seen."""

    revision: Annotated[int | None, Field(ge=1)] = None


class ClockShown(Shown):
    """How a task stands; `left` are seconds until it is due, working time where `working`, negative when late."""

    id: UUID
    revision: int
    sla: Annotated[str, Field(examples=list(sla.STATES))]
    left: float | None
    working: bool


@router.get("/{task_id}/clock", response_model=ClockShown, responses=documented(404))
@transaction("tasks:read")
def clock(session: Session, actor: Principal, task_id: UUID) -> Response:
    """Say how a task stands against its due date, by the calendar its time is counted in."""
    return _shown(session, actor, task_id)


@router.post("/{task_id}/pause", response_model=ClockShown, responses=documented(404, 409, 413))
@transaction("tasks:write")
def pause(session: Session, actor: Principal, task_id: UUID, body: Pause) -> Response:
    """Stop the clock of a task: its due date, reminders and escalation move by the time it stands still."""
    pausing.pause(session, task_id, principal=actor, reason=body.reason, revision=body.revision)
    return _shown(session, actor, task_id)


@router.post("/{task_id}/resume", response_model=ClockShown, responses=documented(404, 409, 413))
@transaction("tasks:write")
def resume(session: Session, actor: Principal, task_id: UUID, body: Resume | None = None) -> Response:
    """Let the clock of a task go on."""
    pausing.resume(session, task_id, principal=actor, revision=body.revision if body else None)
    return _shown(session, actor, task_id)


def _shown(session: Session, actor: Principal, task_id: UUID) -> Response:
    task = worklist.find_task(session, task_id, actor)
    found = sla.standing(session, task)
    left = None if found.left is None else found.left.total_seconds()
    return answer(
        {"id": task_id, "revision": task.revision, "sla": found.state, "left": left, "working": found.working}
    )
