"""Filters of open tasks that systems keep: questions under a name, which everybody may ask of their own tasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, insert, select, update

from process_server.clock import now
from process_server.db import Session, new_id, table_of
from process_server.errors import Conflict, InvalidInput, NotAllowed, NotFound
from process_server.identity.principal import Principal
from process_server.tasks.inbox.models import TaskFilter

MOST = 200  # filters of one person
LONGEST = 255  # characters of a name
LARGEST = 50_000  # characters of a question with its properties

_f = table_of(TaskFilter)
_ALL = select(_f).order_by(func.lower(_f.c.name), _f.c.id).limit(10_000)
_ONE = select(_f).where(_f.c.id == bindparam("filter"))
_MINE = select(func.count()).where(_f.c.created_by == bindparam("me"))


@dataclass(frozen=True, slots=True)
class Filter:
    """A question under a name; `query` and `properties` as whoever made it wrote them."""

    id: UUID
    name: str
    owner: str
    query: Mapping[str, Any]
    properties: Mapping[str, Any]
    created_at: datetime
    created_by: str


def list_filters(session: Session) -> list[Filter]:
    """Return all filters by name."""
    return [Filter(**row._mapping) for row in session.execute(_ALL)]


def find(session: Session, filter_id: UUID) -> Filter:
    """Return a filter. Raises NotFound."""
    row = session.execute(_ONE, {"filter": filter_id}).one_or_none()
    if row is None:
        raise NotFound(kind="filter", id=filter_id)
    return Filter(**row._mapping)


def create(
    session: Session,
    name: str,
    *,
    query: Mapping[str, Any],
    properties: Mapping[str, Any],
    principal: Principal,
    owner: str | None = None,
) -> Filter:
    """Keep a filter; return it. Only administrators name somebody else its owner. Raises InvalidInput, NotAllowed."""
    if session.execute(_MINE, {"me": principal.user_id}).scalar_one() >= MOST:
        raise Conflict("You have {count} filters already. Delete some first.", count=MOST)
    identifier = new_id()
    row = {"id": identifier, "created_at": now(), "created_by": principal.user_id}
    session.execute(insert(_f).values(row | _checked(name, query, properties, owner, principal)))
    return find(session, identifier)


def change(
    session: Session,
    filter_id: UUID,
    name: str,
    *,
    query: Mapping[str, Any],
    properties: Mapping[str, Any],
    principal: Principal,
    owner: str | None = None,
) -> None:
    """Change a filter; its owner and administrators may. Raises NotFound, NotAllowed, InvalidInput."""
    held = _require_own(session, filter_id, principal)
    row = _checked(name, query, properties, owner or held.owner, principal)
    session.execute(update(_f).where(_f.c.id == filter_id).values(row))


def remove(session: Session, filter_id: UUID, principal: Principal) -> None:
    """Delete a filter; its owner and administrators may. Raises NotFound, NotAllowed."""
    _require_own(session, filter_id, principal)
    session.execute(delete(_f).where(_f.c.id == filter_id))


def _checked(
    name: str, query: Mapping[str, Any], properties: Mapping[str, Any], owner: str | None, principal: Principal
) -> dict[str, Any]:
    owner = owner or principal.user_id
    if owner != principal.user_id and not principal.admin:
        raise NotAllowed
    faults = {
        "name": not 0 < len(name.strip()) <= LONGEST or "\0" in name,
        "query": len(str(query)) + len(str(properties)) > LARGEST,
    }
    problems = [field for field, wrong in faults.items() if wrong]
    if problems:
        raise InvalidInput([{"field": field, "code": "invalid", "params": {}} for field in problems])
    return {"name": name.strip(), "owner": owner, "query": dict(query), "properties": dict(properties)}


def _require_own(session: Session, filter_id: UUID, principal: Principal) -> Filter:
    held = find(session, filter_id)
    if principal.user_id not in (held.owner, held.created_by) and not principal.admin:
        raise NotAllowed("Only who saved this filter may change it.")
    return held
