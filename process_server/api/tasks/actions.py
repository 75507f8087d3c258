"""What people do to a task beside its form: hand it on, ask others, send it back, and what they may ask about it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from fastapi import Request as HttpRequest

from process_server import i18n
from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.languages import language_of
from process_server.api.ground.routing import resource
from process_server.api.ground.transaction import transaction
from process_server.api.tasks.schemas import (
    Actions,
    Added,
    Decisions,
    Expected,
    HandOn,
    Preview,
    Reasons,
    Reminded,
    Return,
    Returned,
    Signers,
    SignersShown,
    Targets,
    Word,
    shown,
)
from process_server.api.tasks.worklist import Changed, changed
from process_server.bpmn import commands, queries
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.principal import SYSTEM, Principal
from process_server.tasks.handling import claiming, decisions, handing, nudging
from process_server.tasks.inbox import worklist

router = resource("/tasks/{task_id}", "tasks")


@router.post("/open", status_code=204, responses=documented(404))
@transaction("tasks:write")
def open_task(session: Session, actor: Principal, task_id: UUID) -> Response:
    """Say that one has opened a task that is one's own to do: from then on nobody recalls the case."""
    claiming.open_task(session, task_id, actor)
    return nothing()


@router.post("/transfer", response_model=Changed, responses=documented(404, 409, 413))
@transaction("tasks:write")
def transfer(session: Session, actor: Principal, task_id: UUID, body: HandOn) -> Response:
    """Hand a task to somebody for good, who is told."""
    revision = handing.transfer(
        session, task_id, body.to, principal=actor, opinion=body.opinion, revision=body.revision
    )
    return changed(task_id, revision)


@router.post("/delegate", response_model=Changed, responses=documented(404, 409, 413))
@transaction("tasks:write")
def delegate(session: Session, actor: Principal, task_id: UUID, body: HandOn) -> Response:
    """Let somebody else work a task; it comes back with their opinion when they complete it."""
    revision = handing.delegate(
        session, task_id, body.to, principal=actor, opinion=body.opinion, revision=body.revision
    )
    return changed(task_id, revision)


@router.post("/signers", status_code=201, response_model=Added, responses=documented(404, 409, 413))
@transaction("tasks:write")
def add_signers(session: Session, actor: Principal, task_id: UUID, body: Signers) -> Response:
    """Let more people sign a task."""
    added = commands.add_signers(session, task_id, body.people, where=body.where, actor=actor, opinion=body.opinion)
    return answer({"tasks": added}, 201)


@router.get("/signers", response_model=SignersShown, responses=documented(404))
@transaction("tasks:read")
def signers(session: Session, actor: Principal, task_id: UUID) -> Response:
    """List the signers who were added to the step of a task and have not decided."""
    items = [
        {"person": signer.person, "task_id": signer.task.id if signer.task else None, "removable": action.allowed}
        for signer, action in queries.signers(session, task_id, actor)
    ]
    return answer({"items": items})


@router.delete("/signers", status_code=204, responses=documented(404, 409))
@transaction("tasks:write")
def remove_later_signer(
    session: Session, actor: Principal, task_id: UUID, person: Annotated[str, Query(max_length=255)]
) -> Response:
    """Take somebody off who was added to a sequence and has no task yet, since it is not their turn."""
    worklist.find_task(session, task_id, actor)
    commands.remove_later_signer(session, task_id, person, actor=actor)
    return nothing()


@router.delete("/signers/{signer_id}", status_code=204, responses=documented(404, 409))
@transaction("tasks:write")
def remove_signer(session: Session, actor: Principal, task_id: UUID, signer_id: UUID) -> Response:
    """Take an added signer off, who has not decided yet; `signer_id` is the signer's task."""
    task = worklist.find_task(session, task_id, actor)
    signer = worklist.find_task(session, signer_id, SYSTEM)
    if (signer.process_instance_id, signer.element_id) != (task.process_instance_id, task.element_id):
        raise NotFound(kind="user task", id=signer_id)
    commands.remove_signer(session, signer_id, actor=actor)
    return nothing()


@router.post("/return", response_model=Returned, responses=documented(404, 409, 413))
@transaction("tasks:write")
def return_task(session: Session, actor: Principal, task_id: UUID, body: Return | None = None) -> Response:
    """Return a case to an earlier step, for who did it last; what was going on since is cancelled."""
    given = body or Return()
    element = commands.return_task(
        session,
        task_id,
        actor=actor,
        to=given.to,
        resume=given.resume,
        opinion=given.opinion,
        reason=given.reason,
        revision=given.revision,
    )
    return answer({"element_id": element})


@router.post("/remind", response_model=Reminded, responses=documented(404, 409, 413))
@transaction("tasks:write")
def remind(session: Session, actor: Principal, task_id: UUID, body: Word | None = None) -> Response:
    """Ask whoever should work a task to do so; the same person at most once in a while (429)."""
    people = nudging.remind(session, task_id, principal=actor, opinion=body.opinion if body else None)
    return answer({"people": people})


@router.post("/undo", status_code=204, responses=documented(404, 409))
@transaction("tasks:write")
def undo(session: Session, actor: Principal, task_id: UUID) -> Response:
    """Take back what one decided a moment ago, while nobody has opened what came next."""
    worklist.find_task(session, task_id, actor)
    commands.undo_task(session, task_id, actor=actor)
    return nothing()


@router.get("/actions", response_model=Actions, responses=documented(404))
@transaction("tasks:read")
def actions(request: HttpRequest, session: Session, actor: Principal, task_id: UUID) -> Response:
    """List what can be done with a task, and why the rest cannot."""
    task, language = worklist.find_task(session, task_id, actor), language_of(request, actor)
    return answer({"items": [_action(each, language) for each in queries.actions(session, task, actor)]})


def _action(action: queries.Action, language: str) -> dict[str, Any]:
    error = action.why_not
    return {
        "action": action.action,
        "allowed": action.allowed,
        "code": error.code if error else None,
        "why_not": i18n.error_text(language, error) if error else None,
    }


@router.get("/targets", response_model=Targets, responses=documented(404))
@transaction("tasks:read")
def targets(session: Session, actor: Principal, task_id: UUID) -> Response:
    """List the earlier steps a task can be returned to."""
    items = [
        {"element_id": each.element, "name": each.name, "person": each.person, "at": each.at}
        for each in queries.return_targets(session, task_id, actor)
    ]
    return answer({"items": items})


@router.get("/explain", response_model=Reasons, responses=documented(404))
@transaction("tasks:read")
def explain(request: HttpRequest, session: Session, actor: Principal, task_id: UUID) -> Response:
    """Say why one has a task, or sees it."""
    language = language_of(request, actor)
    items = [
        {"kind": each.kind, "params": each.params, "text": each.text(language)}
        for each in queries.explain(session, task_id, actor, language=language)
    ]
    return answer({"items": items})


@router.post("/expected", response_model=Expected, responses=documented(404, 409, 413))
@transaction("tasks:read")
def expected(session: Session, actor: Principal, task_id: UUID, body: Preview | None = None) -> Response:
    """Say which steps are expected to follow if the task is completed with these values; nothing is changed."""
    values = dict(body.variables) if body else {}
    return answer(queries.expected(session, task_id, values, actor))


@router.get("/decisions", response_model=Decisions, responses=documented(404))
@transaction("tasks:read")
def decided(session: Session, actor: Principal, task_id: UUID) -> Response:
    """List what was decided about a task."""
    worklist.find_task(session, task_id, actor)
    return answer({"items": [shown(each) for each in decisions.of_task(session, task_id)]})
