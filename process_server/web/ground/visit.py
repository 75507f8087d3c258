"""A visit: one request of a browser, with its transaction, who it is, and how they read."""

import json
from asyncio import Semaphore
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import quote, unquote, urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from process_server import i18n, values
from process_server.config import settings
from process_server.db import Session, unit_of_work
from process_server.errors import NotAllowed, NotAuthenticated
from process_server.identity import analysts, preferences, sign_in, users
from process_server.identity.principal import Principal
from process_server.tasks.inbox import counting, views
from process_server.tasks.telling import notifications
from process_server.web.ground import lists, shortcuts
from process_server.web.ground.rendering import environment

SESSION_COOKIE = "session"
FLASH_COOKIE = "flash"
YEAR = 365 * 86400
THEMES = ("auto", "light", "dark")
VIEWS = 8  # of the saved ones stand in the rail
SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(slots=True)
class Visit:
    """What a page knows of its reader. Without a sign-in `signed_in` is empty."""

    request: Request
    language: str
    theme: str
    signed_in: sign_in.SignedIn | None = None
    db: Session | None = None
    frame: dict[str, Any] = field(default_factory=dict)  # what the frame around every page shows: counts
    _preferences: dict[str, Any] | None = None  # read when first asked for

    @property
    def session(self) -> Session:
        """The transaction of this request."""
        if self.db is None:
            raise RuntimeError("this visit has no transaction")
        return self.db

    @property
    def principal(self) -> Principal:
        """Who it is. Raises NotAuthenticated."""
        if self.signed_in is None:
            raise NotAuthenticated
        return self.signed_in.principal

    @property
    def preferences(self) -> dict[str, Any]:
        """What the reader has set for the pages, by name."""
        if self._preferences is None:
            self._preferences = preferences.read(self.session, self.principal.user_id)
        return self._preferences

    @property
    def may_design(self) -> bool:
        """Say whether the reader may draw forms."""
        return analysts.may_design(self.principal)

    @property
    def csrf(self) -> str:
        """The secret the forms of this page carry."""
        return self.signed_in.csrf if self.signed_in else ""

    @property
    def here(self) -> str:
        """The address of the page the reader sees, also when htmx asked for a part of it."""
        shown = self.request.headers.get("HX-Current-URL", "")
        if shown.startswith(str(self.request.base_url)):
            return "/" + shown.removeprefix(str(self.request.base_url))
        query = self.request.url.query
        return self.request.url.path + (f"?{query}" if query else "")

    @property
    def address(self) -> str:
        """The network address of the browser."""
        return self.request.client.host if self.request.client else ""

    @property
    def rail_narrow(self) -> bool:
        """Say whether the rail was left collapsed in this browser."""
        return self.request.cookies.get("rail") == "narrow"

    @property
    def by_htmx(self) -> bool:
        """Say whether only a part of the page is wanted."""
        return self.request.headers.get("HX-Request") == "true"

    @property
    def by_script(self) -> bool:
        """Say whether our own script asks, and wants JSON."""
        return self.request.headers.get("Accept", "").startswith("application/json")

    def recognise(self) -> None:
        """Find who it is by the cookie of their sign-in; from then on the language is theirs."""
        cookie = self.request.cookies.get(SESSION_COOKIE)
        self.signed_in = sign_in.find_session(self.session, cookie) if cookie else None
        if self.signed_in:
            self.language = i18n.choose(self.signed_in.principal.language, default=self.language)

    def say(self, text: str, /, **params: Any) -> str:
        """Translate."""
        return i18n.translate(self.language, text, **params)

    def enumerated(self, words: Iterable[str]) -> str:
        """Return words one after the other."""
        return i18n.enumerated(self.language, words)

    def page(self, template: str, /, status: int = 200, **context: Any) -> HTMLResponse:
        """Render a page, or a part of one."""
        flash = _read_flash(self.request)
        if self.signed_in and self.db and not self.by_htmx:
            self.fill_frame()
        text = environment(self.language).get_template(template).render(visit=self, flash=flash, **context)
        response = HTMLResponse(text, status, {"Cache-Control": "no-store", "Vary": "Cookie, HX-Request"})
        if flash:
            response.delete_cookie(FLASH_COOKIE)
        return response

    def fill_frame(self) -> None:
        """Count what waits, for the rail and the bell."""
        me = self.principal
        numbers = counting.count_lists(self.session, me)
        self.frame = {
            "shortcuts": shortcuts.for_browser(self.language, self.preferences),
            "name": users.names_of(self.session, [me.user_id], self.language).get(me.user_id, me.name),
            "counts": numbers,
            "defaults": self.preferences.get(lists.DEFAULT_VIEWS, {}),
            "views": views.list_views(self.session, me)[:VIEWS],
            "lists": [lists.LISTS[name] for name in (*lists.OWN, *lists.MANAGED) if name in numbers],
            "unread": notifications.count_unread(self.session, me.user_id),
        }

    def go(self, address: str, flash: str = "", kind: str = "ok") -> Response:
        """Send the browser to another page, with a message to show there."""
        response = RedirectResponse(address, 303)
        return self.leave_word(response, flash, kind) if flash else response

    def leave_word(self, response: Response, text: str, kind: str = "ok", undo: str = "") -> Response:
        """Let the next page show a message, with the address that takes back what it tells of, where that can be."""
        message = quote(json.dumps({"text": text, "kind": kind, "undo": undo}))
        secure = settings().cookie_secure
        response.set_cookie(FLASH_COOKIE, message, max_age=60, httponly=True, samesite="lax", secure=secure)
        return response

    def came_from(self, default: str) -> str:
        """Return the page a form was sent from."""
        referer = urlsplit(self.request.headers.get("Referer", ""))
        if referer.netloc != self.request.url.netloc or not referer.path:
            return default
        return referer.path + (f"?{referer.query}" if referer.query else "")

    def json(self, data: Any, status: int = 200) -> Response:
        """Answer our own script."""
        return Response(values.encode(data), status, media_type="application/json")

    def remember(self, response: Response, name: str, value: str) -> Response:
        """Keep a choice of this browser."""
        response.set_cookie(name, value, max_age=YEAR, samesite="lax", secure=settings().cookie_secure)
        return response


