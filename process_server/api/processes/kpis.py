"""Key figures of processes: the same as the pages show."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query as QueryParameters
from fastapi import Request as HttpRequest
from fastapi import Response
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from process_server import clock
from process_server.api.ground.answers import answer
from process_server.api.ground.errors import documented
from process_server.api.ground.languages import language_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Query, Shown, Text
from process_server.api.ground.transaction import transaction
from process_server.db import Session
from process_server.identity.principal import Principal
from process_server.reporting import funnel, kpis
from process_server.reporting.period import Period, days, last_days

router = resource("/kpis", "key figures")

Figures = list[dict[str, Any]]


class KpiQuery(Query):
    """Of which period: whole days of the company's time zone, both included; left out: the last 30."""

    first: Annotated[date | None, Field(examples=["2026-01-01"])] = None
    last: Annotated[date | None, Field(examples=["2026-01-31"])] = None
    process: Annotated[Text | None, Field(description="Key of a process, for the figures by day and by step.")] = None

    @model_validator(mode="after")
    def _whole(self) -> "KpiQuery":
        if (self.first is None) != (self.last is None):
            raise PydanticCustomError("period", "Give both first and last, or neither.")
        if self.first and self.last and not (self.first.year >= 1990 and 0 <= (self.last - self.first).days <= 1100):
            raise PydanticCustomError("period", "A period ends after it begins, and is at most three years long.")
        return self

    def period(self) -> Period:
        """Return the period asked for."""
        return days(self.first, self.last) if self.first and self.last else last_days(30)


class Kpis(Shown):
    """Key figures. Durations are seconds; a percentile is empty where fewer than five cases stand behind it."""

    start: datetime
    end: datetime
    throughput: Annotated[Figures, Field(description="Started, completed, cancelled by process.")]
    daily: Annotated[Figures, Field(description="Started, completed and in progress, for each day.")]
    in_progress: Annotated[Figures, Field(description="Cases in progress now, by process, with the oldest's age.")]
    cycle_time: Annotated[Figures, Field(description="From start to end: n, average, p50, p90 by process.")]
    step_times: Annotated[Figures, Field(description="Waiting and working time by step, the slowest first.")]
    on_time: Annotated[Figures, Field(description="Tasks that were done by their due date, by step.")]
    overdue: Annotated[Figures, Field(description="Open tasks past due, by how long.")]
    open_work: Annotated[Figures, Field(description="Open tasks by step with their age.")]


class FunnelShown(Shown):
    """Of the cases started in a period, how many passed each milestone."""

    process: str
    started: int
    open: int
    cancelled: int
    stages: Figures


@router.get("", response_model=Kpis)
@transaction("reports:read")
def figures(session: Session, actor: Principal, query: Annotated[KpiQuery, QueryParameters()]) -> Response:
    """Compute the key figures of a period."""
    period, now = query.period(), clock.now()
    return answer(
        {
            "start": period.start,
            "end": period.end,
            "throughput": kpis.throughput(session, period),
            "daily": kpis.daily(session, period, query.process),
            "in_progress": kpis.in_progress(session, now),
            "cycle_time": kpis.cycle_time(session, period),
            "step_times": kpis.step_times(session, period, query.process),
            "on_time": kpis.on_time(session, period),
            "overdue": kpis.overdue(session, now),
            "open_work": kpis.open_work(session, now),
        }
    )


class FunnelQuery(KpiQuery):
    """Which process, and of which period its cases started."""

    process: Annotated[Text, Field(max_length=255, examples=["lead_to_cash"])]


@router.get("/funnel", response_model=FunnelShown, responses=documented(404))
@transaction("reports:read")
def show_funnel(
    request: HttpRequest, session: Session, actor: Principal, query: Annotated[FunnelQuery, QueryParameters()]
) -> Response:
    """Count how many cases of a process passed each of the milestones its diagram marks."""
    return answer(funnel.funnel(session, query.period(), query.process, language_of(request, actor)))
