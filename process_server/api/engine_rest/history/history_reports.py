"""Reports on the wire: how long cases took, how often elements were visited; and the cleaning of the history."""

import csv
import io
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import Query as QueryParameters
from fastapi import Request, Response
from pydantic.alias_generators import to_camel

from process_server import clock
from process_server.api.engine_rest.operations.jobs import JobShown
from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.ids import SoughtId, read_definition_id
from process_server.api.engine_rest.wire.listing import Asked, from_address
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn import cleaning, queries
from process_server.bpmn.definitions import definition
from process_server.db import Session, after_commit
from process_server.identity.principal import Principal
from process_server.tasks.doorbell import ring

router = resource("/history", "Historic Process Definition")

CSV = ("text/csv", "application/csv")


class DurationShown(Wire):
    """How long cases took that began in a month or quarter, which has its number; in milliseconds."""

    period: int
    period_unit: str
    minimum: int
    maximum: int
    average: int


class ReportQuery(Asked):
    """Of which cases, by what period."""

    report_type: Text | None = None
    period_unit: Literal["month", "quarter"] | None = None
    process_definition_id_in: list[SoughtId] | None = None
    process_definition_key_in: list[Text] | None = None
    started_after: Date | None = None
    started_before: Date | None = None


class CountsShown(Wire):
    """How often an element was visited. Deleted incidents are not kept."""

    id: str
    instances: int
    canceled: int
    finished: int
    complete_scope: int
    open_incidents: int
    resolved_incidents: int
    deleted_incidents: int


class CountsQuery(Asked):
    """What to count, and in which cases."""

    canceled: bool = False
    finished: bool = False
    complete_scope: bool = False
    incidents: bool = False
    process_instance_id_in: list[SoughtId] | None = None
    started_after: Date | None = None
    started_before: Date | None = None
    finished_after: Date | None = None
    finished_before: Date | None = None


@router.get(
    "/process-instance/report",
    response_model=list[DurationShown],
    responses={200: {"content": {"text/csv": {}}}},
    tags=["Historic Process Instance"],
)
@operation("reports:read")
def report(
    session: Session,
    actor: Principal,
    query: Annotated[ReportQuery, from_address(ReportQuery)],
    request: Request,
) -> Response:
    """Tell how long ended cases took, by the month or quarter they began in; as CSV where that is asked for."""
    if query.report_type != "duration" or query.period_unit is None:
        raise InvalidRequest("Ask for reportType=duration, and periodUnit=month or quarter.")
    found = queries.durations(
        session,
        actor,
        query.period_unit,
        definition_ids=query.process_definition_id_in,
        definition_keys=query.process_definition_key_in,
        started_after=query.started_after,
        started_before=query.started_before,
    )
    unit = query.period_unit.upper()
    accepted = request.headers.get("Accept", "")
    if any(kind in accepted for kind in CSV):
        return _csv(unit, found)
    return answer([{"period": row["period"], "periodUnit": unit, **_times(row)} for row in found])


def _times(row: queries.Row) -> dict[str, Any]:
    return {name: row[name] for name in ("minimum", "maximum", "average")}


def _csv(unit: str, found: list[queries.Row]) -> Response:
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["PERIOD", "PERIOD_UNIT", "MINIMUM", "MAXIMUM", "AVERAGE"])
    lines.writerows([row["period"], unit, *_times(row).values()] for row in found)
    headers = {"Content-Disposition": 'attachment; filename="process-instance-report.csv"'}
    return Response(text.getvalue(), headers=headers, media_type="text/csv")


@router.get("/process-definition/{id}/statistics", response_model=list[CountsShown], responses=documented(404))
@operation("processes:read")
def statistics(
    session: Session, actor: Principal, id: str, query: Annotated[CountsQuery, from_address(CountsQuery)]
) -> Response:
    """Count how often each element was visited, in the cases one sees: the numbers of a heat map."""
    held = definition(session, read_definition_id(id))
    found = queries.element_counts(
        session,
        actor,
        held.id,
        instance_ids=query.process_instance_id_in,
        started_after=query.started_after,
        started_before=query.started_before,
        finished_after=query.finished_after,
        finished_before=query.finished_before,
    )
    shown = [_counts(element, row, query, held.program.elements.get(element)) for element, row in found.items()]
    wanted = [each for each in shown if any(value for name, value in each.items() if name != "id")]
    return answer(sorted(wanted, key=lambda each: each["id"], reverse=query.sort_order == "desc"))


def _counts(element: str, row: dict[str, int], query: CountsQuery, drawn: Any) -> dict[str, Any]:
    ends = drawn is not None and drawn.type == "endEvent"
    return {
        "id": element,
        "instances": row["running"],
        "canceled": row["cancelled"] if query.canceled else 0,
        "finished": row["finished"] if query.finished else 0,
        "completeScope": row["finished"] - row["cancelled"] if query.complete_scope and ends else 0,
        "openIncidents": row["open"] if query.incidents else 0,
        "resolvedIncidents": row["resolved"] if query.incidents else 0,
        "deletedIncidents": 0,
    }


@router.post("/cleanup", response_model=JobShown, tags=["History Cleanup"])
@operation("processes:write")
def clean(
    session: Session,
    actor: Principal,
    immediately_due: Annotated[bool, QueryParameters(alias="immediatelyDue")] = True,
) -> Response:
    """Have a worker clean the history now, for administrators; refused where the settings say that it is never."""
    actor.require_admin()
    window = cleaning.window(clock.now())
    if window is None:
        raise InvalidRequest("History is never cleaned here: PROCESS_SERVER_HISTORY_CLEANING names no window.")
    if immediately_due:
        after_commit(session, partial(ring, "process_server.bpmn.jobs.clean_history", "at once"))
    due = clock.now() if immediately_due else window[0]
    return answer(dict.fromkeys(to_camel(name) for name in JobShown.model_fields) | _JOB | {"dueDate": due})


_JOB = {"retries": 3, "suspended": False, "priority": 0}


class CleaningShown(Wire):
    """When the history is cleaned; no times where it never is."""

    batch_window_start_time: str | None
    batch_window_end_time: str | None
    enabled: bool


@router.get("/cleanup/configuration", response_model=CleaningShown, tags=["History Cleanup"])
@operation("processes:read")
def cleaning_window(session: Session, actor: Principal) -> Response:
    """Tell when the history is cleaned: the window it is, or the next."""
    window = cleaning.window(clock.now())
    begins, ends = window if window is not None else (None, None)
    return answer({"batchWindowStartTime": begins, "batchWindowEndTime": ends, "enabled": window is not None})
