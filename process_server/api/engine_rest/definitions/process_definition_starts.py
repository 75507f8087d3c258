"""Starting a process, with variables or with what its start form gave."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request, Response
from pydantic import Field

from process_server.api.engine_rest.instances.instance_modification import InstructionSent, attach
from process_server.api.engine_rest.instances.instance_shown import InstanceShown, moved
from process_server.api.engine_rest.wire import file_values, variables
from process_server.api.engine_rest.wire.answers import answer, link
from process_server.api.engine_rest.wire.errors import InvalidRequest, documented
from process_server.api.engine_rest.wire.routing import operation, resource
from process_server.api.engine_rest.wire.schemas import Variables, VariableValue, Wire
from process_server.api.engine_rest.wire.twins import Which, twins
from process_server.api.ground.schemas import Name
from process_server.bpmn import commands, queries
from process_server.bpmn.commands.modification import Begin
from process_server.bpmn.finders.process_definitions import PROCESS_DEFINITIONS
from process_server.bpmn.runtime.running import Running
from process_server.db import Session
from process_server.identity.principal import Principal

router = resource("/process-definition", "Process Definition")


class StartedShown(InstanceShown):
    """An instance that was started. It may have ended already. `variables` are there if they were asked for."""

    variables: dict[str, VariableValue] | None = None


class Submission(Wire):
    """What a start form gave."""

    business_key: Name | None = None
    variables: Variables = Field(default_factory=dict)


class Start(Submission):
    """With what to start; `startInstructions` say where instead of at the start event."""

    start_instructions: list[InstructionSent] = Field(default_factory=list)
    with_variables_in_return: bool = False


@twins(router, "POST", "/start", response_model=StartedShown, responses=documented(413))
@operation("processes:write")
def start(session: Session, actor: Principal, request: Request, which: Which, body: Start) -> Response:
    """Start an instance and run it until it waits."""
    begins = [_place(session, actor, each) for each in body.start_instructions]
    running = _started(session, actor, which, body, begins)
    attach(session, actor, begins, running.id)
    shown = _shown(running, request)
    if body.with_variables_in_return:
        shown["variables"] = variables.shown_all(queries.get_variables(session, running.id))
    return answer(shown)


@twins(router, "POST", "/submit-form", response_model=StartedShown, responses=documented(413))
@operation("processes:write")
def submit_form(session: Session, actor: Principal, request: Request, which: Which, body: Submission) -> Response:
    """Start an instance with what its start form gave."""
    return answer(_shown(_started(session, actor, which, body), request))


def _place(session: Session, actor: Principal, sent: InstructionSent) -> Begin:
    instruction = sent.read(session, actor)
    if not isinstance(instruction, Begin):
        raise InvalidRequest("An instance that is started has nothing to cancel.")
    return instruction


def _started(
    session: Session, actor: Principal, which: Which, body: Submission, instructions: Sequence[Begin] = ()
) -> Running:
    row = which.row(PROCESS_DEFINITIONS, session, actor)
    return commands.start_instance(
        session,
        row["id"],
        file_values.read_all(session, actor, body.variables),
        actor=actor,
        business_key=body.business_key,
        instructions=instructions,
    )


def _shown(running: Running, request: Request) -> dict[str, Any]:
    return moved(running) | {"links": [link(request, f"process-instance/{running.id}")]}
