"""What people do to a case as a whole: recall or withdraw it, send copies, follow it, ask who decided."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server import values
from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Id, Name, Opinion, Request, Shown
from process_server.api.ground.transaction import transaction
from process_server.api.tasks.schemas import Decisions, DecisionShown, Returned, Word
from process_server.api.tasks.schemas import shown as shown_decision
from process_server.api.tasks.worklist import TaskShown, shown_task
from process_server.bpmn import commands, queries
from process_server.bpmn.form_binding import task_forms
from process_server.bpmn.visibility import require_visible
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.handling import copies, watching

router = resource("/instances/{instance_id}", "instances")


class NewCopies(Request):
    """Who is to have a copy; with a task, of that step."""

    people: Annotated[list[Name], Field(min_length=1, max_length=copies.MOST, examples=[["li"]])]
    task_id: Id | None = None
    opinion: Opinion = None


class CopyShown(Shown):
    """A copy; without `sender` the model sent it."""

    id: UUID
    process_instance_id: UUID
    user_task_id: UUID | None
    element_id: str | None
    recipient: str
    sender: str | None
    opinion: str | None
    at: datetime
    read_at: datetime | None


class Copies(Shown):
    """Copies, the latest first."""

    items: list[CopyShown]


class Sent(Shown):
    """The copies that were sent."""

    copies: list[UUID]


class Watched(Shown):
    """Whether one follows the case."""

    watched: bool


class ChainShown(Shown):
    """Who decided so far, and before whom the case stands now."""

    decided: list[DecisionShown]
    now: list[TaskShown]


class StartValues(Shown):
    """What starts a case like this one."""

    definition_id: UUID
    definition_key: str
    variables: dict[str, Any]


@router.post("/recall", response_model=Returned, responses=documented(404, 409))
@transaction("tasks:write")
def recall(session: Session, actor: Principal, instance_id: UUID) -> Response:
    """Take a case back to one's own last step, until the next person opens theirs. Who started it may."""
    require_visible(session, instance_id, actor)
    return answer({"element_id": commands.recall(session, instance_id, actor=actor)})


@router.post("/withdraw", status_code=204, responses=documented(404, 409, 413))
@transaction("tasks:write")
def withdraw(session: Session, actor: Principal, instance_id: UUID, body: Word | None = None) -> Response:
    """Withdraw a case: it ends. Who started it may, as far as the model lets them."""
    require_visible(session, instance_id, actor)
    commands.withdraw(session, instance_id, actor=actor, opinion=body.opinion if body else None)
    return nothing()


@router.get("/start-values", response_model=StartValues, responses=documented(404))
@transaction("processes:read")
def start_values(session: Session, actor: Principal, instance_id: UUID) -> Response:
    """Get what starts a new case like this one, with the newest version of its process."""
    require_visible(session, instance_id, actor)
    held, given = task_forms.start_values(session, instance_id)
    return answer({"definition_id": held.id, "definition_key": held.key, "variables": values.show(given)})


@router.post("/copies", status_code=201, response_model=Sent, responses=documented(404, 413))
@transaction("tasks:write")
def send_copy(session: Session, actor: Principal, instance_id: UUID, body: NewCopies) -> Response:
    """Send people a copy of a case: they may look at it from then on."""
    require_visible(session, instance_id, actor)
    sent = copies.send_copy(
        session, instance_id, body.people, principal=actor, task_id=body.task_id, opinion=body.opinion
    )
    return answer({"copies": sent}, 201)


@router.get("/copies", response_model=Copies, responses=documented(404))
@transaction("tasks:read")
def list_copies(session: Session, actor: Principal, instance_id: UUID) -> Response:
    """List who was sent a copy of a case."""
    require_visible(session, instance_id, actor)
    return answer({"items": copies.copies_of(session, instance_id)})


@router.post("/watch", status_code=204, responses=documented(404))
@transaction("tasks:write")
def watch(session: Session, actor: Principal, instance_id: UUID) -> Response:
    """Follow a case."""
    require_visible(session, instance_id, actor)
    watching.watch(session, instance_id, principal=actor)
    return nothing()


@router.delete("/watch", status_code=204)
@transaction("tasks:write")
def unwatch(session: Session, actor: Principal, instance_id: UUID) -> Response:
    """Follow a case no longer."""
    watching.unwatch(session, instance_id, principal=actor)
    return nothing()


@router.get("/watch", response_model=Watched, responses=documented(404))
@transaction("tasks:read")
def is_watched(session: Session, actor: Principal, instance_id: UUID) -> Response:
    """Say whether one follows a case."""
    require_visible(session, instance_id, actor)
    return answer({"watched": watching.is_watched(session, instance_id, principal=actor)})


@router.get("/chain", response_model=ChainShown, responses=documented(404))
@transaction("tasks:read")
def chain(session: Session, actor: Principal, instance_id: UUID) -> Response:
    """List who decided in a case, and before whom it stands now; called instances included."""
    require_visible(session, instance_id, actor)
    found = queries.chain(session, instance_id)
    return answer(
        {
            "decided": [shown_decision(each) for each in found.decided],
            "now": [shown_task(task) for task in found.now],
        }
    )


@router.get("/decisions", response_model=Decisions, responses=documented(404))
@transaction("tasks:read")
def decisions(session: Session, actor: Principal, instance_id: UUID) -> Response:
    """List what was decided in a case, in time."""
    require_visible(session, instance_id, actor)
    return answer({"items": [shown_decision(each) for each in queries.chain(session, instance_id).decided]})
