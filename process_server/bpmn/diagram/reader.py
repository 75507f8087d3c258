"""A BPMN file becomes processes of our model, whichever tool wrote it."""

from typing import Any

from process_server.bpmn.diagram.collaboration import connect, scopes_of
from process_server.bpmn.diagram.dialects import read_attributes
from process_server.bpmn.diagram.dialects.camunda import NAMESPACES as CAMUNDA_FAMILY
from process_server.bpmn.diagram.dialects.jbpm import flow_priority
from process_server.bpmn.diagram.reader_data import read_data, read_own_data, read_performers
from process_server.bpmn.diagram.reader_events import Definitions, read_events, registered_event
from process_server.bpmn.diagram.reader_loops import item_name, read_loop
from process_server.bpmn.diagram.texts import formula_of, text_of
from process_server.bpmn.diagram.xml import BPMN, flag, local, namespace, reference
from process_server.bpmn.model import Attributes, Event, Flow, Formula, Node, Process, Scope
from process_server.errors import InvalidProcess, Problem
from process_server.faults import fault
from process_server.i18n import gettext_noop
from process_server.xml import parse_xml

TASKS = {
    "task",
    "userTask",
    "manualTask",
    "scriptTask",
    "serviceTask",
    "sendTask",
    "receiveTask",
    "businessRuleTask",
    "callActivity",
}
SUBPROCESSES = {"subProcess", "transaction", "adHocSubProcess"}
ACTIVITIES = TASKS | SUBPROCESSES
GATEWAYS = {"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"}
EVENTS = {"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"}
NODES = ACTIVITIES | GATEWAYS | EVENTS
GLOBAL = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
FOREIGN = {"choreography", "globalChoreographyTask", "conversation"}
MOST = {"flow nodes": (NODES, 5_000), "sequence flows": ({"sequenceFlow"}, 20_000), "processes": ({"process"}, 500)}
_NOT_BPMN = gettext_noop("This is not a BPMN 2.0 file: its root is {root}, not definitions of BPMN 2.0")
_EXPORT = gettext_noop("Export the diagram from the modeler as BPMN 2.0 (.bpmn), not in its own or an older format.")

_CHOREOGRAPHY = gettext_noop("Choreographies and conversations cannot run")
_DRAW_A_PROCESS = gettext_noop("Draw what one of the partners does as a process.")
_SHARED_ID = gettext_noop("The sequence flow {id} shares its id with something else: it is known as {known}")
_OWN_ID = gettext_noop("Give the flow an id of its own: nothing can refer to it by this one.")


def read_file(content: bytes, file: str) -> list[Process]:
    """Return every process of a file, executable or not. Raises InvalidProcess, located, and TooLarge."""
    root = parse_xml(content, file)
    if local(root) != "definitions" or namespace(root) != BPMN:
        raise InvalidProcess([_fault_at(root, file, "not_bpmn", _NOT_BPMN, hint=_EXPORT, root=root.tag)])
    for element in root:
        if local(element) in FOREIGN:
            raise InvalidProcess([_fault_at(element, file, "choreography", _CHOREOGRAPHY, hint=_DRAW_A_PROCESS)])
    _refuse_crowds(root, file)
    definitions = Definitions(root)
    processes = [_Reader(element, file, definitions).process for element in root if local(element) == "process"]
    if not processes:
        raise InvalidProcess([_fault_at(root, file, "no_process", gettext_noop("The file holds no process"))])
    if not root.get("targetNamespace"):
        processes[0].problems.append(
            _fault_at(root, file, "no_target_namespace", gettext_noop("The file names no targetNamespace"), "warning")
        )
    connect(root, processes, definitions)
    return processes


def _refuse_crowds(root: Any, file: str) -> None:
    """Refuse more than anybody would draw before anything is made of it."""
    for what, (tags, limit) in MOST.items():
        count = sum(1 for _ in root.iter(*(f"{{{BPMN}}}{tag}" for tag in tags)))
        if count > limit:
            message = gettext_noop("The file has {count} {what}; the limit is {limit}")
            facts: dict[str, Any] = {"count": count, "what": what, "limit": limit}
            raise InvalidProcess([_fault_at(root, file, "too_many_elements", message, **facts)])


