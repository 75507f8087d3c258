"""The API as one list of routes, and what an application needs to serve it."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from process_server.api import (
    audit,
    batches,
    bulk,
    calendars,
    cases,
    clock,
    comments,
    definitions,
    deployments,
    drafts,
    files,
    form_controls,
    form_designs,
    forms,
    inbox,
    incidents,
    instances,
    jobs,
    kpis,
    messages,
    migrations,
    notifications,
    openapi,
    operating,
    options,
    outbox,
    parameters,
    pausing,
    people,
    preferences,
    public_links,
    rules,
    services,
    sheets,
    stand_ins,
    tags,
    task_actions,
    tasks,
    tokens,
    views,
)
from process_server.api.camunda8 import routes as camunda8
from process_server.api.engine_rest import routes as engine_rest
from process_server.errors import ProcessServerError

# Routes are tried one after the other: what is called most stands first.
PARTS = (
    tasks,
    pausing,
    inbox,
    bulk,
    views,
    tags,
    rules,
    forms,
    instances,
    operating,
    task_actions,
    cases,
    drafts,
    jobs,
    messages,
    definitions,
    deployments,
    form_designs,
    form_controls,
    options,
    comments,
    files,
    incidents,
    sheets,
    kpis,
    people,
    stand_ins,
    notifications,
    preferences,
    outbox,
    tokens,
    services,
    audit,
    parameters,
    public_links,
    calendars,
    migrations,
    batches,
    clock,
)
ROUTES = [route for part in PARTS for route in part.router.routes]


def install(app: FastAPI) -> None:
    """Add the APIs to an application. Errors outside them stay with whoever answers them there."""
    camunda = engine_rest.create_app()
    for path in engine_rest.MOUNTS:
        app.mount(path, camunda)
    app.mount(camunda8.MOUNT, camunda8.create_app())
    app.router.routes.extend(ROUTES)
    openapi.install(app, ROUTES)


FAILURES = (ProcessServerError, RequestValidationError, HTTPException, Exception)
"""What an application has to turn into answers: `errors.answer` does so for requests that concern the API."""