def public_address(request: Request) -> str:
    """Return how people reach the server, without a slash at the end."""
    return settings().base_url.rstrip("/") or str(request.base_url).rstrip("/")


def local_address(address: str | None, default: str = "/") -> str:
    """Return the address if it lies on this server: nobody may be led away by a link."""
    plain = address and address.isprintable()  # browsers leave out tabs and line breaks
    if address and plain and address.startswith("/") and not address.startswith(("//", "/\\")):
        return address
    return default


def _read_flash(request: Request) -> dict[str, str] | None:
    cookie = request.cookies.get(FLASH_COOKIE)
    if not cookie:
        return None
    try:
        read = json.loads(unquote(cookie))
        undo = local_address(str(read["undo"]), "")
        return {"text": str(read["text"]), "kind": "bad" if read["kind"] == "bad" else "ok", "undo": undo}
    except (ValueError, KeyError, TypeError):
        return None


def reading(request: Request) -> Visit:
    """Return the visit of a request as far as its cookies tell, without a transaction."""
    cookies = request.cookies
    theme = cookies.get("theme", "auto")
    language = i18n.choose(cookies.get("language"), request.headers.get("Accept-Language"), default=settings().language)
    return Visit(request, language, theme if theme in THEMES else "auto")


def limit_visits(app: FastAPI) -> None:
    """Admit only so many visits at once that the pool always has connections left.

    A visit holds its connection while it waits for a thread to run the page. Where everybody comes back at once, the
    threads would all wait for the connections of visits that wait for a thread.
    """
    app.state.visits = Semaphore(settings().pool_size)


async def _admitted(request: Request) -> AsyncIterator[None]:
    async with request.app.state.visits:
        yield


def _visit(request: Request, _: Annotated[None, Depends(_admitted, scope="function")]) -> Iterator[Visit]:
    with unit_of_work() as session:
        visit = reading(request)
        visit.db = session
        visit.recognise()
        request.state.visit = visit
        yield visit


AnyVisit = Annotated[Visit, Depends(_visit, scope="function")]
"""A visit of anybody, signed in or not."""


async def sent_csrf(request: Request) -> str | None:
    """Return the secret of the session that an unsafe request carries."""
    if request.method in SAFE:
        return None
    header = request.headers.get("X-CSRF-Token")
    if header is None and request.headers.get("Content-Type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        return str((await request.form()).get("csrf_token", ""))
    return header


def _signed_in(sent: Annotated[str | None, Depends(sent_csrf)], visit: AnyVisit) -> Visit:
    # the body is read before the visit begins: who sends slowly holds no connection meanwhile
    if visit.signed_in is None:
        raise NotAuthenticated
    if visit.request.method not in SAFE:
        sign_in.check_csrf(visit.signed_in, sent)
    return visit


def _administrator(visit: Annotated[Visit, Depends(_signed_in)]) -> Visit:
    visit.principal.require_admin()
    return visit


SignedInVisit = Annotated[Visit, Depends(_signed_in)]
"""A visit of somebody signed in; an unsafe request must carry the secret of their session."""

AdminVisit = Annotated[Visit, Depends(_administrator)]
"""A visit of an administrator."""


def check_origin(request: Request) -> None:
    """Refuse a form sent from another site, where no session's secret can prove it (signing in)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        raise NotAllowed("This form was sent from another site.")
