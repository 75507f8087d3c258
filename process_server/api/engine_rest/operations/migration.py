"""Migration on the wire: a plan, what is wrong with it, and carrying it out."""

from typing import Annotated, Any

from fastapi import Response
from pydantic import Field

from process_server.api.engine_rest.instances.chosen_instances import Chosen
from process_server.api.engine_rest.operations import batches
from process_server.api.engine_rest.wire import variables
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.errors import InvalidRequest, RestError
from process_server.api.engine_rest.wire.ids import definition_id, read_definition_id
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Variables, Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn import commands, queries
from process_server.bpmn.commands import CannotMigrate, InvalidPlan, Migration
from process_server.bpmn.engine.instructions import BODY
from process_server.bpmn.migration.plan import Instruction, Plan
from process_server.db import Session
from process_server.errors import Conflict, NotFound
from process_server.identity.principal import Principal

router = resource("/migration", "Migration")


class Ends(Wire):
    """From which version to which; `variables` are set on the way."""

    source_process_definition_id: Text
    target_process_definition_id: Text
    variables: Variables | None = None


class GenerationSent(Ends):
    """How a plan is to be made."""

    update_event_triggers: bool = False


class InstructionSent(Wire):
    """What stands at the source goes on at the target."""

    source_activity_ids: Annotated[list[Text], Field(min_length=1, max_length=1)]
    target_activity_ids: Annotated[list[Text], Field(min_length=1, max_length=1)]
    update_event_trigger: bool = False


class PlanSent(Ends):
    """A plan."""

    instructions: list[InstructionSent] | None = None

    def migration(self) -> Migration:
        """Return the migration it means. Raises InvalidRequest, NotFound."""
        pairs: dict[tuple[str, str], Instruction] = {}
        for each in self.instructions or ():
            source, target = (ids[0].removesuffix(BODY) for ids in (each.source_activity_ids, each.target_activity_ids))
            pairs.setdefault((source, target), Instruction(source, target, each.update_event_trigger))
        if not pairs:
            raise InvalidRequest("The migration plan has no instructions")
        return Migration(
            read_definition_id(self.source_process_definition_id),
            read_definition_id(self.target_process_definition_id),
            Plan(tuple(pairs.values())),
            variables=variables.read_all(self.variables),
        )


class ExecutionSent(Chosen):
    """A plan, and the instances it is for."""

    migration_plan: PlanSent
    skip_custom_listeners: bool = False
    skip_io_mappings: bool = False


class InstructionShown(Wire):
    """What stands at the source goes on at the target."""

    source_activity_ids: list[str]
    target_activity_ids: list[str]
    update_event_trigger: bool


class PlanShown(Wire):
    """A plan."""

    source_process_definition_id: str
    target_process_definition_id: str
    instructions: list[InstructionShown]
    variables: dict[str, Any] | None


class InstructionReport(Wire):
    """What is wrong with one instruction."""

    instruction: InstructionShown
    failures: list[str]


class Report(Wire):
    """What is wrong with a plan."""

    instruction_reports: list[InstructionReport]
    variable_reports: dict[str, Any]


@router.post("/generate", response_model=PlanShown)
@operation("processes:read")
def generate(session: Session, actor: Principal, body: GenerationSent) -> Response:
    """Make a plan: each element goes to the one of the same id and kind."""
    actor.require_admin()
    try:
        source, target = (
            queries.get_definition(session, read_definition_id(sent))
            for sent in (body.source_process_definition_id, body.target_process_definition_id)
        )
    except NotFound as error:
        raise InvalidRequest(error.template, **error.params) from error
    plan = queries.propose_plan(session, source["id"], target["id"], update_triggers=body.update_event_triggers)
    return answer(
        {
            "sourceProcessDefinitionId": definition_id(source["key"], source["version"], source["id"]),
            "targetProcessDefinitionId": definition_id(target["key"], target["version"], target["id"]),
            "instructions": [_shown(each) for each in plan.instructions],
            "variables": variables.shown_all(variables.read_all(body.variables)) if body.variables else None,
        }
    )


@router.post("/validate", response_model=Report)
@operation("processes:read")
def validate(session: Session, actor: Principal, body: PlanSent) -> Response:
    """Say what is wrong with a plan, whatever instance it is for."""
    actor.require_admin()
    return answer(_report(session, _read(body)))


@router.post("/execute", status_code=204)
@operation("processes:write")
def execute(session: Session, actor: Principal, body: ExecutionSent) -> Response:
    """Move instances now, all of them or none."""
    migration = _sound(session, body.migration_plan)
    for instance_id in body.instances(session, actor):
        try:
            commands.migrate_instance(session, instance_id, migration, actor=actor)
        except (CannotMigrate, Conflict, NotFound) as error:
            kind = "MigratingProcessInstanceValidationException"
            raise RestError(400, kind, error.template, **error.params) from error
    return nothing()


@router.post("/executeAsync", response_model=batches.BatchShown)
@operation("processes:write")
def execute_async(session: Session, actor: Principal, body: ExecutionSent) -> Response:
    """Begin to move instances in the background; what cannot go stays, and the batch says why."""
    migration = _sound(session, body.migration_plan)
    chosen = body.instances(session, actor)
    return batches.begun(session, actor, commands.migrate_in_background(session, migration, chosen, actor=actor))


def _read(sent: PlanSent) -> Migration:
    try:
        return sent.migration()
    except NotFound as error:
        raise InvalidRequest(error.template, **error.params) from error


def _sound(session: Session, sent: PlanSent) -> Migration:
    """Return the migration of a plan that can be followed. Raises RestError."""
    migration = _read(sent)
    try:
        commands.check_plan(session, migration)
    except InvalidPlan as error:
        raise RestError(400, "MigrationPlanValidationException", error.template, **error.params) from error
    except NotFound as error:
        raise InvalidRequest(error.template, **error.params) from error
    return migration


def _report(session: Session, migration: Migration) -> dict[str, Any]:
    try:
        found = queries.plan_faults(session, migration.source, migration.target, migration.plan)
    except NotFound as error:
        raise InvalidRequest(error.template, **error.params) from error
    failures: dict[str, list[str]] = {}
    for fault in found:
        failures.setdefault(fault.element, []).append(fault.message)
    reports = [
        {"instruction": _shown(each), "failures": failures[each.source]}
        for each in migration.plan.instructions
        if each.source in failures
    ]
    return {"instructionReports": reports, "variableReports": {}}


def _shown(each: Instruction) -> dict[str, Any]:
    return {
        "sourceActivityIds": [each.source],
        "targetActivityIds": [each.target],
        "updateEventTrigger": each.update_trigger,
    }
