"""By which channels I am told of what; and what the company says of it."""

from typing import Any

from fastapi import Response

from process_server.api.ground.answers import answer
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Shown
from process_server.api.ground.transaction import transaction
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.tasks.telling import matrix, preferences
from process_server.tasks.telling.matrix import Choices, Digest, Policy, QuietHours

router = resource("", "notifications")


class ChoicesShown(Shown):
    """What I chose; `effective` is by which channels each event is told to me, the company's minimum included."""

    events: dict[str, list[str]]
    quiet: QuietHours | None
    digest: Digest
    channels: list[str]
    minimum: dict[str, list[str]]
    effective: dict[str, list[str]]


@router.get("/me/notification-preferences", response_model=ChoicesShown)
@transaction("notifications:read")
def get_choices(session: Session, actor: Principal) -> Response:
    """Say how I am told of things: events by channels, quiet hours, and when the summary comes."""
    return answer(_shown(session, actor))


@router.put("/me/notification-preferences", response_model=ChoicesShown, responses=documented(413))
@transaction("notifications:write")
def put_choices(session: Session, actor: Principal, body: Choices) -> Response:
    """Choose how I am told of things. An event left out is told as the company says."""
    preferences.set_choices(session, actor.user_id, body)
    return answer(_shown(session, actor))


@router.get("/notification-policy", response_model=Policy)
@transaction("notifications:read")
def get_policy(session: Session, actor: Principal) -> Response:
    """Say what the company says: how people who chose nothing are told, and how everybody is told at least."""
    return answer(preferences.policy(session).model_dump())


@router.put("/notification-policy", response_model=Policy, responses=documented(413))
@transaction("notifications:write")
def put_policy(session: Session, actor: Principal, body: Policy) -> Response:
    """Set what the company says; for administrators."""
    preferences.set_policy(session, body, actor=actor)
    return answer(body.model_dump())


def _shown(session: Session, actor: Principal) -> dict[str, Any]:
    reader = preferences.readers(session, [actor.user_id])[actor.user_id]
    known = matrix.channels()
    effective = {event: [each for each in known if each in reader.channels_of(event)] for event in matrix.EVENTS}
    told = {"channels": list(known), "minimum": reader.policy.minimum, "effective": effective}
    return reader.choices.model_dump() | told
