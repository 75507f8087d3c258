"""Filters on the wire: questions about open tasks under a name, asked again at any time."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError

from process_server import values
from process_server.api.engine_rest.tasks.task_queries import LIST, TaskQuery
from process_server.api.engine_rest.tasks.task_shown import NOTHING_ELSE, TaskShown, all_shown
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.listing import Page, Paged
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Count, Wire
from process_server.api.ground.schemas import Text
from process_server.db import Session
from process_server.errors import NotAllowed
from process_server.identity.principal import Principal
from process_server.tasks.inbox import task_filters
from process_server.tasks.inbox.task_filters import Filter

router = resource("/filter", "Filter")

TASK = "Task"
_ORDERS = {
    "filterId": lambda held: str(held.id),
    "resourceType": lambda held: TASK,
    "name": lambda held: held.name,
    "owner": lambda held: held.owner,
}


class FilterShown(Wire):
    """A question under a name."""

    id: UUID
    resource_type: Literal["Task"]
    name: str
    owner: str
    query: dict[str, Any]
    properties: dict[str, Any]
    item_count: Annotated[int | None, Field(description="Where it was asked for: how many tasks there are for you.")]


class FilterBody(Wire):
    """What to keep. `query` is what POST /task takes; `properties` are for whoever shows the filter."""

    resource_type: Text | None = None
    name: Text | None = None
    owner: Text | None = None
    query: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None


class FilterQuery(Wire):
    """Which filters, in which order."""

    filter_id: Text | None = None
    resource_type: Text | None = None
    name: Text | None = None
    name_like: Text | None = None
    owner: Text | None = None
    item_count: bool = False
    sort_by: Text | None = None
    sort_order: Text | None = None
    first_result: Annotated[int, Field(ge=0)] = 0
    max_results: Annotated[int | None, Field(ge=0)] = None

    def fits(self, held: Filter) -> bool:
        """Say whether a filter is among those wanted."""
        asked = (self.filter_id, self.resource_type, self.name, self.owner)
        has = (str(held.id), TASK, held.name, held.owner)
        if any(wanted is not None and wanted != found for wanted, found in zip(asked, has, strict=True)):
            return False
        return self.name_like is None or _pattern(self.name_like).fullmatch(held.name) is not None


@router.get("", response_model=list[FilterShown])
@operation("tasks:read")
def find(session: Session, actor: Principal, query: Annotated[FilterQuery, QueryParameters()]) -> Response:
    """List filters. Everybody sees all of them, and by each only the tasks they may see."""
    if (query.sort_by is None) != (query.sort_order is None):
        raise InvalidRequest("Only a single sorting parameter specified. sortBy and sortOrder required")
    found = [held for held in task_filters.list_filters(session) if query.fits(held)]
    if query.sort_by is not None:
        if query.sort_by not in _ORDERS:
            raise InvalidRequest("Cannot set query parameter 'sortBy' to value '{value}'", value=query.sort_by)
        found.sort(key=_ORDERS[query.sort_by], reverse=query.sort_order == "desc")
    last = None if query.max_results is None else query.first_result + query.max_results
    page = found[query.first_result : last]
    return answer([_shown(session, actor, held, counted=query.item_count) for held in page])


@router.get("/count", response_model=Count)
@operation("tasks:read")
def count(session: Session, actor: Principal, query: Annotated[FilterQuery, QueryParameters()]) -> Response:
    """Count filters."""
    return answer({"count": sum(query.fits(held) for held in task_filters.list_filters(session))})


@router.post("/create", response_model=FilterShown)
@operation("tasks:write")
def create(session: Session, actor: Principal, body: FilterBody) -> Response:
    """Keep a filter."""
    made = task_filters.create(session, principal=actor, owner=body.owner, **_kept(body, actor))
    return answer(_shown(session, actor, made))


@router.get("/{id}", response_model=FilterShown, responses=documented(404))
@operation("tasks:read")
def get(
    session: Session, actor: Principal, id: UUID, counted: Annotated[bool, QueryParameters(alias="itemCount")] = False
) -> Response:
    """Get a filter."""
    return answer(_shown(session, actor, task_filters.find(session, id), counted=counted))


@router.put("/{id}", status_code=204, responses=documented(404))
@operation("tasks:write")
def change(session: Session, actor: Principal, id: UUID, body: FilterBody) -> Response:
    """Change a filter; its owner and administrators may."""
    task_filters.change(session, id, principal=actor, owner=body.owner, **_kept(body, actor))
    return nothing()


@router.delete("/{id}", status_code=204, responses=documented(404))
@operation("tasks:write")
def remove(session: Session, actor: Principal, id: UUID) -> Response:
    """Delete a filter; its owner and administrators may."""
    task_filters.remove(session, id, actor)
    return nothing()


@router.get("/{id}/list", response_model=list[TaskShown], responses=documented(404))
@operation("tasks:read")
def run(session: Session, actor: Principal, id: UUID, page: Paged) -> Response:
    """List the tasks of a filter."""
    return _found(session, actor, task_filters.find(session, id).query, page)


@router.post("/{id}/list", response_model=list[TaskShown], responses=documented(404))
@operation("tasks:read")
def run_narrowed(session: Session, actor: Principal, id: UUID, body: dict[str, Any], page: Paged) -> Response:
    """List the tasks of a filter, with further conditions; one that the filter has is written over."""
    return _found(session, actor, {**task_filters.find(session, id).query, **body}, page)


@router.get("/{id}/count", response_model=Count, responses=documented(404))
@operation("tasks:read")
def count_tasks(session: Session, actor: Principal, id: UUID) -> Response:
    """Count the tasks of a filter."""
    return LIST.count(session, actor, _question(task_filters.find(session, id).query))


@router.post("/{id}/count", response_model=Count, responses=documented(404))
@operation("tasks:read")
def count_narrowed(session: Session, actor: Principal, id: UUID, body: dict[str, Any]) -> Response:
    """Count the tasks of a filter, with further conditions."""
    return LIST.count(session, actor, _question({**task_filters.find(session, id).query, **body}))


def _found(session: Session, actor: Principal, query: Mapping[str, Any], page: Page) -> Response:
    return answer(all_shown(session, actor, LIST.rows(session, actor, _question(query), page), NOTHING_ELSE))


def _kept(body: FilterBody, actor: Principal) -> dict[str, Any]:
    """Return what is kept of a filter. Raises InvalidRequest for a question that nobody could ask."""
    if body.resource_type != TASK:
        raise InvalidRequest("A filter here is one of tasks: resourceType Task.")
    query = body.query or {}
    asked = _question(query)
    LIST.wanted(asked, actor)
    LIST.sort(asked)
    return {"name": body.name or "", "query": query, "properties": body.properties or {}}


def _question(query: Mapping[str, Any]) -> TaskQuery:
    try:
        return TaskQuery.model_validate(values.show(dict(query)))
    except ValidationError as error:
        raise RequestValidationError(
            [{**fault, "loc": ("query", *fault["loc"])} for fault in error.errors()]
        ) from error


def _shown(session: Session, actor: Principal, held: Filter, *, counted: bool = False) -> dict[str, Any]:
    return {
        "id": held.id,
        "resourceType": TASK,
        "name": held.name,
        "owner": held.owner,
        "query": values.show(dict(held.query)),
        "properties": values.show(dict(held.properties)),
        "itemCount": _count(session, actor, held) if counted else None,
    }


def _count(session: Session, actor: Principal, held: Filter) -> int | None:
    try:
        return LIST.finder.count(session, actor, LIST.wanted(_question(held.query), actor))
    except NotAllowed:  # it looks for variables, which not everybody is shown
        return None


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text).replace("%", ".*").replace("_", "."), re.DOTALL)
