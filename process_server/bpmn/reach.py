"""Which tokens can still come to an inclusive gateway: its incoming flows, as seen from each element of the scope."""

from process_server.bpmn.model import Node, Scope


def reach_of(scope: Scope, gateway: Node) -> dict[str, frozenset[str]]:
    """Map each element to the incoming flows of `gateway` a token there can arrive by without passing the gateway."""
    found: dict[str, set[str]] = {}
    for flow in gateway.incoming:
        stack, seen = [flow.source], set[str]()
        while stack:
            current = stack.pop()
            if current in seen or current == gateway.id or current not in scope.nodes:
                continue
            seen.add(current)
            found.setdefault(current, set()).add(flow.id)
            stack.extend(_before(scope, scope.nodes[current]))
    return {element: frozenset(flows) for element, flows in found.items()}


def _before(scope: Scope, node: Node) -> list[str]:
    before = [flow.source for flow in node.incoming]
    if node.attached_to:
        before.append(node.attached_to)
    if node.event is not None and node.event.kind == "link" and node.type == "intermediateCatchEvent":
        before += [
            other.id
            for other in scope.nodes.values()
            if other.event is not None
            and other.event.kind == "link"
            and other.event.name == node.event.name
            and other is not node
        ]
    return before
