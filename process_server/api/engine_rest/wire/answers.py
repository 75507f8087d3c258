"""Answers as clients of Camunda read them: exactly `application/json`, for some compare it to the letter."""

from datetime import datetime
from typing import Any

from fastapi import Request, Response

from process_server import values
from process_server.api.engine_rest.wire import dates
from process_server.api.ground.answers import FRESH, nothing

__all__ = ["answer", "link", "nothing", "plain"]


def answer(data: Any, status: int = 200) -> Response:
    """Return data (dicts, lists, ids, instants, decimals) as a JSON answer."""
    return Response(values.encode(plain(data)), status, FRESH, media_type="application/json")


def plain(data: Any) -> Any:
    """Return data with its instants as the wire writes them."""
    kind = type(data)
    if kind is dict:
        return {name: plain(value) for name, value in data.items()}
    if kind is list or kind is tuple:
        return [plain(value) for value in data]
    if kind is datetime:
        return dates.written(data)
    return data


def link(request: Request, path: str) -> dict[str, str]:
    """Return where to find what an answer speaks of: an address under the one the request came to."""
    url = request.url
    return {"method": "GET", "href": f"{url.scheme}://{url.netloc}{request.scope['root_path']}/{path}", "rel": "self"}
