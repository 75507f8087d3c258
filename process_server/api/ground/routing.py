"""How a request reaches its endpoint: credentials first, then the body within its limit, then FastAPI's validation."""

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.params import Form
from fastapi.routing import APIRoute
from starlette.types import Message

from process_server.api.ground.authentication import require_credentials
from process_server.api.ground.errors import documented
from process_server.api.ground.parts import Parts
from process_server.api.ground.payload import MAX_JSON, check_text, parse
from process_server.config import settings
from process_server.errors import Invalid, TooLarge

FORM_OVERHEAD = 64 * 1024  # bytes a multipart form may take beside its files


PREFIX = "/api/v1"


class ApiRequest(Request):
    """A request whose JSON has been read already."""

    parsed: Any = None

    async def json(self) -> Any:
        """Return what `payload.parse` read."""
        return self.parsed


class ApiRoute(APIRoute):
    """Refuses what no endpoint should see: no credentials, too large a body, JSON that is none.

    In the OpenAPI document, the first line of an endpoint's docstring is its summary, the rest its description.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        summary, _, description = inspect.cleandoc(endpoint.__doc__ or "").partition("\n")
        options |= {"summary": summary.rstrip("."), "description": description.strip()}
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handle = super().get_route_handler()
        most_of_a_file = getattr(self.endpoint, "most_of_a_file", None)
        in_fields = self.body_field is not None and isinstance(self.body_field.field_info, Form)
        takes_form = in_fields or most_of_a_file is not None
        takes_json = self.body_field is not None and not takes_form

        async def checked(request: Request) -> Response:
            self.admit(request)
            check_text(request.scope["path"], "path")
            limit = settings().max_upload + FORM_OVERHEAD if takes_form else MAX_JSON
            parts = Parts(request, most_of_a_file()) if most_of_a_file else None
            arriving = _limited(request, limit, parts)
            made = ApiRequest(request.scope, arriving)
            if takes_json:
                self.read_json(made, await made.body())
            try:
                return await handle(made)
            except Exception as error:  # FastAPI answers 400 to whatever happens while it reads a form: see the cause
                if isinstance(error.__cause__, TooLarge):
                    raise error.__cause__ from None
                raise

        return checked

    def admit(self, request: Request) -> None:
        """Raise NotAuthenticated for who brings no credentials."""
        require_credentials(request)

    def read_json(self, request: ApiRequest, body: bytes) -> None:
        """Give a request what its body says. Raises Invalid, InvalidInput."""
        if body:
            _require_json(request)
            request.parsed = parse(body)


def resource(path: str, *tags: str) -> APIRouter:
    """Return the router of one resource.

    Its routes carry everything themselves, so that the application can try them one after the other: routers within
    routers would cost each request more than its endpoint does.
    """
    return APIRouter(
        prefix=PREFIX + path,
        tags=list(tags),
        route_class=ApiRoute,
        responses=documented(401, 403, 422, 429),
        generate_unique_id_function=_operation_id,
    )


def _operation_id(route: APIRoute) -> str:
    """Name an operation for the clients that are generated: resource and verb."""
    return f"{route.endpoint.__module__.rpartition('.')[2]}_{route.name}"


def _require_json(request: Request) -> None:
    sent = request.headers.get("Content-Type", "")
    media_type = sent.partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise Invalid("Send the body as JSON, with Content-Type: application/json.", sent=sent)


def _limited(request: Request, limit: int, parts: Parts | None) -> Callable[[], Awaitable[Message]]:
    """Count the bytes of a body as they arrive: a length that is announced may be a lie, or missing."""
    announced = request.headers.get("Content-Length", "")
    arrived = 0

    async def receive() -> Message:
        nonlocal arrived
        if announced.isdigit() and int(announced) > limit:
            raise TooLarge(limit=limit)
        message = await request.receive()
        arrived += len(message.get("body", b""))
        if arrived > limit:
            raise TooLarge(limit=limit)
        if parts is not None:
            parts.watch(message.get("body", b""))
        return message

    return receive
