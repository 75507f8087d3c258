"""Acting on many tasks at once: what would be touched, and what became of each."""

from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import Request as HttpRequest
from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer
from process_server.api.ground.errors import documented, told
from process_server.api.ground.languages import language_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Id, Instant, Name, Request, Shown, Text
from process_server.api.ground.transaction import admitted, transaction
from process_server.bpmn import commands, queries
from process_server.bpmn.commands.bulk import Action
from process_server.db import Session, unit_of_work
from process_server.identity.principal import Principal

router = resource("/bulk", "inbox")

Tasks = Annotated[list[Id], Field(min_length=1, max_length=1_000)]


class Chosen(Request):
    """Which tasks."""

    tasks: Tasks


class BulkBody(Chosen):
    """What to do with which tasks; `revisions` are those you have seen, by task."""

    action: Annotated[Action, Field(examples=list(get_args(Action)))]
    to: Annotated[Name | None, Field(description="Transfer: to whom.")] = None
    people: Annotated[list[Name], Field(default_factory=list, max_length=50, description="Copy: to whom.")]
    until: Annotated[Instant | None, Field(description="Snooze: until when.")] = None
    tag: Annotated[Name | None, Field(max_length=40, description="Tag, untag: the name of the tag.")] = None
    opinion: Annotated[Text | None, Field(max_length=10_000)] = None
    reason: Annotated[Text | None, Field(max_length=255, description="The code of a reason.")] = None
    revisions: Annotated[dict[str, int], Field(default_factory=dict)]


class TotalsShown(Shown):
    """How many of the tasks are open and yours to see, how many may be decided together, and sums of amounts."""

    count: int
    decidable: int
    sums: dict[str, float]


class RowShown(Shown):
    """What became of one task: done, or the error that one alone would have met."""

    task_id: UUID
    done: bool
    error: dict[str, Any] | None


class OutcomeShown(Shown):
    """What became of all; decisions made together carry the batch in the history."""

    batch: UUID
    items: list[RowShown]


@router.post("/preview", response_model=TotalsShown, responses=documented(413))
@transaction("tasks:read")
def preview(session: Session, actor: Principal, body: Chosen) -> Response:
    """Add up what acting on these tasks would touch."""
    found = queries.totals(session, body.tasks, actor)
    return answer({"count": found.count, "decidable": found.decidable, "sums": found.sums})


@router.post("", response_model=OutcomeShown, responses=documented(413))
def act(request: HttpRequest, body: BulkBody) -> Response:
    """Do one thing to many tasks.

    Each task is a transaction of its own: one that cannot be done leaves the others done. Approving and rejecting
    together is for steps whose model allows it (`approval:bulk`) and whose form has nothing left to fill in.
    """
    with admitted(request, "tasks:write") as (_, actor):
        asked = _asked(body)
    done = commands.do_in_bulk(unit_of_work, asked, actor)
    language = language_of(request, actor)
    items = [
        {"task_id": row.task_id, "done": row.error is None, "error": told(row.error, language) if row.error else None}
        for row in done.rows
    ]
    return answer({"batch": done.batch, "items": items})


def _asked(body: BulkBody) -> commands.Bulk:
    revisions = {task: body.revisions[str(task)] for task in body.tasks if str(task) in body.revisions}
    return commands.Bulk(
        body.action,
        tuple(body.tasks),
        to=body.to,
        people=tuple(body.people),
        until=body.until,
        tag=body.tag,
        opinion=body.opinion,
        reason=body.reason,
        revisions=revisions,
    )
