"""Gateways: exclusive, parallel, inclusive and event-based."""

from collections.abc import Mapping
from typing import Any

from process_server.bpmn.engine.elements.base import ElementSpec, NoWay, Way, holds
from process_server.bpmn.engine.elements.triggers import Trigger
from process_server.bpmn.engine.workflow import Token
from process_server.bpmn.waits import UserTaskWait, Wait
from process_server.errors import Invalid


class UnknownChoice(Invalid):
    """{choice} is no way out of {element}."""

    code = "unknown_choice"


class ExclusiveGateway(ElementSpec):
    """Takes the first flow whose condition holds, else the default. Without any condition a person chooses."""

    asks = False

    def enter(self, token: Token) -> bool:
        """Ask a person when the diagram leaves the choice open."""
        if not self.asks:
            return True
        token.run_.open(token, self._question(token))
        return False

    def finish(self, token: Token, variables: dict[str, Any], outcome: str | None) -> None:
        """Take the flow a person chose, named by its id or by the element it leads to."""
        chosen = outcome or variables.get("flow")
        if not any(chosen in (flow.id, flow.target) for flow in self.flows):
            raise UnknownChoice(element=self.element.id, choice=chosen)
        token.internal_data["chosen"] = chosen

    def choose(self, token: Token) -> Way:
        """Return the one flow to take."""
        if self.asks:
            chosen = token.internal_data["chosen"]
            return tuple(flow for flow in self.flows if chosen in (flow.id, flow.target))[:1]
        if len(self.flows) < 2 and not self.conditional:
            return self.flows
        scope = token.run_.scope(token)
        token.detail = self.seen(scope)
        for flow in self.flows:
            if flow.condition is not None and not flow.default and holds(flow.condition, scope):
                return (flow,)
        for flow in self.flows:
            if flow.default or flow.condition is None:
                return (flow,)
        raise NoWay(element=self.element.id)

    def outcome(self, token: Token) -> str:
        """Name the flow that was taken."""
        return token.way[0].id if token.way else "completed"

    def restored(self, token: Token) -> Wait | None:
        """Return the open question."""
        return self._question(token) if self.asks else None

    def _question(self, token: Token) -> UserTaskWait:
        """Ask the group of the lane, else whoever started the case."""
        element = self.element
        return UserTaskWait(
            token.id,
            element.id,
            element.name or element.id,
            assignee=None if element.lane else token.run_.initiator,
            candidate_groups=(element.lane,) if element.lane else (),
            choices=tuple(flow.id for flow in self.flows),
        )


class JoiningGateway(ElementSpec):
    """A gateway at which tokens wait for one another."""

    incoming: tuple[str, ...] = ()

    def enter(self, token: Token) -> bool:
        """Park the token; go on when it is the one that completes the set."""
        if len(self.incoming) < 2:
            return True
        token.workflow.parked.setdefault(self.name, []).append(token)
        return self.joins(token)

    def joins(self, token: Token) -> bool:
        """Say whether the newly parked token goes on, after having consumed its fellows."""
        raise NotImplementedError

    def take(self, token: Token) -> None:
        """Let `token` stand for one token of every flow that has any."""
        parked = token.workflow.parked[self.name]
        parked.remove(token)
        taken = {token.flow}
        for fellow in list(parked):
            if fellow.flow not in taken:
                taken.add(fellow.flow)
                parked.remove(fellow)
                fellow.run_.end(fellow)


class ParallelGateway(JoiningGateway):
    """Waits for one token on every incoming flow; sends one along every outgoing flow."""

    def joins(self, token: Token) -> bool:
        """Go on when every flow has a token."""
        here = {fellow.flow for fellow in token.workflow.parked[self.name]}
        if len(here) < len(self.incoming):
            return False
        self.take(token)
        return True

    def choose(self, token: Token) -> Way:
        """Take all flows, whatever conditions they bear."""
        return self.flows


class InclusiveGateway(JoiningGateway):
    """Waits for every token that can still arrive; sends one along each flow whose condition holds."""

    reach: Mapping[str, int]  # element -> incoming flows of this gateway, as bits, a token there can still come by
    bits: Mapping[str, int]  # incoming flow -> its bit

    def joins(self, token: Token) -> bool:
        """Never at once: who else may come is known when all others have come to rest (see `settled`)."""
        return False

    def settled(self, token: Token) -> bool:
        """Say whether no token that could fill an empty flow is under way (BPMN 2.0, section 13.4.3)."""
        here = 0
        for fellow in token.workflow.parked[self.name]:
            here |= self.bits[fellow.flow or ""]
        for other in token.workflow.tasks.values():
            if other.task_spec is self or not other.on_top or other is token.workflow.task_tree:
                continue
            coming = self.reach.get(other.task_spec.name, 0)
            if coming and not coming & here:
                return False
        return True


class EventGateway(ElementSpec):
    """Waits for the first of several events; each is an arm that belongs to the gateway's token."""

    takes_arms = True
    arms: tuple[tuple[str, str], ...] = ()  # (flow, element)

    def enter(self, token: Token) -> bool:
        """Arm every event."""
        run = token.run_
        run.drop_children(token)
        for flow, target in self.arms:
            spec = token.workflow.spec.task_specs[target]
            arm = run.attach(token, spec)
            arm.flow = flow
            trigger: Trigger = spec.trigger
            trigger.subscribe(arm)
        return False

    def chosen(self, arm: Token, variables: dict[str, Any]) -> None:
        """Go on with the event that came first."""
        run = arm.run_
        gateway = run.tokens[arm._parent]
        run.admit(variables)
        token = run.spawn(gateway.workflow, arm.task_spec, arm.flow)
        token.internal_data["came"] = True
        token.task_spec.receive(token, variables)
        gateway.way = ()
        run.visit(gateway, arm.flow or "completed")
        run.end(gateway)
