"""The one shape of every error under /api: {"error": {"code", "message", "params", "problems"}}."""

import logging
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from process_server import i18n, refusals, values
from process_server.api.ground.languages import language_of
from process_server.api.ground.openapi import answered
from process_server.db import explained
from process_server.errors import (
    FieldProblem,
    Invalid,
    InvalidInput,
    InvalidProcess,
    NotAuthenticated,
    NotFound,
    ProcessServerError,
    TooManyRequests,
)
from process_server.faults import in_language

log = logging.getLogger(__name__)

PREFIX = "/api"


class ProblemShown(BaseModel):
    """One fault: of a `field` in what was sent, or of an `element`, `line` and `column` in a file to deploy."""

    code: str
    params: dict[str, Any] = {}
    field: str | None = None
    severity: str | None = None
    message: str
    file: str | None = None
    element: str | None = None
    element_name: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None


class ErrorDetail(BaseModel):
    """What went wrong. `code` is for programs, `message` for people; `params` are the facts of the case."""

    code: Annotated[str, Field(examples=["already_claimed"])]
    message: Annotated[str, Field(examples=["chen has claimed this task already."])]
    params: Annotated[dict[str, Any], Field(examples=[{"assignee": "chen"}])]
    problems: list[ProblemShown]


class ErrorAnswer(BaseModel):
    """Every error answers in this shape."""

    error: ErrorDetail


MEANINGS = {
    401: "No credentials, or credentials that are not valid.",
    403: "Not allowed: the user may not, or the token does not cover it.",
    404: "There is no such thing, or the user may not know of it.",
    409: "The state does not allow it: somebody was faster, or what it is about has ended.",
    413: "The body is too large.",
    422: "What was sent is not valid; `problems` names each fault and its place.",
    429: "Too many requests or wrong passwords, or asked again too soon; the header Retry-After says how long to wait.",
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of error answers, for `responses`."""
    return {status: answered(ErrorAnswer, MEANINGS[status]) for status in statuses}


def concerns(request: Request) -> bool:
    """Say whether a request is the API's, so that its errors are told in JSON."""
    path = request.url.path
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def answer(request: Request, error: Exception) -> Response:
    """Turn any error of a request into its answer; what is no error of ours is logged and told as a fault of ours."""
    error = explained(error)
    match error:
        case ProcessServerError():
            return _answer(request, error, error.status, error.code)
        case RequestValidationError():
            return answer(request, InvalidInput([_field_problem(fault) for fault in error.errors()]))
        case HTTPException():
            return _of_http(request, error)
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    fault = ProcessServerError("The server met a fault of its own. Nothing was changed; the log holds the details.")
    return _answer(request, fault, fault.status, fault.code)


def unreached(error: HTTPException) -> ProcessServerError:
    """Name what is refused before an endpoint is reached: an address or method there is not, a form in pieces."""
    match error.status_code:
        case 404:
            return NotFound("There is nothing at this address.")
        case 405:
            return ProcessServerError("This address does not know this method.")
        case 400:
            return Invalid("The body cannot be read.")
    return ProcessServerError(str(error.detail))


def _of_http(request: Request, error: HTTPException) -> Response:
    refusal = unreached(error)
    if error.status_code in (400, 404):
        return answer(request, refusal)
    code = "method_not_allowed" if error.status_code == 405 else "error"
    return _answer(request, refusal, error.status_code, code, error.headers)


_CODES = {"missing": "required", "extra_forbidden": "unknown"}


def _field_problem(fault: dict[str, Any]) -> FieldProblem:
    """Turn a fault that pydantic found into ours: where, which code, and its facts."""
    where, *path = fault["loc"]
    field = ".".join(map(str, path)) or str(where)
    facts = {name: fact for name, fact in fault.get("ctx", {}).items() if isinstance(fact, str | int | float | list)}
    code = _CODES.get(fault["type"], fault["type"])
    return FieldProblem(field=field, code=code, params={"in": where, "reason": fault["msg"], **facts})


def _answer(
    request: Request,
    error: ProcessServerError,
    status: int,
    code: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    detail = told(error, language_of(request)) | {"code": code}
    response = Response(values.encode({"error": detail}), status, headers, media_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    if isinstance(error, NotAuthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="process-server"'
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.params["seconds"])
    return response


def told(error: ProcessServerError, language: str) -> dict[str, Any]:
    """Return an error as clients are told of it: its code, message, facts, and each fault with its place."""
    found = error.problems if isinstance(error, InvalidInput | InvalidProcess) else []
    return {
        "code": error.code,
        "message": i18n.error_text(language, error),
        "params": _plain(i18n.spoken(language, error.params)),
        "problems": [_plain(_with_message(problem, language)) for problem in found],
    }


def _with_message(problem: Any, language: str) -> dict[str, Any]:
    """Add the sentence a page would show; tell a model's fault in the reader's words."""
    if "message" in problem:
        return {**in_language(problem, language)}
    return dict(problem) | {"message": refusals.sentence(language, problem)}


def _plain(value: Any) -> Any:
    """Return the facts of an error as JSON has them: they may be ids, sets, or values of variables."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return values.show(value)
