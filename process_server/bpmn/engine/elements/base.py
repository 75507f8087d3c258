"""What all elements share: a token enters, does the element's work, leaves, and goes along flows."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec

from process_server.bpmn.engine.formulas import Answer, Evaluable, Lenient
from process_server.bpmn.engine.workflow import Token
from process_server.bpmn.program import Element
from process_server.bpmn.waits import IncidentWait, Wait
from process_server.errors import ProcessServerError


@dataclass(frozen=True, slots=True)
class Along:
    """A sequence flow as a spec sees it. `condition` is None on a flow that is always taken."""

    id: str
    target: str
    condition: Evaluable | None = None
    default: bool = False
    on_take: tuple[Any, ...] = ()  # listeners


Way = tuple[Along, ...]


class NoWay(ProcessServerError):
    """No sequence flow out of {element} can be taken: no condition holds, and there is no default flow."""

    code = "no_flow"


class ElementSpec(BpmnTaskSpec):  # type: ignore[misc]
    """A task spec of ours. It holds no state: that is the token's."""

    takes_arms = False  # whether its children are alternatives, of which the first that comes is taken

    def __init__(self, wf_spec: Any, element: Element, name: str | None = None) -> None:
        super().__init__(wf_spec, name or element.id)  # the name of a spec is the id, but for one of several events
        self.element = element
        self.flows: Way = ()
        self.conditional = False
        self.read: frozenset[str] = frozenset()  # variables in the conditions
        self.on_arrival: tuple[Any, ...] = ()  # listeners of events and gateways; activities have their own moments
        self.on_departure: tuple[Any, ...] = ()
        self.into: tuple[tuple[str, Evaluable], ...] = ()
        self.out_of: tuple[tuple[str, Evaluable], ...] = ()
        self.local_result = False  # what comes from outside stays local; only outputs leave
        self.silent = False  # a part of an element that leaves no trace of its own
        self.nested = False  # a target `a.b` is the entry b of the variable a, not a variable with a dot in its name

    def _run(self, token: Token) -> bool | None:
        """Work a token (Spiff's `Task.run` calls this): True completes it, None leaves it waiting."""
        if not token.leaving:
            self.arrive(token)
            if not self.enter(token) or token.id not in token.run_.tokens:
                return None
            token.leaving = True
        token.way = self.leave(token)
        for flow in token.way:
            self.listen(token, flow.on_take)
        return True

    def arrive(self, token: Token) -> None:
        """Do what comes before the element itself: inputs, then listeners."""
        self.take_in(token)
        self.listen(token, self.on_arrival)

    def take_in(self, token: Token) -> None:
        """Evaluate the inputs: they are local to the element."""
        run = token.run_
        for name, value in () if "mappings" in run.skipped else self.into:
            scope = run.scope(token)
            given = value.evaluate(scope)
            run.admit({name: given})
            self._put(token.data, name, given, scope)

    def hand_out(self, token: Token) -> None:
        """Evaluate the outputs: they go to the scope around the element."""
        run = token.run_
        if not self.out_of or "mappings" in run.skipped:
            return
        scope = run.scope(token)
        values: dict[str, Any] = {}
        for target, value in self.out_of:
            if isinstance(value, Answer) and value.text not in scope:
                continue
            given = value.evaluate(scope)
            if given is None and isinstance(value, Lenient) and target in scope:
                continue  # who did the work has answered it by its own name
            name = self._put(values, target, given, scope)
            token.data.setdefault(name, values[name]) if self.local_result else None
        run.assign_outside(token, values)

    def _put(self, values: dict[str, Any], target: str, value: Any, scope: Mapping[str, Any]) -> str:
        """Set the target of a mapping, which may be an entry deep inside a variable; return the variable's name."""
        name, *path = target.split(".") if self.nested else (target,)
        for key in reversed(range(len(path))):
            held: Any = values.get(name, scope.get(name))
            for part in path[:key]:
                held = held.get(part) if isinstance(held, Mapping) else None
            value = {**(held if isinstance(held, Mapping) else {}), path[key]: value}
        values[name] = value
        return name

    def receive(self, token: Token, values: Mapping[str, Any]) -> None:
        """Take what came from outside: work's answer, or what an event brought."""
        run = token.run_
        if self.local_result:
            run.admit(values)
            run.note(values, token.data)
            token.data.update(values)
        else:
            run.assign(token, values)

    def listen(self, token: Token, scripts: tuple[Any, ...]) -> None:
        """Run listeners."""
        run, element = token.run_, self.element
        if "listeners" in run.skipped:
            return
        task = {"id": str(token.id), "name": element.name or element.id, "taskDefinitionKey": element.id}
        for script in scripts:
            run.assign(token, script.run(run.scope(token, {"task": task})))

    def _on_complete(self, token: Token) -> None:
        run = token.run_
        run.visit(token, self.outcome(token))
        run.go(token, token.way)
        run.end(token)

    def enter(self, token: Token) -> bool:
        """Do the element's work; say whether it is done."""
        return True

    def leave(self, token: Token) -> Way:
        """Return the flows to take. Whatever can fail does so here, before anything is changed for good."""
        self.hand_out(token)
        self.listen(token, self.on_departure)
        return self.choose(token)

    def outcome(self, token: Token) -> str:
        """Say in a word how the visit ended."""
        return "completed"

    def choose(self, token: Token) -> Way:
        """Take every flow whose condition holds; the default one when no condition does."""
        if not self.conditional:
            return self.flows
        scope = token.run_.scope(token)
        token.detail = {**(token.detail or {}), **(self.seen(scope) or {})} or None
        taken = tuple(flow for flow in self.flows if flow.condition is None or holds(flow.condition, scope))
        chosen = tuple(flow for flow in taken if not flow.default)
        if any(flow.condition is not None for flow in chosen) or (chosen and not self._default()):
            return chosen
        chosen += self._default()
        if not chosen:
            raise NoWay(element=self.element.id)
        return chosen

    def seen(self, scope: Any) -> dict[str, Any] | None:
        """Return the plain values the conditions read, for whoever asks later why it went this way."""
        found = {name: scope.get(name) for name in self.read}
        plain = {
            name: value[:200] if isinstance(value, str) else value
            for name, value in found.items()
            if isinstance(value, str | int | Decimal | None)
        }
        return {"saw": plain} if plain else None

    def _default(self) -> Way:
        return tuple(flow for flow in self.flows if flow.default)

    def armed_only(self, token: Token) -> bool:
        """Say whether the token merely waits for something that may never come, and holds up nothing."""
        return False

    def visible(self, token: Token) -> bool:
        """Say whether cancelling the token is worth a line in the history."""
        return not self.silent

    def wait_of(self, token: Token) -> Wait | None:
        """Return what a token read from storage waits for; evaluated attributes of work are not told again."""
        incident = token.internal_data.get("incident")
        if incident is not None:
            return IncidentWait(token.id, self.element.id, *incident)
        return self.restored(token)

    def restored(self, token: Token) -> Wait | None:
        """Return the wait of this kind of element."""
        return None


def holds(condition: Evaluable, scope: Any) -> bool:
    """Evaluate a condition: true, or the text "true" as some forms send it."""
    value = condition.evaluate(scope)
    return value is True or (value is not False and bool(value) and str(value).lower() != "false")
