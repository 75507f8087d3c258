"""The FastAPI application: the JSON API, the pages, and the answer to whether everything runs."""

from fastapi import FastAPI, Response

import process_server.worker  # noqa: F401  (jobs rung by a request go to our queues, not to Celery's default)
from process_server import __version__, health


def create_app() -> FastAPI:
    """Return a new application."""
    made = FastAPI(
        title="process-server",
        version=__version__,
        docs_url="/api/docs",
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    made.add_api_route("/health", show_health, methods=["GET"], tags=["operation"])
    return made


def show_health(response: Response) -> health.Report:
    """Answer 200 when every part of the server runs, otherwise 503 and which part does not."""
    report = health.report()
    response.status_code = 200 if report.status == "ok" else 503
    return report


app = create_app()
