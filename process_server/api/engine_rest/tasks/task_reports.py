"""Reports of tasks on the wire: how many wait for which group, how many were completed, how long they took."""

from typing import Annotated, Any, Literal

from fastapi import Query as QueryParameters
from fastapi import Response

from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.errors import InvalidRequest
from process_server.api.engine_rest.wire.ids import definition_id
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn.queries import task_reports
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("", "Task")

_KEYS = (
    "taskName",
    "count",
    "processDefinitionKey",
    "processDefinitionId",
    "processDefinitionName",
    "period",
    "periodUnit",
    "minimum",
    "maximum",
    "average",
    "tenantId",
)


class GroupCount(Wire):
    """How many open tasks are offered to a group; without a name, to none."""

    group_name: str | None
    task_count: int


class ReportQuery(Wire):
    """What to reckon: `count` with groupBy, or `duration` with periodUnit."""

    report_type: Text | None = None
    group_by: Text | None = None
    period_unit: Text | None = None
    completed_before: Date | None = None
    completed_after: Date | None = None


class ReportShown(Wire):
    """A figure of completed tasks; durations are milliseconds."""

    task_name: str | None
    count: int | None
    process_definition_key: str | None
    process_definition_id: str | None
    process_definition_name: str | None
    period: int | None
    period_unit: Literal["MONTH", "QUARTER"] | None
    minimum: int | None
    maximum: int | None
    average: int | None
    tenant_id: str | None


@router.get("/task/report/candidate-group-count", response_model=list[GroupCount])
@operation("reports:read")
def by_group(session: Session, actor: Principal) -> Response:
    """Count the open tasks offered to each group, for administrators."""
    actor.require_admin()
    found = task_reports.waiting_by_group(session)
    return answer([{"groupName": row["group"], "taskCount": row["count"]} for row in found if row["count"]])


@router.get("/history/task/report", response_model=list[ReportShown], tags=["Historic Task Instance"])
@operation("reports:read")
def completed(session: Session, actor: Principal, query: Annotated[ReportQuery, QueryParameters()]) -> Response:
    """Count completed tasks by process or step, or say how long they took by month or quarter; for administrators."""
    actor.require_admin()
    since, until = query.completed_after, query.completed_before
    match query.report_type:
        case "count":
            grouped = _choice("groupBy", query.group_by, {"taskName": "step", "processDefinition": "process"})
            found = [_counted(row) for row in task_reports.completed_by(session, grouped, since, until)]
        case "duration":
            unit = _choice("periodUnit", (query.period_unit or "").lower(), {"month": "month", "quarter": "quarter"})
            shown = {"periodUnit": unit.upper()}
            found = [dict(row) | shown for row in task_reports.durations(session, unit, since, until)]
        case _:
            raise InvalidRequest("Ask for reportType count or duration.")
    return answer([dict.fromkeys(_KEYS) | each for each in found])


def _choice(name: str, given: str | None, known: dict[str, Any]) -> Any:
    if given not in known:
        raise InvalidRequest("Ask for {name} {known}.", name=name, known=" or ".join(known))
    return known[given]


def _counted(row: Row) -> dict[str, Any]:
    return {
        "count": row["count"],
        "taskName": row["name"],
        "processDefinitionKey": row["process_key"],
        "processDefinitionId": definition_id(row["process_key"], row["process_version"], row["definition_id"]),
        "processDefinitionName": row["process_name"],
    }
