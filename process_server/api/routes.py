"""The API as one list of routes, and what an application needs to serve it."""

import re

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from process_server.api.camunda8 import routes as camunda8
from process_server.api.engine_rest import routes as engine_rest
from process_server.api.forms import controls as form_controls
from process_server.api.forms import designs as form_designs
from process_server.api.forms import files, options, public_links
from process_server.api.forms import filling as forms
from process_server.api.ground import clock, openapi
from process_server.api.ground.errors import ErrorAnswer
from process_server.api.inbox import bulk, embeds, exporting, facets, lists, rules, tags, views
from process_server.api.people import audit, calendars, notifications, outbox, preferences, services, stand_ins, tokens
from process_server.api.people import directory as people
from process_server.api.processes import (
    batches,
    definitions,
    deployments,
    incidents,
    instances,
    jobs,
    kpis,
    messages,
    migrations,
    operating,
    parameters,
    retention,
    sheets,
    timers,
)
from process_server.api.tasks import actions as task_actions
from process_server.api.tasks import cases, comments, drafts, pausing
from process_server.api.tasks import worklist as tasks
from process_server.errors import ProcessServerError

# Routes are tried one after the other: what is called most stands first.
PARTS = (
    tasks,
    pausing,
    lists,
    facets,
    exporting,
    bulk,
    views,
    tags,
    rules,
    embeds,
    forms,
    instances,
    operating,
    task_actions,
    cases,
    drafts,
    jobs,
    timers,
    messages,
    definitions,
    retention,
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
        app.router.routes.append(_mounted(path, camunda))
    app.router.routes.append(_mounted(camunda8.MOUNT, camunda8.create_app()))
    app.router.routes.extend(ROUTES)
    openapi.install(app, ROUTES, ErrorAnswer)


def _mounted(path: str, app: FastAPI) -> Mount:
    """Return the place of an application that answers all below it, whatever characters an address has."""
    made = Mount(path, app)
    made.path_regex = re.compile(made.path_regex.pattern, re.DOTALL)
    return made


FAILURES = (ProcessServerError, RequestValidationError, HTTPException, Exception)
"""What an application has to turn into answers: `errors.answer` does so for requests that concern the API."""
