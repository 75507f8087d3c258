"""Where the tokens of an instance stand, and moving them."""

from collections.abc import Iterable
from typing import Any, Literal
from uuid import UUID

from fastapi import Response

from process_server.api.engine_rest.instances.activity_types import activity_type
from process_server.api.engine_rest.wire import file_values
from process_server.api.engine_rest.wire.answers import answer, nothing
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.ids import SoughtId, definition_id
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import VariableValue, Wire
from process_server.api.ground.schemas import Text
from process_server.bpmn import commands, queries
from process_server.bpmn.commands import Begin, Cancel, Instruction
from process_server.bpmn.engine.standing import Standing
from process_server.bpmn.finders.process_instances import PROCESS_INSTANCES
from process_server.bpmn.queries.activity_instances import Tree
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity.principal import Principal

router = resource("/process-instance/{id}", "Process Instance")

Kind = Literal["cancel", "startBeforeActivity", "startAfterActivity", "startTransition"]


class IncidentOfActivity(Wire):
    """An open incident, and the element it is at."""

    id: UUID
    activity_id: str


class ActivityInstanceShown(Wire):
    """What stands at an element, with what stands inside of it."""

    id: str
    parent_activity_instance_id: str | None
    activity_id: str
    activity_name: str | None
    name: str | None
    activity_type: str
    process_instance_id: UUID
    process_definition_id: str
    child_activity_instances: "list[ActivityInstanceShown]"
    child_transition_instances: list[Any]
    execution_ids: list[UUID]
    incident_ids: list[UUID]
    incidents: list[IncidentOfActivity]


class StartVariable(VariableValue):
    """A variable that is set where a token begins; `local`: for what begins alone."""

    local: bool = False


class InstructionSent(Wire):
    """One thing to do to the tokens of an instance."""

    type: Kind
    activity_id: Text | None = None
    transition_id: Text | None = None
    activity_instance_id: SoughtId | None = None
    transition_instance_id: Text | None = None
    ancestor_activity_instance_id: SoughtId | None = None
    variables: dict[str, StartVariable] | None = None

    def read(self, session: Session, actor: Principal) -> Instruction:
        """Return the instruction as the engine takes it, its files kept. Raises InvalidRequest."""
        if self.type == "cancel":
            if [self.activity_id, self.activity_instance_id, self.transition_instance_id].count(None) != 2:
                raise InvalidRequest(
                    "For instruction type 'cancel': exactly one, 'activityId', 'activityInstanceId', or"
                    " 'transitionInstanceId', is required"
                )
            if self.transition_instance_id is not None:
                raise InvalidRequest("There is no transition instance {id}.", id=self.transition_instance_id)
            return Cancel(self.activity_id, self.activity_instance_id)
        needed = "transitionId" if self.type == "startTransition" else "activityId"
        at = self.transition_id if self.type == "startTransition" else self.activity_id
        if not at:
            raise InvalidRequest("For instruction type '{type}': '{needed}' must be set", type=self.type, needed=needed)
        sent = self.variables or {}
        own = {name: value for name, value in sent.items() if value.local}
        return Begin(
            at,
            "before"
            if self.type == "startBeforeActivity"
            else "after"
            if self.type == "startAfterActivity"
            else "along",
            ancestor=self.ancestor_activity_instance_id,
            variables=file_values.read_all(
                session, actor, {name: value for name, value in sent.items() if name not in own}
            ),
            local=file_values.read_all(session, actor, own),
        )


class Modification(Wire):
    """What to do to the tokens of an instance, all of it or nothing; `annotation` says why."""

    instructions: list[InstructionSent] | None = None
    skip_custom_listeners: bool = False
    skip_io_mappings: bool = False
    annotation: Text | None = None


@router.get("/activity-instances", response_model=ActivityInstanceShown, responses=documented(404))
@operation("processes:read")
def activity_instances(session: Session, actor: Principal, id: UUID) -> Response:
    """Show where the tokens of an instance stand, as a tree."""
    PROCESS_INSTANCES.one(session, actor, id)
    return answer(_shown(queries.where_tokens_stand(session, id)))


@router.post("/modification", status_code=204, responses=documented(404))
@operation("processes:write")
def modify(session: Session, actor: Principal, id: UUID, body: Modification) -> Response:
    """Take tokens away and let others begin: all instructions or none."""
    PROCESS_INSTANCES.one(session, actor, id)
    instructions = [each.read(session, actor) for each in body.instructions or ()]
    attach(session, actor, instructions, id)
    try:
        commands.modify_instance(
            session,
            id,
            instructions,
            actor=actor,
            reason=body.annotation or "",
            skipped=skipped(body.skip_custom_listeners, body.skip_io_mappings),
        )
    except NotFound as error:  # an element or a token, for the instance is there
        raise InvalidRequest(error.template, **error.params) from error
    return nothing()


def attach(session: Session, actor: Principal, instructions: Iterable[Instruction], instance_id: UUID) -> None:
    """Let files among the variables of instructions belong to an instance."""
    for each in instructions:
        if isinstance(each, Begin):
            file_values.attach(session, actor, {**each.variables, **each.local}, instance_id)


def skipped(listeners: bool, mappings: bool) -> list[Literal["listeners", "mappings"]]:
    """Return what a modification leaves out."""
    found: list[Literal["listeners", "mappings"]] = []
    if listeners:
        found.append("listeners")
    if mappings:
        found.append("mappings")
    return found


def _shown(tree: Tree) -> dict[str, Any]:
    held = tree.definition
    common = {
        "processInstanceId": tree.id,
        "processDefinitionId": definition_id(held.key, held.version, held.id),
        "childTransitionInstances": [],
    }
    root = str(tree.id)
    return {
        "id": root,
        "parentActivityInstanceId": None,
        "activityId": common["processDefinitionId"],
        "activityName": held.program.name,
        "name": held.program.name,
        "activityType": "processDefinition",
        **common,
        "childActivityInstances": [_inside(tree, each, root, common) for each in tree.inside],
        "executionIds": [tree.id],
        "incidentIds": [],
        "incidents": [],
    }


def _inside(tree: Tree, each: Standing, above: str, common: dict[str, Any]) -> dict[str, Any]:
    identity = f"{each.element}:{each.token}"
    drawn = tree.definition.program.elements.get(each.element)
    incidents = tree.incidents.get(each.token, [])
    return {
        "id": identity,
        "parentActivityInstanceId": above,
        "activityId": each.element,
        "activityName": each.name,
        "name": each.name,
        "activityType": activity_type(drawn) if drawn is not None else each.type,
        **common,
        "childActivityInstances": [_inside(tree, inner, identity, common) for inner in each.inside],
        "executionIds": [each.token],
        "incidentIds": incidents,
        "incidents": [{"id": incident, "activityId": each.element} for incident in incidents],
    }
