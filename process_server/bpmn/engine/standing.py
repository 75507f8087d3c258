"""Where the tokens of an instance stand, as a tree: subprocesses and loops with what they hold."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from process_server.bpmn.engine.instructions import BODY
from process_server.bpmn.engine.modifying import shown_id, stands
from process_server.bpmn.waits import IncidentWait

if TYPE_CHECKING:
    from process_server.bpmn.engine.run import AnyScope, Run
    from process_server.bpmn.engine.workflow import Token
    from process_server.bpmn.program import Program


@dataclass(frozen=True, slots=True)
class Standing:
    """One activity instance: `token` stands at `element`; the body of a loop has the suffix of `BODY`."""

    token: UUID
    element: str
    type: str
    name: str | None
    stopped: bool  # by an incident
    inside: "list[Standing]" = field(default_factory=list)


def standing(run: "Run") -> list[Standing]:
    """Return the activity instances of the process itself; each holds those inside of it."""
    return _of_scope(run, run.workflow)


def _of_scope(run: "Run", scope: "AnyScope") -> list[Standing]:
    return [
        _of(run, token) for token in scope.tasks.values() if token.on_top and token.id in run.tokens and stands(token)
    ]


def _of(run: "Run", token: "Token") -> Standing:
    instances = (run.tokens[child] for child in token._children if child in run.tokens)
    inside = [_of(run, child) for child in instances if child.index is not None]
    scope = run.workflow.subprocesses.get(token.id)
    if scope is not None:
        inside += _of_scope(run, scope)
    element = token.task_spec.element
    shown = shown_id(token)
    return Standing(
        token=token.id,
        element=shown,
        type="multiInstanceBody" if shown.endswith(BODY) else element.type,
        name=element.name,
        stopped=isinstance(run.waits.get(token.id), IncidentWait),
        inside=inside,
    )


def repeats(program: "Program", element: str) -> bool:
    """Say whether an element is an activity with instances of its own."""
    scopes = (program.spec, *program.subprocess_specs.values())
    return any(getattr(scope.task_specs.get(element), "loop", None) is not None for scope in scopes)


def places(program: "Program") -> list[str]:
    """Return the elements at which a token can begin, in the order of the model."""
    scopes = (program.spec, *program.subprocess_specs.values())
    known = {name for scope in scopes for name in scope.task_specs}
    return [element for element in program.elements if element in known]
