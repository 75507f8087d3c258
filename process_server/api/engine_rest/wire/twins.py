"""Operations on a definition under each of its addresses: by id, by key (the newest version), by key and tenant."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends, Path, Response

from process_server.api.engine_rest.wire.errors import documented
from process_server.api.engine_rest.wire.ids import read_definition_id
from process_server.bpmn.finders.finder import Finder
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.principal import Principal

Endpoint: TypeAlias = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Which:
    """The definition an address means. There are no tenants: whatever is asked of one is not there."""

    id: str | None = None
    key: str | None = None
    tenant: str | None = None

    def row(self, finder: Finder, session: Session, actor: Principal) -> Row:
        """Return the definition. Raises NotFound."""
        if self.id is not None:
            return finder.one(session, actor, read_definition_id(self.id, kind=finder.kind))
        wanted = {"key": self.key, "latest_version": True}
        found = finder.find(session, actor, wanted, limit=1) if self.tenant is None else []
        if not found:
            raise NotFound(kind=finder.kind, id=self.key)
        return found[0]

    def versions(self, finder: Finder, session: Session, actor: Principal) -> list[Row]:
        """Return the definition, or of a key every version. Raises NotFound."""
        row = self.row(finder, session, actor)
        return [row] if self.id is not None else finder.find(session, actor, {"key": row["key"]})


Key = Annotated[str, Path(max_length=255)]


def _by_id(id: Annotated[str, Path(max_length=350)]) -> Which:
    return Which(id=id)


def _by_key(key: Key) -> Which:
    return Which(key=key)


def _by_tenant(key: Key, tenant: Annotated[str, Path(alias="tenant-id", max_length=255)]) -> Which:
    return Which(key=key, tenant=tenant)


# an id may be any text, so the address by key has to be tried first
_ADDRESSES = (
    ("/key/{key}/tenant-id/{tenant-id}", _by_tenant, "_by_tenant"),
    ("/key/{key}", _by_key, "_by_key"),
    ("/{id}", _by_id, ""),
)


def twins(router: APIRouter, method: str, path: str = "", **options: Any) -> Callable[[Endpoint], Endpoint]:
    """Serve an endpoint that takes a `which: Which` under every address of a definition."""
    options["responses"] = documented(404) | options.get("responses", {})

    def decorate(endpoint: Endpoint) -> Endpoint:
        for address, read, suffix in _ADDRESSES:
            router.add_api_route(address + path, _taking(endpoint, read, suffix), methods=[method], **options)
        return endpoint

    return decorate


def _taking(endpoint: Endpoint, read: Callable[..., Which], suffix: str) -> Endpoint:
    """Return the endpoint with `which` read from one kind of address."""
    signature = inspect.signature(endpoint)

    @wraps(endpoint)
    def made(**given: Any) -> Response:
        return endpoint(**given)

    made.__name__ = endpoint.__name__ + suffix
    made.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[
            each.replace(annotation=Annotated[Which, Depends(read)]) if each.name == "which" else each
            for each in signature.parameters.values()
        ]
    )
    return made
