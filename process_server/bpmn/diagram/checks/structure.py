"""Sizes, references and ways: does everything lead somewhere that exists, and can every join be reached?"""

from process_server.bpmn.diagram.checks.report import Report
from process_server.bpmn.diagram.reader import ACTIVITIES
from process_server.bpmn.model import Node, Process, Scope
from process_server.i18n import gettext_noop

MAX_NESTING = 30
MAX_WATCHED = 500_000  # inclusive joins times elements: each join knows from where tokens can come to it
MAX_ID = 255
MAX_NAME = 4_000


def check_size(process: Process, report: Report) -> bool:
    """Refuse names too long and subprocesses too deep to be meant; say whether the rest is worth checking."""
    if not process.id or len(process.id) > MAX_ID:
        report.refuse("bad_id", "The process has no id, or one that is too long", None)
    if nesting(process.scope) > MAX_NESTING:
        report.refuse("too_deep", "Subprocesses are nested deeper than {limit}", None, limit=MAX_NESTING)
    nodes = list(process.scope.walk())
    joins = sum(1 for node in nodes if node.type == "inclusiveGateway" and len(node.incoming) > 1)
    if joins * len(nodes) > MAX_WATCHED:
        report.refuse(
            "too_complex", "{joins} inclusive gateways join flows: more than can be watched", None, joins=joins
        )
    for node in nodes:
        if len(node.id) > MAX_ID or len(node.name or "") > MAX_NAME:
            report.refuse("too_long", "The id or name of {id} is too long", node, id=node.id[:40])
    return not any(problem["severity"] == "error" for problem in report.problems)


def nesting(scope: Scope) -> int:
    """Return how deep subprocesses stand in each other."""
    return 1 + max((nesting(node.scope) for node in scope.nodes.values() if node.scope is not None), default=0)


def check_scope(scope: Scope, report: Report) -> None:
    """Check the flows of one scope and what they connect."""
    _flows(scope, report)
    starts = [node for node in scope.nodes.values() if node.type == "startEvent" and not node.events]
    for extra in starts[1:]:
        hint = gettext_noop("Start at one plain start event and split behind it.")
        if scope is report.process.scope:
            text = gettext_noop("There is more than one plain start event: {used} is used")
            report.warn("several_starts", text, extra, hint, used=starts[0].id)
        else:
            text = gettext_noop("The subprocess has more than one start event: all of them start")
            report.warn("several_starts", text, extra, hint)
    for node in scope.nodes.values():
        _references(scope, node, report)
    _ways(scope, report)


def _ways(scope: Scope, report: Report) -> None:
    """Refuse joins that wait for what never comes, and warn of what nothing leads to: where it begins, once."""
    hosts = _hosts(scope)
    reached = _follow(scope, _beginnings(scope), hosts, set())
    for node in scope.nodes.values():
        if node.type == "parallelGateway" and node.id in reached:
            for flow in node.incoming:
                if flow.source not in reached:
                    report.refuse(
                        "unreachable_join",
                        "The parallel gateway waits for {source}, which nothing leads to",
                        node,
                        "Remove the flow, or connect what comes before it.",
                        source=flow.source,
                    )
    left = [node for node in scope.nodes.values() if node.id not in reached]
    torn = {flow.target for flow in scope.flows.values() if flow.source not in scope.nodes}
    told: set[str] = set()
    for node in sorted(left, key=lambda node: _follows(scope, node)):
        if node.id in told:
            continue
        _follow(scope, [node.id], hosts, told)
        if node.id not in torn and node.type != "boundaryEvent":  # these have been refused for what is torn
            hint = gettext_noop("Connect it to what comes before it, or delete it.")
            text = gettext_noop("Nothing leads to this element: neither it nor what only follows from it ever runs")
            report.warn("unreachable", text, node, hint)


def _follows(scope: Scope, node: Node) -> bool:
    return node.attached_to in scope.nodes or any(flow.source in scope.nodes for flow in node.incoming)


