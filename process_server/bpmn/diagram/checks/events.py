"""Events in the right places, with what they need."""

from collections import Counter

from process_server.bpmn.diagram.checks.report import Report
from process_server.bpmn.model import Event, Node, Scope
from process_server.i18n import gettext_noop

_WAITED_FOR = {"message", "signal", "timer", "conditional"}
_CAUGHT = {"error", "escalation"}
_ALLOWED = {
    "startEvent": _WAITED_FOR,
    "event start": _WAITED_FOR | _CAUGHT | {"compensate"},
    "boundaryEvent": _WAITED_FOR | _CAUGHT | {"cancel", "compensate"},
    "intermediateCatchEvent": _WAITED_FOR | {"link"},
    "intermediateThrowEvent": {"message", "signal", "escalation", "link", "compensate"},
    "endEvent": {"message", "signal", "escalation", "error", "compensate", "cancel", "terminate"},
}
_TIME = gettext_noop(
    "Give it a duration, a date or a cycle. Until then it waits for a message named like its id, and a start event for "
    "whoever starts a case by hand."
)
_CONDITION = gettext_noop("Give it a condition. Until then it waits for a message named like its id.")


def check_event(scope: Scope, node: Node, report: Report, around: str | None) -> None:
    """Check one node as an event; `around` is the kind of subprocess it stands in."""
    if node.type == "eventBasedGateway":
        _event_gateway(scope, node, report)
    if node.triggered_by_event:
        _event_subprocess(node, report)
    if node.type == "transaction":
        _transaction(scope, node, report)
    if node.type not in _ALLOWED:
        return
    place = "event start" if node.type == "startEvent" and around == "event" else node.type
    for event in node.events:
        if event.kind not in _ALLOWED[place]:
            report.refuse("misplaced_event", "An event of this kind ({kind}) cannot stand here", node, kind=event.kind)
        _needs(node, event, report)
    if node.type == "startEvent" and node.events and around not in (None, "event"):
        report.warn("start_event_ignored", "The start event of a subprocess starts at once, whatever its event", node)
    if node.type == "boundaryEvent" and not node.events:
        report.refuse("boundary_without_event", "The boundary event waits for nothing", node, "Give it an event.")
    if node.type == "intermediateCatchEvent" and not node.events:
        report.warn("catch_without_event", "The event waits for nothing: it is passed at once", node)
    if node.parallel_multiple and len(node.events) > 1:
        report.refuse("parallel_multiple", "An event that needs several events at once cannot run", node)
    _cancels(scope, node, report, around)
    _compensates(node, report)


def _needs(node: Node, event: Event, report: Report) -> None:
    hint = gettext_noop("Until then it is known by the id of the event. Give it a message or signal with a name.")
    if event.missing:
        report.refuse(
            "dangling_reference", "The event refers to {missing}, which is not there", node, missing=event.missing
        )
    elif event.undefined:
        text = gettext_noop("The file does not define the signal {signal}: it is known by that name")
        report.warn("undefined_signal", text, node, signal=event.name)
    elif event.kind in ("message", "signal") and not event.name:
        report.warn(f"no_{event.kind}", "The event names no message or signal", node, hint)
    elif event.kind == "timer" and event.formula is None:
        report.warn("empty_timer", "The timer has no time: it does not fire by itself", node, _TIME)
    elif event.kind == "conditional" and event.formula is None:
        report.warn("empty_condition", "The condition is empty: it never holds", node, _CONDITION)
    elif event.kind == "link" and not event.name:
        report.refuse("no_link", "The link has no name", node)


def _event_gateway(scope: Scope, node: Node, report: Report) -> None:
    for flow in node.outgoing:
        target = scope.nodes[flow.target]
        caught = target.type == "receiveTask" or (
            target.type == "intermediateCatchEvent" and target.event is not None and target.event.kind in _WAITED_FOR
        )
        if not caught:
            report.refuse(
                "event_gateway_target",
                "Behind an event-based gateway stands {target}, which waits for no event",
                node,
                "Let it lead to catching events or receive tasks only.",
                target=target.id,
            )
    if node.instantiate and node.parallel and len(node.outgoing) > 1:
        report.refuse(
            "parallel_events",
            "A process cannot start with several events that all have to come",
            node,
            "Start with one of them, and wait for the others behind a parallel gateway.",
        )
    if not node.outgoing:
        report.refuse("event_gateway_target", "Nothing stands behind the event-based gateway", node)


def _event_subprocess(node: Node, report: Report) -> None:
    assert node.scope is not None
    starts = [item for item in node.scope.nodes.values() if item.type == "startEvent"]
    if len(starts) != 1 or not starts[0].events:
        report.refuse("event_subprocess_start", "An event subprocess needs one start event, with an event", node)


def check_links(scope: Scope, report: Report) -> None:
    """Every throwing link needs one catching link of its name in the same scope."""
    nodes = [node for node in scope.nodes.values() if node.event is not None and node.event.kind == "link"]
    catches = Counter(_name(node) for node in nodes if node.type == "intermediateCatchEvent")
    for node in nodes:
        if node.type == "intermediateThrowEvent" and catches[_name(node)] == 0:
            report.refuse(
                "dangling_link", "No link event named {name} stands on the other side", node, name=_name(node)
            )
        if node.type == "intermediateCatchEvent" and catches[_name(node)] > 1:
            report.refuse("ambiguous_link", "Several link events are named {name}", node, name=_name(node))


def _name(node: Node) -> str:
    return "" if node.event is None else node.event.name


def _cancels(scope: Scope, node: Node, report: Report, around: str | None) -> None:
    if node.event is None or node.event.kind != "cancel":
        return
    if node.type == "endEvent" and around != "transaction":
        text = gettext_noop("A cancel end event stands outside of a transaction")
        hint = gettext_noop("Make the subprocess around it a transaction, or draw another kind of end event.")
        report.refuse("cancel_outside_transaction", text, node, hint)
    host = scope.nodes.get(node.attached_to or "")
    if node.type == "boundaryEvent" and host is not None and host.type != "transaction":
        report.refuse(
            "cancel_outside_transaction",
            "A cancel event is attached to something else than a transaction",
            node,
            "Make the subprocess a transaction, or attach an event of another kind.",
        )


def _transaction(scope: Scope, node: Node, report: Report) -> None:
    inside = () if node.scope is None else node.scope.nodes.values()
    cancels = any(item.type == "endEvent" and item.event and item.event.kind == "cancel" for item in inside)
    borders = (item for item in scope.nodes.values() if item.attached_to == node.id)
    if cancels and not any(item.event and item.event.kind == "cancel" for item in borders):
        text = gettext_noop("Nothing goes on when the transaction is cancelled")
        report.warn("no_cancel_event", text, node, gettext_noop("Attach a cancel event to it."))


def _compensates(node: Node, report: Report) -> None:
    if node.event is None or node.event.kind != "compensate":
        return
    if node.type == "boundaryEvent" and node.handler is None:
        report.warn("no_handler", "Nothing is associated with the compensation event: it undoes nothing", node)
    activity = node.event.activity
    if activity and node.type != "boundaryEvent" and activity not in report.ids:
        report.refuse("dangling_reference", "The event refers to {missing}, which is not there", node, missing=activity)
