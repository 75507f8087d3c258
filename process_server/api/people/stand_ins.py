"""Stand-ins: who works for whom while they are away; and the copies and drafts a person has."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query as QueryParameter
from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Instant, Name, Request, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.bpmn import queries
from process_server.db import Session
from process_server.errors import InvalidInput
from process_server.identity import stand_ins
from process_server.identity.principal import Principal

router = resource("/stand-ins", "people")


class NewStandIn(Request):
    """Who works for whom, from when to when, in which processes; left out: from now on, until it is ended, in all."""

    user_id: Annotated[Name | None, Field(description="Left out: oneself.")] = None
    substitute_id: Name
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    process_keys: Annotated[list[Name], Field(default_factory=list, max_length=500)]


class StandInShown(Shown):
    """Who works for whom. `in_force`: now."""

    id: UUID
    user_id: str
    substitute_id: str
    starts_at: datetime
    ends_at: datetime | None
    process_keys: list[str]
    created_by: str
    created_at: datetime
    in_force: bool


class StandIns(Shown):
    """Stand-ins, the latest first."""

    items: list[StandInShown]


@router.post("", status_code=201, response_model=StandInShown, responses=documented(404, 413))
@transaction("people:write")
def create(session: Session, actor: Principal, body: NewStandIn) -> Response:
    """Let somebody work for a person while they are away: on their behalf, and both names are kept."""
    known = {row["key"] for row in queries.list_definitions(session)} if body.process_keys else set()
    for key in body.process_keys:
        if key not in known:
            raise InvalidInput([{"field": "process_keys", "code": "not_an_option", "params": {"value": key}}])
    row = stand_ins.create(
        session,
        body.user_id or actor.user_id,
        body.substitute_id,
        principal=actor,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        process_keys=body.process_keys,
    )
    return answer(_shown(row), 201)


@router.get("", response_model=StandIns)
@transaction("people:read")
def find(
    session: Session, actor: Principal, user: Annotated[Text | None, QueryParameter(max_length=255)] = None
) -> Response:
    """List who stands in for one and for whom one does; of another person, who manages them may ask."""
    return answer({"items": [_shown(row) for row in stand_ins.list_stand_ins(session, actor, user_id=user)]})


@router.delete("/{stand_in_id}", status_code=204, responses=documented(404))
@transaction("people:write")
def end(session: Session, actor: Principal, stand_in_id: UUID) -> Response:
    """End a stand-in now: who stood in sees nothing of it from then on."""
    stand_ins.end(session, stand_in_id, principal=actor)
    return nothing()


def _shown(row: stand_ins.StandInRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in StandInShown.model_fields}
