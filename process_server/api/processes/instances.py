"""Process instances: start, list, look at, change variables, cancel."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Header, Response
from fastapi import Query as QueryParameters
from pydantic import Field, model_validator

from process_server import values
from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.paging import page_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import (
    Cursor,
    Id,
    Instant,
    Limit,
    Name,
    OptionalVariables,
    Page,
    Query,
    Request,
    Shown,
    Text,
    Variables,
)
from process_server.api.ground.transaction import transaction
from process_server.api.processes.definitions import resolve
from process_server.bpmn import commands, queries
from process_server.bpmn.runtime.running import Running
from process_server.bpmn.visibility import require_visible
from process_server.db import Session
from process_server.errors import DuplicateStart
from process_server.identity.principal import Principal

router = resource("/instances", "instances")

State = Literal["active", "completed", "cancelled"]


class Start(Request):
    """What to start: a process by its key (its newest version), or one version by its id."""

    definition_key: Annotated[Name | None, Field(examples=["lead_to_cash"])] = None
    definition_id: Id | None = None
    business_key: Annotated[Name | None, Field(examples=["LEAD-2026-0117"])] = None
    variables: OptionalVariables

    @model_validator(mode="after")
    def _one_of_both(self) -> "Start":
        if (self.definition_key is None) == (self.definition_id is None):
            raise ValueError("Give either definition_key or definition_id.")
        return self


class Changes(Request):
    """Variables to set; the others stay as they are."""

    variables: Variables


class Cancellation(Request):
    """Why an instance is cancelled: kept with it."""

    reason: Annotated[Text, Field(max_length=2000)] = ""


class InstanceShown(Shown):
    """One run of a process."""

    id: UUID
    root_id: UUID
    parent_id: UUID | None
    definition_id: UUID
    definition_key: str
    definition_version: int
    definition_name: str | None
    definition_name_en: str | None
    business_key: str | None
    state: State
    started_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    initiator: str | None
    suspended_at: Annotated[datetime | None, Field(description="Since when nothing goes on in it.")]
    revision: int


class InstanceListed(InstanceShown):
    """An instance in a list. `incidents` counts the open ones."""

    incidents: int


class VariablesShown(Shown):
    """The variables of an instance: decimals as numbers, dates and durations as ISO 8601 text."""

    variables: dict[str, Any]


class VisitShown(Shown):
    """One visit of an element. What is still waited for has not been left."""

    id: UUID
    process_instance_id: UUID
    definition_id: UUID
    element_id: str
    element_type: str
    entered_at: datetime | None
    left_at: datetime | None
    outcome: str | None
    actor: str | None
    detail: Any


class Visits(Shown):
    """What happened, in time."""

    items: list[VisitShown]


class InstanceQuery(Query):
    """Which instances, and which page of them. What is not given does not restrict."""

    definition_key: Text | None = None
    definition_id: UUID | None = None
    state: State | None = None
    business_key: Text | None = None
    initiator: Text | None = None
    involved: Annotated[Text | None, Field(description="Started by this user, or with a task of theirs.")] = None
    team: Annotated[bool, Field(description="Those people one manages started, or have or had a task of.")] = False
    started_after: Instant | None = None
    started_before: Instant | None = None
    with_incident: bool = False
    parent_id: UUID | None = None
    roots_only: Annotated[bool, Field(description="Leave out instances that another instance called.")] = False
    limit: Limit = 50
    cursor: Cursor = None


_STARTED: dict[int | str, dict[str, Any]] = {
    200: {"model": InstanceShown, "description": "This Idempotency-Key was used before: the instance it started."}
}
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Start at most once: the same key of the same user returns the first instance.",
        examples=["order-4711"],
    ),
]


@router.post("", status_code=201, response_model=InstanceShown, responses=documented(404, 409, 413) | _STARTED)
@transaction("processes:write", again_on=DuplicateStart)
def start(session: Session, actor: Principal, body: Start, idempotency_key: IdempotencyKey = None) -> Response:
    """Start an instance and run it until it waits.

    With the header `Idempotency-Key`, a request that is sent again returns the first instance with 200 instead of 201;
    another request with the same key is refused: 422 `idempotency_key_reused`.
    """
    definition_id = body.definition_id or resolve(session, body.definition_key or "")
    try:
        running = commands.start_instance(
            session,
            definition_id,
            dict(body.variables),
            actor=actor,
            business_key=body.business_key,
            idempotency_key=idempotency_key,
        )
    except DuplicateStart as duplicate:
        if "instance" not in duplicate.params:
            raise
        return answer(_shown(queries.get_instance(session, duplicate.params["instance"])))
    return answer(_started(session, running), 201)


def _started(session: Session, running: Running) -> dict[str, Any]:
    """Show an instance that waits as it is in memory: starting is a hot path, and its row says nothing else."""
    if running.execution.ended:
        return _shown(queries.get_instance(session, running.id))
    definition = running.definition
    return {
        "id": running.id,
        "root_id": running.root_id,
        "parent_id": running.parent_id,
        "definition_id": definition.id,
        "definition_key": definition.key,
        "definition_version": definition.version,
        "definition_name": definition.program.name,
        "definition_name_en": definition.program.localised_name("en"),
        "business_key": running.business_key,
        "state": "active",
        "started_at": running.started_at,
        "ended_at": None,
        "end_reason": None,
        "initiator": running.initiator,
        "suspended_at": running.suspended_at,
        "revision": running.revision,
    }


def _shown(row: queries.Row) -> dict[str, Any]:
    return {field: row[field] for field in InstanceShown.model_fields}


@router.get("", response_model=Page[InstanceListed])
@transaction("processes:read")
def find(session: Session, actor: Principal, query: Annotated[InstanceQuery, QueryParameters()]) -> Response:
    """List instances, the newest first. Who is no administrator sees those they are involved in, or their team's."""
    filters = query.model_dump(exclude={"limit", "cursor", "team"})
    if query.team:
        filters["manager"] = actor.user_id
    elif not actor.admin:
        filters["involved"] = actor.user_id
    wanted = queries.InstanceFilter(**filters)
    return answer(
        page_of(
            lambda limit, before: queries.list_instances(session, wanted, limit=limit, before=before),
            "started_at",
            query.limit,
            query.cursor,
            lambda row: _shown(row) | {"incidents": row["incidents"]},
        )
    )


