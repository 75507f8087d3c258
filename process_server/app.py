"""The FastAPI application: the JSON API, the pages, and the answer to whether everything runs."""

from fastapi import FastAPI, Request, Response

import process_server.worker  # noqa: F401  (jobs rung by a request go to our queues, not to Celery's default)
from process_server import __version__, health
from process_server.api import routes as api
from process_server.api.ground import errors
from process_server.web import routes as web
from process_server.web.ground import failures


def create_app() -> FastAPI:
    """Return a new application."""
    made = FastAPI(title="process-server", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    made.add_api_route("/health", show_health, methods=["GET"], tags=["operation"])
    api.install(made)
    web.install(made)
    for failure in api.FAILURES:
        made.add_exception_handler(failure, show_error)
    return made


def show_health(response: Response) -> health.Report:
    """Answer 200 when every part of the server runs, otherwise 503 and which part does not."""
    report = health.report()
    response.status_code = 200 if report.status == "ok" else 503
    return report


async def show_error(request: Request, error: Exception) -> Response:
    """Answer systems in the shape of the API, and people with a page."""
    return errors.answer(request, error) if errors.concerns(request) else failures.answer(request, error)


app = create_app()
