"""Our model of a process becomes SpiffWorkflow specs, every text in it compiled."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from process_server.bpmn.diagram.build_events import catching, make_boundary, make_catch, make_start, make_throw
from process_server.bpmn.diagram.build_parts import Texts, build_countersign, build_loop
from process_server.bpmn.diagram.build_work import (
    make_call,
    make_decision,
    make_receive,
    make_script,
    make_send,
    make_service,
    make_task,
    make_user,
)
from process_server.bpmn.diagram.choices import asks_a_person, entries_of, left_open
from process_server.bpmn.diagram.reach import reach_of, sources_of_links
from process_server.bpmn.engine.elements import activities, events, gateways, subprocess
from process_server.bpmn.engine.elements.adhoc import AdHocBehaviour, AdHocSubprocess, Choice
from process_server.bpmn.engine.elements.base import Along, ElementSpec
from process_server.bpmn.engine.formulas import compile_condition
from process_server.bpmn.model import Flow, Formula, Listener, Node, Process, Scope
from process_server.bpmn.program import Element
from process_server.errors import Problem


class ProcessSpec(BpmnProcessSpec):  # type: ignore[misc]
    """A scope's elements, and what belongs to the scope as a whole."""

    def __init__(self, name: str, behaviour: subprocess.ScopeBehaviour) -> None:
        super().__init__(name)
        self.task_specs.clear()  # Spiff's own start and end, whose names an element may bear
        self.behaviour = behaviour


