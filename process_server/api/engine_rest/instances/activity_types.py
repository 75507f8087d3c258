"""What kinds of elements are called on the wire."""

from process_server.bpmn.program import Element

_EVENTS: dict[str, dict[str | None, str]] = {
    "startEvent": {
        None: "startEvent",
        "message": "messageStartEvent",
        "signal": "signalStartEvent",
        "timer": "startTimerEvent",
        "conditional": "conditionalStartEvent",
        "error": "errorStartEvent",
        "escalation": "escalationStartEvent",
        "compensate": "compensationStartEvent",
    },
    "intermediateCatchEvent": {
        None: "intermediateCatchEvent",
        "message": "intermediateMessageCatch",
        "signal": "intermediateSignalCatch",
        "timer": "intermediateTimer",
        "conditional": "intermediateConditional",
        "link": "intermediateLinkCatch",
    },
    "intermediateThrowEvent": {
        None: "intermediateNoneThrowEvent",
        "message": "intermediateMessageThrowEvent",
        "signal": "intermediateSignalThrow",
        "escalation": "intermediateEscalationThrowEvent",
        "compensate": "intermediateCompensationThrowEvent",
        "link": "intermediateThrowEvent",
    },
    "boundaryEvent": {
        "message": "boundaryMessage",
        "signal": "boundarySignal",
        "timer": "boundaryTimer",
        "conditional": "boundaryConditional",
        "error": "boundaryError",
        "escalation": "boundaryEscalation",
        "compensate": "compensationBoundaryCatch",
        "cancel": "cancelBoundaryCatch",
    },
    "endEvent": {
        None: "noneEndEvent",
        "message": "messageEndEvent",
        "signal": "signalEndEvent",
        "error": "errorEndEvent",
        "escalation": "escalationEndEvent",
        "compensate": "compensationEndEvent",
        "cancel": "cancelEndEvent",
        "terminate": "terminateEndEvent",
    },
}


def activity_type(element: Element) -> str:
    """Return what the wire calls the kind of an element: an event by what it is about, all else as it is drawn."""
    return _EVENTS.get(element.type, {}).get(element.event, element.type)