class _Reader:
    """Reads one process element."""

    def __init__(self, element: Any, file: str, definitions: Definitions) -> None:
        self.file = file
        self.definitions = definitions
        self.process = Process(
            id=element.get("id", ""),
            file=file,
            name=element.get("name"),
            line=element.sourceline,
            executable=flag(element, "isExecutable", default=True),
            documentation=text_of(element, "documentation"),
            attributes=read_attributes(element),
        )
        self.sources: list[tuple[Node, Any]] = []  # where data may be taken from and given to
        self.seen: dict[str, int] = {self.process.id: element.sourceline}
        self.taken = {item.get("id") for item in element.iter(*(f"{{{BPMN}}}{tag}" for tag in NODES))}  # flows may not
        self.process.scope = self._scope(element, self.process.id)
        variables = {key: name for scope in scopes_of(self.process) for key, name in scope.data_objects.items()}
        items = element.iter(f"{{{BPMN}}}inputDataItem", f"{{{BPMN}}}outputDataItem")
        variables |= {item.get("id"): item_name(item) or "" for item in items if item.get("id")}
        variables |= read_own_data(element)
        for node, source in self.sources:
            read_data(node, source, variables)
        for lane in element.iter(f"{{{BPMN}}}lane"):
            around = lane.iterancestors(f"{{{BPMN}}}lane")
            named = next((each for each in (lane, *around) if each.get("name")), lane)
            name = named.get("name", "")
            self.process.lane_names[name] = read_attributes(named).names
            for member in lane.findall(f"{{{BPMN}}}flowNodeRef"):
                self.process.lanes[(member.text or "").strip()] = name
        for node in self.process.scope.walk():
            node.lane = self.process.lanes.get(node.id) or self.process.lanes.get(node.parent)

    def _scope(self, element: Any, owner: str) -> Scope:
        scope = Scope()
        for child in element:
            if namespace(child) != BPMN:
                continue
            tag = local(child)
            if tag in NODES:
                self._add_node(scope, child, owner)
            elif tag == "sequenceFlow":
                flow = self._flow(child)
                scope.flows[flow.id] = flow
            elif tag in ("dataObject", "dataObjectReference", "dataStoreReference", "property"):
                self._data(scope, child, tag)
        for flow in sorted(scope.flows.values(), key=lambda flow: flow.priority):
            if flow.source in scope.nodes and flow.target in scope.nodes:
                scope.nodes[flow.source].outgoing.append(flow)
                scope.nodes[flow.target].incoming.append(flow)
        self._associate(scope)
        return scope

    def _data(self, scope: Scope, element: Any, tag: str) -> None:
        identity = element.get("id", "")
        target = element.get("dataObjectRef") or element.get("dataStoreRef")
        if tag == "dataObject":
            scope.data_objects.setdefault(identity, element.get("name") or identity)
        else:
            scope.data_objects[identity] = scope.data_objects.get(target or "") or element.get("name") or identity

    def _associate(self, scope: Scope) -> None:
        """Compensation handlers hang at their boundary event by an association."""
        for node in scope.nodes.values():
            if node.event is not None and node.event.kind == "compensate":
                for target in self.definitions.associated.get(node.id, ()):
                    if target in scope.nodes:
                        node.handler = target
                        scope.nodes[target].for_compensation = True

    def _add_node(self, scope: Scope, element: Any, owner: str) -> None:
        node = self._node(element, owner)
        if node.id in self.seen:
            self.process.problems.append(self._twice(element, node.id))
        self.seen[node.id] = element.sourceline
        scope.nodes[node.id] = node

    def _twice(self, element: Any, identity: str) -> Problem:
        text = gettext_noop("The id {id} stands twice; the first is in line {first}")
        hint = gettext_noop("Give one of the two another id; flows may have to be connected anew.")
        return _fault_at(element, self.file, "duplicate_id", text, hint=hint, id=identity, first=self.seen[identity])

    def _node(self, element: Any, owner: str) -> Node:
        tag = local(element)
        node = Node(
            id=element.get("id", ""),
            type=tag,
            name=element.get("name"),
            line=element.sourceline,
            documentation=text_of(element, "documentation"),
            default=reference(element, "default"),
            attributes=read_attributes(element),
            parent=owner,
        )
        if not node.id:
            self.process.problems.append(
                _fault_at(element, self.file, "no_id", gettext_noop("The element ({kind}) has no id"), kind=tag)
            )
        shared = self._global_task(node, element)
        if tag in EVENTS or tag == "receiveTask" or tag == "sendTask":
            self._event_node(node, element)
        if tag in ACTIVITIES:
            self._activity(node, element, element if shared is None else shared)
        if tag in ACTIVITIES | EVENTS:
            self.sources.append((node, element))
        if tag == "eventBasedGateway":
            node.instantiate = flag(element, "instantiate")
            node.parallel = element.get("eventGatewayType") == "Parallel"
        return node

    def _global_task(self, node: Node, element: Any) -> Any:
        """Let a call of a task that stands beside the processes be that task; return where the task is described."""
        found = self.definitions.find(element.get("calledElement"))
        if found is None or local(found) not in GLOBAL or node.attributes.called:
            return None
        node.type, node.name = GLOBAL[local(found)], node.name or found.get("name")
        node.attributes = read_attributes(found)
        return found

    def _event_node(self, node: Node, element: Any) -> None:
        node.events = read_events(element, self.definitions) or registered_event(node.attributes, element)
        node.attached_to = reference(element, "attachedToRef")
        own = "cancelActivity" if node.type == "boundaryEvent" else "isInterrupting"
        node.interrupting = flag(element, own, default=True)
        node.parallel_multiple = flag(element, "parallelMultiple")
        node.instantiate = flag(element, "instantiate")
        message = element.get("messageRef")
        if message:
            node.message, node.message_key = self.definitions.message(message)
            node.correlation = self.definitions.correlation(message, element)

    def _activity(self, node: Node, element: Any, described: Any) -> None:
        node.for_compensation = flag(element, "isForCompensation")
        node.loop = read_loop(element)
        given = ((name, element.get(name, "1")) for name in ("startQuantity", "completionQuantity"))
        node.attributes.ignored += [name for name, quantity in given if quantity.strip() != "1"]
        read_performers(node, described)
        if node.type == "scriptTask" and node.attributes.script is None:
            script = described.find(f"{{{BPMN}}}script")
            language = described.get("scriptFormat") or described.get("scriptLanguage")
            if script is not None:
                node.attributes.script = Formula(script.text or "", language, script.sourceline)
            node.attributes.script_format = language
        if node.type == "callActivity":
            _call(node.attributes, element)
        if node.type in SUBPROCESSES:
            node.triggered_by_event = flag(element, "triggeredByEvent")
            node.scope = self._scope(element, node.id)
            node.ordering = element.get("ordering", "Parallel")
            node.cancel_remaining = flag(element, "cancelRemainingInstances", default=True)
            node.completion = formula_of(element.find(f"{{{BPMN}}}completionCondition"))

    def _flow(self, element: Any) -> Flow:
        condition = element.find(f"{{{BPMN}}}conditionExpression")
        flow = Flow(
            id=element.get("id") or f"{element.get('sourceRef')}-{element.get('targetRef')}-{element.sourceline}",
            source=reference(element, "sourceRef") or "",
            target=reference(element, "targetRef") or "",
            name=element.get("name"),
            condition=formula_of(condition),
            condition_resource=None if condition is None else read_attributes(condition).script_resource,
            line=element.sourceline,
            priority=flow_priority(element),
            listeners=read_attributes(element).listeners,
        )
        if flow.id in self.taken:  # some tools number flows and elements alike; what a flow connects is clear
            named, flow.id = flow.id, self._free(f"{flow.id}-{flow.source}-{flow.target}-{element.sourceline}")
            self.process.problems.append(
                _fault_at(element, self.file, "shared_id", _SHARED_ID, "warning", hint=_OWN_ID, id=named, known=flow.id)
            )
        self.taken.add(flow.id)
        return flow

    def _free(self, wanted: str) -> str:
        """Return an id of its own for a flow, also where several of one line have the same id and ends."""
        return wanted if wanted not in self.taken else f"{wanted}-{len(self.taken)}"


def _call(given: Attributes, element: Any) -> None:
    """A call that maps nothing hands over everything, but in a dialect that hands over only what is named."""
    given.called = given.called or reference(element, "calledElement")
    by_name = any(space in CAMUNDA_FAMILY for space in element.nsmap.values())
    everything = not (by_name or given.call_in or given.call_out or given.inputs or given.outputs)
    given.call_in_all = everything if given.call_in_all is None else given.call_in_all
    given.call_out_all = everything if given.call_out_all is None else given.call_out_all


def _fault_at(element: Any, file: str, code: str, message: str, severity: str = "error", **params: Any) -> Problem:
    place = {"element": element.get("id"), "element_name": element.get("name"), "line": element.sourceline}
    return fault(code, message, file=file, severity=severity, **place, **params)


__all__ = ["ACTIVITIES", "EVENTS", "GATEWAYS", "SUBPROCESSES", "TASKS", "Event", "read_file"]