def _flows(scope: Scope, report: Report) -> None:
    for flow in scope.flows.values():
        for end in (flow.source, flow.target):
            if not end:
                report.warn(
                    "dangling_flow",
                    "The sequence flow {flow} is connected at one end only: it is left out",
                    flow,
                    flow=flow.id,
                )
            elif end in report.ids - scope.nodes.keys():
                report.refuse(
                    "dangling_flow",
                    gettext_noop("The sequence flow {flow} crosses the border of a subprocess to reach {end}"),
                    flow,
                    gettext_noop("Connect the subprocess itself, or move the element to the same level."),
                    flow=flow.id,
                    end=end,
                )
            elif end not in scope.nodes:
                report.refuse(
                    "dangling_flow",
                    "The sequence flow {flow} is connected to {end}, which is not in the same process",
                    flow,
                    "Connect it to an element of the same pool, or delete it. From pool to pool draw a message flow.",
                    flow=flow.id,
                    end=end,
                )


def _references(scope: Scope, node: Node, report: Report) -> None:
    flow = scope.flows.get(node.default or "")
    if node.default and (flow is None or flow.source != node.id):
        report.refuse(
            "dangling_default",
            "The default flow {flow} does not leave this element",
            node,
            "Choose one of its own flows as the default, or none.",
            flow=node.default,
        )
    host = scope.nodes.get(node.attached_to or "")
    if node.type == "boundaryEvent" and (host is None or host.type not in ACTIVITIES or host.triggered_by_event):
        report.refuse(
            "dangling_boundary",
            "It is attached to {host}, which is no activity beside it",
            node,
            "Drag the event onto the border of a task or subprocess of the same level.",
            host=node.attached_to or "-",
        )
    if node.type == "complexGateway":
        report.refuse(
            "complex_gateway", "A complex gateway cannot run", node, "Draw it with inclusive or parallel gateways."
        )
    if node.type == "endEvent" and node.outgoing:
        hint = gettext_noop("Draw an intermediate event in its place, or delete the flow.")
        report.refuse("end_goes_on", "A sequence flow leaves an end event", node, hint)
    if node.type == "startEvent" and node.incoming:
        hint = gettext_noop("Lead the flow to the element behind the start event.")
        report.refuse("start_has_incoming", "A sequence flow leads to a start event", node, hint)
    if node.triggered_by_event and (node.incoming or node.outgoing):
        text = gettext_noop("An event subprocess has no sequence flows: its event starts it")
        report.refuse("event_subprocess_flow", text, node, gettext_noop("Delete the flows that touch it."))


def _beginnings(scope: Scope) -> list[str]:
    """Return the elements at which tokens come into being."""
    starts = [node for node in scope.nodes.values() if node.type == "startEvent"]
    free = [node for node in scope.nodes.values() if not node.incoming]
    stack = [node.id for node in (starts or free)]
    stack += [
        node.id for node in free if node.triggered_by_event or node.for_compensation or node.instantiate or _links(node)
    ]
    return stack


def _hosts(scope: Scope) -> dict[str, list[str]]:
    """Return the boundary events of each activity."""
    hosts: dict[str, list[str]] = {}
    for node in scope.nodes.values():
        if node.attached_to:
            hosts.setdefault(node.attached_to, []).append(node.id)
    return hosts


def _follow(scope: Scope, stack: list[str], hosts: dict[str, list[str]], reached: set[str]) -> set[str]:
    """Add all that is reached from some elements, these among them, to what is reached already."""
    while stack:
        current = stack.pop()
        if current in reached or current not in scope.nodes:
            continue
        reached.add(current)
        node = scope.nodes[current]
        stack += [flow.target for flow in node.outgoing]
        stack += hosts.get(current, [])
        if node.handler:
            stack.append(node.handler)
    return reached


def _links(node: Node) -> bool:
    return node.event is not None and node.event.kind == "link"
