"""Start forms: which one it is, the values it opens with, the form as deployed, and a plain page of fields."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Query as QueryParameters
from fastapi import Response

from process_server import values
from process_server.api.engine_rest.definitions.rendered_forms import rendered
from process_server.api.engine_rest.tasks.task_forms import FormShown
from process_server.api.engine_rest.wire import variables
from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.errors import InvalidRequest
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import VariableValue
from process_server.api.engine_rest.wire.twins import Which, twins
from process_server.api.ground.answers import FRESH
from process_server.api.ground.languages import DEFAULT
from process_server.bpmn.definitions import Definition, definition
from process_server.bpmn.finders.process_definitions import PROCESS_DEFINITIONS
from process_server.bpmn.form_binding import task_forms
from process_server.bpmn.program import Element
from process_server.db import Session
from process_server.errors import NotFound
from process_server.forms.definitions import find_form
from process_server.identity.principal import Principal

router = resource("/process-definition", "Process Definition")

_FORM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "The form-js schema."}
}
_PAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/xhtml+xml": {"schema": {"type": "string"}}}, "description": "A form in HTML."}
}


@twins(router, "GET", "/startForm", response_model=FormShown)
@operation("processes:read")
def start_form(session: Session, actor: Principal, which: Which) -> Response:
    """Get the form key of a start event, or the reference to a deployed form."""
    _, form_key, element = _start(session, actor, which)
    reference = None
    if form_key and element is not None and element.form_binding is not None and ":" not in form_key:
        reference = {"key": form_key, "binding": element.form_binding, "version": None}
    return answer({"key": None if reference else form_key, "camundaFormRef": reference, "contextPath": None})


@twins(router, "GET", "/deployed-start-form", response_class=Response, responses=_FORM)
@operation("processes:read")
def deployed_start_form(session: Session, actor: Principal, which: Which) -> Response:
    """Get the start form as it was deployed, as form-js draws it. Forms of other kinds are refused."""
    held, form_key, element = _start(session, actor, which)
    binding: Literal["latest", "deployment"] = (
        "deployment" if element is not None and element.form_binding == "deployment" else "latest"
    )
    found = find_form(session, form_key, deployment_id=held.deployment_id, binding=binding)
    if found is None:
        raise NotFound("{process} has no deployed start form.", process=held.key)
    return Response(values.encode(found.schema.source), headers=FRESH, media_type="application/json")


@twins(router, "GET", "/rendered-form", response_class=Response, responses=_PAGE)
@operation("processes:read")
def rendered_form(session: Session, actor: Principal, which: Which) -> Response:
    """Get a page of fields for a start event whose fields stand in the model."""
    held, _, element = _start(session, actor, which)
    if element is None or not element.form_fields:
        raise InvalidRequest("{process} has no form fields at its start event.", process=held.key)
    return Response(rendered(element.form_fields, {}), headers=FRESH, media_type="application/xhtml+xml")


@twins(router, "GET", "/form-variables", response_model=dict[str, VariableValue])
@operation("processes:read")
def form_variables(
    session: Session,
    actor: Principal,
    which: Which,
    names: Annotated[str | None, QueryParameters(alias="variableNames", description="Separated by commas.")] = None,
) -> Response:
    """List the values a start form opens with."""
    held, _, _ = _start(session, actor, which)
    form = task_forms.of_start(session, held, DEFAULT)
    opens_with = {**_defaults(form.schema), **form.data} if form is not None else {}
    wanted = set(names.split(",")) if names else opens_with.keys()
    return answer(variables.shown_all({name: value for name, value in opens_with.items() if name in wanted}))


def _start(session: Session, actor: Principal, which: Which) -> tuple[Definition, str | None, Element | None]:
    """Return the version, the form key of its start event, and the event; None where a process has none."""
    held = definition(session, which.row(PROCESS_DEFINITIONS, session, actor)["id"])
    form_key, element_id = task_forms.start_form(held)
    return held, form_key, held.program.elements.get(element_id)


def _defaults(component: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fields of a form-js schema hold before anybody enters anything; rows of lists there are none."""
    found = {}
    for each in component.get("components", ()):
        if each.get("key") and each.get("defaultValue") is not None:
            found[each["key"]] = each["defaultValue"]
        if each.get("type") != "dynamiclist":
            found |= _defaults(each)
    return found
