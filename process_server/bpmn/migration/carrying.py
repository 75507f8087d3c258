"""Carrying the tokens of a running instance over to another version: the same tokens, on the elements a plan names."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from SpiffWorkflow import TaskState

from process_server.bpmn.engine import state
from process_server.bpmn.engine.elements.activities import Activity
from process_server.bpmn.engine.elements.gateways import JoiningGateway, ParallelGateway
from process_server.bpmn.engine.elements.subprocess import EventSubprocess
from process_server.bpmn.engine.execution import Execution
from process_server.bpmn.engine.workflow import Scope, Token
from process_server.bpmn.migration.memory import Memory
from process_server.bpmn.migration.places import Places
from process_server.bpmn.migration.plan import Plan
from process_server.bpmn.program import Program

if TYPE_CHECKING:
    from process_server.bpmn.engine.run import AnyScope


@dataclass(frozen=True, slots=True)
class Carried:
    """An execution of the other version, and the element at which each wait goes on there."""

    execution: Execution
    elements: dict[UUID, str]


def carry(old: Execution, program: Program, plan: Plan) -> Carried:
    """Return the execution as one of the other version, at rest; `old` is of no use afterwards.

    Nothing may stand in the way (see `obstacles`). What its tokens wait for goes on: only what the new version adds is
    armed, and only what the plan says is reckoned anew. Raises ExpressionFailed where that cannot be.
    """
    new = Execution(
        program,
        instance_id=old.instance_id,
        variables=old.variables,
        initiator=old.initiator,
        business_key=old.business_key,
        host=old.host,
    )
    new.meter, new.conversation = old.meter, dict(old.conversation)
    elements = _Carrying(old, new, plan).carry()
    new.go_on()
    return Carried(new, elements)


class _Carrying:
    """One instance on its way."""

    def __init__(self, old: Execution, new: Execution, plan: Plan) -> None:
        self.old = old
        self.new = new
        self.plan = plan
        self.there = Places(new.program)
        self.memory = Memory(plan, old.program, new.program)
        self.scopes: dict[int, AnyScope] = {}
        self.added: dict[tuple[int, str], Scope] = {}  # subprocesses the new version puts around tokens

    def carry(self) -> dict[UUID, str]:
        self.new.workflow.prepare()
        self.scopes[id(self.old.workflow)] = self.new.workflow
        inside = sorted(self.old.workflow.subprocesses.values(), key=lambda scope: scope.depth)
        for scope in (self.old.workflow, *inside):
            self._scope(scope)
        kept = [token for token in self.new.tokens.values() if token.id in self.old.tokens]
        for token in kept:
            self._wait(token)
        elements = {each: self.new.waits[each].element for each in self.old.waits if each in self.new.waits}
        for scope in (self.old.workflow, *inside):
            if scope.owner is None or scope.owner.id in self.new.tokens:
                self._handlers(scope, self.scopes[id(scope)])
        for scope in [self.new.workflow, *self.new.workflow.subprocesses.values()]:
            self._joins(scope)
        for token in kept:
            self._arm(token, self.old.tokens[token.id])
        return elements

    # --- placing

    def _scope(self, scope: "AnyScope") -> None:
        if scope.owner is not None:
            owner = self.new.tokens.get(scope.owner.id)
            if owner is None:  # the new version has no such subprocess: its tokens stand in the one around
                self.scopes[id(scope)] = self.scopes[id(scope.owner.workflow)]
            else:
                opened = Scope(self.new.workflow.subprocess_specs[owner.task_spec.spec_name], owner)
                opened.prepare()
                self.new.workflow.subprocesses[owner.id] = self.scopes[id(scope)] = opened
        carried = self.scopes[id(scope)]
        carried.undoable += self.memory.undoable(scope.undoable)
        for token in scope.tasks.values():
            if token is not scope.task_tree:
                self._token(token, carried)

    def _token(self, token: Token, scope: "AnyScope") -> None:
        name = self._name(token)
        place = None if name is None else self.there.get(name)
        if name is None or place is None:
            return
        if token.on_top:
            if place.scope != _id(scope):
                if token.task_spec.armed_only(token):
                    return  # the event of a scope that it no longer belongs to
                scope = self._enter(scope, place.scope)
            above = scope.task_tree
        else:
            above = self.new.tokens[token._parent]
            scope = above.workflow
        carried = Token.restore(scope, place.spec, above, token.id, token._state)
        for each in ("entered", "index", "leaving", "told", "undoes", "actor", "detail"):
            setattr(carried, each, getattr(token, each))
        carried.flow = self.memory.flow(token.flow)
        carried.data = dict(_left_behind(token, self.new)) | token.data
        carried.internal_data = self.memory.of_token(token.internal_data)
        self.new.tokens[token.id] = carried
        if token.on_top and not carried.task_spec.armed_only(carried):
            scope.live += 1

    def _name(self, token: Token) -> str | None:
        """Return the spec a token goes to; None for what is armed no longer."""
        if token.on_top:
            return self.plan.target(token.task_spec.name)
        above = self.new.tokens.get(token._parent)
        if above is None:
            return None
        if token.index is not None:
            return str(above.task_spec.name)
        name = self.plan.target(token.task_spec.name)
        place = None if name is None else self.there.get(name)
        return name if place is not None and place.owner == above.task_spec.name else None

    def _enter(self, scope: "AnyScope", wanted: str) -> "AnyScope":
        """Return the scope of a subprocess that the new version adds inside of `scope`, begun for its first token."""
        if wanted == _id(scope):
            return scope
        around = self._enter(scope, self.there.all[wanted].scope)
        key = (id(around), wanted)
        if key not in self.added:
            spec: Any = self.there.all[wanted].spec
            owner = around.place(spec)
            owner._set_state(TaskState.STARTED)
            owner.internal_data["inside"] = True
            self.new.tokens[owner.id] = owner
            spec.prepare(owner)
            inside = self.new.open_scope(owner, self.new.workflow.subprocess_specs[spec.spec_name])
            for handler in inside.spec.behaviour.handlers:
                self.new.attach(inside.task_tree, handler, TaskState.READY)
            self.added[key] = inside
        return self.added[key]

    # --- waiting

    def _wait(self, token: Token) -> None:
        """Wait as before. What has nothing to wait for here is worked."""
        state.restore_wait(self.new, token)
        before = self.old.tokens[token.id].task_spec
        if not self.plan.updated.isdisjoint(_names(before)) and "incident" not in token.internal_data:
            spec: Any = token.task_spec
            if token.id in self.new.waits:
                spec.trigger.subscribe(token)
        if token.id in self.old.waits and token.id not in self.new.waits:
            self._work(token)

    def _work(self, token: Token, *, leaving: bool = False) -> None:
        token.leaving = leaving
        token._set_state(TaskState.READY)
        self.new.ready.append(token)

    def _joins(self, scope: "AnyScope") -> None:
        """Let go what no longer waits for anybody: the new gateway may join fewer flows."""
        for token in list(scope.tasks.values()):
            spec = token.task_spec
            stands = isinstance(spec, JoiningGateway) and token._state == TaskState.STARTED
            if not stands or token.leaving or "incident" in token.internal_data or token.id not in scope.tasks:
                continue
            alone = token not in scope.parked.get(spec.name, ())
            if alone or (isinstance(spec, ParallelGateway) and spec.joins(token)):
                self._work(token, leaving=True)

    def _arm(self, token: Token, old: Token) -> None:
        """Arm the boundary events and the ways out of an event-based gateway that the new version adds."""
        spec: Any = token.task_spec
        if token.id not in self.new.tokens or token._state != TaskState.STARTED or token.undoes is not None:
            return
        if "incident" in token.internal_data and "inside" not in token.internal_data:
            return
        before: Any = old.task_spec
        if spec.takes_arms:
            had = {self.plan.target(name) for _, name in _arms(before)}
            for flow, name in _arms(spec):
                if name not in had:
                    arm = self.new.attach(token, token.workflow.spec.task_specs[name])
                    arm.flow = flow
                    arm.task_spec.trigger.subscribe(arm)
        elif isinstance(spec, Activity) and token.index is None and spec.waits:
            had = {self.plan.target(boundary.name) for boundary in before.boundaries}
            for boundary in spec.boundaries:
                if boundary.name not in had:  # what became of an old one is armed, or has been used up
                    spec.arm(token, boundary)

    def _handlers(self, before: "AnyScope", scope: "AnyScope") -> None:
        """Arm the event subprocesses that the new version adds, unless one has taken over already."""
        if any(_has_taken_over(token) for token in scope.tasks.values()):
            return
        had = {self.plan.target(handler.name) for handler in before.spec.behaviour.handlers}
        here = {token.task_spec.name for token in scope.tasks.values()}
        for handler in scope.spec.behaviour.handlers:
            if handler.name not in had | here:
                self.new.attach(scope.task_tree, handler, TaskState.READY)


def _id(scope: "AnyScope") -> str:
    return "" if scope.owner is None else str(scope.owner.task_spec.spec_name)


def _names(spec: Any) -> set[str]:
    """Return the names a plan may know an event by: that of an event subprocess is its own or its start event's."""
    own = spec.name.partition("#")[0]
    return {own, spec.start.id} if isinstance(spec, EventSubprocess) else {own}


def _arms(spec: Any) -> Iterator[tuple[str | None, str]]:
    for arm in spec.arms:
        yield arm if isinstance(arm, tuple) else (None, arm)


def _has_taken_over(token: Token) -> bool:
    spec = token.task_spec
    return isinstance(spec, EventSubprocess) and spec.interrupting and "inside" in token.internal_data


def _left_behind(token: Token, new: Execution) -> Iterator[tuple[str, Any]]:
    """Yield the local variables of subprocesses around that the new version does not have."""
    owner = token.workflow.owner if token.on_top else None
    while owner is not None and owner.id not in new.tokens:
        yield from owner.data.items()
        owner = owner.workflow.owner
