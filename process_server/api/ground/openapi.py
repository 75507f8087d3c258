"""The OpenAPI document of the API, complete in itself: clients are generated from it, tests are made from it."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from process_server import __version__, values
from process_server.api.ground.authentication import CSRF_HEADER, SESSION_COOKIE
from process_server.identity.scopes import FAMILIES

PATH = "/api/v1/openapi.json"
DESCRIPTION = """
Start processes, work their tasks and jobs, correlate messages, read what happened.

**Sign in** with a bearer token (`POST /api/v1/tokens`), or with Basic credentials. A signed-in browser may use its
session; its unsafe requests carry the header `{csrf}`.

**Scopes** of a token name what it may do: a family, or `family:read` and `family:write`. Families: {families}.

**Errors** have one shape: `{{"error": {{"code", "message", "params", "problems"}}}}`. Messages
follow `Accept-Language`.

**Lists** are paged by `cursor`: send `next` of one page to get the following one, until it is empty.
"""
SECURITY_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token made by POST /api/v1/tokens."},
    "password": {"type": "http", "scheme": "basic"},
    "browser": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
}


def install(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Serve the document."""

    @lru_cache(maxsize=1)
    def document() -> bytes:
        return values.encode(describe(routes))

    @app.get(PATH, include_in_schema=False)
    async def openapi() -> Response:
        return Response(document(), media_type="application/json")


def describe_mounted(title: str, version: str, routes: Sequence[BaseRoute], mount: str) -> dict[str, Any]:
    """Return the document of an application of its own: nobody signs in to it as a browser."""
    made = get_openapi(title=title, version=version, routes=routes, servers=[{"url": mount}])
    ways = ("token", "password")
    made["components"]["securitySchemes"] = {name: SECURITY_SCHEMES[name] for name in ways}
    made["security"] = [{name: []} for name in ways]
    return made


def describe(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """Return the document of routes."""
    families = ", ".join(f"`{family}` ({purpose})" for family, purpose in FAMILIES.items())
    made = get_openapi(
        title="process-server",
        version=__version__,
        summary="BPMN processes as a CRM",
        description=DESCRIPTION.format(csrf=CSRF_HEADER, families=families).strip(),
        routes=routes,
    )
    made["components"]["securitySchemes"] = SECURITY_SCHEMES
    made["security"] = [{name: []} for name in SECURITY_SCHEMES]
    return made
