"""The form by which a person decides what the diagram leaves open: which way out of a gateway, what to do next."""

from collections.abc import Mapping

from process_server.bpmn.model import Node, Scope
from process_server.forms.generated import GeneratedField

CHOSEN = "flow"


def ask(scope: Scope) -> None:
    """Give every gateway that a person decides its question."""
    nodes = {node.id: node for node in scope.walk()}
    for node in nodes.values():
        if left_open(node) and not node.attributes.form_key:
            node.attributes.form_fields = [choice_field(node, nodes)]


def left_open(node: Node) -> bool:
    """Say whether a person decides at this gateway: none of its flows has a condition."""
    return (
        node.type == "exclusiveGateway"
        and len(node.outgoing) > 1
        and not node.default
        and all(flow.condition is None for flow in node.outgoing)
    )


def choice_field(node: Node, nodes: Mapping[str, Node]) -> GeneratedField:
    """Return the question of a gateway: its flows, named as drawn, else as what they lead to."""
    return GeneratedField(
        id=CHOSEN,
        type="enum",
        label="下一步",
        values=tuple((flow.id, flow.name or nodes[flow.target].name or flow.target) for flow in node.outgoing),
        properties={"label:en": "What comes next", **_other_names(node, nodes)},
    )


def _other_names(node: Node, nodes: Mapping[str, Node]) -> dict[str, str]:
    """Return what the flows without a name lead to, in other languages."""
    found = {}
    for flow in node.outgoing:
        for key, value in nodes[flow.target].attributes.properties.items():
            if key.startswith("name:") and not flow.name:
                found[f"option:{flow.id}:{key[5:]}"] = value
    return found
