"""The token game of one instance: tokens are placed, worked, parked, cancelled and taken away."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from SpiffWorkflow import TaskState

from process_server import clock
from process_server.bpmn.engine import variables as scoping
from process_server.bpmn.engine.budget import Meter, check_wait
from process_server.bpmn.engine.instructions import Skipped
from process_server.bpmn.engine.workflow import Process, Scope, Token
from process_server.bpmn.host import Host
from process_server.bpmn.waits import Escaped, EventWait, IncidentWait, Passed, Thrown, Visit, Wait
from process_server.errors import ProcessServerError

if TYPE_CHECKING:
    from process_server.bpmn.engine.elements.base import ElementSpec, Way
    from process_server.bpmn.program import Program

AnyScope = Process | Scope
FACT = 1_000  # characters of a fact that an incident keeps


class Run:
    """Everything that changes while an instance advances. The specs in `elements` act on it."""

    def __init__(
        self,
        program: "Program",
        *,
        instance_id: UUID,
        variables: dict[str, Any],
        initiator: str | None,
        business_key: str | None,
        host: Host,
    ) -> None:
        self.program = program
        self.instance_id = instance_id
        self.variables = variables
        self.initiator = initiator
        self.business_key = business_key
        self.host = host
        self.tokens: dict[UUID, Token] = {}
        self.waits: dict[UUID, Wait] = {}
        self.visits: list[Visit] = []
        self.passed: list[Passed] = []
        self.thrown: list[Thrown] = []
        self.escaped: list[Escaped] = []
        self.ready: deque[Token] = deque()
        self.changed: dict[str, scoping.Change] = {}
        self.meter = Meter()
        self.conditions: dict[UUID, Token] = {}
        self.conversation: dict[str, str] = {}  # values of correlation properties, once a message told them
        self.skipped: frozenset[Skipped] = frozenset()  # what a modification leaves out while it runs
        self.ended = False
        self.end_reason: str | None = None
        self.facts: dict[str, Any] = {
            **dict.fromkeys(program.declared),
            "initiator": initiator,
            "business_key": business_key,
            "businessKey": business_key,
            "process_instance_id": str(instance_id),
        }
        self.workflow = Process(program.spec, dict(program.subprocess_specs), self)

    # --- tokens

    def spawn(self, workflow: AnyScope, spec: "ElementSpec", flow: str | None = None) -> Token:
        """Put a token on an element and queue it."""
        token = workflow.place(spec, flow)
        self.tokens[token.id] = token
        self.ready.append(token)
        return token

    def attach(self, owner: Token, spec: "ElementSpec", state: int = TaskState.WAITING) -> Token:
        """Make a token that belongs to another one."""
        token = Token(owner.workflow, spec, owner, state)
        self.tokens[token.id] = token
        if state == TaskState.READY:
            self.ready.append(token)
        return token

    def resume(self, token: Token) -> None:
        """Queue a token whose work is done, so that it goes on."""
        self.close(token)
        token.leaving = True
        token._set_state(TaskState.READY)
        self.ready.append(token)

    def end(self, token: Token, state: int = TaskState.COMPLETED) -> None:
        """Take a token away; its scope ends with the last one."""
        self.drop_children(token)
        self._discard(token, state)
        workflow = token.workflow
        if token.on_top and not token.task_spec.armed_only(token):
            workflow.live -= 1
            workflow.spec.behaviour.left(self, workflow)
            if workflow.live == 0:
                workflow.spec.behaviour.emptied(self, workflow)

    def withdraw(self, token: Token) -> None:
        """Cancel a token with all that belongs to it, without following any flow."""
        self._cancel_below(token)
        self.visit(token, "cancelled")
        self.end(token, TaskState.CANCELLED)

    def drop_children(self, token: Token) -> None:
        """Cancel what belongs to a token: boundary events, arms, instances."""
        for child_id in list(token._children):
            child = self.tokens.get(child_id)
            if child is not None:
                self.drop_child(child)

    def drop_child(self, child: Token) -> None:
        """Cancel a token that belongs to another one."""
        self._cancel_below(child)
        self.visit(child, "cancelled")
        self._discard(child, TaskState.CANCELLED)

    def clear(self, workflow: AnyScope, keep: Token | None = None) -> None:
        """Cancel every token of a scope but one; the scope itself stays open."""
        workflow.parked.clear()
        for token in [token for token in workflow.tasks.values() if token.on_top]:
            if token is keep or token.id not in self.tokens:
                continue
            self._cancel_below(token)
            self.visit(token, "cancelled")
            if not token.task_spec.armed_only(token):
                workflow.live -= 1
            self._discard(token, TaskState.CANCELLED)

    def _cancel_below(self, token: Token) -> None:
        scope = self.workflow.subprocesses.get(token.id)
        if scope is not None:
            self.clear(scope)
            del self.workflow.subprocesses[token.id]
        self.drop_children(token)

    def _discard(self, token: Token, state: int) -> None:
        self.close(token)
        token._set_state(state)
        self.tokens.pop(token.id, None)
        token.workflow.remove(token)

    def open_scope(self, owner: Token, spec: Any) -> Scope:
        """Begin the inside of a subprocess."""
        scope = Scope(spec, owner)
        scope.prepare()
        self.workflow.subprocesses[owner.id] = scope
        return scope

    def nothing_in(self, scope: Scope) -> bool:
        """Close a scope that holds no token which could hold it up; say whether that was so."""
        if scope.live:
            return False
        self.clear(scope)
        self.close_scope(scope)
        return True

    def close_scope(self, scope: Scope) -> None:
        """Forget the inside of a subprocess that is over."""
        self.workflow.subprocesses.pop(scope.owner.id, None)

    # --- what is told outside

    def open(self, token: Token, wait: Wait) -> None:
        """Say what a token waits for. Raises ExpressionFailed for a name no row can hold."""
        check_wait(wait)
        self.waits[token.id] = wait
        if isinstance(wait, EventWait) and wait.kind == "condition":
            self.conditions[token.id] = token

    def close(self, token: Token) -> None:
        """A token waits no more."""
        self.waits.pop(token.id, None)
        self.conditions.pop(token.id, None)

    def visit(
        self, token: Token, outcome: str = "completed", actor: str | None = None, detail: dict[str, Any] | None = None
    ) -> None:
        """Record that an element was left."""
        if not token.told and token.task_spec.visible(token):
            self.tell(token, outcome, actor, detail)

    def tell(self, token: Token, outcome: str, actor: str | None = None, detail: dict[str, Any] | None = None) -> None:
        """Record it whether or not it is an element of its own."""
        token.told = True
        element = token.task_spec.element
        entry = Visit(
            token.id,
            element.id,
            element.type,
            token.entered,
            clock.timestamp(),
            outcome,
            actor or token.actor,
            detail or token.detail,
        )
        self.visits.append(entry)

    def incident(self, token: Token, error: ProcessServerError) -> None:
        """Stop a token where it stands until a person mends the reason."""
        self.close(token)
        if "inside" not in token.internal_data:
            self.drop_children(token)
        token._set_state(TaskState.STARTED)
        facts = {name: str(value)[:FACT] for name, value in error.params.items()}
        details = (error.code, error.message, error.params.get("expression"), error.template, facts)
        token.internal_data["incident"] = details
        self.open(token, IncidentWait(token.id, token.task_spec.element.id, *details))

    # --- variables

    def scope(self, token: Token | None, overlay: Mapping[str, Any] | None = None) -> scoping.Visible:
        """Return what expressions at `token` see."""
        seen = scoping.visible(token, self.variables, self.facts, self.host.functions, overlay)
        if token is not None:
            element = token.task_spec.element
            seen.layers.append({"element_id": element.id, "element_name": element.name or element.id})
        return seen

    def assign(self, token: Token | None, values: Mapping[str, Any]) -> None:
        """Set variables from `token`'s point of view."""
        self.admit(values)
        layers = scoping.locals_of(token)
        self.note(values, *layers, self.variables)
        for name, value in values.items():
            scoping.assign(layers, self.variables, name, value)

    def note(self, names: Iterable[str], *layers: Mapping[str, Any]) -> None:
        """Remember for the conditions that variables are about to be set; those in `layers` were there before."""
        for name in names:
            self.changed[name] = "update" if any(name in layer for layer in layers) else "create"

    def admit(self, values: Mapping[str, Any]) -> None:
        """Make sure that new values can be kept. Raises VariablesTooLarge, ExpressionFailed."""
        self.meter.admit(values, self._held_beside(values))

    def _held_beside(self, values: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        yield {name: value for name, value in self.variables.items() if name not in values}
        for token in self.tokens.values():
            yield token.data
            yield token.internal_data
        for thrown in self.thrown:
            yield thrown.variables

    def assign_outside(self, token: Token, values: Mapping[str, Any]) -> None:
        """Set variables from the point of view of the scope around `token`: outputs leave the element."""
        own, token.data = token.data, {}
        try:
            self.assign(token, values)
        finally:
            token.data = own

    def locals_of(self, token: Token) -> list[dict[str, Any]]:
        """Return the local variables `token` sees, innermost first."""
        return scoping.locals_of(token)

    def finish_child(self, token: Token) -> None:
        """Take away a token that belongs to another one and is done."""
        self.drop_children(token)
        self._discard(token, TaskState.COMPLETED)

    def occur(self, token: Token, variables: Mapping[str, Any]) -> None:
        """What a token waits for has come: a message, a signal, an instant, a condition."""
        spec: Any = token.task_spec
        values = dict(variables)
        conversation = getattr(getattr(spec, "trigger", None), "conversation", None)
        if conversation is not None:
            conversation.begin(self, values)
        if spec.armed_only(token):
            spec.fire(token, values)
            return
        parent = None if token.on_top else self.tokens[token._parent]
        if parent is not None and parent.task_spec.takes_arms:
            parent.task_spec.chosen(token, values)
            return
        spec.receive(token, values)
        self.resume(token)

    def go(self, token: Token, way: "Way") -> None:
        """Place a token at the end of every flow taken."""
        specs = token.workflow.spec.task_specs
        for flow in way:
            self.spawn(token.workflow, specs[flow.target], flow.id)
