"""The form by which a person decides what the diagram leaves open: which way out of a gateway, what to do next."""

from collections.abc import Sequence

from process_server.bpmn.model import Node, Scope
from process_server.forms.generated import GeneratedField

CHOSEN = "flow"
CHOOSE = "adhoc:choose"  # property: person


def ask(scope: Scope) -> None:
    """Give every gateway and ad-hoc subprocess that a person decides its question."""
    nodes = {node.id: node for node in scope.walk()}
    for node in nodes.values():
        if left_open(node) and not node.attributes.form_key:
            options = [(flow.id, flow.name, nodes[flow.target]) for flow in node.outgoing]
            node.attributes.form_fields = [_question(options)]
        elif asks_a_person(node) and node.scope is not None:
            known = [(each.id, None, each) for each in entries_of(node.scope)]
            node.attributes.form_fields = [_question(known, (node.id, "已足够", "That is enough"))]


def asks_a_person(node: Node) -> bool:
    """Say whether a person chooses what is done in an ad-hoc subprocess."""
    given = node.attributes
    chosen = given.properties.get(CHOOSE) == "person" or given.topic is not None  # a worker would choose elsewhere
    return node.type == "adHocSubProcess" and given.active_elements is None and chosen


def left_open(node: Node) -> bool:
    """Say whether a person decides at this gateway: none of its flows has a condition, the default left out."""
    return (
        node.type == "exclusiveGateway"
        and len(node.outgoing) > 1
        and all(flow.condition is None or flow.id == node.default for flow in node.outgoing)
    )


def entries_of(scope: Scope) -> list[Node]:
    """Return where a scope begins: its start events, else every element nothing leads to."""
    starts = [node for node in scope.nodes.values() if node.type == "startEvent"]
    return starts or [node for node in scope.nodes.values() if _begins(node)]


def _begins(node: Node) -> bool:
    linked = node.event is not None and node.event.kind == "link" and node.type == "intermediateCatchEvent"
    apart = node.type == "boundaryEvent" or node.triggered_by_event or node.for_compensation
    return not (node.incoming or apart or linked)


def _question(options: Sequence[tuple[str, str | None, Node]], *more: tuple[str, str, str]) -> GeneratedField:
    """Ask for one of several ways: named as drawn, else as what they lead to, in every language that has."""
    translated = {
        f"option:{identity}:{key[5:]}": name
        for identity, drawn, node in options
        for key, name in node.attributes.properties.items()
        if key.startswith("name:") and not drawn
    }
    translated |= {f"option:{identity}:en": english for identity, _, english in more}
    drawn = [(identity, own or node.name or node.id) for identity, own, node in options]
    return GeneratedField(
        id=CHOSEN,
        type="enum",
        label="下一步",
        values=(*drawn, *((identity, label) for identity, label, _ in more)),
        properties={"label:en": "What comes next", **translated},
    )
