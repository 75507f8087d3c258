"""The OpenAPI document of the API, complete in itself: clients are generated from it, tests are made from it."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
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


REF = "#/components/schemas/{model}"


def answered(model: type[BaseModel], description: str, media_type: str = "application/json") -> dict[str, Any]:
    """Return what the document says of an answer that many operations share, for `responses`.

    The model is named, not handed over: FastAPI would build it anew for each status of each operation as the server
    starts. `_add_model` adds it to the document.
    """
    schema = {"$ref": REF.format(model=model.__name__)}
    return {"description": description, "content": {media_type: {"schema": schema}}}


def install(app: FastAPI, routes: Sequence[BaseRoute], error: type[BaseModel]) -> None:
    """Serve the document of routes whose errors have one shape."""

    @lru_cache(maxsize=1)
    def document() -> bytes:
        return values.encode(describe(routes, error))

    @app.get(PATH, include_in_schema=False)
    async def openapi() -> Response:
        return Response(document(), media_type="application/json")


def describe_mounted(
    title: str, version: str, routes: Sequence[BaseRoute], mount: str, error: type[BaseModel]
) -> dict[str, Any]:
    """Return the document of an application of its own: nobody signs in to it as a browser."""
    made = get_openapi(title=title, version=version, routes=routes, servers=[{"url": mount}])
    _add_model(made, error)
    ways = ("token", "password")
    made["components"]["securitySchemes"] = {name: SECURITY_SCHEMES[name] for name in ways}
    made["security"] = [{name: []} for name in ways]
    return made


def describe(routes: Sequence[BaseRoute], error: type[BaseModel]) -> dict[str, Any]:
    """Return the document of routes whose errors have one shape."""
    families = ", ".join(f"`{family}` ({purpose})" for family, purpose in FAMILIES.items())
    made = get_openapi(
        title="process-server",
        version=__version__,
        summary="BPMN processes as a CRM",
        description=DESCRIPTION.format(csrf=CSRF_HEADER, families=families).strip(),
        routes=routes,
    )
    _add_model(made, error)
    made["components"]["securitySchemes"] = SECURITY_SCHEMES
    made["security"] = [{name: []} for name in SECURITY_SCHEMES]
    return made


def _add_model(document: dict[str, Any], model: type[BaseModel]) -> None:
    _, described = models_json_schema([(model, "serialization")], ref_template=REF)
    document.setdefault("components", {}).setdefault("schemas", {}).update(described["$defs"])
