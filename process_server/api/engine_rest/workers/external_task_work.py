"""The work on external tasks on the wire: a worker fetches and locks them, then reports on them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from process_server.api.engine_rest.wire import file_values
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.ids import definition_id
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Variables, VariableValue, Wire
from process_server.api.engine_rest.wire.variables import BYTES, shown_all
from process_server.api.engine_rest.workers.external_task_orders import Fetch, Milliseconds, duration
from process_server.api.engine_rest.workers.external_tasks import MOST_RETRIES, read_id, retries_shown, unknown
from process_server.api.ground.schemas import Name, Text
from process_server.api.ground.scopes import require_system
from process_server.api.processes import long_polling
from process_server.bpmn import commands
from process_server.bpmn.commands import LockedJob, Order
from process_server.bpmn.finders.external_tasks import EXTERNAL_TASKS
from process_server.db import Session
from process_server.errors import JobLocked, NotFound
from process_server.forms import entry
from process_server.identity.principal import SYSTEM, Principal

router = resource("/external-task", "External Task")


class Held(Wire):
    """Which worker reports: the one that holds the task."""

    worker_id: Name


class Completion(Held):
    """What the work gave: variables of the case, and such as only the outputs of the task see."""

    variables: Variables | None = None
    local_variables: Variables | None = None


class Failure(Completion):
    """An attempt that failed, and how many are left: none, where nothing is said."""

    error_message: Text = ""
    error_details: Text | None = None
    retries: Annotated[int, Field(ge=0, le=MOST_RETRIES)] = 0
    retry_timeout: Annotated[int, Field(ge=0)] = 0


class ModelledError(Held):
    """An error the model knows by its code: a boundary event may catch it."""

    error_code: Name
    error_message: Text = ""
    variables: Variables | None = None


class Extension(Held):
    """How much longer, from now, the worker needs."""

    new_duration: Milliseconds


class Lock(Held):
    """For how long one task is locked."""

    lock_duration: Milliseconds


class LockedShown(Wire):
    """An external task that the worker holds until `lockExpirationTime`."""

    activity_id: str
    activity_instance_id: str
    business_key: str | None
    create_time: datetime
    error_details: str | None
    error_message: str | None
    execution_id: UUID
    extension_properties: dict[str, str]
    id: UUID
    lock_expiration_time: datetime
    priority: int
    process_definition_id: str
    process_definition_key: str
    process_definition_version_tag: str | None
    process_instance_id: UUID
    retries: int | None
    suspended: bool
    tenant_id: str | None
    topic_name: str
    variables: dict[str, VariableValue]
    worker_id: str


def shown(job: LockedJob, verbose: set[str], variables: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a task as its worker gets it, with its properties if its topic is among the `verbose`."""
    return {
        "activityId": job.element_id,
        "activityInstanceId": f"{job.element_id}:{job.id}",
        "businessKey": job.business_key,
        "createTime": job.created_at,
        "errorDetails": job.error_details,
        "errorMessage": job.error,
        "executionId": job.id,
        "extensionProperties": job.properties if job.topic in verbose else {},
        "id": job.id,
        "lockExpirationTime": job.locked_until,
        "priority": job.priority,
        "processDefinitionId": definition_id(job.definition_key, job.definition_version, job.definition_id),
        "processDefinitionKey": job.definition_key,
        "processDefinitionVersionTag": job.version_tag,
        "processInstanceId": job.process_instance_id,
        "retries": retries_shown(job.retries, job.attempts),
        "suspended": False,
        "tenantId": None,
        "topicName": job.topic,
        "variables": variables,
        "workerId": job.worker,
    }


@router.post("/fetchAndLock", response_model=list[LockedShown])
async def fetch_and_lock(request: Request, body: Fetch) -> Response:
    """Lock free tasks of some topics for a worker; with `asyncResponseTimeout` wait so long for some, if need be."""
    order, wait = body.order(), body.wait()
    verbose = body.verbose()
    if not wait or not order.wanted or not order.limit:
        return await run_in_threadpool(_fetch_now, request, order=order, verbose=verbose)
    jobs = await long_polling.wait_for_jobs(request, order, wait)
    told = [shown(job, verbose, shown_all(job.variables)) for job in jobs]
    if any(each["type"] == BYTES for one in told for each in one["variables"].values()):
        return await run_in_threadpool(_shown_with_bytes, request, jobs=jobs, verbose=verbose)
    return answer(told)


@operation("jobs:write")
def _fetch_now(session: Session, actor: Principal, order: Order, verbose: set[str]) -> Response:
    require_system(actor, "jobs:write")
    jobs = commands.fetch_and_lock(session, order) if order.wanted and order.limit else []
    return _in_full(session, jobs, verbose)


