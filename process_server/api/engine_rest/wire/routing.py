"""How a request reaches an endpoint of /engine-rest: credentials first, then a body, read leniently."""

import codecs
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from starlette.datastructures import MutableHeaders

from process_server.api.engine_rest.wire import errors
from process_server.api.engine_rest.wire.errors import documented
from process_server.api.ground.payload import parse
from process_server.api.ground.routing import ApiRequest, ApiRoute
from process_server.api.ground.transaction import transaction
from process_server.errors import Invalid

Endpoint = TypeVar("Endpoint", bound=Callable[..., object])

operation = transaction
"""Make an endpoint of a function that takes a session and an actor; its scope is what a token must cover."""


def open_to_all(endpoint: Endpoint) -> Endpoint:
    """Let requests without credentials reach an endpoint."""
    endpoint.open_to_all = True  # type: ignore[attr-defined]
    return endpoint


class EngineRoute(ApiRoute):
    """Takes a body for JSON whatever it is called, in any charset, and none for an empty object."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler: every error is answered here, none reaches the application around."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:  # noqa: BLE001  (a fault of ours is answered as well, and logged)
                return self.answer_error(request, error)

        return answered

    def answer_error(self, request: Request, error: Exception) -> Response:
        """Turn an error into its answer."""
        return errors.answer(request, error)

    def admit(self, request: Request) -> None:
        """Raise NotAuthenticated for who brings no credentials, unless all may come."""
        if not getattr(self.endpoint, "open_to_all", False):
            super().admit(request)

    def read_json(self, request: ApiRequest, body: bytes) -> None:
        """Give a request what its body says. Raises Invalid, InvalidInput."""
        body = _in_utf8(request, body).strip()
        request.parsed = parse(body) if body else {}
        request._body = body or b"{}"
        MutableHeaders(scope=request.scope)["Content-Type"] = "application/json"
        request.__dict__.pop("_headers", None)  # read before: without the new one


def _in_utf8(request: Request, body: bytes) -> bytes:
    _, _, charset = request.headers.get("Content-Type", "").lower().partition("charset=")
    charset = charset.partition(";")[0].strip(" \"'")
    try:
        if not charset or codecs.lookup(charset).name in ("utf-8", "ascii"):
            return body
        return body.decode(charset).encode()
    except (LookupError, UnicodeError) as error:
        raise Invalid("The body is not in the charset {charset}.", charset=charset) from error


def resource(path: str, *tags: str) -> APIRouter:
    """Return the router of one resource, such as /task, below wherever the API is mounted."""
    return APIRouter(
        prefix=path,
        tags=list(tags),
        route_class=EngineRoute,
        responses=documented(400, 401, 403, 404, 413, 429, 500),
        generate_unique_id_function=_operation_id,
    )


def _operation_id(route: object) -> str:
    """Name an operation for the clients that are generated: resource and verb."""
    endpoint = route.endpoint  # type: ignore[attr-defined]
    return f"{endpoint.__module__.rpartition('.')[2]}_{endpoint.__name__}"
