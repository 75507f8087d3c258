"""Batches on the wire, open and ended: each instance is one job of theirs."""

from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from fastapi import Response

from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.ids import SoughtId
from process_server.api.engine_rest.wire.listing import Asked, Listing
from process_server.api.engine_rest.wire.offering import BY_ADDRESS, for_administrators, offer
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn import commands
from process_server.bpmn.finders.batches import BATCHES
from process_server.bpmn.result import Row
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.principal import Principal

router = resource("", "Batch")

TYPES = {
    "migrate": "instance-migration",
    "cancel": "instance-deletion",
    "delete_history": "historic-instance-deletion",
    "suspend": "instance-update-suspension-state",
    "activate": "instance-update-suspension-state",
    "retry_jobs": "set-job-retries",
    "modify": "instance-modification",
    "restart": "instance-restart",
}


class BatchShown(Wire):
    """Something done to many instances in the background."""

    id: UUID
    type: str
    total_jobs: int
    jobs_created: int
    batch_jobs_per_seed: int
    invocations_per_batch_job: int
    seed_job_definition_id: str | None
    monitor_job_definition_id: str | None
    batch_job_definition_id: str | None
    suspended: bool
    tenant_id: str | None
    create_user_id: str
    start_time: str
    execution_start_time: str | None


class StatisticsShown(BatchShown):
    """How far a batch is."""

    remaining_jobs: int
    completed_jobs: int
    failed_jobs: int


class HistoricBatchShown(Wire):
    """A batch, open or ended."""

    id: UUID
    type: str
    total_jobs: int
    batch_jobs_per_seed: int
    invocations_per_batch_job: int
    seed_job_definition_id: str | None
    monitor_job_definition_id: str | None
    batch_job_definition_id: str | None
    tenant_id: str | None
    create_user_id: str
    start_time: str
    execution_start_time: str | None
    end_time: str | None
    removal_time: str | None


class HistoricBatchQuery(Asked):
    """Which batches."""

    manners: ClassVar[frozenset[str]] = Asked.manners | {"type", "suspended", "completed"}

    batch_id: SoughtId | None = None
    type: Text | None = None
    completed: bool | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None

    def wanted(self) -> dict[str, Any]:
        """Return the conditions for the finder: here a flag that is false says something as well."""
        flags = {name: value for name in ("suspended", "completed") if (value := getattr(self, name, None)) is not None}
        kinds = {"kinds": [kind for kind, name in TYPES.items() if name == self.type]} if self.type else {}
        return super().wanted() | flags | kinds


class BatchQuery(HistoricBatchQuery):
    """Which open batches."""

    completed: bool | None = False
    suspended: bool | None = None
    created_by: Text | None = None
    started_before: Date | None = None
    started_after: Date | None = None
    with_failures: bool | None = None
    without_failures: bool | None = None


class Suspension(Wire):
    """Whether a batch is held."""

    suspended: bool = False


def shown(row: Row) -> dict[str, Any]:
    """Return an open batch as the wire has it."""
    return {**_common(row), "jobsCreated": row["item_count"], "suspended": row["suspended"]}


def _common(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "type": TYPES[row["kind"]],
        "totalJobs": row["item_count"],
        "batchJobsPerSeed": 100,
        "invocationsPerBatchJob": 1,
        "seedJobDefinitionId": None,
        "monitorJobDefinitionId": None,
        "batchJobDefinitionId": None,
        "tenantId": None,
        "createUserId": row["created_by"],
        "startTime": row["created_at"],
        "executionStartTime": row["began_at"],
    }


def _with_statistics(row: Row) -> dict[str, Any]:
    done, failed = row["done"], row["failed"]
    left = {"remainingJobs": row["item_count"] - done, "completedJobs": done, "failedJobs": failed}
    return {**shown(row), **left}


def _historic(row: Row) -> dict[str, Any]:
    return {**_common(row), "endTime": row["ended_at"], "removalTime": None}


_SORTINGS = {"batchId": "id", "startTime": "created_at", "tenantId": "id"}
OPEN = Listing(BatchQuery, BATCHES, shown, _SORTINGS)
STATISTICS = Listing(BatchQuery, BATCHES, _with_statistics, _SORTINGS)
HISTORIC = Listing(HistoricBatchQuery, BATCHES, _historic, _SORTINGS | {"endTime": "ended_at"})


def begun(session: Session, actor: Principal, batch_id: UUID) -> Response:
    """Answer with the batch that was begun."""
    return answer(shown(BATCHES.one(session, actor, batch_id)))


_offer = partial(offer, router, scope="processes:read", guard=for_administrators, ways=BY_ADDRESS)
_offer(OPEN, BatchShown, "open batches", note=": those that have something left to do, or failed of", path="/batch")
_offer(
    STATISTICS, StatisticsShown, "open batches, with how far they are", path="/batch/statistics", suffix="_statistics"
)
_offer(HISTORIC, HistoricBatchShown, "batches, open and ended", path="/history/batch", suffix="_historic")


@router.get("/batch/{id}", response_model=BatchShown, responses=documented(404))
@operation("processes:read")
def get(session: Session, actor: Principal, id: UUID) -> Response:
    """Get an open batch."""
    actor.require_admin()
    row = BATCHES.one(session, actor, id)
    if row["ended_at"] is not None:
        raise NotFound(kind="batch", id=id)
    return answer(shown(row))


@router.put("/batch/{id}/suspended", status_code=204, responses=documented(404))
@operation("processes:write")
def suspend(session: Session, actor: Principal, id: UUID, body: Suspension) -> Response:
    """Hold a batch before its next instance, or let it go on."""
    try:
        commands.suspend_batch(session, id, body.suspended, actor=actor)
    except NotFound as error:
        raise InvalidRequest("There is no batch {id}.", id=id) from error
    return nothing()


@router.delete("/batch/{id}", status_code=204, responses=documented(404))
@operation("processes:write")
def delete(session: Session, actor: Principal, id: UUID) -> Response:
    """Take a batch away: what is done stays done."""
    try:
        commands.delete_batch(session, id, actor=actor)
    except NotFound as error:
        raise InvalidRequest("There is no batch {id}.", id=id) from error
    return nothing()


@router.get("/history/batch/{id}", response_model=HistoricBatchShown, responses=documented(404))
@operation("processes:read")
def get_historic(session: Session, actor: Principal, id: UUID) -> Response:
    """Get a batch, open or ended."""
    actor.require_admin()
    return answer(_historic(BATCHES.one(session, actor, id)))


@router.delete("/history/batch/{id}", status_code=204, responses=documented(404))
@operation("processes:write")
def delete_historic(session: Session, actor: Principal, id: UUID) -> Response:
    """Take a batch away for good."""
    commands.delete_batch(session, id, actor=actor)
    return nothing()
