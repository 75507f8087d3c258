"""Start forms for people who do not sign in: the page of a public link, what is sent from it, and the confirmation."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Form, Query, UploadFile
from fastapi.responses import Response

from process_server.bpmn import commands
from process_server.bpmn.commands import public_start
from process_server.bpmn.form_binding import option_sources
from process_server.config import settings
from process_server.errors import Invalid, NotFound, TooLarge
from process_server.forms import files
from process_server.forms.sources import Wanted
from process_server.i18n import LANGUAGES
from process_server.identity import attempts, public_links
from process_server.identity.models import PublicLink
from process_server.web.ground.headers import POLICY
from process_server.web.ground.visit import AnyVisit, Visit
from process_server.web.tasks import form_page

router = APIRouter(prefix="/f")


class Refused(Invalid):
    """This could not be sent. Load the page again, and leave the field nobody sees empty."""

    code = "refused"


def _anonymous(visit: AnyVisit, language: Annotated[str, Query()] = "") -> Visit:
    """Return a visit that knows nobody: whoever is signed in acts as the link here, as all others do."""
    visit.signed_in = None
    visit.language = language if language in LANGUAGES else visit.language
    return visit


PublicVisit = Annotated[Visit, Depends(_anonymous)]


@router.get("/{secret}")
def show(visit: PublicVisit, secret: str, language: Annotated[str, Query()] = "") -> Response:
    """Show the form of a link."""
    link = public_links.find_open_link(visit.session, secret)
    if not language and link.language:
        visit.language = link.language
    held = commands.latest(visit.session, link.process_key)
    opened = public_start.open_form(visit.session, link, visit.language)
    address = f"/f/{quote(secret)}"
    form = form_page.properties(visit, opened, action=address, draft="", editable=True)
    form |= {
        "upload": f"{address}/files",
        "options": f"{address}/options",
        "extra": {"stamp": public_links.issue_stamp(link), "language": visit.language},
    }
    page = visit.page(
        "public_form.html",
        form=form,
        name=held.localised_name(visit.language),
        documentation=_documentation(visit, held.program.documentation, held.program.properties),
        languages=LANGUAGES,
        address=address,
    )
    return _framed(page, link)


@router.post("/{secret}")
def send(
    visit: PublicVisit,
    secret: str,
    variables: Annotated[dict[str, Any], Body()],
    stamp: Annotated[str, Body(max_length=300)] = "",
    website: Annotated[str, Body(max_length=1000)] = "",
    language: Annotated[str, Body(max_length=20)] = "",
) -> Response:
    """Start the process; whoever sends the same copy of the form again gets the same answer."""
    visit.language = language if language in LANGUAGES else visit.language
    link = public_links.find_link(visit.session, secret)
    attempts.spend(attempts.OF_FORM_THERE, str(link.id), visit.address)
    attempts.spend(attempts.OF_FORM, str(link.id))
    if website:  # a field no person sees
        raise Refused
    public_start.start_by_link(visit.session, secret, variables, stamp)
    return visit.json({"redirect": f"/f/{quote(secret)}/done?stamp={quote(stamp)}&language={visit.language}"})


@router.get("/{secret}/done")
def confirm(visit: PublicVisit, secret: str, stamp: Annotated[str, Query(max_length=300)]) -> Response:
    """Say that the form arrived, and by which reference to ask for it."""
    link = public_links.find_link(visit.session, secret)
    reference = public_links.reference_of(link, public_links.read_stamp(link, stamp))
    held = commands.latest(visit.session, link.process_key)
    page = visit.page(
        "public_done.html",
        reference=reference,
        name=held.localised_name(visit.language),
        again=f"/f/{quote(secret)}?language={visit.language}" if public_links.is_open(link) else "",
    )
    return _framed(page, link)


@router.post("/{secret}/files")
def upload(visit: PublicVisit, secret: str, file: UploadFile, field: Annotated[str, Form()] = "") -> Response:
    """Keep a file for the form of a link, if that asks for files."""
    link = public_links.find_open_link(visit.session, secret)
    attempts.spend(attempts.OF_UPLOAD_THERE, str(link.id), visit.address)
    attempts.spend(attempts.OF_UPLOAD, str(link.id))
    if not public_start.takes_files(visit.session, link):
        raise Refused
    limit = min(settings().max_public_upload, settings().max_upload)
    content = file.file.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(limit=limit)
    stored = files.store_file(
        visit.session,
        name=file.filename or "file",
        content=content,
        uploaded_by=public_links.principal_of(link).user_id,
        field=field[:255] or None,
    )
    return visit.json(stored)


@router.get("/{secret}/options/{source}")
def options(
    visit: PublicVisit,
    secret: str,
    source: str,
    q: Annotated[str, Query(max_length=200)] = "",
    parent: Annotated[str | None, Query(max_length=200)] = None,
    key: Annotated[list[str], Query()] = [],  # noqa: B006  (FastAPI reads it, nobody changes it)
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
) -> Response:
    """Offer what anybody may choose from, in the form of the API."""
    public_links.find_open_link(visit.session, secret)
    if source not in public_start.OPEN_SOURCES:
        raise NotFound(kind="source", id=source)
    wanted = Wanted(None, visit.language, {}, q, parent, limit)
    find, search = option_sources.find, option_sources.search
    found = find(visit.session, source, key, wanted) if key else search(visit.session, source, wanted)
    return visit.json({"items": found, "next": None})


def _documentation(visit: Visit, text: str | None, properties: Any) -> str:
    return properties.get(f"documentation:{visit.language}") or text or ""


def _framed(page: Response, link: PublicLink) -> Response:
    """Let the sites of the link embed the page, tell nobody its address, and keep it out of search."""
    if link.origins:
        page.headers["Content-Security-Policy"] = POLICY.replace(
            "frame-ancestors 'none'", f"frame-ancestors {' '.join(link.origins)}"
        )
    page.headers["Referrer-Policy"] = "no-referrer"
    page.headers["X-Robots-Tag"] = "noindex"
    return page
