"""External tasks on the wire: which there are, why they failed, and what operators change about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Response

from process_server.api.engine_rest.instances.chosen_instances import Chosen
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.dates import Date
from process_server.api.engine_rest.wire.errors import InvalidRequest, RestError, documented
from process_server.api.engine_rest.wire.ids import SoughtId, definition_id
from process_server.api.engine_rest.wire.listing import Asked, Listing, VariableQueries
from process_server.api.engine_rest.wire.offering import for_systems, offer
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.answers import FRESH
from process_server.api.ground.schemas import Priority, Text
from process_server.api.ground.scopes import require_system
from process_server.bpmn import commands
from process_server.bpmn.finders.external_tasks import EXTERNAL_TASKS
from process_server.bpmn.finders.external_tasks import topic_names as find_topic_names
from process_server.bpmn.result import Row
from process_server.bpmn.waits import RETRIES
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.principal import Principal

router = resource("/external-task", "External Task")

MOST_RETRIES = 32_767


_DETAILS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {}}},
    204: {"description": "Nothing was told."},
}


class ExternalTaskShown(Wire):
    """Service work for a worker outside, whoever holds it."""

    activity_id: str
    activity_instance_id: str
    business_key: str | None
    create_time: datetime
    error_message: str | None
    execution_id: UUID
    id: UUID
    lock_expiration_time: datetime | None
    priority: int
    process_definition_id: str
    process_definition_key: str
    process_definition_version_tag: str | None
    process_instance_id: UUID
    retries: int | None
    suspended: bool
    tenant_id: str | None
    topic_name: str
    worker_id: str | None


class ExternalTaskQuery(Asked):
    """Which external tasks."""

    external_task_id: SoughtId | None = None
    external_task_id_in: list[SoughtId] | None = None
    topic_name: Text | None = None
    worker_id: Text | None = None
    locked: bool | None = None
    not_locked: bool | None = None
    with_retries_left: bool | None = None
    no_retries_left: bool | None = None
    lock_expiration_after: Date | None = None
    lock_expiration_before: Date | None = None
    activity_id: Text | None = None
    activity_id_in: list[Text] | None = None
    execution_id: SoughtId | None = None
    process_instance_id: SoughtId | None = None
    process_instance_id_in: list[SoughtId] | None = None
    process_definition_id: SoughtId | None = None
    process_definition_key: Text | None = None
    process_definition_key_in: list[Text] | None = None
    process_definition_name: Text | None = None
    process_definition_name_like: Text | None = None
    tenant_id_in: list[Text] | None = None
    active: bool | None = None
    suspended: bool | None = None
    priority_higher_than_or_equals: int | None = None
    priority_lower_than_or_equals: int | None = None
    variable_names_ignore_case: bool | None = None
    variable_values_ignore_case: bool | None = None
    process_variables: VariableQueries | None = None


class Retries(Wire):
    """How many attempts are left; at none there is an incident."""

    retries: int | None = None


class RetriesOfMany(Retries, Chosen):
    """How many attempts are left to some external tasks: those named, those a query means, those of instances."""

    external_task_ids: list[Text] | None = None
    external_task_query: ExternalTaskQuery | None = None

    def tasks(self, session: Session, actor: Principal) -> set[UUID]:
        """Return the ids of the tasks. Raises InvalidRequest where none are named or found."""
        ids = {read_id(each) for each in self.external_task_ids or ()}
        if self.external_task_query is not None:
            ids |= {row["id"] for row in LIST.rows(session, actor, self.external_task_query)}
        if self.process_instance_ids or self.process_instance_query or self.historic_process_instance_query:
            wanted = {"process_instance_id_in": self.instances(session, actor)}
            ids |= {row["id"] for row in EXTERNAL_TASKS.find(session, actor, wanted)}
        if not ids:
            raise InvalidRequest("externalTaskIds is empty")
        return ids


class Urgency(Wire):
    """How urgent an external task is."""

    priority: Priority


def shown(row: Row) -> dict[str, Any]:
    """Return an external task as the wire has it."""
    return {
        "activityId": row["element_id"],
        "activityInstanceId": f"{row['element_id']}:{row['id']}",
        "businessKey": row["business_key"],
        "createTime": row["created_at"],
        "errorMessage": row["error"],
        "executionId": row["id"],
        "id": row["id"],
        "lockExpirationTime": row["locked_until"],
        "priority": row["priority"],
        "processDefinitionId": definition_id(row["definition_key"], row["definition_version"], row["definition_id"]),
        "processDefinitionKey": row["definition_key"],
        "processDefinitionVersionTag": row["version_tag"],
        "processInstanceId": row["process_instance_id"],
        "retries": retries_shown(row["retries"], row["attempts"]),
        "suspended": row["suspended"],
        "tenantId": None,
        "topicName": row["topic"],
        "workerId": row["locked_by"],
    }


def retries_shown(retries: int, attempts: int) -> int | None:
    """Return how many attempts are left: null as long as nobody said how many, which leaves it to the worker."""
    return None if attempts == 0 and retries == RETRIES else retries


LIST = Listing(
    ExternalTaskQuery,
    EXTERNAL_TASKS,
    shown,
    {
        "id": "id",
        "lockExpirationTime": "locked_until",
        "processInstanceId": "process_instance_id",
        "processDefinitionId": "definition_id",
        "processDefinitionKey": "definition_key",
        "taskPriority": "priority",
        "createTime": "created_at",
        "tenantId": "id",
    },
    shows_variables=True,
)


def read_id(text: str) -> UUID:
    """Return the id of an external task. Raises RestError where there cannot be one of it."""
    try:
        return UUID(text)
    except ValueError as error:
        raise unknown(text) from error


def unknown(task_id: object) -> RestError:
    """Return what is said of an external task that there is not, or not any more."""
    return RestError(404, "RestException", "External task with id {id} does not exist", id=task_id)


offer(router, LIST, ExternalTaskShown, "external tasks", scope="jobs:read", guard=for_systems)


@router.get("/topic-names", response_model=list[str])
@operation("jobs:read")
def topic_names(
    session: Session,
    actor: Principal,
    with_locked_tasks: Annotated[bool, QueryParameters(alias="withLockedTasks")] = False,
    with_unlocked_tasks: Annotated[bool, QueryParameters(alias="withUnlockedTasks")] = False,
    with_retries_left: Annotated[bool, QueryParameters(alias="withRetriesLeft")] = False,
) -> Response:
    """List the topics of which there are external tasks."""
    require_system(actor, "jobs:read")
    wanted = {"locked": with_locked_tasks, "not_locked": with_unlocked_tasks, "with_retries_left": with_retries_left}
    return answer(find_topic_names(session, [name for name, asked in wanted.items() if asked]))


@router.put("/retries", status_code=204, responses=documented(404))
@operation("jobs:write")
def set_retries_of_many(session: Session, actor: Principal, body: RetriesOfMany) -> Response:
    """Say how many attempts some external tasks have left."""
    require_system(actor, "jobs:write")
    return _set_retries(session, actor, sorted(body.tasks(session, actor)), body)


@router.get("/{id}", response_model=ExternalTaskShown, responses=documented(404))
@operation("jobs:read")
def get(session: Session, actor: Principal, id: str) -> Response:
    """Get one external task."""
    require_system(actor, "jobs:read")
    return answer(shown(_one(session, actor, id)))


@router.get("/{id}/errorDetails", response_class=Response, responses=_DETAILS | documented(404))
@operation("jobs:read")
def error_details(session: Session, actor: Principal, id: str) -> Response:
    """Get what the worker told of the last failure in detail, as plain text."""
    require_system(actor, "jobs:read")
    details = _one(session, actor, id)["error_details"]
    return Response(details, media_type="text/plain", headers=FRESH) if details else nothing()


@router.put("/{id}/retries", status_code=204, responses=documented(404))
@operation("jobs:write")
def set_retries(session: Session, actor: Principal, id: str, body: Retries) -> Response:
    """Say how many attempts are left; with some its incident is mended, with none there is one."""
    require_system(actor, "jobs:write")
    return _set_retries(session, actor, [read_id(id)], body)


@router.put("/{id}/priority", status_code=204, responses=documented(404))
@operation("jobs:write")
def set_priority(session: Session, actor: Principal, id: str, body: Urgency) -> Response:
    """Say how urgent an external task is."""
    require_system(actor, "jobs:write")
    try:
        commands.set_priority(session, read_id(id), body.priority, actor=actor)
    except NotFound as error:
        raise unknown(id) from error
    return nothing()


def _one(session: Session, actor: Principal, task_id: str) -> Row:
    try:
        return EXTERNAL_TASKS.one(session, actor, read_id(task_id))
    except NotFound as error:
        raise unknown(task_id) from error


def _set_retries(session: Session, actor: Principal, ids: Sequence[UUID], body: Retries) -> Response:
    if body.retries is None:
        raise InvalidRequest("The number of retries cannot be null")
    if not 0 <= body.retries <= MOST_RETRIES:
        raise InvalidRequest("The number of retries must be between 0 and {most}", most=MOST_RETRIES)
    try:
        commands.set_retries(session, ids, body.retries, actor=actor)
    except NotFound as error:
        raise unknown(error.params["id"]) from error
    return nothing()
