"""Operations on many instances at once: ended, suspended, tried again, moved, restarted, their history taken away."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Response
from pydantic import Field

from process_server.api.engine_rest.instances.chosen_instances import Chosen
from process_server.api.engine_rest.instances.instance_modification import InstructionSent, attach, skipped
from process_server.api.engine_rest.instances.process_instances import Deletion
from process_server.api.engine_rest.operations import batches
from process_server.api.engine_rest.wire.answers import nothing
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.ids import SoughtId, read_definition_id
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.ground.schemas import Text
from process_server.bpmn import commands
from process_server.bpmn.batches.stored import store, store_restart
from process_server.bpmn.commands import Begin, Instruction, Restart
from process_server.bpmn.finders.process_definitions import PROCESS_DEFINITIONS
from process_server.db import Session
from process_server.errors import NotFound
from process_server.forms import entry
from process_server.identity.principal import Principal

router = resource("", "Process Instance", "Batch")


class ManyDeleted(Chosen, Deletion):
    """Which instances to end, how and why."""

    delete_reason: Text | None = None


class HistoryDeletion(Chosen):
    """Which ended instances to take away for good."""

    historic_process_instance_ids: list[SoughtId] | None = None
    delete_reason: Text | None = None
    fail_if_not_exists: bool = True


class Retries(Chosen):
    """Which instances' failed jobs are tried again, and how often."""

    process_instances: list[SoughtId] | None = None
    retries: Annotated[int, Field(ge=0, le=32_767)]


class Suspension(Chosen):
    """Which instances are suspended, or let go on."""

    suspended: bool = False


class ManyInstruction(InstructionSent):
    """One thing to do to the tokens of each instance."""

    cancel_current_active_activity_instances: bool = False

    def read(self, session: Session, actor: Principal) -> Instruction:
        """Return the instruction. Raises InvalidRequest for one that names a token, which is one instance's alone."""
        if self.activity_instance_id is not None or self.ancestor_activity_instance_id is not None:
            raise InvalidRequest("An instruction for many instances names activities, not activity instances.")
        return super().read(session, actor)


class Modification(Chosen):
    """What to do to the tokens of which instances of one version."""

    process_definition_id: Text
    instructions: Annotated[list[ManyInstruction], Field(min_length=1)]
    skip_custom_listeners: bool = False
    skip_io_mappings: bool = False
    annotation: Text | None = None


class RestartSent(Chosen):
    """Which ended instances are started again, and at which elements."""

    instructions: Annotated[list[ManyInstruction], Field(min_length=1)]
    skip_custom_listeners: bool = False
    skip_io_mappings: bool = False
    initial_variables: bool = False
    without_business_key: bool = False


def _begin(session: Session, actor: Principal, kind: str, chosen: list[UUID], detail: dict[str, Any]) -> Response:
    return batches.begun(session, actor, commands.start_batch(session, kind, chosen, detail, actor=actor))


@router.post("/process-instance/delete", response_model=batches.BatchShown)
@operation("processes:write")
def delete(session: Session, actor: Principal, body: ManyDeleted) -> Response:
    """Begin to end instances in the background; their history is kept."""
    body.require_whole()
    return _begin(session, actor, "cancel", body.instances(session, actor), {"reason": body.delete_reason or "deleted"})


@router.post("/history/process-instance/delete", response_model=batches.BatchShown)
@operation("processes:write")
def delete_history(session: Session, actor: Principal, body: HistoryDeletion) -> Response:
    """Begin to take ended instances away for good."""
    chosen = body.instances(session, actor, body.historic_process_instance_ids)
    return _begin(session, actor, "delete_history", chosen, {})


@router.post("/process-instance/job-retries", response_model=batches.BatchShown)
@operation("processes:write")
def retry(session: Session, actor: Principal, body: Retries) -> Response:
    """Begin to give the failed jobs of instances new retries."""
    named = body.process_instances if body.process_instances is not None else body.process_instance_ids
    return _begin(session, actor, "retry_jobs", body.instances(session, actor, named), {"retries": body.retries})


@router.post("/process-instance/suspended-async", response_model=batches.BatchShown)
@operation("processes:write")
def suspend(session: Session, actor: Principal, body: Suspension) -> Response:
    """Begin to suspend instances, or to let them go on."""
    return _begin(session, actor, "suspend" if body.suspended else "activate", body.instances(session, actor), {})


@router.post("/modification/execute", status_code=204)
@operation("processes:write")
def modify(session: Session, actor: Principal, body: Modification) -> Response:
    """Move the tokens of instances now, of all of them or of none."""
    instructions, left_out = (
        _instructions(session, actor, body.instructions),
        skipped(body.skip_custom_listeners, body.skip_io_mappings),
    )
    for instance_id in body.instances(session, actor):
        attach(session, actor, instructions, instance_id)
        try:
            commands.modify_instance(
                session, instance_id, instructions, actor=actor, reason=body.annotation or "", skipped=left_out
            )
        except NotFound as error:
            raise InvalidRequest(error.template, **error.params) from error
    return nothing()


@router.post("/modification/executeAsync", response_model=batches.BatchShown)
@operation("processes:write")
def modify_async(session: Session, actor: Principal, body: Modification) -> Response:
    """Begin to move the tokens of instances in the background."""
    chosen, instructions = body.instances(session, actor), _instructions(session, actor, body.instructions)
    for instance_id in chosen:
        attach(session, actor, instructions, instance_id)
    detail = {
        "instructions": store(instructions),
        "skipped": skipped(body.skip_custom_listeners, body.skip_io_mappings),
        "reason": body.annotation or "",
    }
    return _begin(session, actor, "modify", chosen, detail)


@router.post("/process-definition/{id}/restart", status_code=204, responses=documented(404))
@operation("processes:write")
def restart(session: Session, actor: Principal, id: str, body: RestartSent) -> Response:
    """Start ended instances again, now, all of them or none."""
    how = _restart(session, actor, id, body)
    for instance_id in body.instances(session, actor):
        try:
            begun = commands.restart_instance(session, instance_id, how, actor=actor)
        except NotFound as error:
            raise InvalidRequest(error.template, **error.params) from error
        attach(session, actor, how.instructions, begun)
    return nothing()


@router.post("/process-definition/{id}/restart-async", response_model=batches.BatchShown, responses=documented(404))
@operation("processes:write")
def restart_async(session: Session, actor: Principal, id: str, body: RestartSent) -> Response:
    """Begin to start ended instances again in the background."""
    how = _restart(session, actor, id, body)
    if any(any(entry.files_in({**each.variables, **each.local})) for each in how.instructions):
        raise InvalidRequest("Files are given to instances that are started again at once, not in the background.")
    return _begin(session, actor, "restart", body.instances(session, actor), store_restart(how))


def _restart(session: Session, actor: Principal, id: str, body: RestartSent) -> Restart:
    if body.initial_variables:
        raise InvalidRequest("The variables an instance was started with are not kept: leave out initialVariables.")
    held = PROCESS_DEFINITIONS.one(session, actor, read_definition_id(id))
    begins = tuple(each for each in _instructions(session, actor, body.instructions) if isinstance(each, Begin))
    if len(begins) < len(body.instructions):
        raise InvalidRequest("An instance that has ended has nothing to cancel.")
    return Restart(held["id"], begins, not body.without_business_key)


def _instructions(session: Session, actor: Principal, sent: list[ManyInstruction]) -> list[Instruction]:
    return [each.read(session, actor) for each in sent]
