"""The inbox: what waits for me, what my groups may take, what I did, what I started."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from fastapi.responses import Response

from process_server.bpmn import queries
from process_server.clock import now
from process_server.config import settings
from process_server.errors import InvalidInput, NotFound
from process_server.tasks import worklist
from process_server.tasks.worklist import Filter, SortBy, TaskRow, Which
from process_server.web import naming, task
from process_server.web.paging import read_position, write_position
from process_server.web.sla import standing
from process_server.web.visit import SignedInVisit, Visit

router = APIRouter()

LISTS: dict[str, Which] = {"mine": "mine", "groups": "claimable", "done": "done", "team": "team", "all": "all"}
PAGE = 50
Due = Literal["", "overdue", "today", "week", "none"]


@dataclass(frozen=True, slots=True)
class View:
    """What the address says: which list, narrowed and sorted how."""

    which: str
    q: str = ""
    process: str = ""
    due: Due = ""
    sort: str = ""

    def address(self, **more: Any) -> str:
        """Return the address of this view."""
        given = {"q": self.q, "process": self.process, "due": self.due, "sort": self.sort} | more
        path = "/inbox" if self.which == "mine" else f"/inbox/{self.which}"
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{path}?{query}" if query else path

    @property
    def narrowed(self) -> bool:
        """Say whether anything is left out."""
        return bool(self.q or self.process or self.due)


@router.get("/")
def home(visit: SignedInVisit) -> Response:
    """The inbox is where everybody starts."""
    return visit.go("/inbox")


@router.get("/inbox")
@router.get("/inbox/{which}")
def show(
    visit: SignedInVisit,
    which: str = "mine",
    q: Annotated[str, Query()] = "",
    process: Annotated[str, Query()] = "",
    due: Annotated[Due, Query()] = "",
    sort: Annotated[str, Query()] = "",
    cursor: Annotated[str, Query()] = "",
    task_id: Annotated[UUID | None, Query(alias="task")] = None,
) -> Response:
    """Show a list; with a task chosen, that task beside it; with a cursor, only the rows after it."""
    view = View(which, q.strip(), process, due, sort)
    if which == "started":
        return _started(visit, view, cursor)
    if which not in LISTS:
        raise NotFound(visit.say("There is no such list."))
    page = worklist.list_tasks(
        visit.session,
        visit.principal,
        LISTS[which],
        _filter(view),
        sort=_sort(sort),
        cursor=cursor or None,
        limit=PAGE,
        with_variables=True,
    )
    context: dict[str, Any] = {"view": view, "rows": _rows(visit, page.rows), "next": page.next, "chosen": task_id}
    if cursor:
        return visit.page("inbox_rows.html", **context)
    chosen = task.context(visit, task_id) if task_id else {}
    processes = queries.list_definitions(visit.session)
    return visit.page(
        "inbox.html",
        **context,
        processes=[(row["key"], naming.process(visit, row)) for row in processes],
        pane=chosen,
    )


@router.get("/counts")
def counts(visit: SignedInVisit) -> Response:
    """Refresh the numbers of the frame."""
    visit.fill_frame()
    return visit.page("counts.html")


def _rows(visit: Visit, tasks: list[TaskRow]) -> list[dict[str, Any]]:
    names = naming.people(visit, [person for row in tasks for person in (row.initiator, row.assignee)])
    return [
        {
            "task": row,
            "name": naming.step(visit, row.definition_id, row.element_id, row.name),
            "process": naming.process(visit, row),
            "summary": naming.summary(visit, row.definition_id, row.variables),
            "initiator": names.get(row.initiator or ""),
            "assignee": names.get(row.assignee or ""),
            "sla": standing(visit, row),
            "decision": naming.decision(visit, row.definition_id, row.outcome),
        }
        for row in tasks
    ]


def _filter(view: View) -> Filter:
    today = datetime.combine(now().astimezone(ZoneInfo(settings().time_zone)).date(), time.min)
    midnight = today.replace(tzinfo=ZoneInfo(settings().time_zone))
    before = {"overdue": now(), "today": midnight + timedelta(days=1), "week": midnight + timedelta(days=7)}
    return Filter(text=view.q or None, process_key=view.process or None, due_before=before.get(view.due))


def _sort(sort: str) -> SortBy | None:
    sorts: dict[str, SortBy | None] = {
        "": None,
        "due": "due",
        "created": "created",
        "-created": "-created",
        "priority": "-priority",
    }
    if sort not in sorts:
        raise InvalidInput([{"field": "sort", "code": "not_an_option", "params": {"value": sort}}])
    return sorts[sort]


def _started(visit: Visit, view: View, cursor: str) -> Response:
    wanted = queries.InstanceFilter(
        initiator=visit.principal.user_id, roots_only=True, definition_key=view.process or None
    )
    found = queries.list_instances(
        visit.session, wanted, limit=PAGE + 1, before=read_position(cursor) if cursor else None
    )
    shown = found[:PAGE]
    last = shown[-1] if len(found) > PAGE else None
    rows = [
        {
            "instance": row,
            "process": naming.process(visit, row),
            "summary": naming.summary(visit, row["definition_id"], row["variables"]),
        }
        for row in shown
    ]
    context: dict[str, Any] = {
        "view": view,
        "rows": rows,
        "next": last and write_position(last["started_at"], last["id"]),
    }
    if cursor:
        return visit.page("started_rows.html", **context)
    processes = [(row["key"], naming.process(visit, row)) for row in queries.list_definitions(visit.session)]
    return visit.page("started.html", **context, processes=processes)
