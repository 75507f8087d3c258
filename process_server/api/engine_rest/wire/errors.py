"""The one shape of every error under /engine-rest: {"type", "message", "code"}, the type being a Java class's name."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from process_server import i18n, values
from process_server.api.engine_rest.wire.parsing_problems import details
from process_server.api.ground.errors import MEANINGS, told, unreached
from process_server.api.ground.languages import language_of
from process_server.api.ground.openapi import answered
from process_server.db import explained
from process_server.errors import (
    Conflict,
    DatabaseAway,
    Invalid,
    InvalidForm,
    InvalidInput,
    InvalidProcess,
    NoRoom,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    ProcessServerError,
    TooLarge,
    TooManyRequests,
)

log = logging.getLogger(__name__)

FAULT = "RuntimeException"
"""The type of a fault of ours."""


class ErrorShown(BaseModel):
    """What went wrong: `type` is for programs, `message` for people."""

    type: str
    message: str
    code: int | None = None
    details: dict[str, Any] | None = None


class RestError(ProcessServerError):
    """The request could not be carried out.

    With the status and the type that clients of Camunda expect: what only the wire knows.
    """

    code = "rest_error"

    def __init__(self, status: int, type: str, message: str, /, **params: Any) -> None:
        super().__init__(message, **params)
        self.status_shown, self.type = status, type


class InvalidRequest(RestError):
    """What was sent is not valid."""

    def __init__(self, message: str, /, **params: Any) -> None:
        super().__init__(400, "InvalidRequestException", message, **params)


_TOLD = {400: MEANINGS[422], 500: "The state does not allow it (ProcessEngineException), or the server met a fault."}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of error answers, for `responses`."""
    return {status: answered(ErrorShown, _TOLD.get(status) or MEANINGS[status]) for status in statuses}


_KINDS: tuple[tuple[type[ProcessServerError], int, str], ...] = (
    (NotFound, 404, "InvalidRequestException"),
    (NotAuthenticated, 401, "AuthenticationException"),
    (NotAllowed, 403, "AuthorizationException"),
    (TooManyRequests, 429, "RestException"),
    (TooLarge, 413, "RestException"),
    (Conflict, 500, "ProcessEngineException"),
    (InvalidProcess, 400, "ParseException"),
    (InvalidForm, 400, "RestException"),
    (Invalid, 400, "InvalidRequestException"),
    (NoRoom, 507, "RestException"),
    (DatabaseAway, 503, "RestException"),
)

_UNREACHED = {400: "InvalidRequestException", 404: "NotFoundException", 405: "NotAllowedException"}


def answer(request: Request, error: Exception) -> Response:
    """Turn any error of a request into its answer; what is no error of ours is logged and told as a fault of ours."""
    error = explained(error)
    match error:
        case RestError():
            return _answer(request, error, error.status_shown, error.type)
        case ProcessServerError():
            status, kind = next(
                ((status, name) for kind, status, name in _KINDS if isinstance(error, kind)),
                (500, "ProcessEngineException"),
            )
            return _answer(request, error, status, kind)
        case RequestValidationError():
            return answer(request, _refused(error))
        case HTTPException():
            kind = _UNREACHED.get(error.status_code, "RestException")
            return _answer(request, unreached(error), error.status_code, kind, error.headers)
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    fault = ProcessServerError("The server met a fault of its own. Nothing was changed; the log holds the details.")
    return _answer(request, fault, 500, FAULT)


def _refused(error: RequestValidationError) -> ProcessServerError:
    """Say what is wrong: an id in the address that cannot be one means that there is no such thing."""
    for fault in error.errors():
        if fault["loc"][0] == "path":
            return NotFound("There is nothing here by the name of {name}.", name=fault["input"])
    faults = "; ".join(_at(".".join(map(str, fault["loc"][1:])), fault["msg"]) for fault in error.errors())
    return Invalid("Cannot read what was sent: {faults}", faults=faults)


def _at(place: str, fault: str) -> str:
    return f"{place}: {fault}" if place else fault


def _answer(
    request: Request,
    error: ProcessServerError,
    status: int,
    kind: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    language = language_of(request)
    shown: dict[str, Any] = {"type": kind, "message": i18n.error_text(language, error), "code": None}
    if isinstance(error, InvalidProcess):
        shown["message"], shown["details"] = details(told(error, language)["problems"])
    elif isinstance(error, InvalidInput):
        faults = [_at(each["field"], each["message"]) for each in told(error, language)["problems"]]
        shown["message"] = " ".join([shown["message"], *faults])
    if isinstance(error, NotAllowed):
        shown |= {"userId": None, "missingAuthorizations": []}
    response = Response(values.encode(shown), status, headers, media_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    if isinstance(error, NotAuthenticated):
        response.headers["WWW-Authenticate"] = 'Basic realm="default"'
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.params["seconds"])
    return response
