"""Moving tokens as an operator says: some are taken away, others begin elsewhere, in whatever scopes that needs.

The instructions are carried out in their order, before any token moves by itself. A subprocess or loop that is left
without tokens goes with the last of them; the instance itself does so only when all instructions are carried out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from SpiffWorkflow import TaskState

from process_server.bpmn.engine.compensation import undone
from process_server.bpmn.engine.elements.activities import Activity
from process_server.bpmn.engine.elements.base import Along
from process_server.bpmn.engine.elements.countersign import Countersign
from process_server.bpmn.engine.elements.events import BoundaryEvent
from process_server.bpmn.engine.elements.gateways import JoiningGateway
from process_server.bpmn.engine.elements.subprocess import EventSubprocess
from process_server.bpmn.engine.instructions import BODY, Begin, Cancel, Instruction
from process_server.bpmn.engine.workflow import Process, Scope, Token
from process_server.errors import AmbiguousPlace, NoPlace, NotFound

if TYPE_CHECKING:
    from process_server.bpmn.engine.run import Run

Holder = Process | Scope | Token
"""What tokens can be placed in: the process, an open subprocess, the body of a loop."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """One of the holders around an element: the body of a loop, or the inside of a subprocess."""

    spec: Any
    body: bool = False


def apply(run: "Run", instructions: Sequence[Instruction]) -> None:
    """Carry out instructions; nothing has moved by itself then. Raises NoPlace, AmbiguousPlace, NotFound."""
    known = frozenset(run.tokens)
    run.workflow.live += 1  # the instance outlasts the moment between the last token that goes and the first that comes
    for instruction in instructions:
        if isinstance(instruction, Cancel):
            _cancel(run, instruction, known)
        else:
            _begin(run, instruction)
    run.workflow.live -= 1


# --- taking away


def _cancel(run: "Run", cancel: Cancel, known: frozenset[UUID]) -> None:
    if cancel.token == run.instance_id:
        doomed = [token for token in run.workflow.tasks.values() if token.on_top and stands(token)]
    elif cancel.token is not None:
        if cancel.token in known and cancel.token not in run.tokens:
            return  # an instruction before has taken it away
        token = run.tokens.get(cancel.token)
        if token is None or not stands(token):
            raise NotFound(kind="activity instance", id=cancel.token)
        doomed = [token]
    else:
        element = cancel.element or ""
        _spec_of(run, element)
        doomed = [token for token in run.tokens.values() if stands(token) and shown_id(token) == element]
    for token in doomed:
        if token.id in run.tokens:
            _take_away(run, _outermost(run, token))


def stands(token: Token) -> bool:
    """Say whether a token is an activity instance of its own: not merely armed, and not part of another one."""
    spec = token.task_spec
    if spec.armed_only(token) or not (token.on_top or token.index is not None):
        return False
    return spec.visible(token) or _is_body(token)


def shown_id(token: Token) -> str:
    """Return the id of the element a token stands at; of a loop's body with its suffix."""
    return token.task_spec.element.id + (BODY if _is_body(token) else "")


def _is_body(token: Token) -> bool:
    return isinstance(token.task_spec, Activity) and token.task_spec.is_body(token)


def _outermost(run: "Run", token: Token) -> Token:
    """Return what goes with a token: the loop or subprocess around it that would be left empty, or the token itself."""
    if token.index is not None:
        body = run.tokens[token._parent]
        loop = token.task_spec.loop
        others = any(other != token.id and run.tokens[other].index is not None for other in body._children)
        return token if others and not loop.sequential else _outermost(run, body)
    owner = token.workflow.owner
    return token if owner is None or token.workflow.live > 1 else _outermost(run, owner)


def _take_away(run: "Run", token: Token) -> None:
    parked = token.workflow.parked.get(token.task_spec.name, [])
    if token in parked:
        parked.remove(token)
    if token.index is not None:
        token.task_spec.loop.take_out(run.tokens[token._parent], token, "cancelled")
        return
    run.withdraw(token)
    if token.undoes is not None:
        undone(token)


# --- beginning


def _begin(run: "Run", begin: Begin) -> None:
    spec, flow = _target(run, begin)
    layers = _layers(run, spec, instance=begin.moment == "before" and not begin.at.endswith(BODY))
    holder, missing = _nearest(run, layers, begin)
    for layer in missing:
        holder = _open(run, holder, layer)
    token = _place(run, holder, spec, None if flow is None else flow.id)
    run.assign(token, begin.variables)
    run.admit(begin.local)
    token.data.update(begin.local)
    if flow is not None:
        token.task_spec.listen(token, flow.on_take)


def _target(run: "Run", begin: Begin) -> tuple[Any, Along | None]:
    """Return where a token is placed, and the sequence flow it comes by."""
    if begin.moment == "along":
        found = run.program.flows.get(begin.at)
        if found is None:
            raise NotFound(kind="sequence flow", id=begin.at)
        source = _spec_of(run, found[0])
        flow = next((each for each in source.flows if each.id == begin.at), Along(begin.at, found[1]))
        return _spec_of(run, flow.target), flow
    spec = _spec_of(run, begin.at)
    if begin.moment == "before":
        return spec, None
    if len(spec.flows) != 1:
        raise NoPlace("{element} does not have exactly one sequence flow out of it.", element=begin.at)
    return _spec_of(run, spec.flows[0].target), spec.flows[0]


def _spec_of(run: "Run", element: str) -> Any:
    name = element.removesuffix(BODY)
    for scope in (run.program.spec, *run.program.subprocess_specs.values()):
        if name in scope.task_specs:
            spec = scope.task_specs[name]
            if name != element and getattr(spec, "loop", None) is None:
                break
            return spec
    raise NotFound(kind="element", id=element)