@operation("jobs:write")
def _shown_with_bytes(session: Session, actor: Principal, jobs: list[LockedJob], verbose: set[str]) -> Response:
    require_system(actor, "jobs:write")
    return _in_full(session, jobs, verbose)


def _in_full(session: Session, jobs: list[LockedJob], verbose: set[str]) -> Response:
    return answer([shown(job, verbose, file_values.shown_all(session, SYSTEM, job.variables)) for job in jobs])


@router.post("/{id}/complete", status_code=204, responses=documented(404, 413))
@operation("jobs:write")
def complete(session: Session, actor: Principal, id: str, body: Completion) -> Response:
    """Complete a task: its variables go into the case, and the case goes on."""
    require_system(actor, "jobs:write")
    with _reported(id, "completed", body.worker_id) as job_id:
        given, local = (_taken(session, actor, job_id, sent) for sent in (body.variables, body.local_variables))
        commands.complete_job(session, job_id, given, worker=body.worker_id, actor=actor, local=local)
    return nothing()


@router.post("/{id}/failure", status_code=204, responses=documented(404, 413))
@operation("jobs:write")
def fail(session: Session, actor: Principal, id: str, body: Failure) -> Response:
    """Say that an attempt failed. When no retries are left there is an incident."""
    require_system(actor, "jobs:write")
    with _reported(id, "failed", body.worker_id) as job_id:
        given, local = (_taken(session, actor, job_id, sent) for sent in (body.variables, body.local_variables))
        commands.fail_job(
            session,
            job_id,
            body.error_message,
            worker=body.worker_id,
            actor=actor,
            retries=body.retries,
            retry_in=duration(body.retry_timeout),
            details=body.error_details,
            variables=given,
            local=local,
        )
    return nothing()


@router.post("/{id}/bpmnError", status_code=204, responses=documented(404, 413))
@operation("jobs:write")
def bpmn_error(session: Session, actor: Principal, id: str, body: ModelledError) -> Response:
    """Raise a BPMN error: a boundary event or event subprocess catches it, or there is an incident."""
    require_system(actor, "jobs:write")
    with _reported(id, "ended by an error", body.worker_id) as job_id:
        given = _taken(session, actor, job_id, body.variables)
        commands.raise_job_error(
            session, job_id, body.error_code, body.error_message, given, worker=body.worker_id, actor=actor
        )
    return nothing()


@router.post("/{id}/extendLock", status_code=204, responses=documented(404))
@operation("jobs:write")
def extend_lock(session: Session, actor: Principal, id: str, body: Extension) -> Response:
    """Hold a task longer, from now."""
    require_system(actor, "jobs:write")
    with _reported(id, "held longer", body.worker_id) as job_id:
        commands.extend_lock(session, job_id, duration(body.new_duration), worker=body.worker_id)
    return nothing()


@router.post("/{id}/lock", status_code=204, responses=documented(404))
@operation("jobs:write")
def lock(session: Session, actor: Principal, id: str, body: Lock) -> Response:
    """Lock one task for a worker, from now."""
    require_system(actor, "jobs:write")
    with _reported(id, "locked", body.worker_id) as job_id:
        commands.lock_job(session, job_id, duration(body.lock_duration), worker=body.worker_id)
    return nothing()


@router.post("/{id}/unlock", status_code=204, responses=documented(404))
@operation("jobs:write")
def unlock(session: Session, actor: Principal, id: str) -> Response:
    """Give a task back, whoever holds it."""
    require_system(actor, "jobs:write")
    with _reported(id, "unlocked", "") as job_id:
        commands.unlock(session, job_id)
    return nothing()


def _taken(
    session: Session, actor: Principal, job_id: UUID, sent: Mapping[str, VariableValue] | None
) -> dict[str, Any]:
    """Return the variables that were sent; files among them belong to the case of the task from now on."""
    given = file_values.read_all(session, actor, sent)
    if any(identity for value in given.values() for identity in entry.files_in(value)):
        task = EXTERNAL_TASKS.one(session, actor, job_id)
        file_values.attach(session, actor, given, task["process_instance_id"])
    return given


@contextmanager
def _reported(task_id: str, how: str, worker: str) -> Iterator[UUID]:
    """Give the id of a task; say in the words of the wire that there is none, or that another worker holds it."""
    job_id = read_id(task_id)
    try:
        yield job_id
    except NotFound as error:
        if error.params.get("id") != job_id:
            raise
        raise unknown(task_id) from error
    except JobLocked as error:
        raise InvalidRequest(
            "External Task {id} cannot be {how} by worker '{worker}'. It is locked by worker '{holder}'.",
            id=task_id,
            how=how,
            worker=worker,
            holder=error.params["worker"],
        ) from error
