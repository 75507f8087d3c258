"""What a person sees when something cannot be done: what happened, what was kept, what to do next."""

import json
import logging
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from process_server import refusals
from process_server.db import explained, unit_of_work
from process_server.errors import (
    Conflict,
    DatabaseAway,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    ProcessServerError,
    TooManyRequests,
)
from process_server.i18n import error_text, gettext_noop
from process_server.web.ground.visit import SAFE, Visit, reading

_log = logging.getLogger(__name__)

ADDRESS = gettext_noop("There is no page at this address.")
FAULT = gettext_noop("The server met a fault of its own. Nothing was changed; the log holds the details.")


def answer(request: Request, error: Exception) -> Response:
    """Turn any error of a request into what its reader can use: a page, a message to htmx, JSON for our own scripts."""
    error = explained(error)
    match error:
        case DatabaseAway():
            return _without_data(request, error.status, error.message)
        case ProcessServerError():
            return timed(_tell(request, error), error)
        case RequestValidationError():
            return _tell(request, _refused(error))
        case HTTPException():
            return _not_found(request, error.status_code)
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _without_data(request, 500, FAULT)


def timed(response: Response, error: ProcessServerError | None) -> Response:
    """Say with the refusal of who asks too often when they may ask again."""
    if isinstance(error, TooManyRequests) and response.status_code == error.status:
        response.headers["Retry-After"] = str(error.params["seconds"])
    return response


def _refused(error: RequestValidationError) -> ProcessServerError:
    """Say what is wrong with a request no page of ours sends: an address that cannot be, or a value out of place."""
    if any(fault["loc"][0] == "path" for fault in error.errors()):
        return NotFound(ADDRESS)
    names = {".".join(map(str, fault["loc"][1:])) for fault in error.errors()}
    return InvalidInput([{"field": name, "code": "invalid", "params": {}} for name in sorted(names)])


def _tell(request: Request, error: ProcessServerError) -> Response:
    visit = _visit_of(request)
    text = error_text(visit.language, error)
    if visit.by_script:
        return visit.json(_as_json(visit, error, text), error.status)
    if visit.by_htmx:
        return _to_htmx(visit, error, text)
    if isinstance(error, NotAuthenticated):
        return visit.go(_sign_in_address(visit))
    if request.method not in SAFE and (page := visit.came_from("")):
        return visit.go(page, text, "bad")
    with unit_of_work() as visit.db:
        return _page(visit, error, error.status)


def _not_found(request: Request, status: int) -> Response:
    """Answer an address no page lies at, or a method the page does not know."""
    error = NotFound(ADDRESS)
    visit = _visit_of(request)
    if visit.by_script:
        return visit.json({"code": "not_found", "message": visit.say(error.message)}, status)
    with unit_of_work() as visit.db:
        visit.recognise()  # no page was reached that would have
        return _page(visit, error, status)


def _visit_of(request: Request) -> Visit:
    visit: Visit = getattr(request.state, "visit", None) or reading(request)
    visit.db = None  # the transaction is over
    return visit


def _as_json(visit: Visit, error: ProcessServerError, text: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"code": error.code, "message": text}
    if isinstance(error, InvalidInput):
        shown["problems"] = [
            {"field": problem["field"], "message": refusals.sentence(visit.language, problem)}
            for problem in error.problems
        ]
    return shown


def _to_htmx(visit: Visit, error: ProcessServerError, text: str) -> Response:
    if isinstance(error, NotAuthenticated):
        return HTMLResponse("", error.status, {"HX-Redirect": _sign_in_address(visit)})
    return HTMLResponse("", error.status, {"HX-Trigger": toast(text, "bad"), "HX-Reswap": "none"})


def toast(text: str, kind: str = "ok") -> str:
    """Return the value of an HX-Trigger header that shows a message."""
    return json.dumps({"toast": {"text": text, "kind": kind}})


def _sign_in_address(visit: Visit) -> str:
    here = visit.here if visit.by_htmx or visit.request.method in SAFE else visit.came_from("/")
    return "/sign-in" if here == "/" else f"/sign-in?next={quote(here, safe='/')}"


def _page(visit: Visit, error: ProcessServerError, status: int) -> Response:
    text = error_text(visit.language, error)
    shown = _as_json(visit, error, text)
    problems, stale = shown.get("problems", []), isinstance(error, Conflict)
    return visit.page("error.html", status=status, code=status, text=text, problems=problems, stale=stale)


def _without_data(request: Request, status: int, message: str) -> Response:
    """Answer where the database is of no help: it is away, or a fault of ours is to be told, whatever its cause."""
    visit = _visit_of(request)
    text = visit.say(message)
    if visit.by_script:
        return visit.json({"code": "error", "message": text}, status)
    if visit.by_htmx:
        return HTMLResponse("", status, {"HX-Trigger": toast(text, "bad"), "HX-Reswap": "none"})
    return visit.page("error.html", status=status, code=status, text=text, problems=[], stale=False)