class Builder:
    """Builds one process; `problems` gathers what does not compile."""

    def __init__(self, process: Process, elements: Mapping[str, Element]) -> None:
        self.process = process
        self.elements = elements
        self.problems: list[Problem] = []
        self.subprocess_specs: dict[str, ProcessSpec] = {}
        self.texts = Texts(process.file, self.problems)

    def build(self) -> ProcessSpec:
        """Return the spec of the process; those of its subprocesses stand in `subprocess_specs`."""
        spec = self.scope(self.process.scope, self.process.id)
        place = Node(self.process.id, "process", self.process.name, self.process.line)
        begin = self._listeners(place, self.process.attributes.listeners, ("start",))
        starts = [made for made in spec.task_specs.values() if isinstance(made, events.StartEvent)]
        for made in starts or [spec.task_specs[name] for name in spec.behaviour.entries[:1]]:
            if isinstance(made, activities.Activity):
                made.on_start = begin + made.on_start
            else:
                made.on_arrival = begin + made.on_arrival
        finish = self._listeners(place, self.process.attributes.listeners, ("end",))
        if finish:
            last = list(self.elements.values())[-1]
            spec.behaviour.closing = subprocess.Closing(spec, last, f"{self.process.id}#end")
            spec.behaviour.closing.on_arrival = finish
        return spec

    # --- scopes

    def scope(self, scope: Scope, name: str, *, ad_hoc: bool = False) -> ProcessSpec:
        """Build the inside of a process or subprocess."""
        spec = ProcessSpec(name, AdHocBehaviour() if ad_hoc else subprocess.ScopeBehaviour())
        built: dict[str, ElementSpec] = {}
        for node in scope.nodes.values():
            built[node.id] = self._node(spec, scope, node)
        for node in scope.nodes.values():
            self._flows(built[node.id], node)
        self._boundaries(spec, scope, built)
        self._links(scope, built)
        self._arms(spec, scope, built)
        links = sources_of_links(scope)
        for node in scope.nodes.values():
            if node.type == "inclusiveGateway" and len(node.incoming) > 1:
                built[node.id].reach = reach_of(scope, node, links)
                built[node.id].bits = {flow.id: 1 << number for number, flow in enumerate(node.incoming)}
        self._behaviour(spec, scope, built)
        return spec

    def _behaviour(self, spec: ProcessSpec, scope: Scope, built: dict[str, ElementSpec]) -> None:
        behaviour = spec.behaviour
        handlers = [item for item in spec.task_specs.values() if isinstance(item, subprocess.EventSubprocess)]
        behaviour.handlers = tuple(item for item in handlers if item.trigger is not None)
        behaviour.catchers = tuple(item for item in handlers if item.trigger is None)
        behaviour.entries = tuple(node.id for node in entries_of(scope))

    def _flows(self, spec: ElementSpec, node: Node) -> None:
        along = tuple(self._along(node, flow) for flow in node.outgoing)
        spec.flows = along
        spec.read = frozenset().union(*(getattr(flow.condition, "variables", ()) for flow in along))
        spec.conditional = any(flow.condition is not None or flow.default for flow in along)
        if isinstance(spec, gateways.JoiningGateway):
            spec.incoming = tuple(flow.id for flow in node.incoming)
        if isinstance(spec, gateways.ExclusiveGateway):
            spec.asks = left_open(node)

    def _along(self, node: Node, flow: Flow) -> Along:
        default = node.default == flow.id
        condition = (
            None if default or flow.condition is None else self.texts.condition(flow.condition, flow.id, flow.name)
        )
        return Along(flow.id, flow.target, condition, default, self._listeners(node, flow.listeners, ("take", "start")))

    def _boundaries(self, spec_of_scope: ProcessSpec, scope: Scope, built: dict[str, ElementSpec]) -> None:
        for node in scope.nodes.values():
            host = built.get(node.attached_to or "")
            if not isinstance(host, activities.Activity):
                continue
            for number in range(len(node.events)):
                spec = spec_of_scope.task_specs[f"{node.id}#{number}" if number else node.id]
                spec.flows, spec.conditional = built[node.id].flows, built[node.id].conditional
                if spec.kind == "compensate":
                    host.handler = node.handler
                elif spec.trigger is not None:
                    host.boundaries += (spec,)
                else:
                    host.catchers += (spec,)

    def _links(self, scope: Scope, built: dict[str, ElementSpec]) -> None:
        targets = {
            node.event.name: node.id
            for node in scope.nodes.values()
            if node.type == "intermediateCatchEvent" and node.event is not None and node.event.kind == "link"
        }
        for node in scope.nodes.values():
            if isinstance(built[node.id], events.LinkThrow) and node.event is not None and node.event.name in targets:
                built[node.id].flows = (Along(node.id, targets[node.event.name]),)

    def _arms(self, made: ProcessSpec, scope: Scope, built: dict[str, ElementSpec]) -> None:
        for node in scope.nodes.values():
            spec = built[node.id]
            if isinstance(spec, gateways.EventGateway):
                found = (_arms_of(made, built[flow.target], flow.id) for flow in node.outgoing)
                spec.arms = tuple(arm for arms in found for arm in arms)

    # --- nodes

    def _node(self, spec: ProcessSpec, scope: Scope, node: Node) -> ElementSpec:
        element = self.elements[node.id]
        if node.type in ("subProcess", "transaction", "adHocSubProcess") and node.triggered_by_event:
            return self._event_subprocess(spec, element, node)
        if node.type == "adHocSubProcess":
            made = self._ad_hoc(spec, element, node)
        elif node.scope is not None:
            made = self._subprocess(spec, element, node)
        else:
            made = _MAKERS.get(node.type, make_task)(self.texts, spec, element, node)
        names = (node.id, *(f"{node.id}#{number}" for number in range(len(node.events))))
        parts = [spec.task_specs[name] for name in names if name in spec.task_specs]
        for part in parts:
            self._mappings(part, node)
            if isinstance(part, activities.Activity):
                self._activity(part, node)
            else:
                chained = made is not parts[0]
                part.on_arrival = () if chained and part is not parts[0] else self._moment(node, "start")
                part.on_departure = () if chained and part is not made else self._moment(node, "end")
        return made

    def _moment(self, node: Node, moment: str) -> tuple[Any, ...]:
        return self._listeners(node, node.attributes.listeners, (moment,))

    def _mappings(self, spec: ElementSpec, node: Node) -> None:
        given = node.attributes
        inputs = ((item.target, self.texts.input(item, node)) for item in given.inputs)
        spec.into = tuple((name, value) for name, value in inputs if value is not None)
        outputs = ((item.target, self.texts.output(item, node)) for item in given.outputs)
        spec.out_of = tuple((name, value) for name, value in outputs if value is not None)
        spec.local_result, spec.nested = given.local_result, given.nested

    def _activity(self, spec: activities.Activity, node: Node) -> None:
        given = node.attributes
        if spec.element.approval is not None and spec.element.approval.countersign:
            spec.loop = build_countersign(node, spec.element, self.texts)
        elif node.loop is not None:
            spec.loop = build_loop(node, self.texts)
        spec.skip = None if given.skip is None else self.texts.value(given.skip, node)
        spec.for_compensation = node.for_compensation
        spec.on_start = self._listeners(node, given.listeners, ("start", "create"))
        spec.on_end = self._listeners(node, given.listeners, ("complete", "end"))

    def _listeners(self, node: Node, listeners: list[Listener], moments: tuple[str, ...]) -> tuple[Any, ...]:
        found = []
        for listener in listeners:
            if listener.on in moments and listener.formula is not None:
                script = self.texts.listener(listener.formula, node)
                if script is not None:
                    found.append(script)
        return tuple(found)

    def _event_subprocess(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        assert node.scope is not None
        self.subprocess_specs[node.id] = self.scope(node.scope, node.id)
        start = next((item for item in node.scope.nodes.values() if item.type == "startEvent"), None)
        if start is None or not start.events:
            return subprocess.EventSubprocess(spec, element, element)
        for number, event in enumerate(start.events):
            name = f"{node.id}#{number}" if number else None
            made = subprocess.EventSubprocess(spec, element, self.elements[start.id], name)
            made.interrupting = start.interrupting or event.kind == "error"
            made.kind, made.local_result = event.kind, start.attributes.local_result
            catching(self.texts, made, start, event)
        return cast(ElementSpec, spec.task_specs[node.id])

    def _ad_hoc(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        made = AdHocSubprocess(spec, element)
        assert node.scope is not None
        made.spec_name = node.id
        if node.completion is not None and node.completion.text != "autocomplete":
            condition = node.completion
            made.completion = self.texts.attempt(
                lambda: compile_condition(condition), condition.text, node, "foreign_completion"
            )
        active = node.attributes.active_elements
        made.active = None if active is None else self.texts.formula(Formula(active), node)
        made.sequential = node.ordering == "Sequential"
        made.cancel_remaining = node.cancel_remaining
        inside = self.subprocess_specs[node.id] = self.scope(node.scope, node.id, ad_hoc=True)
        if asks_a_person(node):
            made.choice = Choice(inside, element, f"{node.id}#choice")
            made.choice.options = inside.behaviour.entries
            given = (
                (name, getattr(node.attributes, name)) for name in ("assignee", "candidate_users", "candidate_groups")
            )
            made.choice.people = {name: self.texts.value(text, node) for name, text in given if text}
        return made

    def _subprocess(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        made = subprocess.Subprocess(spec, element)
        assert node.scope is not None
        made.spec_name = node.id
        self.subprocess_specs[node.id] = self.scope(node.scope, node.id)
        return made


def _arms_of(spec: ProcessSpec, target: ElementSpec, flow: str) -> list[tuple[str, str]]:
    """Each of several events at one place is an arm of its own."""
    if not isinstance(target, events.AnyCatch):
        return [(flow, target.name)]
    for name in target.arms:
        arm = spec.task_specs[name]
        arm.flows, arm.conditional = target.flows, target.conditional
    return [(flow, name) for name in target.arms]


_MAKERS: dict[str, Callable[[Texts, Any, Element, Node], ElementSpec]] = {
    "startEvent": make_start,
    "endEvent": make_throw,
    "intermediateThrowEvent": make_throw,
    "intermediateCatchEvent": make_catch,
    "boundaryEvent": make_boundary,
    "exclusiveGateway": lambda texts, spec, element, node: gateways.ExclusiveGateway(spec, element),
    "parallelGateway": lambda texts, spec, element, node: gateways.ParallelGateway(spec, element),
    "inclusiveGateway": lambda texts, spec, element, node: gateways.InclusiveGateway(spec, element),
    "eventBasedGateway": lambda texts, spec, element, node: gateways.EventGateway(spec, element),
    "task": make_task,
    "manualTask": lambda texts, spec, element, node: activities.Passing(spec, element),
    "userTask": make_user,
    "serviceTask": make_service,
    "sendTask": make_send,
    "receiveTask": make_receive,
    "scriptTask": make_script,
    "businessRuleTask": make_decision,
    "callActivity": make_call,
}
