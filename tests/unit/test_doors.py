"""Every way in: the scope the APIs ask a token for before anything else, and the pages that need no session."""

import inspect
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import Any
from unittest.mock import Mock

import pytest
from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from process_server.api import routes
from process_server.api.camunda8 import routes as camunda8
from process_server.api.engine_rest import routes as engine_rest
from process_server.api.ground import transaction
from process_server.identity.scopes import KNOWN
from process_server.web import routes as pages
from process_server.web.ground import visit
from tests import loops

OPEN = {"/version", "/engine", "/openapi.json"}
"""What tools made for Camunda ask before they have credentials, or whatever their token is for."""

READ_BY_POST = (
    "/count", "/list", "/evaluate", "/expected", "/check", "/plan", "/preview", "/generate", "/validate", "/verify",
    "/task", "/external-task", "/process-instance", "/execution", "/variable-instance", "/activity-instance", "/job",
)  # fmt: skip
"""How the paths end that are asked by POST, since a question may be longer than an address, and change nothing."""

PUBLIC_PAGES = {
    "/sign-in", "/sign-in/sso", "/sign-in/sso/back", "/language", "/theme",  # before there is a session
    "/sign-out",  # checks the secret of the session itself, if there is one
    "/sign-in/sso/signed-out",  # signed by the identity provider
    "/f/{secret}", "/f/{secret}/done", "/f/{secret}/files", "/f/{secret}/options/{source}",  # stamped public forms
    "/embed/{secret}", "/decide/{secret}", "/unsubscribe/{key}",  # the address is the secret
    # where Camunda Modeler's links lead, and from there to pages for who has signed in
    "/.well-known/camunda-automation-platform/webapps", "/modeler-links/process-instance/{instance_id}",
    "/modeler-links/repository",
    "/events",  # looks at the session itself: it lasts longer than a transaction
}  # fmt: skip


class Asked(Exception):
    """A token was asked for a scope."""


class NarrowToken:
    """Tells which scope it is asked for; anything else that is done before is a fault."""

    def require_scope(self, scope: str) -> None:
        raise Asked(scope)

    def __getattr__(self, name: str) -> Any:
        pytest.fail(f"{name} was looked at before the scope")


def _of_ours(found: Iterable[Any]) -> list[APIRoute]:
    return [route for route in found if isinstance(route, APIRoute)]


@pytest.mark.parametrize(
    ("found", "least"),
    [(routes.ROUTES, 150), (engine_rest.create_app().routes, 200), (camunda8.create_app().routes, 3)],
    ids=["api", "engine-rest", "camunda 8"],
)
def test_everything_asks_a_token_for_its_scope_first(
    found: list[Any], least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "unit_of_work", lambda: nullcontext(Mock()))
    monkeypatch.setattr(transaction, "authenticate", lambda *_: NarrowToken())
    seen = _of_ours(found)
    assert len(seen) >= least
    for route in seen:
        scope, methods = _scope_of(route), route.methods or set()
        if scope is None:
            assert route.path in OPEN
            assert methods == {"GET"}
        else:
            assert scope in KNOWN, route.path
            may_read = "GET" in methods or ("POST" in methods and route.path.endswith(READ_BY_POST))
            assert scope.endswith(":read") or "GET" not in methods, f"{route.path} asks for {scope} to read"
            assert scope.endswith(":write") or may_read, f"{methods} {route.path} asks for {scope} only"


def _scope_of(route: APIRoute) -> str | None:
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""})
    names = inspect.signature(route.endpoint).parameters
    given = {name: request if name == "request" else Mock() for name in names}
    try:
        answer = route.endpoint(**given)
        if inspect.isawaitable(answer):
            loops.run(answer)  # type: ignore[arg-type]
    except Asked as asked:
        return str(asked)
    return None


def test_pages_are_for_who_has_signed_in_and_take_forms_with_the_secret_of_their_session() -> None:
    seen = _of_ours(pages.ROUTES)
    assert len(seen) > 150
    unguarded = {route.path for route in seen if visit._signed_in not in _calls(route.dependant)}
    assert unguarded == PUBLIC_PAGES


def _calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for each in dependant.dependencies:
        yield from _calls(each)
