"""One request, one transaction, one thread: the whole body of an endpoint runs inside one unit of work.

A dependency that yields a session would commit after the answer was sent, and would hop between threads.
"""

import inspect
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from time import sleep as pause
from typing import Any

from fastapi import Request, Response
from sqlalchemy.exc import OperationalError

from process_server.api.ground.authentication import authenticate, keep_failure
from process_server.db import Session, unit_of_work
from process_server.errors import ProcessServerError, WrongPassword
from process_server.identity.principal import Principal

ATTEMPTS = 3
LONGEST_PAUSE = 0.05  # seconds before the second attempt, twice as long before the third
AGAIN = frozenset({"40001", "40P01"})  # PostgreSQL: serialization failure, deadlock

Body = Callable[..., Response]


def transaction(scope: str | None, *, again_on: type[ProcessServerError] | None = None) -> Callable[[Body], Body]:
    """Make an endpoint of a function that takes a session and an actor, both hidden from FastAPI.

    `scope` is what a token must cover; without one any will do. The body runs again when PostgreSQL gave it up for
    another transaction, after a random pause so that the two do not meet again, or when it raised `again_on`: a second
    look finds what the other transaction has committed.
    """

    def decorate(body: Body) -> Body:
        signature = inspect.signature(body)
        wants_request = "request" in signature.parameters

        @wraps(body)
        def endpoint(request: Request, **given: Any) -> Response:
            if wants_request:
                given["request"] = request
            for attempt in range(ATTEMPTS - 1):
                try:
                    return _attempt(body, request, scope, given)
                except OperationalError as error:
                    if getattr(error.orig, "pgcode", None) not in AGAIN:
                        raise
                    pause(random.uniform(0, LONGEST_PAUSE * 2**attempt))
                except ProcessServerError as error:
                    if again_on is None or not isinstance(error, again_on):
                        raise
            return _attempt(body, request, scope, given)

        shown = [each for name, each in signature.parameters.items() if name not in ("session", "actor", "request")]
        first = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
        endpoint.__signature__ = signature.replace(parameters=[first, *shown])  # type: ignore[attr-defined]
        return endpoint

    return decorate


def _attempt(body: Body, request: Request, scope: str | None, given: dict[str, Any]) -> Response:
    with admitted(request, scope) as (session, actor):
        return body(session=session, actor=actor, **given)


@contextmanager
def admitted(request: Request, scope: str | None) -> Iterator[tuple[Session, Principal]]:
    """Open a transaction for whoever sends a request, if they may do what the scope covers."""
    try:
        with unit_of_work() as session:
            actor = authenticate(session, request)
            if scope is not None:
                actor.require_scope(scope)
            yield session, actor
    except WrongPassword:
        with unit_of_work() as session:  # what failed was rolled back: that it failed is kept
            keep_failure(session, request)
        raise
