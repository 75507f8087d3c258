"""Our model of a process becomes SpiffWorkflow specs, every text in it compiled."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from process_server.bpmn.build_parts import Texts, build_loop, build_trigger
from process_server.bpmn.elements import activities, automatic, events, gateways, subprocess, work
from process_server.bpmn.elements.adhoc import AdHocBehaviour, AdHocSubprocess
from process_server.bpmn.elements.base import Along, ElementSpec
from process_server.bpmn.formulas import (
    Literal_,
    compile_condition,
    compile_script,
    compile_source,
    compile_value,
    dialect_of,
)
from process_server.bpmn.model import Event, Flow, Formula, Listener, Node, Process, Scope
from process_server.bpmn.program import Element
from process_server.bpmn.reach import reach_of
from process_server.errors import Problem

SHIPPED = frozenset({"mail", "notify", "http"})  # topics the server itself works


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
        return self._scope(self.process.scope, self.process.id)

    # --- scopes

    def _scope(self, scope: Scope, name: str, *, ad_hoc: bool = False) -> ProcessSpec:
        spec = ProcessSpec(name, AdHocBehaviour() if ad_hoc else subprocess.ScopeBehaviour())
        built: dict[str, ElementSpec] = {}
        for node in scope.nodes.values():
            built[node.id] = self._node(spec, scope, node)
        for node in scope.nodes.values():
            self._flows(built[node.id], node)
        self._boundaries(spec, scope, built)
        self._links(scope, built)
        self._arms(scope, built)
        for node in scope.nodes.values():
            if node.type == "inclusiveGateway":
                built[node.id].reach = reach_of(scope, node)
        self._behaviour(spec, scope, built)
        return spec

    def _behaviour(self, spec: ProcessSpec, scope: Scope, built: dict[str, ElementSpec]) -> None:
        behaviour = spec.behaviour
        handlers = [item for item in built.values() if isinstance(item, subprocess.EventSubprocess)]
        behaviour.handlers = tuple(item for item in handlers if item.trigger is not None)
        behaviour.catchers = tuple(item for item in handlers if item.trigger is None)
        behaviour.entries = entries_of(scope)

    def _flows(self, spec: ElementSpec, node: Node) -> None:
        along = tuple(self._along(node, flow) for flow in node.outgoing)
        spec.flows = along
        spec.read = frozenset().union(*(getattr(flow.condition, "variables", ()) for flow in along))
        spec.conditional = any(flow.condition is not None or flow.default for flow in along)
        if isinstance(spec, gateways.JoiningGateway):
            spec.incoming = tuple(flow.id for flow in node.incoming)
        if isinstance(spec, gateways.ExclusiveGateway):
            spec.asks = len(along) > 1 and not spec.conditional

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
            if isinstance(built[node.id], events.LinkThrow) and node.event is not None:
                built[node.id].flows = (Along(node.id, targets[node.event.name]),)

    def _arms(self, scope: Scope, built: dict[str, ElementSpec]) -> None:
        for node in scope.nodes.values():
            spec = built[node.id]
            if isinstance(spec, gateways.EventGateway):
                spec.arms = tuple((flow.id, flow.target) for flow in node.outgoing)

    # --- nodes

    def _node(self, spec: ProcessSpec, scope: Scope, node: Node) -> ElementSpec:
        element = self.elements[node.id]
        if node.type in ("subProcess", "transaction", "adHocSubProcess") and node.triggered_by_event:
            return self._event_subprocess(spec, element, node)
        made = _MAKERS[node.type](self, spec, element, node)
        if isinstance(made, activities.Activity):
            self._activity(made, node)
        elif node.attributes.listeners:
            made.on_arrival = self._listeners(node, node.attributes.listeners, ("start",))
            made.on_departure = self._listeners(node, node.attributes.listeners, ("end",))
        return made

    def _start(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        made = events.StartEvent(spec, element)
        made.initiator = node.attributes.initiator
        return made

    def _activity(self, spec: activities.Activity, node: Node) -> None:
        given = node.attributes
        spec.loop = build_loop(node, self.texts) if node.loop is not None else None
        inputs = ((item.target, self.texts.input(item, node)) for item in given.inputs)
        spec.into = tuple((name, value) for name, value in inputs if value is not None)
        spec.out_of = tuple((item.target, self.texts.source(item, node)) for item in given.outputs)
        spec.local_result = given.local_result
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
        start = next((item for item in node.scope.nodes.values() if item.type == "startEvent"), None)
        made = subprocess.EventSubprocess(spec, element, self.elements[start.id] if start else element)
        self.subprocess_specs[node.id] = self._scope(node.scope, node.id)
        if start is None or start.event is None:
            return made
        made.interrupting = start.interrupting
        made.kind = start.event.kind
        self._catching(made, start, start.event)
        return made

    def _catching(self, made: Any, node: Node, event: Event) -> None:
        if event.kind in ("error", "escalation", "cancel", "compensate"):
            made.code = None if event.code is None else self.texts.value(event.code, node)
            given = event.attributes
            made.code_variable = given.error_code_variable or node.attributes.error_code_variable
            made.message_variable = given.error_message_variable or node.attributes.error_message_variable
        else:
            made.trigger = build_trigger(node, event, self.texts)

    def _boundary(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        for number, event in enumerate(node.events):
            made = events.BoundaryEvent(spec, element, f"{node.id}#{number}" if number else None)
            made.kind = event.kind
            made.interrupting = node.interrupting or event.kind in ("error", "cancel")
            self._catching(made, node, event)
        return cast(ElementSpec, spec.task_specs[node.id])

    def _catch(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        event = node.event
        if event is None or event.kind == "link":
            return events.LinkCatch(spec, element)
        if len(node.events) > 1:
            several = events.AnyCatch(spec, element)
            several.arms = tuple(f"{node.id}#{number}" for number in range(len(node.events)))
            for name, each in zip(several.arms, node.events, strict=True):
                self._catch_one(events.CatchEvent(spec, element, name), node, each)
            return several
        return self._catch_one(events.CatchEvent(spec, element), node, event)

    def _catch_one(self, made: events.CatchEvent, node: Node, event: Event) -> ElementSpec:
        made.trigger = build_trigger(node, event, self.texts)
        return made

    def _throw(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        event = node.event
        if event is None:
            return events.EndEvent(spec, element)
        if event.kind == "message":
            return self._message_throw(spec, element, node)
        if event.kind == "signal":
            signal = events.SignalThrow(spec, element)
            signal.signal = self.texts.value(event.name or node.id, node)
            signal.local = event.local
            given = event.attributes.call_in
            signal.payload = {item.target: self.texts.source(item, node) for item in given}
            return signal
        if event.kind == "escalation":
            escalation = events.EscalationThrow(spec, element)
            escalation.escalation = self.texts.value(event.code, node) if event.code else Literal_(None)
            return escalation
        if event.kind == "error":
            error = events.ErrorEnd(spec, element)
            error.error = self.texts.value(event.code or "", node)
            return error
        if event.kind == "compensate":
            compensation = events.CompensationThrow(spec, element)
            compensation.activity = event.activity
            return compensation
        if event.kind == "cancel":
            return events.CancelEnd(spec, element)
        if event.kind == "terminate":
            return events.TerminateEnd(spec, element)
        if event.kind == "link":
            return events.LinkThrow(spec, element)
        return events.EndEvent(spec, element)

    def _message_throw(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        event = node.event
        assert event is not None
        given = event.attributes if _foreign(event.attributes) else node.attributes
        if _foreign(given):
            return self._job(spec, element, node, given)
        made = events.MessageThrow(spec, element)
        made.message = self.texts.value(event.name, node)
        made.key = None if event.correlation_key is None else self.texts.value(event.correlation_key, node)
        made.payload = {item.target: self.texts.source(item, node) for item in node.attributes.inputs}
        return made

    def _task(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        if _foreign(node.attributes):
            return self._job(spec, element, node)
        return activities.Passing(spec, element)

    def _user(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        made = work.UserTask(spec, element)
        given = node.attributes
        names = ("assignee", "candidate_users", "candidate_groups", "form_key", "due", "follow_up", "priority")
        made.form = {name: self.texts.value(text, node) for name in names if (text := getattr(given, name))}
        if element.name and ("${" in element.name or "#{" in element.name):
            made.form = {**made.form, "name": self.texts.value(element.name, node)}
        return made

    def _job(self, spec: ProcessSpec, element: Element, node: Node, given: Any = None) -> ElementSpec:
        given = given or node.attributes
        made = work.JobTask(spec, element)
        topic = (
            given.topic or given.implementation or given.expression or given.script_format or node.message or node.id
        )
        made.topic = Literal_(topic) if given.delegate or not given.topic else self.texts.value(topic, node)
        known = given.connector or given.topic
        made.connector = known if known in SHIPPED else None
        made.priority = None if given.priority is None else self.texts.value(given.priority, node)
        made.result_variable = given.result_variable
        if (given.retries or "").isdigit():
            made.retries = int(given.retries)
        return made

    def _service(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        given = node.attributes
        if given.decision:
            return self._decision(spec, element, node)
        if given.expression and not given.topic:
            expression = self.texts.attempt(
                lambda: compile_value(given.expression or ""), given.expression, node, "foreign_expression"
            )
            if expression is not None:
                made = automatic.ExpressionTask(spec, element)
                made.expression, made.result_variable = expression, given.result_variable
                return made
        return self._job(spec, element, node)

    def _send(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        if _foreign(node.attributes) or not node.message:
            return self._service(spec, element, node)
        made = automatic.SendTask(spec, element)
        made.message = self.texts.value(node.message, node)
        made.key = None if node.message_key is None else self.texts.value(node.message_key, node)
        return made

    def _receive(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        made = work.ReceiveTask(spec, element)
        made.trigger = build_trigger(node, None, self.texts)
        return made

    def _script(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        given = node.attributes
        if _foreign(given) or given.script is None or not given.script.text.strip():
            return (
                self._job(spec, element, node)
                if _foreign(given) or given.script_resource
                else activities.Passing(spec, element)
            )
        dialect = dialect_of(given.script_format or given.script.language)
        text = given.script.text
        script = self.texts.attempt(lambda: compile_script(text, dialect or "plain"), text, node, "foreign_script")
        if script is None:
            return self._job(spec, element, node)
        made = automatic.ScriptTask(spec, element)
        made.script, made.result_variable = script, given.result_variable
        return made

    def _decision(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        given = node.attributes
        if not given.decision:
            return self._service(spec, element, node)
        made = automatic.DecisionTask(spec, element)
        made.decision = self.texts.value(given.decision, node)
        made.binding = given.decision_binding
        made.version = None if given.decision_version is None else self.texts.value(given.decision_version, node)
        made.result_variable, made.map_result = given.result_variable, given.map_result
        return made

    def _call(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        given = node.attributes
        made = work.CallActivity(spec, element)
        made.called = self.texts.value(given.called or "", node)
        made.binding = {"versionTag": "version_tag"}.get(given.binding, given.binding)
        made.version = None if given.version is None else self.texts.value(given.version, node)
        made.business_key = None if given.business_key is None else self.texts.value(given.business_key, node)
        made.copies_in = tuple((item.target, self.texts.source(item, node)) for item in given.call_in)
        made.copies_out = tuple((item.target, self.texts.source(item, node)) for item in given.call_out)
        everything = not (self.process.by_name or given.call_in or given.call_out or given.inputs or given.outputs)
        made.all_in = everything if given.call_in_all is None else given.call_in_all
        made.only_locals = given.call_in_locals
        made.all_out = everything if given.call_out_all is None else given.call_out_all
        return made

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
        self.subprocess_specs[node.id] = self._scope(node.scope, node.id, ad_hoc=True)
        return made

    def _subprocess(self, spec: ProcessSpec, element: Element, node: Node) -> ElementSpec:
        made = subprocess.Subprocess(spec, element)
        assert node.scope is not None
        made.spec_name = node.id
        made.transaction = node.type == "transaction"
        self.subprocess_specs[node.id] = self._scope(node.scope, node.id)
        return made


def entries_of(scope: Scope) -> tuple[str, ...]:
    """Return where a scope begins: its plain start event, else every element nothing leads to."""
    starts = [node.id for node in scope.nodes.values() if node.type == "startEvent"]
    if starts:
        return tuple(starts)
    return tuple(
        node.id
        for node in scope.nodes.values()
        if not node.incoming
        and node.type != "boundaryEvent"
        and not node.triggered_by_event
        and not node.for_compensation
        and not (node.event is not None and node.event.kind == "link" and node.type == "intermediateCatchEvent")
    )


def _foreign(given: Any) -> bool:
    return bool(given.topic or given.implementation or given.expression or given.connector)


Maker = Callable[[Builder, ProcessSpec, Element, Node], ElementSpec]
_MAKERS: dict[str, Maker] = {
    "startEvent": Builder._start,
    "endEvent": Builder._throw,
    "intermediateThrowEvent": Builder._throw,
    "intermediateCatchEvent": Builder._catch,
    "boundaryEvent": Builder._boundary,
    "exclusiveGateway": lambda builder, spec, element, node: gateways.ExclusiveGateway(spec, element),
    "parallelGateway": lambda builder, spec, element, node: gateways.ParallelGateway(spec, element),
    "inclusiveGateway": lambda builder, spec, element, node: gateways.InclusiveGateway(spec, element),
    "eventBasedGateway": lambda builder, spec, element, node: gateways.EventGateway(spec, element),
    "task": Builder._task,
    "manualTask": lambda builder, spec, element, node: activities.Passing(spec, element),
    "userTask": Builder._user,
    "serviceTask": Builder._service,
    "sendTask": Builder._send,
    "receiveTask": Builder._receive,
    "scriptTask": Builder._script,
    "businessRuleTask": Builder._decision,
    "callActivity": Builder._call,
    "subProcess": Builder._subprocess,
    "transaction": Builder._subprocess,
    "adHocSubProcess": Builder._ad_hoc,
}

__all__ = ["Builder", "ProcessSpec", "compile_source", "entries_of"]
