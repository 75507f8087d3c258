"""The API as one router, and what an application needs to serve it."""

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from process_server.api import (
    clock,
    comments,
    definitions,
    deployments,
    errors,
    files,
    forms,
    incidents,
    instances,
    jobs,
    kpis,
    messages,
    notifications,
    openapi,
    parameters,
    people,
    tasks,
    tokens,
)
from process_server.errors import ProcessServerError


def operation_id(route: APIRoute) -> str:
    """Name an operation for the clients that are generated: resource and verb."""
    return f"{route.endpoint.__module__.rpartition('.')[2]}_{route.name}"


router = APIRouter(
    prefix="/api/v1",
    responses=errors.documented(401, 403, 422, 429),
    generate_unique_id_function=operation_id,
)
for part in (
    deployments,
    definitions,
    instances,
    tasks,
    forms,
    comments,
    files,
    messages,
    jobs,
    incidents,
    kpis,
    people,
    notifications,
    tokens,
    parameters,
    clock,
):
    router.include_router(part.router)


def install(app: FastAPI) -> None:
    """Add the API to an application. Errors outside /api stay with whoever answers them there."""
    app.include_router(router)
    openapi.install(app, router)


FAILURES = (ProcessServerError, RequestValidationError, HTTPException, Exception)


def answer_errors(app: FastAPI) -> None:
    """Let every error of an application that serves nothing but the API take the one shape."""

    async def handler(request: Request, error: Exception) -> Response:
        return errors.answer(request, error)

    for failure in FAILURES:
        app.add_exception_handler(failure, handler)
