"""Public links: addresses by which anybody may fill in a start form; for administrators."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer, nothing
from process_server.api.ground.errors import documented
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Instant, Name, Request, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.bpmn.commands import public_start
from process_server.config import settings
from process_server.db import Session
from process_server.i18n import LANGUAGES
from process_server.identity import public_links
from process_server.identity.models import PublicLink
from process_server.identity.principal import Principal

router = resource("/public-links", "public links")


class LinkShown(Shown):
    """A public link; its secret is not kept. `open` says whether a form may be sent by it now."""

    id: UUID
    name: str
    process: str
    start_element: str | None
    language: str | None
    origins: list[str]
    expires_at: datetime | None
    max_uses: int | None
    uses: int
    last_used_at: datetime | None
    created_by: str
    created_at: datetime
    revoked_at: datetime | None
    open: bool


class LinkMade(LinkShown):
    """A new link with its address, which is shown this once."""

    path: str
    url: str | None


class NewLink(Request):
    """A link to make. `origins` are the sites that may embed the form, like `https://www.example.com`."""

    process: Name
    name: Name
    start_element: Text | None = None
    language: Annotated[str | None, Field(pattern=f"^({'|'.join(LANGUAGES)})$")] = None
    origins: Annotated[list[Text], Field(max_length=public_links.MAX_ORIGINS, default_factory=list)]
    expires_at: Instant | None = None
    max_uses: Annotated[int | None, Field(ge=1, le=10**9)] = None


@router.get("", response_model=list[LinkShown])
@transaction("processes:read")
def find(session: Session, actor: Principal) -> Response:
    """List all public links, the newest first."""
    actor.require_admin()
    return answer([_shown(link) for link in public_links.list_links(session)])


@router.post("", status_code=201, response_model=LinkMade, responses=documented(404, 413))
@transaction("processes:write")
def create(session: Session, actor: Principal, body: NewLink) -> Response:
    """Make a public link to the start form of a process.

    422 `not_public`: the process has no start form, or one that offers people, cases or the like.
    """
    actor.require_admin()
    public_start.check_public(session, body.process, body.start_element)
    link, secret = public_links.create_link(
        session,
        body.name,
        body.process,
        actor=actor,
        start_element=body.start_element,
        language=body.language,
        origins=body.origins,
        expires_at=body.expires_at,
        max_uses=body.max_uses,
    )
    path = f"/f/{secret}"
    base = settings().base_url.rstrip("/")
    return answer(_shown(link) | {"path": path, "url": f"{base}{path}" if base else None}, 201)


@router.delete("/{link_id}", status_code=204, responses=documented(404))
@transaction("processes:write")
def revoke(session: Session, actor: Principal, link_id: UUID) -> Response:
    """Close a link at once and for ever; it stays in the list."""
    public_links.revoke_link(session, link_id, actor=actor)
    return nothing()


def _shown(link: PublicLink) -> dict[str, object]:
    own = ("id", "name", "start_element", "language", "origins", "expires_at", "max_uses", "uses", "last_used_at")
    shown = {name: getattr(link, name) for name in (*own, "created_by", "created_at", "revoked_at")}
    return shown | {"process": link.process_key, "open": public_links.is_open(link)}