def _layers(run: "Run", spec: Any, *, instance: bool) -> list[_Layer]:
    """Return the holders around an element, from the outside in; with `instance` its own loop among them."""
    layers: list[_Layer] = []
    if instance and getattr(spec, "loop", None) is not None and not isinstance(spec.loop, Countersign):
        layers.append(_Layer(spec, body=True))
    inner = spec
    while (owner := _owner(run, inner)) is not None:
        layers.append(_Layer(owner))
        if getattr(owner, "loop", None) is not None:
            layers.append(_Layer(owner, body=True))
        inner = owner
    return layers[::-1]


def _owner(run: "Run", spec: Any) -> Any:
    """Return the subprocess an element is in; None in the process itself."""
    inside = spec._wf_spec
    if inside is run.program.spec:
        return None
    scopes = (run.program.spec, *run.program.subprocess_specs.values())
    return next(
        each
        for scope in scopes
        for each in scope.task_specs.values()
        if run.program.subprocess_specs.get(getattr(each, "spec_name", "")) is inside
    )


def _nearest(run: "Run", layers: list[_Layer], begin: Begin) -> tuple[Holder, list[_Layer]]:
    """Return the innermost holder that is there already, and the layers to be opened in it."""
    if begin.ancestor is not None:
        return _within(run, layers, begin)
    for number in reversed(range(len(layers))):
        found = _holders(run, layers[number])
        if len(found) > 1:
            raise AmbiguousPlace(element=begin.at, count=len(found))
        if found:
            return found[0], layers[number + 1 :]
    return run.workflow, layers


def _within(run: "Run", layers: list[_Layer], begin: Begin) -> tuple[Holder, list[_Layer]]:
    if begin.ancestor == run.instance_id:
        return run.workflow, layers
    for number, layer in enumerate(layers):
        for holder in _holders(run, layer):
            owner = holder if isinstance(holder, Token) else holder.owner
            if owner is not None and owner.id == begin.ancestor:
                return holder, layers[number + 1 :]
    raise NoPlace("{element} does not lie inside of {ancestor}.", element=begin.at, ancestor=begin.ancestor)


def _holders(run: "Run", layer: _Layer) -> list[Holder]:
    """Return what is there of a layer; what only undoes something is no place to begin in."""
    if layer.body:
        found = (token for token in run.tokens.values() if token.task_spec is layer.spec and _is_body(token))
        return [token for token in found if token.undoes is None and "results" in token.internal_data]
    scopes = run.workflow.subprocesses.values()
    return [scope for scope in scopes if scope.owner.task_spec is layer.spec and scope.owner.undoes is None]


def _open(run: "Run", holder: Holder, layer: _Layer) -> Holder:
    """Begin a loop without instances, or a subprocess without tokens inside."""
    spec = layer.spec
    if layer.body:
        body = _standing(run, holder, spec)
        spec.loop.hold(body)
        spec.arm_all(body)
        return body
    owner = _another(holder) if isinstance(holder, Token) else _standing(run, holder, spec)
    owner._set_state(TaskState.STARTED)
    owner.internal_data["inside"] = True
    if not isinstance(spec, EventSubprocess):
        spec.prepare(owner)
    elif spec.interrupting:
        run.clear(owner.workflow, keep=owner)
    inside = run.program.subprocess_specs[spec.spec_name]
    scope = run.open_scope(owner, inside)
    inside.behaviour.begin(run, scope, ())
    return scope


def _standing(run: "Run", holder: Any, spec: Any) -> Token:
    """Place a token that is not worked by itself."""
    token: Token = holder.place(spec)
    token._set_state(TaskState.STARTED)
    run.tokens[token.id] = token
    return token


def _another(body: Token) -> Token:
    """Add an instance to a loop; of one whose instances follow each other only the first."""
    loop = body.task_spec.loop
    added: Token | None = loop.add_now(body)
    if added is None:
        raise NoPlace("The instances of {element} follow one another.", element=loop.element)
    return added


def _place(run: "Run", holder: Holder, spec: Any, flow: str | None) -> Token:
    if isinstance(holder, Token):
        return _another(holder)
    if isinstance(spec, EventSubprocess):
        inside: Any = _open(run, holder, _Layer(spec))
        first, *others = inside.spec.behaviour.entries
        for name in others:
            run.spawn(inside, inside.spec.task_specs[name])
        return run.spawn(inside, inside.spec.task_specs[first])
    if isinstance(spec, JoiningGateway) and len(spec.incoming) > 1 and flow is None:
        flow = _free_flow(holder, spec)
    token = run.spawn(holder, spec, flow)
    if isinstance(spec, BoundaryEvent):
        _interrupt(run, holder, spec, token)
    return token


def _free_flow(scope: Process | Scope, spec: JoiningGateway) -> str:
    """Return a sequence flow by which no token has come to a gateway yet, else the first."""
    taken = {token.flow for token in scope.tasks.values() if token.task_spec is spec}
    return next((flow for flow in spec.incoming if flow not in taken), spec.incoming[0])


def _interrupt(run: "Run", scope: Process | Scope, boundary: BoundaryEvent, begun: Token) -> None:
    """A boundary event that interrupts does so, where it is clear which activity."""
    if boundary.kind == "compensate":
        raise NoPlace("Nothing can begin at {element}.", element=boundary.element.id)
    hosts = [
        token
        for token in scope.tasks.values()
        if token.on_top
        and boundary in (*getattr(token.task_spec, "boundaries", ()), *getattr(token.task_spec, "catchers", ()))
    ]
    if boundary.interrupting and len(hosts) == 1 and begun is not hosts[0]:
        run.withdraw(hosts[0])
