"""Embedding: a saved view or a case that other sites show in a frame, as one person sees it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Id, Name, Request, Shown
from process_server.api.ground.transaction import transaction
from process_server.bpmn import visibility
from process_server.config import settings
from process_server.db import Session
from process_server.i18n import LANGUAGES
from process_server.identity.principal import Principal
from process_server.tasks.inbox import embeds
from process_server.tasks.inbox.embeds import EmbedRow

router = resource("/embeds", "inbox")


class NewEmbed(Request):
    """What to embed: either a saved view one may see, or a case; for how many days, null without an end."""

    name: Annotated[Name, Field(max_length=100, examples=["Late quotes on the intranet"])]
    view_id: Id | None = None
    process_instance_id: Id | None = None
    days: Annotated[int | None, Field(ge=1, le=embeds.LONGEST_DAYS)] = 90
    language: Annotated[str | None, Field(pattern=f"^({'|'.join(LANGUAGES)})$")] = None


class EmbedShown(Shown):
    """Something embedded; its secret is not kept."""

    id: UUID
    name: str
    view_id: UUID | None
    process_instance_id: UUID | None
    language: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class EmbedMade(EmbedShown):
    """Something newly embedded with the address of its frame, which is shown this once."""

    path: str
    url: str | None


class Embeds(Shown):
    """What one embeds, the newest first, and the sites that may show it."""

    items: list[EmbedShown]
    origins: list[str]


@router.get("", response_model=Embeds)
@transaction("tasks:read")
def find(session: Session, actor: Principal) -> Response:
    """List what one embeds."""
    return answer({"items": [_shown(each) for each in embeds.list_embeds(session, actor)], "origins": embeds.origins()})


@router.post("", status_code=201, response_model=EmbedMade, responses=documented(404, 409, 413))
@transaction("tasks:write")
def create(session: Session, actor: Principal, body: NewEmbed) -> Response:
    """Embed a view or a case: whoever sees the sites of the settings reads what you would see, and can do nothing.

    409 where no site may embed anything.
    """
    if body.process_instance_id is not None:
        visibility.require_visible(session, body.process_instance_id, actor)
    made, secret = embeds.create(
        session,
        actor,
        body.name,
        view_id=body.view_id,
        instance_id=body.process_instance_id,
        days=body.days,
        language=body.language,
    )
    path, base = f"/embed/{secret}", settings().base_url.rstrip("/")
    return answer(_shown(made) | {"path": path, "url": f"{base}{path}" if base else None}, 201)


@router.delete("/{embed_id}", status_code=204, responses=documented(404))
@transaction("tasks:write")
def remove(session: Session, actor: Principal, embed_id: UUID) -> Response:
    """Embed something no longer: its address shows nothing from now on."""
    embeds.remove(session, embed_id, actor)
    return nothing()


def _shown(embed: EmbedRow) -> dict[str, object]:
    return {name: getattr(embed, name) for name in EmbedShown.model_fields}
