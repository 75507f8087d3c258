"""What the processes of one file tell of one another: pools' names, messages along message flows, strayed flows."""

from collections.abc import Iterator
from typing import Any

from process_server.bpmn.diagram.reader_events import Definitions
from process_server.bpmn.diagram.xml import BPMN
from process_server.bpmn.model import Node, Process, Scope

_CATCHING = {"startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask"}
_THROWING = {"intermediateThrowEvent", "endEvent", "sendTask"}


def connect(root: Any, processes: list[Process], definitions: Definitions) -> None:
    """Fill in what a process can only know from the rest of its file."""
    _name_pools(root, processes)
    _bring_home([scope for process in processes for scope in scopes_of(process)])
    _name_messages(root, processes, definitions)


def scopes_of(process: Process) -> Iterator[Scope]:
    """Yield the scope of a process and those of its subprocesses."""
    yield process.scope
    yield from (node.scope for node in process.scope.walk() if node.scope is not None)


def _name_pools(root: Any, processes: list[Process]) -> None:
    """A process without a name of its own has the name of its pool."""
    names = {
        participant.get("processRef", "").rpartition(":")[2]: participant.get("name")
        for participant in root.iter(f"{{{BPMN}}}participant")
    }
    for process in processes:
        process.name = process.name or names.get(process.id)


def _bring_home(scopes: list[Scope]) -> None:
    """Connect the flows that a tool writes down in another scope or process than the one both their ends are in."""
    homes = {identity: scope for scope in scopes for identity in scope.nodes}
    for scope in scopes:
        for flow in list(scope.flows.values()):
            home = homes.get(flow.source)
            strayed = flow.source not in scope.nodes and flow.target not in scope.nodes
            if strayed and home is not None and home is homes.get(flow.target):
                del scope.flows[flow.id]
                home.flows[flow.id] = flow
                home.nodes[flow.source].outgoing.append(flow)
                home.nodes[flow.target].incoming.append(flow)


def _name_messages(root: Any, processes: list[Process], definitions: Definitions) -> None:
    """Name the messages of events and tasks that name none after the one message flow that leads there."""
    nodes = {node.id: (node, process) for process in processes for node in process.scope.walk()}
    given: dict[str, set[str]] = {}
    for flow in root.iter(f"{{{BPMN}}}messageFlow"):
        source, target = (nodes.get(flow.get(end, "").rpartition(":")[2]) for end in ("sourceRef", "targetRef"))
        received = target is not None and target[0].type in _CATCHING
        name = _message_of(flow, definitions, [end[0] for end in (target, source) if end is not None])
        if name is None and source is not None and received:
            name = flow.get("id")
        if name is None:
            continue
        if target is not None and received:
            given.setdefault(target[0].id, set()).add(name)
        if source is not None and source[0].type in _THROWING:
            heard = received and target is not None and target[1].executable >= source[1].executable
            if source[0].type != "sendTask" or heard:
                given.setdefault(source[0].id, set()).add(name)
    for identity, names in given.items():
        if len(names) == 1:
            _name(nodes[identity][0], *names)


def _message_of(flow: Any, definitions: Definitions, ends: list[Node]) -> str | None:
    """Return how the message of a message flow is called: by itself, by one of its ends or by the flow."""
    message = definitions.find(flow.get("messageRef"))
    name: str | None = None if message is None else message.get("name")
    own = (node.message or "".join(event.name for event in node.events if event.kind == "message") for node in ends)
    return name or next(filter(None, own), None) or flow.get("name") or None


def _name(node: Node, name: str) -> None:
    if node.type in ("sendTask", "receiveTask"):
        node.message = node.message or name
    for event in node.events:
        if event.kind == "message" and not event.name and not event.missing:
            event.name = name
