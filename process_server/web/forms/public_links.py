"""The administrator's page of public links: make one, see how often it was used, close it."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from process_server.bpmn import queries
from process_server.bpmn.commands import public_start
from process_server.clock import now
from process_server.errors import Invalid
from process_server.i18n import LANGUAGES, error_text
from process_server.identity import public_links
from process_server.web.ground import naming
from process_server.web.ground.visit import AdminVisit, Visit, public_address

router = APIRouter(prefix="/public-links")


@router.get("")
def show(visit: AdminVisit, process: Annotated[str, Query()] = "") -> Response:
    """List the links, the newest first."""
    return _page(visit, chosen=process)


@router.post("")
def create(
    visit: AdminVisit,
    process: Annotated[str, Form()],
    name: Annotated[str, Form(max_length=200)] = "",
    days: Annotated[int, Form(ge=0, le=3650)] = 30,
    max_uses: Annotated[str, Form(pattern=r"^\d{0,9}$")] = "",
    origins: Annotated[str, Form(max_length=5000)] = "",
    language: Annotated[str, Form()] = "",
) -> Response:
    """Make a link; its address is shown this once."""
    try:
        held = public_start.check_public(visit.session, process)
        link, secret = public_links.create_link(
            visit.session,
            name.strip() or held.localised_name(visit.language),
            process,
            actor=visit.principal,
            language=language if language in LANGUAGES else None,
            origins=origins.split(),
            expires_at=now() + timedelta(days=days) if days else None,
            max_uses=int(max_uses) if max_uses.strip("0") else None,
        )
    except Invalid as error:
        return _page(visit, chosen=process, problem=error_text(visit.language, error), status=422)
    address = f"{public_address(visit.request)}/f/{secret}"
    return _page(visit, chosen=process, made=link.name, address=address)


@router.post("/{link_id}/revoke")
def revoke(visit: AdminVisit, link_id: UUID) -> Response:
    """Close a link at once."""
    public_links.revoke_link(visit.session, link_id, actor=visit.principal)
    return visit.go("/public-links", visit.say("The link is closed. Whoever opens it is told so."))


def _page(
    visit: Visit, *, chosen: str = "", problem: str = "", made: str = "", address: str = "", status: int = 200
) -> Response:
    links = public_links.list_links(visit.session)
    names = {row["key"]: naming.process(visit, row) for row in queries.list_definitions(visit.session)}
    startable = [row["key"] for row in queries.list_definitions(visit.session) if row["startable"]]
    return visit.page(
        "public_links.html",
        status=status,
        links=[(link, public_links.is_open(link)) for link in links],
        names=names,
        people=naming.people(visit, [link.created_by for link in links]),
        startable=startable,
        languages=LANGUAGES,
        chosen=chosen,
        problem=problem,
        made=made,
        address=address,
    )
