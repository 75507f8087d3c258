"""All of /v2 as one application of its own."""

from functools import lru_cache

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from process_server import values
from process_server.api.camunda8 import deployments, errors, process_instances, topology
from process_server.api.ground.openapi import describe_mounted

MOUNT = "/v2"
PARTS = (topology, deployments, process_instances)


def create_app() -> FastAPI:
    """Return the application. Any page may ask it, as it may /engine-rest."""
    made = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for part in PARTS:
        made.router.routes.extend(part.router.routes)
    made.add_api_route("/openapi.json", show_description, methods=["GET"], include_in_schema=False)
    made.add_exception_handler(HTTPException, _show_error)  # what no route is there for: routes answer their own
    made.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
    return made


async def _show_error(request: Request, error: Exception) -> Response:
    return errors.answer(request, error)


async def show_description() -> Response:
    """Answer with the OpenAPI document of these routes."""
    return Response(_description(), media_type="application/json")


@lru_cache(maxsize=1)
def _description() -> bytes:
    routes = [route for part in PARTS for route in part.router.routes]
    made = describe_mounted(
        "process-server: of the API of Camunda 8", topology.SPOKEN, routes, MOUNT, errors.ProblemShown
    )
    return values.encode(made)
