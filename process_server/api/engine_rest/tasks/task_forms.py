"""Forms of tasks: which one it is, the values it opens with, the form as deployed, and a plain page of fields."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Response

from process_server import values
from process_server.api.engine_rest.definitions.rendered_forms import rendered
from process_server.api.engine_rest.tasks.task_shown import FormRef, form_of, one
from process_server.api.engine_rest.wire import variables
from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import VariableValue, Wire
from process_server.api.ground.answers import FRESH
from process_server.bpmn.definitions import definition
from process_server.bpmn.form_binding.task_variables import visible_variables
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.errors import NotFound
from process_server.forms.definitions import find_form
from process_server.forms.generated import GeneratedField
from process_server.identity.principal import Principal
from process_server.tasks.inbox import worklist

router = resource("/task/{id}", "Task")

_FORM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "The form-js schema."}
}
_PAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/xhtml+xml": {"schema": {"type": "string"}}}, "description": "A form in HTML."}
}


class FormShown(Wire):
    """Which form a task has: a key, or the reference to a deployed form."""

    key: str | None
    camunda_form_ref: FormRef | None
    context_path: str | None


@router.get("/form", response_model=FormShown, responses=documented(404))
@operation("tasks:read")
def form(session: Session, actor: Principal, id: UUID) -> Response:
    """Get the form key of a task."""
    key, reference = form_of(session, one(session, actor, id))
    return answer({"key": key, "camundaFormRef": reference, "contextPath": None})


@router.get("/form-variables", response_model=dict[str, VariableValue], responses=documented(404))
@operation("tasks:read")
def form_variables(
    session: Session,
    actor: Principal,
    id: UUID,
    names: Annotated[str | None, QueryParameters(alias="variableNames", description="Separated by commas.")] = None,
) -> Response:
    """List the variables a form of a task can show; fields of the model that have no value yet give their default."""
    row = one(session, actor, id)
    held = visible_variables(session, worklist.find_task(session, id, actor), actor)
    for field in _fields(session, row):
        if field.id not in held and field.default is not None:
            held[field.id] = field.default
    wanted = set(names.split(",")) if names else held.keys()
    return answer(variables.shown_all({name: value for name, value in held.items() if name in wanted}))


@router.get("/deployed-form", response_class=Response, responses=documented(404) | _FORM)
@operation("tasks:read")
def deployed_form(session: Session, actor: Principal, id: UUID) -> Response:
    """Get the form a task was deployed with, as form-js draws it. Forms of other kinds are refused."""
    row = one(session, actor, id)
    held = definition(session, row["definition_id"])
    element = held.program.elements.get(row["element_id"])
    of_then = element is not None and element.form_binding == "deployment"
    binding: Literal["latest", "deployment"] = "deployment" if of_then else "latest"
    found = find_form(session, row["form_key"], deployment_id=held.deployment_id, binding=binding)
    if found is None:
        raise NotFound("The task {id} has no deployed form.", kind="form", id=id)
    return Response(values.encode(found.schema.source), headers=FRESH, media_type="application/json")


@router.get("/rendered-form", response_class=Response, responses=documented(404) | _PAGE)
@operation("tasks:read")
def rendered_form(session: Session, actor: Principal, id: UUID) -> Response:
    """Get a page of fields for a task whose fields stand in the model."""
    row = one(session, actor, id)
    fields = _fields(session, row)
    if not fields:
        raise InvalidRequest("The task {id} has no form fields in its model.", id=id)
    held = visible_variables(session, worklist.find_task(session, id, actor), actor)
    return Response(rendered(fields, held), headers=FRESH, media_type="application/xhtml+xml")


def _fields(session: Session, row: Row) -> tuple[GeneratedField, ...]:
    element = definition(session, row["definition_id"]).program.elements.get(row["element_id"])
    return () if element is None else element.form_fields
