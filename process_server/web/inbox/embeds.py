"""Lists and cases in frames of other sites: what they show there, and the page where somebody embeds them."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from process_server import refusals
from process_server.bpmn import queries, visibility
from process_server.bpmn.queries.fields import columns_of
from process_server.config import settings
from process_server.errors import Conflict, InvalidInput, NotFound
from process_server.i18n import error_text
from process_server.identity import accounts
from process_server.identity.sign_in import SignedIn
from process_server.tasks.inbox import embeds, views
from process_server.tasks.inbox.embeds import EmbedRow
from process_server.web.ground import naming
from process_server.web.ground.headers import POLICY
from process_server.web.ground.lists import LISTS
from process_server.web.ground.visit import AnyVisit, SignedInVisit, Visit
from process_server.web.inbox import cells
from process_server.web.inbox.address import of_settings
from process_server.web.inbox.page import PAGE, head, shown_columns
from process_server.web.tasks import beside

router = APIRouter()


@router.get("/embed/{secret}")
def show(visit: AnyVisit, secret: str) -> Response:
    """Show what is embedded, as the person sees it who embedded it, and whatever browser asks."""
    found = embeds.find(visit.session, secret)
    account = accounts.find_account(visit.session, found.owner)
    if account is None or not account.active:
        raise NotFound("There is nothing at this address, or no longer.")
    reader = SignedIn(account.principal, "", b"")
    language = found.language or account.principal.language or visit.language
    seen = replace(visit, signed_in=reader, language=language)
    context = _list(seen, found) if found.view_id else _case(seen, found)
    page = Visit.page(replace(seen, signed_in=None), "embed.html", name=found.name, **context)
    page.headers["Content-Security-Policy"] = POLICY.replace(
        "frame-ancestors 'none'", f"frame-ancestors {' '.join(embeds.origins())}"
    )
    page.headers["Referrer-Policy"] = "no-referrer"
    page.headers["X-Robots-Tag"] = "noindex"
    return page


def _list(visit: Visit, found: EmbedRow) -> dict[str, Any]:
    assert found.view_id is not None
    view = views.find(visit.session, found.view_id, visit.principal)
    address = of_settings(LISTS[view.list], view.settings, str(view.id))
    columns = columns_of(visit.session, view.list, visit.principal)
    shown = shown_columns(visit, columns, address)
    wanted = cells.wanted(columns, (column.name for column in shown))
    page = queries.inbox_page(visit.session, columns, address.query, wanted, limit=PAGE)
    return {
        "heads": [head(visit, columns, address, column) for column in shown],
        "rows": cells.rows(visit, address.page, columns, page.entries, [column.name for column in shown]),
        "more": page.next is not None,
        "to": view.address,
        "chain": None,
    }


def _case(visit: Visit, found: EmbedRow) -> dict[str, Any]:
    assert found.process_instance_id is not None
    visibility.require_visible(visit.session, found.process_instance_id, visit.principal)
    instance = queries.get_instance(visit.session, found.process_instance_id)
    return {
        "instance": instance,
        "process": naming.process(visit, instance),
        "summary": naming.summary(visit, instance["definition_id"], instance["variables"]),
        "chain": beside.of_case(visit, found.process_instance_id, None, {}),
        "to": f"/i/{found.process_instance_id}",
    }


@router.get("/embeds")
def keep(visit: SignedInVisit, case: UUID | None = None) -> Response:
    """Show what one embeds."""
    return _page(visit, {"case": str(case or "")})


@router.post("/embeds")
def create(
    visit: SignedInVisit,
    name: Annotated[str, Form(max_length=200)],
    view: Annotated[str, Form(max_length=40)] = "",
    case: Annotated[str, Form(max_length=40)] = "",
    days: Annotated[int, Form()] = 90,
) -> Response:
    """Embed a view or a case; its address is shown once."""
    given = {"name": name, "view": view, "case": case}
    try:
        ids = [UUID(each) if each else None for each in (view, case)]
        if ids[1] is not None:
            visibility.require_visible(visit.session, ids[1], visit.principal)
        made, secret = embeds.create(
            visit.session, visit.principal, name, view_id=ids[0], instance_id=ids[1], days=days or None,
            language=visit.language,
        )  # fmt: skip
    except ValueError:
        return _page(visit, given, problem=visit.say("This is not a valid value."))
    except InvalidInput as error:
        return _page(visit, given, problem=refusals.sentence(visit.language, error.problems[0]))
    except (Conflict, NotFound) as error:
        return _page(visit, given, problem=error_text(visit.language, error))
    base = settings().base_url.rstrip("/") or str(visit.request.base_url).rstrip("/")
    return _page(visit, {}, made=made.name, address=f"{base}/embed/{secret}")


@router.post("/embeds/{embed_id}/delete")
def delete(visit: SignedInVisit, embed_id: UUID) -> Response:
    """Embed something no longer."""
    embeds.remove(visit.session, embed_id, visit.principal)
    return visit.go("/embeds", visit.say("It is embedded no longer."))


def _page(visit: Visit, given: dict[str, str], problem: str = "", made: str = "", address: str = "") -> Response:
    known = views.list_views(visit.session, visit.principal)
    return visit.page(
        "embeds.html",
        422 if problem else 200,
        embeds=embeds.list_embeds(visit.session, visit.principal),
        views={view.id: view for view in known if view.list in LISTS},
        origins=embeds.origins(),
        given={"name": "", "view": "", "case": ""} | given,
        problem=problem,
        made=made,
        address=address,
    )
