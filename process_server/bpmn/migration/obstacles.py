"""What keeps a running instance from being moved by a plan that is sound in itself."""

from collections.abc import Iterator

from process_server.bpmn.engine.execution import Execution
from process_server.bpmn.engine.workflow import Token
from process_server.bpmn.migration.memory import Memory
from process_server.bpmn.migration.places import Places
from process_server.bpmn.migration.plan import Obstacle, Plan
from process_server.bpmn.program import Program
from process_server.i18n import gettext_noop


def obstacles(execution: Execution, program: Program, plan: Plan) -> list[Obstacle]:
    """Return why an instance cannot go as the plan says; nothing: it can."""
    here, there = Places(execution.program), Places(program)
    memory = Memory(plan, execution.program, program)
    found = [each for token in execution.tokens.values() for each in _of_token(token, here, there, memory)]
    for scope in [execution.workflow, *execution.workflow.subprocesses.values()]:
        found += [Obstacle(name, "undo_lost", _UNDO_LOST) for name in memory.forgotten(scope.undoable)]
    return list({(each.element, each.code): each for each in found}.values())


def _of_token(token: Token, here: Places, there: Places, memory: Memory) -> Iterator[Obstacle]:
    spec = token.task_spec
    name, element = spec.name, spec.element.id
    if not token.on_top or spec.armed_only(token):
        return  # it goes with what it belongs to, or is armed no longer
    target = memory.plan.target(name)
    if target is None:
        within = token.id in token.run_.workflow.subprocesses
        if not (within and here.may_be_added(name)):
            yield Obstacle(element, "not_mapped", _NOT_MAPPED)
    elif there.get(target) is None:
        yield Obstacle(element, "no_place", _NO_PLACE, {"target": target.partition("#")[0]})
    elif token in token.workflow.parked.get(name, ()) and _is_lost(token, there, target, memory):
        yield Obstacle(element, "no_flow", _NO_FLOW, {"flow": token.flow or ""})
    if memory.loses_its_way(token.internal_data):
        yield Obstacle(element, "no_way_back", _NO_WAY_BACK)


def _is_lost(token: Token, there: Places, target: str, memory: Memory) -> bool:
    """Say whether it waits at a gateway for others, and nobody knows by which flow it would have come there."""
    incoming = there.all[target].spec.incoming
    return len(incoming) > 1 and memory.flow(token.flow) not in incoming


_NOT_MAPPED = gettext_noop("The case stands at {element}, and the plan does not say where that goes.")
_NO_PLACE = gettext_noop("What the case waits for at {element} is no longer part of {target}.")
_NO_FLOW = gettext_noop("A branch waits at {element}, and the flow it came by ({flow}) is not in the new version.")
_NO_WAY_BACK = gettext_noop("{element} was returned to for rework and leads back to a step that is not mapped.")
_UNDO_LOST = gettext_noop("{element} is done and could be undone by compensation: map it, so that it still can.")
