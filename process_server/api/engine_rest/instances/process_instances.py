"""Running instances on the wire: found, looked at, suspended, ended."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Response

from process_server.api.engine_rest.instances.instance_shown import InstanceShown, shown
from process_server.api.engine_rest.operations.incident_kinds import IncidentType
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.ids import SoughtId
from process_server.api.engine_rest.wire.listing import Asked, Listing, VariableQueries
from process_server.api.engine_rest.wire.offering import offer
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn import commands
from process_server.bpmn.finders.process_instances import PROCESS_INSTANCES
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.principal import Principal
from process_server.tasks.handling import comments

router = resource("/process-instance", "Process Instance")


class InstanceQuery(Asked):
    """Which running instances."""

    process_instance_ids: list[SoughtId] | None = None
    business_key: Text | None = None
    business_key_like: Text | None = None
    case_instance_id: Text | None = None
    process_definition_id: SoughtId | None = None
    process_definition_key: Text | None = None
    process_definition_key_in: list[Text] | None = None
    process_definition_key_not_in: list[Text] | None = None
    deployment_id: SoughtId | None = None
    super_process_instance: SoughtId | None = None
    sub_process_instance: SoughtId | None = None
    super_case_instance: Text | None = None
    sub_case_instance: Text | None = None
    active: bool | None = None
    suspended: bool | None = None
    with_incident: bool | None = None
    incident_id: SoughtId | None = None
    incident_type: IncidentType | None = None
    incident_message: Text | None = None
    incident_message_like: Text | None = None
    tenant_id_in: list[Text] | None = None
    without_tenant_id: bool | None = None
    process_definition_without_tenant_id: bool | None = None
    activity_id_in: list[Text] | None = None
    root_process_instances: bool | None = None
    root_process_instance_id: SoughtId | None = None
    leaf_process_instances: bool | None = None
    variables: VariableQueries | None = None
    variable_names_ignore_case: bool | None = None
    variable_values_ignore_case: bool | None = None
    or_queries: "list[InstanceQuery] | None" = None


class Suspension(Wire):
    """Whether nothing shall go on."""

    suspended: bool = False


class Suspensions(Suspension):
    """Whether nothing shall go on, and in which instances."""

    process_instance_ids: list[SoughtId] | None = None
    process_instance_query: InstanceQuery | None = None
    process_definition_id: SoughtId | None = None
    process_definition_key: Text | None = None


class Deletion(Wire):
    """How to end an instance. Listeners and mappings never run when one is cancelled here."""

    skip_custom_listeners: bool | None = None
    skip_io_mappings: bool | None = None
    skip_subprocesses: bool = False
    fail_if_not_exists: bool = True

    def require_whole(self) -> None:
        """Raise InvalidRequest where what an instance called shall go on without it."""
        if self.skip_subprocesses:
            raise InvalidRequest("What an instance called ends with it: leave out skipSubprocesses.")


class CommentShown(Wire):
    """What somebody wrote about an instance or one of its tasks."""

    links: list[Any]
    id: UUID
    user_id: str | None
    time: str
    task_id: UUID | None
    process_instance_id: UUID
    message: str
    removal_time: str | None
    root_process_instance_id: UUID


LIST = Listing(
    InstanceQuery,
    PROCESS_INSTANCES,
    shown,
    {
        "instanceId": "id",
        "definitionKey": "key",
        "definitionId": "definition",
        "businessKey": "business_key",
        "tenantId": "id",
    },
)


offer(
    router,
    LIST,
    InstanceShown,
    "running instances",
    note=": those one has to do with, to administrators all",
    scope="processes:read",
)


@router.put("/suspended", status_code=204)
@operation("processes:write")
def suspend_many(session: Session, actor: Principal, body: Suspensions) -> Response:
    """Suspend or activate instances: named ones, those of a query, those of a version or of a process."""
    named = body.process_instance_ids is not None or body.process_instance_query is not None
    ways = [named, body.process_definition_id is not None, body.process_definition_key is not None]
    if sum(ways) != 1:
        raise InvalidRequest("Give either processInstanceIds, processDefinitionId or processDefinitionKey.")
    for instance_id in _meant(session, actor, body):
        commands.suspend_instance(session, instance_id, body.suspended, actor=actor)
    return nothing()


def _meant(session: Session, actor: Principal, body: Suspensions) -> list[UUID]:
    if body.process_definition_id is not None:
        queried = InstanceQuery(process_definition_id=body.process_definition_id)
    elif body.process_definition_key is not None:
        queried = InstanceQuery(process_definition_key=body.process_definition_key)
    else:
        found = body.process_instance_query and LIST.rows(session, actor, body.process_instance_query)
        return list(dict.fromkeys([*(body.process_instance_ids or ()), *(row["id"] for row in found or ())]))
    return [row["id"] for row in LIST.rows(session, actor, queried)]


@router.get("/{id}", response_model=InstanceShown, responses=documented(404))
@operation("processes:read")
def get(session: Session, actor: Principal, id: UUID) -> Response:
    """Get a running instance."""
    return answer(shown(PROCESS_INSTANCES.one(session, actor, id)))


@router.delete("/{id}", status_code=204, responses=documented(404))
@operation("processes:write")
def delete(session: Session, actor: Principal, id: UUID, query: Annotated[Deletion, QueryParameters()]) -> Response:
    """End an instance with all it called; its history is kept."""
    query.require_whole()
    try:
        PROCESS_INSTANCES.one(session, actor, id)
    except NotFound:
        if query.fail_if_not_exists:
            raise
        return nothing()
    commands.cancel_instance(session, id, actor=actor, reason="deleted")
    return nothing()


@router.put("/{id}/suspended", status_code=204, responses=documented(404))
@operation("processes:write")
def suspend(session: Session, actor: Principal, id: UUID, body: Suspension) -> Response:
    """Suspend an instance with all it called, or let it go on."""
    PROCESS_INSTANCES.one(session, actor, id)
    commands.suspend_instance(session, id, body.suspended, actor=actor)
    return nothing()


@router.get("/{id}/comment", response_model=list[CommentShown], responses=documented(404))
@operation("processes:read")
def comments_of(session: Session, actor: Principal, id: UUID) -> Response:
    """List what people wrote about an instance and its tasks, the newest first."""
    row = PROCESS_INSTANCES.one(session, actor, id)
    return answer(
        [
            {
                "links": [],
                "id": each.id,
                "userId": each.author,
                "time": each.created_at,
                "taskId": each.user_task_id,
                "processInstanceId": id,
                "message": each.text,
                "removalTime": None,
                "rootProcessInstanceId": row["root_id"],
            }
            for each in comments.comments_of(session, id)
        ]
    )
