"""All of /engine-rest as one application of its own, mounted under both addresses clients know."""

from functools import lru_cache
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from process_server import __version__, values
from process_server.api.engine_rest import engine
from process_server.api.engine_rest.definitions import (
    decision_definitions,
    deployment_resources,
    deployments,
    process_definition_forms,
    process_definition_starts,
    process_definition_statistics,
    process_definitions,
)
from process_server.api.engine_rest.history import (
    history_activities,
    history_decisions,
    history_details,
    history_failures,
    history_incidents,
    history_instances,
    history_logs,
    history_reports,
    history_tasks,
    history_variables,
)
from process_server.api.engine_rest.instances import (
    event_subscriptions,
    execution_variables,
    executions,
    instance_modification,
    messages,
    process_instance_variables,
    process_instances,
    variable_instances,
)
from process_server.api.engine_rest.operations import (
    batches,
    bulk_instances,
    incidents,
    job_operations,
    jobs,
    migration,
)
from process_server.api.engine_rest.people import authorizations, identity
from process_server.api.engine_rest.tasks import (
    filters,
    task_attachments,
    task_completion,
    task_forms,
    task_parts,
    task_reports,
    task_variables,
    tasks,
)
from process_server.api.engine_rest.wire import dates, errors
from process_server.api.engine_rest.workers import external_task_work, external_tasks
from process_server.api.ground.openapi import describe_mounted

MOUNTS = ("/engine-rest/engine/default", "/engine-rest")

# Routes are tried one after the other: what is called most stands first.
PARTS = (
    external_task_work,
    external_tasks,
    tasks,
    task_completion,
    filters,
    history_tasks,
    task_reports,
    task_parts,
    task_attachments,
    task_variables,
    task_forms,
    process_definition_starts,
    process_definition_forms,
    process_definition_statistics,
    process_definitions,
    process_instance_variables,
    instance_modification,
    process_instances,
    messages,
    execution_variables,
    executions,
    variable_instances,
    history_reports,
    history_instances,
    history_activities,
    history_failures,
    history_logs,
    history_variables,
    history_details,
    history_decisions,
    history_incidents,
    identity,
    authorizations,
    jobs,
    job_operations,
    incidents,
    event_subscriptions,
    decision_definitions,
    deployment_resources,
    deployments,
    migration,
    bulk_instances,
    batches,
    engine,
)


def create_app() -> FastAPI:
    """Return the application. Any page may ask it, for none is let to send the cookies of who looks at it."""
    made = FastAPI(title="process-server", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    for part in PARTS:
        made.router.routes.extend(part.router.routes)
    made.add_api_route("/openapi.json", show_description, methods=["GET"], include_in_schema=False)
    made.add_exception_handler(HTTPException, _show_error)  # what no route is there for: routes answer their own
    made.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
    return made


async def _show_error(request: Request, error: Exception) -> Response:
    return errors.answer(request, error)


async def show_description() -> Response:
    """Answer with the OpenAPI document of these routes, which is made once: two threads at it disturb each other."""
    return Response(_description(), media_type="application/json")


@lru_cache(maxsize=1)
def _description() -> bytes:
    return values.encode(describe())


def describe() -> dict[str, Any]:
    """Return the OpenAPI document."""
    routes = [route for part in PARTS for route in part.router.routes]
    made = describe_mounted(
        "process-server: the API of Camunda 7", engine.SPOKEN, routes, MOUNTS[-1], errors.ErrorShown
    )
    described: dict[str, Any] = _with_our_instants(made)
    return described


def _with_our_instants(item: Any) -> Any:
    """Describe instants as they are written on this wire, which is not how OpenAPI's format has them."""
    if isinstance(item, list):
        return [_with_our_instants(each) for each in item]
    if not isinstance(item, dict):
        return item
    made = {name: _with_our_instants(each) for name, each in item.items()}
    if made.get("format") == "date-time":
        del made["format"]
        made["pattern"] = dates.PATTERN
    return made
