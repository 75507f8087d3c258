"""The one shape of every error under /api: {"error": {"code", "message", "params", "problems"}}."""

import logging
from typing import Annotated, Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from process_server import i18n, values
from process_server.api.languages import language_of
from process_server.errors import FieldProblem, InvalidInput, InvalidProcess, NotAuthenticated, ProcessServerError

log = logging.getLogger(__name__)

PREFIX = "/api"


class ProblemShown(BaseModel):
    """One fault: of a `field` in what was sent, or of an `element` and `line` in a file to deploy."""

    code: str
    params: dict[str, Any] = {}
    field: str | None = None
    severity: str | None = None
    message: str | None = None
    file: str | None = None
    element: str | None = None
    element_name: str | None = None
    line: int | None = None
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
    429: "Too many wrong passwords; the header Retry-After says how long to wait.",
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of error answers, for `responses`."""
    return {status: {"model": ErrorAnswer, "description": MEANINGS[status]} for status in statuses}


def concerns(request: Request) -> bool:
    """Say whether a request is the API's, so that its errors are told in JSON."""
    path = request.url.path
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def answer(request: Request, error: Exception) -> Response:
    """Turn any error of a request into its answer; what is no error of ours is logged and told as a fault of ours."""
    match error:
        case ProcessServerError():
            return _answer(request, error.status, error.code, error.message, error.params, _problems(error))
        case RequestValidationError():
            invalid = InvalidInput([_field_problem(fault) for fault in error.errors()])
            return answer(request, invalid)
        case HTTPException():
            return _answer(request, *_of_http(error), headers=error.headers)
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _answer(request, 500, "error", "The server met a fault of its own. Nothing was changed.")


def _of_http(error: HTTPException) -> tuple[int, str, str]:
    """Say what FastAPI refuses before an endpoint is reached: an address or method there is not, a form in pieces."""
    match error.status_code:
        case 404:
            return 404, "not_found", "There is nothing at this address."
        case 405:
            return 405, "method_not_allowed", "This address does not know this method."
        case 400:
            return 422, "invalid", "The body cannot be read."
    return error.status_code, "error", str(error.detail)


def _problems(error: ProcessServerError) -> list[Any]:
    return list(error.problems) if isinstance(error, InvalidInput | InvalidProcess) else []


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
    status: int,
    code: str,
    message: str,
    params: dict[str, Any] | None = None,
    problems: list[Any] | None = None,
    headers: Any = None,
) -> Response:
    detail = {
        "code": code,
        "message": i18n.translate(language_of(request), message),
        "params": _plain(params or {}),
        "problems": [_plain(problem) for problem in problems or ()],
    }
    response = Response(values.encode({"error": detail}), status, headers, media_type="application/json")
    if status == NotAuthenticated.status:
        response.headers["WWW-Authenticate"] = 'Bearer realm="process-server"'
    if status == 429 and params and "seconds" in params:
        response.headers["Retry-After"] = str(params["seconds"])
    return response


def _plain(value: Any) -> Any:
    """Return the facts of an error as JSON has them: they may be ids, sets, or values of variables."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return values.show(value)
