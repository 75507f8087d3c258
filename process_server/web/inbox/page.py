"""The inbox: lists of what somebody has to do, has done or follows, and those of managers; each with its address."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from process_server import refusals
from process_server.bpmn import queries
from process_server.bpmn.queries.fields import columns_of
from process_server.bpmn.queries.inbox import DRAWN
from process_server.errors import InvalidExpression, InvalidInput, NotFound
from process_server.i18n import error_text
from process_server.tasks.inbox import views
from process_server.tasks.inbox.columns import Columns
from process_server.tasks.inbox.pages import Page
from process_server.web.ground.lists import ACTIONS, DEFAULT_VIEWS, LISTS
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.inbox import cells
from process_server.web.inbox.address import Address, ShownColumn, of_settings, read_columns
from process_server.web.inbox.meanings import label, words_of
from process_server.web.tasks import page as task

router = APIRouter()

PAGE = 50
COLUMNS = "columns"  # the preference: the columns of each list
WIDTHS = {  # of columns, and of kinds of columns, in pixels; the summary takes what is left
    "title": 280,
    "summary": None,
    "progress": 110,
    "lane": 120,
    "process": 170,
    "case_state": 150,
    "due": 180,
    "assignee": 140,
    "initiator": 130,
    "copied_at": 140,
    "number": 100,
    "instant": 105,
    "key": 120,
    "boolean": 90,
}
DEFAULT_WIDTH = 160


@router.get("/")
def home(visit: SignedInVisit) -> Response:
    """The inbox is where everybody starts, with the view they chose for it."""
    chosen = visit.preferences.get(DEFAULT_VIEWS, {}).get("todo")
    return visit.go(f"/inbox?view={chosen}" if chosen else "/inbox")


def read_address(
    visit: SignedInVisit,
    which: str = "todo",
    q: Annotated[str, Query(max_length=200)] = "",
    f: Annotated[list[str] | None, Query()] = None,
    where: Annotated[str, Query(max_length=2_000)] = "",
    sort: Annotated[str, Query(max_length=200)] = "",
    columns: Annotated[str, Query(max_length=2_000)] = "",
    person: Annotated[str, Query(max_length=100)] = "",
    view: Annotated[str, Query(max_length=40)] = "",
    panel: Annotated[Literal["", "filter"], Query()] = "",
) -> Address:
    """Read what an address says of a list."""
    if which not in LISTS:
        raise NotFound(visit.say("There is no such list."))
    if view and not (q or f or where or sort or columns or person):
        return replace(of_settings(LISTS[which], _settings(visit, view), view), panel=panel)
    return Address(LISTS[which], q.strip(), tuple(f or ()), where.strip(), sort, columns, person, view, panel)


Asked = Annotated[Address, Depends(read_address)]


def _view(visit: Visit, address: Address) -> dict[str, Any] | None:
    """Return the saved view a list began with, and whether it was changed since."""
    if not address.view:
        return None
    found = views.find(visit.session, UUID(address.view), visit.principal)
    changed = any(found.settings.get(name, "") != value for name, value in address.settings().items())
    return {"name": found.name, "colour": found.colour, "changed": changed}


def _settings(visit: Visit, view: str) -> Mapping[str, Any]:
    try:
        return views.find(visit.session, UUID(view), visit.principal).settings
    except ValueError as error:
        raise NotFound(kind="view", id=view) from error


@router.get("/inbox")
@router.get("/inbox/{which}")
def show(
    visit: SignedInVisit,
    address: Asked,
    cursor: Annotated[str, Query()] = "",
    task_id: Annotated[UUID | None, Query(alias="task")] = None,
) -> Response:
    """Show a list; with a task chosen, that task beside it; with a cursor, only the rows after it."""
    columns = columns_of(visit.session, address.page.name, visit.principal)
    shown, problems = [], {}
    page = Page([], None)
    try:
        shown = shown_columns(visit, columns, address)
        wanted = cells.wanted(columns, (column.name for column in shown))
        page = queries.inbox_page(visit.session, columns, address.query, wanted, cursor=cursor or None, limit=PAGE)
    except InvalidInput as error:
        problems = {each["field"]: refusals.sentence(visit.language, each) for each in error.problems}
    except InvalidExpression as error:
        problems = {"where": error_text(visit.language, error)}
    context: dict[str, Any] = {
        "address": address,
        "page": address.page,
        "shown": [head(visit, columns, address, column) for column in shown],
        "rows": cells.rows(visit, address.page, columns, page.entries, [column.name for column in shown]),
        "next": page.next,
        "chosen": task_id,
        "problems": problems,
        "view": _view(visit, address),
        "bulk": {name: ACTIONS[name] for name in address.page.actions},
    }
    if cursor:
        return visit.page("inbox_rows.html", **context)
    pane = task.context(visit, task_id) if task_id else {}
    status = 422 if problems else 200
    return visit.page("inbox.html", status=status, **context, pane=pane, filters=_filters(visit, columns, address))


@router.get("/counts")
def counts(visit: SignedInVisit) -> Response:
    """Refresh the numbers of the frame."""
    visit.fill_frame()
    return visit.page("counts.html")


def shown_columns(visit: Visit, columns: Columns, address: Address) -> list[ShownColumn]:
    """Return the columns a list shows: those of its address, those its reader chose, those it has at first."""
    written = address.columns or visit.preferences.get(COLUMNS, {}).get(address.page.name, "")
    shown = [each for each in read_columns(written) if each.name in DRAWN or columns.find(each.name) is not None]
    return shown or [ShownColumn(name) for name in address.page.columns]


def head(visit: Visit, columns: Columns, address: Address, shown: ShownColumn) -> dict[str, Any]:
    """Return what the head of a column shows: its name, and how a click on it sorts."""
    column = columns.find(shown.name)
    written, sorted_by = (address.sort or columns.listing.sort).split(",")[0], ""
    if column is not None:
        sorted_by = {column.name: "ascending", f"-{column.name}": "descending"}.get(written, "")
    kind = column.kind if column is not None else ""
    other = f"-{shown.name}" if sorted_by == "ascending" else shown.name
    return {
        "name": shown.name,
        "words": label(visit, column) if column is not None else visit.say(DRAWN[shown.name]),
        "width": shown.width or _width(address, shown.name, kind),
        "chosen_width": shown.width,
        "pinned": shown.pinned,
        "number": kind in ("number", "span"),
        "sort": address.to(sort=other) if column is not None and column.sorts else "",
        "sorted": sorted_by,
    }


def _width(address: Address, name: str, kind: str) -> int | None:
    """Return how wide a column is that nobody has pulled; where the process is what a row is called, it takes more."""
    if name == "process" and "title" not in address.page.columns:
        return WIDTHS["title"]
    return WIDTHS.get(name, WIDTHS.get(kind, DEFAULT_WIDTH))


def _filters(visit: Visit, columns: Columns, address: Address) -> list[dict[str, str]]:
    """Return the filters of an address, each with what takes it away."""
    shown = []
    for written in address.filters:
        name, _, wanted = written.partition(":")
        column = columns.find(name)
        words = words_of(visit, column, [wanted]) if column is not None else {}
        shown.append({
            "words": label(visit, column) if column is not None else name,
            "value": words.get(wanted, wanted),
            "without": address.without(written),
        })  # fmt: skip
    return shown
