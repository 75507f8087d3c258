"""News for waiting instances: a message reaches one of them, a signal all."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer
from process_server.api.ground.durations import read_duration
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Duration, Id, Name, OptionalVariables, Request, Shown
from process_server.api.ground.scopes import require_system
from process_server.api.ground.transaction import transaction
from process_server.bpmn import commands
from process_server.db import Session
from process_server.identity.principal import Principal

LONGEST_KEPT = timedelta(days=30)

router = resource("", "messages and signals")


class Message(Request):
    """A message, and which instance it is for."""

    name: Annotated[Name, Field(examples=["payment_received"])]
    business_key: Annotated[Name | None, Field(examples=["LEAD-2026-0117"])] = None
    correlation_key: Name | None = None
    correlation_variables: Annotated[
        dict[str, Any] | None, Field(description="Values that the variables of the instance have to equal.")
    ] = None
    instance_id: Id | None = None
    variables: OptionalVariables
    keep_for: Annotated[
        Duration | None,
        Field(description="How long it is kept when nobody waits for it yet. Left out: as the server's settings say."),
    ] = None


class Signal(Request):
    """A signal for all who wait for it."""

    name: Annotated[Name, Field(examples=["price_list_changed"])]
    variables: OptionalVariables


class Reached(Shown):
    """An instance that took the news, or was started by it."""

    instance_id: UUID
    definition_id: UUID
    business_key: str | None
    started: bool


class ReachedByMessage(Shown):
    """Who took the message; or until when it is kept for whoever will."""

    instance: Reached | None
    kept_until: datetime | None = None


class ReachedBySignal(Shown):
    """Who took the signal."""

    instances: list[Reached]


_KEPT: dict[int | str, dict[str, Any]] = {
    202: {"model": ReachedByMessage, "description": "Nobody waits yet: it is kept."}
}


@router.post("/messages", response_model=ReachedByMessage, responses=documented(404, 409, 413) | _KEPT)
@transaction("messages:write")
def correlate(session: Session, actor: Principal, body: Message) -> Response:
    """Give a message to the one instance that waits for it, or start the process it starts.

    Nobody waits for it: 422 `not_correlated`, or 202 where it is kept for whoever will. Several do: 409
    `ambiguous_correlation`; say which by business key, correlation key, correlation variables or instance id.
    """
    require_system(actor, "messages:write")
    keep_for = None if body.keep_for is None else read_duration(body.keep_for, "keep_for", longest=LONGEST_KEPT)
    reached = commands.correlate_message(
        session,
        body.name,
        dict(body.variables),
        actor=actor,
        business_key=body.business_key,
        correlation_key=body.correlation_key,
        correlation_variables=body.correlation_variables,
        instance_id=body.instance_id,
        keep_for=keep_for,
    )
    if isinstance(reached, datetime):
        return answer({"instance": None, "kept_until": reached}, 202)
    return answer({"instance": _reached(reached), "kept_until": None})


@router.post("/signals", response_model=ReachedBySignal, responses=documented(413))
@transaction("messages:write")
def broadcast(session: Session, actor: Principal, body: Signal) -> Response:
    """Give a signal to all who wait for it; nobody may."""
    require_system(actor, "messages:write")
    reached = commands.broadcast_signal(session, body.name, dict(body.variables), actor=actor)
    return answer({"instances": [_reached(running) for running in reached]})


def _reached(running: Any) -> dict[str, Any]:
    return {
        "instance_id": running.id,
        "definition_id": running.definition.id,
        "business_key": running.business_key,
        "started": running.new,
    }
