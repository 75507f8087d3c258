"""Which tokens can still come to an inclusive gateway: its incoming flows, as seen from each element of the scope.

Flows are bits: bit n is the n-th incoming flow of the gateway.
"""

from process_server.bpmn.model import Node, Scope


def sources_of_links(scope: Scope) -> dict[str, list[str]]:
    """Map each catching link event to the throwing ones that lead to it."""
    throws: dict[str, list[str]] = {}
    for node in scope.nodes.values():
        if node.type == "intermediateThrowEvent" and node.event is not None and node.event.kind == "link":
            throws.setdefault(node.event.name, []).append(node.id)
    return {
        node.id: throws.get(node.event.name, [])
        for node in scope.nodes.values()
        if node.type == "intermediateCatchEvent" and node.event is not None and node.event.kind == "link"
    }


def reach_of(scope: Scope, gateway: Node, links: dict[str, list[str]]) -> dict[str, int]:
    """Map each element to the incoming flows of `gateway` a token there can arrive by without passing the gateway."""
    found: dict[str, int] = {}
    work: list[str] = []
    for number, flow in enumerate(gateway.incoming):
        if flow.source != gateway.id:
            found[flow.source] = found.get(flow.source, 0) | 1 << number
            work.append(flow.source)
    while work:
        current = work.pop()
        bits = found[current]
        node = scope.nodes[current]
        before = [flow.source for flow in node.incoming] + links.get(current, [])
        if node.attached_to in scope.nodes:
            before.append(node.attached_to)
        for source in before:
            held = found.get(source, 0)
            if source != gateway.id and held | bits != held:
                found[source] = held | bits
                work.append(source)
    return found
