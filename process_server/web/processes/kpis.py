"""The first page of figures: throughput, work in progress, cycle times, steps, lateness, the funnel."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from process_server.bpmn import queries
from process_server.clock import now
from process_server.reporting import kpis
from process_server.reporting.funnel import funnel
from process_server.reporting.period import last_days
from process_server.web.ground import naming
from process_server.web.ground.visit import SignedInVisit, Visit
from process_server.web.processes import charts

router = APIRouter()

Days = Literal["7", "30", "90"]


@router.get("/kpis")
def show(
    visit: SignedInVisit, days: Annotated[Days, Query()] = "30", process: Annotated[str, Query()] = ""
) -> Response:
    """Show the figures of the last days, of all processes or one."""
    period = last_days(int(days))
    definitions = queries.list_definitions(visit.session)
    processes = [(row["key"], naming.process(visit, row)) for row in definitions]
    names = dict(processes)
    chosen = process if process in names else ""
    daily = kpis.daily(visit.session, period, chosen or None)
    steps = [row | {"step": _step(visit, row)} for row in kpis.step_times(visit.session, period, chosen or None)]
    work = [row | {"step": _step(visit, row)} for row in kpis.open_work(visit.session, now()) if _of(row, chosen)]
    late = kpis.overdue(visit.session, now(), chosen or None)
    stages = _funnel(visit, period, chosen, [row["key"] for row in definitions])
    return visit.page(
        "kpis.html",
        days=int(days),
        process=chosen,
        processes=processes,
        names=names,
        period=period,
        totals=_totals(visit, period, chosen),
        daily=daily,
        cycle=[row for row in kpis.cycle_time(visit.session, period) if _of(row, chosen)],
        steps=steps,
        work=work,
        late=late,
        funnel=stages,
        charts={
            "daily": charts.daily(visit, daily),
            "steps": charts.steps(visit, steps),
            "late": charts.late(visit, late),
            "funnel": charts.funnel(visit, stages),
        },
    )


def _of(row: dict[str, Any], process: str) -> bool:
    return not process or row["process"] == process


def _step(visit: Visit, row: dict[str, Any]) -> str:
    return naming.step(visit, row["definition_id"], row["element_id"], row["name"])


def _totals(visit: Visit, period: Any, process: str) -> dict[str, Any]:
    through = [row for row in kpis.throughput(visit.session, period) if _of(row, process)]
    running = [row for row in kpis.in_progress(visit.session, now()) if _of(row, process)]
    due = [row for row in kpis.on_time(visit.session, period) if _of(row, process)]
    counted = sum(row["n"] for row in due)
    return {
        "started": sum(row["started"] for row in through),
        "completed": sum(row["completed"] for row in through),
        "cancelled": sum(row["cancelled"] for row in through),
        "in_progress": sum(row["in_progress"] for row in running),
        "oldest": max((row["oldest"] for row in running), default=None),
        "on_time": sum(row["on_time"] for row in due) / counted if counted else None,
        "due": counted,
    }


def _funnel(visit: Visit, period: Any, process: str, keys: list[str]) -> dict[str, Any] | None:
    """Return the funnel of the process chosen, else of the first process that has milestones."""
    for key in [process] if process else keys:
        found = funnel(visit.session, period, key, visit.language)
        if found["stages"]:
            return found
    return None
