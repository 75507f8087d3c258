"""Answers made without a detour: data straight to JSON bytes, decimals as numbers, no second validation."""

from typing import Any
from urllib.parse import quote

from fastapi import Response

from process_server import values

FRESH = {"Cache-Control": "no-store"}  # what one user may see, no cache may show another


def answer(data: Any, status: int = 200) -> Response:
    """Return data (dicts, lists, ids, instants, decimals) as a JSON answer."""
    return Response(values.encode(data), status, FRESH, media_type="application/json")


def nothing() -> Response:
    """Return the answer of a command that has nothing to tell."""
    return Response(status_code=204)


def attachment(content: bytes, media_type: str, name: str) -> Response:
    """Return bytes under a file name. Nothing uploaded may run as a page of ours: no sniffing, no scripts."""
    headers = FRESH | {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(content, headers=headers, media_type=media_type)
