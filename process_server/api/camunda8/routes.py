"""All of /v2 as one application of its own."""

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from process_server.api.camunda8 import deployments, errors, process_instances, topology

MOUNT = "/v2"
PARTS = (topology, deployments, process_instances)


def create_app() -> FastAPI:
    """Return the application."""
    made = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for part in PARTS:
        made.router.routes.extend(part.router.routes)
    made.add_exception_handler(HTTPException, _show_error)  # what no route is there for: routes answer their own
    return made


async def _show_error(request: Request, error: Exception) -> Response:
    return errors.answer(request, error)
