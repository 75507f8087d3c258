"""How a request reaches an endpoint of /v2: as under /engine-rest, but for the shape of its errors."""

from fastapi import APIRouter, Request, Response

from process_server.api.camunda8 import errors
from process_server.api.engine_rest.wire.routing import EngineRoute

TENANT = "<default>"
"""The tenant of those who have none."""


class ClusterRoute(EngineRoute):
    """Answers errors as problem details."""

    def answer_error(self, request: Request, error: Exception) -> Response:
        """Turn an error into its answer."""
        return errors.answer(request, error)


def resource(path: str) -> APIRouter:
    """Return the router of one resource."""
    return APIRouter(
        prefix=path, route_class=ClusterRoute, responses=errors.documented(400, 401, 403, 404, 409, 413, 429)
    )
