"""Jobs on the wire: timers, the work of connectors, and steps that wait to be tried again.

The work of outside workers is an external task. A step that could not go on is a job without retries; its retries, set
to anything, have it tried again.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Response
from pydantic import Field, model_validator

from process_server.api.engine_rest.wire.answers import answer
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.errors import documented
from process_server.api.engine_rest.wire.ids import SoughtId, definition_id, read_id
from process_server.api.engine_rest.wire.listing import Asked, Listing
from process_server.api.engine_rest.wire.offering import for_systems, offer
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.api.ground.scopes import require_system
from process_server.bpmn.finders.jobs import JOBS
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/job", "Job")


class JobShown(Wire):
    """Something the server does by itself, and when. Of a timer that starts cases the instance is null."""

    id: UUID
    job_definition_id: str | None
    due_date: str | None
    process_instance_id: UUID | None
    execution_id: UUID | None
    process_definition_id: str
    process_definition_key: str
    retries: int
    exception_message: str | None
    failed_activity_id: str | None
    suspended: bool
    priority: int
    tenant_id: str | None
    create_time: str
    batch_id: str | None


class Compared(Wire):
    """An instant to compare with."""

    operator: Literal["gt", "gteq", "lt", "lteq", "eq", "neq"]
    value: Date

    @model_validator(mode="before")
    @classmethod
    def _of_address(cls, given: Any) -> Any:
        """Read gt_2030-01-01T10:00:00.000+0000, as an address writes it."""
        if not isinstance(given, str):
            return given
        operator, _, value = given.partition("_")
        return {"operator": operator, "value": value}


class JobQuery(Asked):
    """Which jobs."""

    job_id: SoughtId | None = None
    job_ids: list[SoughtId] | None = None
    job_definition_id: Text | None = None
    process_instance_id: SoughtId | None = None
    process_instance_ids: list[SoughtId] | None = None
    execution_id: SoughtId | None = None
    process_definition_id: SoughtId | None = None
    process_definition_key: Text | None = None
    activity_id: Text | None = None
    failed_activity_id: Text | None = None
    with_retries_left: bool | None = None
    no_retries_left: bool | None = None
    executable: bool | None = None
    timers: bool | None = None
    messages: bool | None = None
    with_exception: bool | None = None
    exception_message: Text | None = None
    active: bool | None = None
    suspended: bool | None = None
    acquired: bool | None = None
    priority_lower_than_or_equals: int | None = None
    priority_higher_than_or_equals: int | None = None
    due_dates: list[Compared] | None = None
    create_times: list[Compared] | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None
    include_jobs_without_tenant_id: bool | None = None

    def wanted(self) -> dict[str, Any]:
        """Return the conditions for the finder."""
        found = super().wanted()
        for name in {"due_dates", "create_times"} & found.keys():
            found[name] = [(each.operator, each.value) for each in found[name]]
        return found


def shown(row: Row) -> dict[str, Any]:
    """Return a job as the wire has it."""
    in_case = row["process_instance_id"] is not None
    return {
        "id": row["id"],
        "jobDefinitionId": None,
        "dueDate": row["due_at"],
        "processInstanceId": row["process_instance_id"],
        "executionId": row["id"] if in_case else None,
        "processDefinitionId": definition_id(row["process_key"], row["process_version"], row["definition_id"]),
        "processDefinitionKey": row["process_key"],
        "retries": row["retries"],
        "exceptionMessage": row["error"],
        "failedActivityId": row["element_id"] if row["error"] else None,
        "suspended": row["suspended"],
        "priority": row["priority"],
        "tenantId": None,
        "createTime": row["created_at"],
        "batchId": None,
    }


LIST = Listing(
    JobQuery,
    JOBS,
    shown,
    {
        "jobId": "id",
        "executionId": "id",
        "processInstanceId": "instance",
        "processDefinitionId": "definition",
        "processDefinitionKey": "key",
        "jobPriority": "priority",
        "jobRetries": "retries",
        "jobDueDate": "due",
        "tenantId": "id",
    },
)
Id = Annotated[str, Field(max_length=255)]


def one(session: Session, actor: Principal, job_id: str, scope: str) -> Row:
    """Return a job, for administrators and for tokens that name the scope. Raises NotFound, NotAllowed."""
    require_system(actor, scope)
    return JOBS.one(session, actor, read_id(job_id, kind="job"))


offer(
    router,
    LIST,
    JobShown,
    "jobs",
    note=", for administrators and systems",
    scope="jobs:read",
    guard=for_systems,
    ways=("find", "seek", "count"),
)


@router.get("/{id}", response_model=JobShown, responses=documented(404))
@operation("jobs:read")
def get(session: Session, actor: Principal, id: Id) -> Response:
    """Get a job."""
    return answer(shown(one(session, actor, id, "jobs:read")))


_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {}}}}


@router.get("/{id}/stacktrace", response_class=Response, responses=_TEXT | documented(404))
@operation("jobs:read")
def stacktrace(session: Session, actor: Principal, id: Id) -> Response:
    """Get what a job failed with, as a text; empty where it did not fail."""
    return Response(one(session, actor, id, "jobs:read")["error"] or "", media_type="text/plain")
