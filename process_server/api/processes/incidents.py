"""Incidents: why instances cannot go on, and trying again after something was mended."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Request as HttpRequest
from fastapi import Response

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.languages import language_of
from process_server.api.ground.paging import page_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Cursor, Limit, OptionalVariables, Page, Query, Request, Shown
from process_server.api.ground.transaction import transaction
from process_server.bpmn import commands, queries
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/incidents", "incidents")


class IncidentShown(Shown):
    """Why an instance stands still at an element."""

    id: UUID
    process_instance_id: UUID
    definition_id: UUID
    definition_key: str
    definition_name: str | None
    business_key: str | None
    element_id: str
    code: str
    message: str
    details: str | None
    expression: str | None
    created_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None


class IncidentQuery(Query):
    """Which incidents, and which page of them."""

    instance_id: UUID | None = None
    definition_id: UUID | None = None
    open_only: bool = True
    limit: Limit = 50
    cursor: Cursor = None


class Retry(Request):
    """Variables to set before the element is tried again."""

    variables: OptionalVariables


@router.get("", response_model=Page[IncidentShown])
@transaction("processes:read")
def find(
    session: Session, actor: Principal, query: Annotated[IncidentQuery, QueryParameters()], request: HttpRequest
) -> Response:
    """List incidents, the newest first: to an administrator all, to who manages people those of their cases."""
    filters: dict[str, Any] = query.model_dump(exclude={"limit", "cursor"})
    filters["language"] = language_of(request, actor)
    if not actor.admin:
        filters["manager"] = actor.user_id
    return answer(
        page_of(
            lambda limit, before: queries.list_incidents(session, **filters, limit=limit, before=before),
            "created_at",
            query.limit,
            query.cursor,
            lambda row: {field: row[field] for field in IncidentShown.model_fields},
        )
    )


@router.post("/{incident_id}/retry", status_code=204, responses=documented(404, 409, 413))
@transaction("processes:write")
def retry(session: Session, actor: Principal, incident_id: UUID, body: Retry | None = None) -> Response:
    """Try the element again, after setting variables that were wrong. What fails again is a new incident."""
    commands.retry_incident(session, incident_id, actor=actor, variables=dict(body.variables) if body else None)
    return nothing()
