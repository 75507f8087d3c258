"""Forms: what a start event or a task asks for, and completing the task with the answers."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Request as HttpRequest
from fastapi import Response
from pydantic import Field

from process_server import values
from process_server.api.ground.answers import answer
from process_server.api.ground.errors import documented
from process_server.api.ground.languages import language_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Id, Name, Opinion, OptionalVariables, Shown
from process_server.api.ground.transaction import transaction
from process_server.api.processes.definitions import Which, resolve
from process_server.api.tasks.worklist import Seen
from process_server.bpmn import commands
from process_server.bpmn.definitions import definition
from process_server.bpmn.form_binding import task_forms
from process_server.db import Session
from process_server.forms.entry import OpenForm
from process_server.identity.principal import Principal
from process_server.tasks.inbox import worklist
from process_server.tasks.permission import may_work

router = resource("")


class FormShown(Shown):
    """A form-js schema in the reader's language, and the data it opens with."""

    key: str
    form_schema: Annotated[dict[str, Any], Field(alias="schema")]
    data: dict[str, Any]


class MaybeForm(Shown):
    """The form; null where none is bound."""

    form: FormShown | None


class TaskCompletion(Seen):
    """What the form gave. `outcome` names the decision; left out, it is read from the form's field for it."""

    variables: OptionalVariables
    outcome: Annotated[Name | None, Field(examples=["approve"])] = None
    opinion: Opinion = None
    reason: Annotated[Name | None, Field(description="The code of one of the step's reasons.")] = None
    signature: Annotated[
        Id | None, Field(description="A file of one's own, uploaded before, that was not used yet.")
    ] = None


class Completed(Shown):
    """The variables that were taken over: what the form does not let be written was left out."""

    id: UUID
    variables: dict[str, Any]


@router.get(
    "/definitions/{which}/start-form",
    response_model=MaybeForm,
    responses=documented(404),
    tags=["definitions"],
)
@transaction("processes:read")
def of_start(request: HttpRequest, session: Session, actor: Principal, which: Which) -> Response:
    """Get the form that starts a process."""
    held = definition(session, resolve(session, which))
    return _shown(task_forms.of_start(session, held, language_of(request, actor)))


@router.get("/tasks/{task_id}/form", response_model=MaybeForm, responses=documented(404), tags=["tasks"])
@transaction("tasks:read")
def of_task(request: HttpRequest, session: Session, actor: Principal, task_id: UUID) -> Response:
    """Get the form of a task, narrowed to what its step allows; read-only for who may not work it."""
    task = worklist.find_task(session, task_id, actor)
    at_work = may_work(actor, task)
    editable = task.state == "open" and at_work
    return _shown(task_forms.of_task(session, task, language_of(request, actor), editable=editable))


def _shown(form: OpenForm | None) -> Response:
    return answer({"form": form and {"key": form.key, "schema": form.schema, "data": form.data}})


@router.post("/tasks/{task_id}/complete", response_model=Completed, responses=documented(404, 409, 413), tags=["tasks"])
@transaction("tasks:write")
def complete(session: Session, actor: Principal, task_id: UUID, body: TaskCompletion | None = None) -> Response:
    """Complete a task with what its form gave; the process goes on.

    A delegated task goes back to its owner instead; one with signers after or beside it waits for them. Who stands in
    for somebody completes it on their behalf. 422 `invalid_form` names each field that is not valid; 409
    `already_completed` says who was faster.
    """
    given = {name: getattr(body, name) for name in ("outcome", "revision", "opinion", "reason", "signature") if body}
    accepted = commands.complete_user_task(session, task_id, dict(body.variables) if body else {}, actor=actor, **given)
    return answer({"id": task_id, "variables": values.show(accepted)})