@router.get("/{instance_id}", response_model=InstanceShown, responses=documented(404))
@transaction("processes:read")
def get(session: Session, actor: Principal, instance_id: UUID) -> Response:
    """Get an instance."""
    require_visible(session, instance_id, actor)
    return answer(_shown(queries.get_instance(session, instance_id)))


@router.get("/{instance_id}/variables", response_model=VariablesShown, responses=documented(404))
@transaction("processes:read")
def variables(session: Session, actor: Principal, instance_id: UUID) -> Response:
    """Get every variable of an instance, for administrators: others see what their forms show them."""
    actor.require_admin()
    return answer({"variables": values.show(queries.get_variables(session, instance_id))})


@router.put("/{instance_id}/variables", response_model=VariablesShown, responses=documented(404, 409, 413))
@transaction("processes:write")
def set_variables(session: Session, actor: Principal, instance_id: UUID, body: Changes) -> Response:
    """Set variables of a running instance, for administrators; conditions that wait for them are looked at again."""
    commands.set_variables(session, instance_id, dict(body.variables), actor=actor)
    return answer({"variables": values.show(queries.get_variables(session, instance_id))})


@router.post("/{instance_id}/cancel", status_code=204, responses=documented(404, 409, 413))
@transaction("processes:write")
def cancel(session: Session, actor: Principal, instance_id: UUID, body: Cancellation | None = None) -> Response:
    """Cancel a running instance and all it called. Its initiator and administrators may."""
    require_visible(session, instance_id, actor)
    commands.cancel_instance(session, instance_id, actor=actor, reason=body.reason if body else "")
    return nothing()


@router.get("/{instance_id}/history", response_model=Visits, responses=documented(404))
@transaction("processes:read")
def history(session: Session, actor: Principal, instance_id: UUID) -> Response:
    """List every visit of an element, in time: what was done, then what is waited for."""
    require_visible(session, instance_id, actor)
    return answer({"items": [_visit(row) for row in queries.activity_history(session, [instance_id])]})


@router.get("/{instance_id}/waits", response_model=Visits, responses=documented(404))
@transaction("processes:read")
def waits(session: Session, actor: Principal, instance_id: UUID) -> Response:
    """List what an instance waits for: people, timers, messages and signals, service work."""
    require_visible(session, instance_id, actor)
    return answer({"items": [_visit(row) for row in queries.open_waits(session, [instance_id])]})


def _visit(row: queries.Row) -> dict[str, Any]:
    return {field: values.show(row[field]) if field == "detail" else row[field] for field in VisitShown.model_fields}
