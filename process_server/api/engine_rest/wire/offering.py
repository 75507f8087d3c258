"""The addresses of a list, declared at once: GET and POST of the list, GET and POST of how many there are."""

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Response

from process_server.api.engine_rest.wire.listing import Asked, Listing, Paged, from_address
from process_server.api.engine_rest.wire.routing import operation
from process_server.api.engine_rest.wire.schemas import Count, Wire
from process_server.api.ground.scopes import require_system
from process_server.db import Session
from process_server.identity.principal import Principal

Guard: TypeAlias = Callable[[Principal, str], None]
"""Raises NotAllowed for whom a list is not for, given the scope it takes."""

BY_ADDRESS = ("find", "count")
WHOLE = ("find", "seek", "count", "count_sought")


def for_all(actor: Principal, scope: str) -> None:
    """Let everybody ask: the finder leaves out what they may not see."""


def for_administrators(actor: Principal, scope: str) -> None:
    """Let administrators alone ask."""
    actor.require_admin()


for_systems: Guard = require_system
"""Let administrators ask, and tokens that name the scope."""


def offer(
    router: APIRouter,
    listing: Listing[Any],
    shown: type[Wire],
    what: str,
    *,
    scope: str,
    path: str = "",
    note: str = "",
    guard: Guard = for_all,
    ways: tuple[str, ...] = WHOLE,
    suffix: str = "",
    **options: Any,
) -> None:
    """Serve a list: `what` names its entries, `suffix` its endpoints where a module has several lists."""
    texts = {
        "find": f"List {what}{note}.",
        "seek": f"List {what}; what only fits a body can be asked as well: several orders, typed values.",
        "count": f"Count {what}.",
        "count_sought": f"Count {what}; what only fits a body can be asked as well.",
    }
    made = _endpoints(listing, scope, guard)
    for way in ways:
        endpoint = made[way]
        endpoint.__name__, endpoint.__module__, endpoint.__doc__ = way + suffix, listing.query.__module__, texts[way]
        counts = way.startswith("count")
        router.add_api_route(
            f"{path}/count" if counts else path,
            operation(scope)(endpoint),
            methods=["POST" if way in ("seek", "count_sought") else "GET"],
            response_model=Count if counts else list[shown],  # type: ignore[valid-type]
            **options,
        )


def _endpoints(listing: Listing[Asked], scope: str, guard: Guard) -> dict[str, Callable[..., Response]]:
    def find(session: Session, actor: Principal, query: Asked) -> Response:
        guard(actor, scope)
        return listing.find(session, actor, query)

    def seek(session: Session, actor: Principal, body: Asked, page: Paged) -> Response:
        guard(actor, scope)
        return listing.find(session, actor, body, page)

    def count(session: Session, actor: Principal, query: Asked) -> Response:
        guard(actor, scope)
        return listing.count(session, actor, query)

    def count_sought(session: Session, actor: Principal, body: Asked) -> Response:
        guard(actor, scope)
        return listing.count(session, actor, body)

    for by_address, by_body in ((find, seek), (count, count_sought)):
        by_address.__annotations__["query"] = Annotated[listing.query, from_address(listing.query)]
        by_body.__annotations__["body"] = listing.query
    return {each.__name__: each for each in (find, seek, count, count_sought)}
