"""Failed attempts on the wire: in the log of external tasks those of workers, in the log of jobs the server's own.

Of attempts that went well the visits of their elements tell.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server.api.engine_rest.wire.ids import SoughtId, definition_id
from process_server.api.engine_rest.wire.listing import Asked, Listing, from_address
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.api.ground.scopes import require_system
from process_server.bpmn.finders.job_failures import JOB_FAILURES
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/history", "Historic Job Log")


class LogShown(Wire):
    """A failed attempt."""

    id: UUID
    timestamp: str
    removal_time: str | None
    activity_id: str
    execution_id: UUID
    process_instance_id: UUID
    process_definition_id: str
    process_definition_key: str
    root_process_instance_id: UUID
    tenant_id: str | None
    creation_log: bool
    failure_log: bool
    success_log: bool
    deletion_log: bool


class JobLogShown(LogShown):
    """An attempt of the server that failed; `jobRetries` were left after it."""

    job_id: UUID
    job_due_date: str | None
    job_retries: int
    job_priority: int
    job_exception_message: str | None
    failed_activity_id: str | None
    job_definition_id: str | None
    job_definition_type: str | None
    job_definition_configuration: str | None
    deployment_id: UUID
    hostname: str | None
    batch_id: str | None


class ExternalTaskLogShown(LogShown):
    """An attempt of a worker that failed; `retries` were left after it."""

    external_task_id: UUID
    topic_name: str
    worker_id: str | None
    retries: int
    priority: int
    error_message: str | None
    activity_instance_id: str


class LogQuery(Asked):
    """Which attempts."""

    log_id: SoughtId | None = None
    activity_id_in: list[Text] | None = None
    execution_id_in: list[SoughtId] | None = None
    process_instance_id: SoughtId | None = None
    process_definition_id: SoughtId | None = None
    process_definition_key: Text | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None
    creation_log: bool | None = None
    failure_log: bool | None = None
    success_log: bool | None = None
    deletion_log: bool | None = None


class JobLogQuery(LogQuery):
    """Which attempts of the server."""

    job_id: SoughtId | None = None
    error: Annotated[Text | None, Field(alias="jobExceptionMessage")] = None
    job_definition_id: Text | None = None
    job_definition_type: Text | None = None
    job_definition_configuration: Text | None = None
    failed_activity_id_in: list[Text] | None = None
    deployment_id: SoughtId | None = None
    worker: Annotated[Text | None, Field(alias="hostname")] = None
    priority_lower_than_or_equals: Annotated[int | None, Field(alias="jobPriorityLowerThanOrEquals")] = None
    priority_higher_than_or_equals: Annotated[int | None, Field(alias="jobPriorityHigherThanOrEquals")] = None

    def wanted(self) -> dict[str, Any]:
        """Return the conditions for the finder."""
        return super().wanted() | {"by_the_server": True}


class ExternalTaskLogQuery(LogQuery):
    """Which attempts of workers."""

    job_id: Annotated[SoughtId | None, Field(alias="externalTaskId")] = None
    topic: Annotated[Text | None, Field(alias="topicName")] = None
    worker: Annotated[Text | None, Field(alias="workerId")] = None
    error: Annotated[Text | None, Field(alias="errorMessage")] = None
    activity_instance_id_in: list[SoughtId] | None = None
    priority_lower_than_or_equals: int | None = None
    priority_higher_than_or_equals: int | None = None

    def wanted(self) -> dict[str, Any]:
        """Return the conditions for the finder."""
        return super().wanted() | {"by_workers": True}


def _shown(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "timestamp": row["at"],
        "removalTime": None,
        "activityId": row["element_id"],
        "executionId": row["job_id"],
        "processInstanceId": row["process_instance_id"],
        "processDefinitionId": definition_id(row["process_key"], row["process_version"], row["definition_id"]),
        "processDefinitionKey": row["process_key"],
        "rootProcessInstanceId": row["root_id"],
        "tenantId": None,
        "creationLog": False,
        "failureLog": True,
        "successLog": False,
        "deletionLog": False,
    }


def _of_job(row: Row) -> dict[str, Any]:
    return _shown(row) | {
        "jobId": row["job_id"],
        "jobDueDate": None,
        "jobRetries": row["retries"],
        "jobPriority": row["priority"],
        "jobExceptionMessage": row["error"],
        "failedActivityId": row["element_id"],
        "jobDefinitionId": None,
        "jobDefinitionType": None,
        "jobDefinitionConfiguration": None,
        "deploymentId": row["deployment_id"],
        "hostname": row["worker"],
        "batchId": None,
    }


def _of_external_task(row: Row) -> dict[str, Any]:
    return _shown(row) | {
        "externalTaskId": row["job_id"],
        "topicName": row["topic"],
        "workerId": row["worker"],
        "retries": row["retries"],
        "priority": row["priority"],
        "errorMessage": row["error"],
        "activityInstanceId": f"{row['element_id']}:{row['job_id']}",
    }


_SORTINGS = {
    "timestamp": "at",
    "activityId": "activity",
    "executionId": "job",
    "processInstanceId": "instance",
    "processDefinitionId": "definition",
    "processDefinitionKey": "key",
    "tenantId": "job",
}
JOB_LOG = Listing(
    JobLogQuery,
    JOB_FAILURES,
    _of_job,
    {
        **_SORTINGS,
        "jobId": "job",
        "jobDefinitionId": "job",
        "jobDueDate": "at",
        "jobRetries": "retries",
        "jobPriority": "priority",
        "deploymentId": "deployment",
        "hostname": "worker",
        "occurrence": "at",
    },
)
EXTERNAL_TASK_LOG = Listing(
    ExternalTaskLogQuery,
    JOB_FAILURES,
    _of_external_task,
    {
        **_SORTINGS,
        "externalTaskId": "job",
        "topicName": "topic",
        "workerId": "worker",
        "retries": "retries",
        "priority": "priority",
        "activityInstanceId": "job",
    },
)


@router.get("/job-log", response_model=list[JobLogShown])
@operation("jobs:read")
def job_log(session: Session, actor: Principal, query: Annotated[JobLogQuery, from_address(JobLogQuery)]) -> Response:
    """List attempts of the server that failed: connectors, and steps it could not take."""
    require_system(actor, "jobs:read")
    return JOB_LOG.find(session, actor, query)


@router.get("/external-task-log", response_model=list[ExternalTaskLogShown], tags=["Historic External Task Log"])
@operation("jobs:read")
def external_task_log(
    session: Session, actor: Principal, query: Annotated[ExternalTaskLogQuery, from_address(ExternalTaskLogQuery)]
) -> Response:
    """List attempts of workers that failed."""
    require_system(actor, "jobs:read")
    return EXTERNAL_TASK_LOG.find(session, actor, query)
