"""Drafts of forms: what somebody has entered and not sent, saved while they type."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body
from fastapi.responses import Response

from process_server.bpmn import commands
from process_server.db import new_id
from process_server.errors import Conflict, NotFound
from process_server.tasks.handling import drafts
from process_server.tasks.handling.drafts import DraftRow
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import TaskRow
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.timeline import since

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a form's draft is saved, and the one there is; whether its task was changed since, and what others did."""

    url: str
    draft: DraftRow | None = None
    stale: bool = False
    since: Sequence[str] = ()

    def shown(self) -> dict[str, Any]:
        """Return it as the browser's form has it."""
        if self.draft is None:
            return {"url": self.url, "known": None, "draft": None}
        saved = self.draft.saved_at.isoformat()
        draft = {"values": self.draft.values, "saved_at": saved, "stale": self.stale, "since": self.since}
        return {"url": self.url, "known": saved, "draft": draft}


def of_task(visit: Visit, task: TaskRow) -> Kept:
    """Return the reader's draft of a task."""
    found = drafts.find(visit.session, visit.principal.user_id, task_id=task.id)
    stale = found is not None and found.revision not in (None, task.revision)
    told = since.others(visit, task, found.saved_at) if found is not None and stale else ()
    return Kept(f"/t/{task.id}/draft", found, stale, told)


def of_start(visit: Visit, key: str, draft_id: UUID | None) -> Kept:
    """Return the draft somebody goes on with, or a place for a new one."""
    found = drafts.find(visit.session, visit.principal.user_id, draft_id=draft_id) if draft_id else None
    if found is not None and found.process_key != key:
        found = None
    return Kept(f"/start/{key}/draft?id={found.id if found else new_id()}", found)


@router.put("/t/{task_id}/draft")
def save_of_task(
    visit: SignedInVisit,
    task_id: UUID,
    values: Annotated[dict[str, Any], Body()],
    known: Annotated[datetime | None, Body()] = None,
) -> Response:
    """Save the reader's draft of a task they may see; one saved elsewhere meanwhile is not written over unseen."""
    task = worklist.find_task(visit.session, task_id, visit.principal)
    found = drafts.find(visit.session, visit.principal.user_id, task_id=task_id)
    if conflict := _conflict(visit, found, known):
        return conflict
    row = drafts.save(visit.session, visit.principal.user_id, values, task_id=task_id, revision=task.revision)
    return visit.json({"saved_at": row.saved_at})


@router.delete("/t/{task_id}/draft")
def discard_of_task(visit: SignedInVisit, task_id: UUID) -> Response:
    """Throw the reader's draft of a task away."""
    drafts.discard(visit.session, visit.principal.user_id, task_id=task_id)
    return visit.json({})


@router.put("/start/{key}/draft")
def save_of_start(
    visit: SignedInVisit,
    key: str,
    id: UUID,
    values: Annotated[dict[str, Any], Body()],
    known: Annotated[datetime | None, Body()] = None,
) -> Response:
    """Save a draft of a start form under the id its page was given; one sent or discarded meanwhile stays away."""
    commands.latest(visit.session, key)
    user_id = visit.principal.user_id
    found = drafts.find(visit.session, user_id, draft_id=id)
    if found is None and known is not None:
        raise NotFound(kind="draft", id=id)
    if conflict := _conflict(visit, found, known):
        return conflict
    row = drafts.save(visit.session, user_id, values, process_key=key, draft_id=id, new=found is None)
    return visit.json({"saved_at": row.saved_at, "page": f"/start/{key}?draft={row.id}"})


@router.delete("/start/{key}/draft")
def discard_of_start(visit: SignedInVisit, key: str, id: UUID) -> Response:
    """Throw a draft of a start form away."""
    drafts.discard(visit.session, visit.principal.user_id, draft_id=id)
    return visit.json({})


def _conflict(visit: Visit, found: DraftRow | None, known: datetime | None) -> Response | None:
    if found is None or known == found.saved_at:
        return None
    return visit.json({"code": Conflict.code, "saved_at": found.saved_at}, Conflict.status)
