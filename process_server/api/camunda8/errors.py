"""Errors under /v2: problem details (RFC 9457), with what is wrong with a file in its `detail`."""

from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from process_server import i18n, values
from process_server.api.engine_rest.wire import errors as engine_rest
from process_server.api.engine_rest.wire.parsing_problems import said
from process_server.api.ground.errors import told, unreached
from process_server.api.ground.languages import language_of
from process_server.api.ground.openapi import answered
from process_server.db import explained
from process_server.errors import InvalidInput, InvalidProcess, NotAuthenticated, ProcessServerError

_MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    409: "INVALID_STATE",
    413: "RESOURCE_EXHAUSTED",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    507: "RESOURCE_EXHAUSTED",
}
_OURS = {422: 400}  # what cannot be meant


class ProblemShown(BaseModel):
    """What went wrong: `title` is for programs, `detail` for people."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of error answers, for `responses`."""
    return {status: answered(ProblemShown, _TITLES[status], _MEDIA_TYPE) for status in statuses}


def answer(request: Request, error: Exception) -> Response:
    """Turn any error of a request into its answer."""
    error = explained(error)
    match error:
        case engine_rest.RestError():
            return _problem(request, error.status_shown, _said(request, error))
        case ProcessServerError():
            return _problem(request, _OURS.get(error.status, error.status), _said(request, error), error)
        case RequestValidationError():
            faults = "; ".join(f"{'.'.join(map(str, fault['loc'][1:]))}: {fault['msg']}" for fault in error.errors())
            return _problem(request, 400, faults)
        case HTTPException():
            refused = _problem(request, error.status_code, _said(request, unreached(error)))
            refused.headers.update(error.headers or {})
            return refused
    engine_rest.log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _problem(request, 500, "The server met a fault of its own.")


def _said(request: Request, error: ProcessServerError) -> str:
    """Return what an error says, and each problem of a file or a field with its place."""
    language = language_of(request)
    lines = [i18n.error_text(language, error)]
    if isinstance(error, InvalidProcess | InvalidInput):
        lines += [
            _line(problem) for problem in told(error, language)["problems"] if problem.get("severity") != "warning"
        ]
    return "\n".join(lines)


def _line(problem: dict[str, Any]) -> str:
    places = (problem.get("file"), problem.get("line"), problem.get("column"))
    place = ":".join(str(each) for each in places if each is not None) or problem.get("field", "")
    return f"{place}: {' '.join(filter(None, (problem.get('element'), said(problem))))}"


def _problem(request: Request, status: int, detail: str, error: ProcessServerError | None = None) -> Response:
    shown = {
        "type": "about:blank",
        "title": _TITLES.get(status, "INTERNAL"),
        "status": status,
        "detail": detail,
        "instance": request.url.path,
    }
    response = Response(values.encode(shown), status, media_type=_MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if isinstance(error, NotAuthenticated):
        response.headers["WWW-Authenticate"] = 'Basic realm="process-server"'
    if error is not None and "seconds" in error.params and status == 429:
        response.headers["Retry-After"] = str(error.params["seconds"])
    return response
