"""Event definitions of a file, with the messages, signals, errors and escalations they refer to."""

from typing import Any

from process_server.bpmn.diagram.dialects import read_attributes
from process_server.bpmn.diagram.xml import BPMN, local, namespace
from process_server.bpmn.model import Event, EventKind, Formula, TimerKind

KINDS: dict[str, EventKind] = {
    "messageEventDefinition": "message",
    "signalEventDefinition": "signal",
    "timerEventDefinition": "timer",
    "conditionalEventDefinition": "conditional",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "linkEventDefinition": "link",
    "compensateEventDefinition": "compensate",
    "cancelEventDefinition": "cancel",
    "terminateEventDefinition": "terminate",
}
_TIMERS: dict[str, TimerKind] = {"timeDuration": "duration", "timeDate": "date", "timeCycle": "cycle"}


class Definitions:
    """What the root of a file defines for all its processes."""

    def __init__(self, root: Any) -> None:
        self.elements = {child.get("id"): child for child in root if child.get("id")}

    def find(self, reference: str | None) -> Any:
        """Return the element a QName refers to, or None."""
        if not reference:
            return None
        return (
            self.elements.get(reference)
            if reference in self.elements
            else self.elements.get(reference.rpartition(":")[2])
        )

    def message(self, reference: str) -> tuple[str, str | None]:
        """Return the name and the correlation key of a message."""
        element = self.find(reference)
        if element is None:
            return "", None
        return element.get("name") or element.get("id"), read_attributes(element).correlation_key


def read_events(element: Any, definitions: Definitions) -> list[Event]:
    """Return the event definitions of an event, its own and those it refers to."""
    events = []
    for child in element:
        if namespace(child) != BPMN:
            continue
        if local(child) == "eventDefinitionRef":
            child = definitions.find((child.text or "").strip())
            if child is None:
                continue
        kind = KINDS.get(local(child))
        if kind is not None:
            events.append(_event(child, kind, definitions))
    return events


def _event(element: Any, kind: EventKind, definitions: Definitions) -> Event:
    event = Event(kind, attributes=read_attributes(element), line=element.sourceline)
    reference = element.get(f"{kind}Ref")
    if reference and definitions.find(reference) is None:
        event.missing = reference
    if kind == "message":
        event.name, event.correlation_key = definitions.message(element.get("messageRef") or "")
    elif kind == "signal":
        signal = definitions.find(element.get("signalRef"))
        event.name = "" if signal is None else signal.get("name") or signal.get("id")
        event.local = signal is not None and "processInstance" in signal.attrib.values()
    elif kind in ("error", "escalation"):
        target = definitions.find(element.get(f"{kind}Ref"))
        if target is not None:
            event.code = target.get(f"{kind}Code") or target.get("name") or target.get("id")
        elif reference:
            event.missing, event.code = None, reference  # older tools write the code itself
    elif kind == "link":
        event.name = element.get("name") or element.getparent().get("name") or ""
    elif kind == "compensate":
        event.activity = element.get("activityRef")
    elif kind == "timer":
        _timer(event, element)
    elif kind == "conditional":
        event.formula = _formula(element.find(f"{{{BPMN}}}condition"))
    return event


def _timer(event: Event, element: Any) -> None:
    for tag, timer in _TIMERS.items():
        child = element.find(f"{{{BPMN}}}{tag}")
        if child is not None:
            event.timer = timer
            event.formula = _formula(child)


def _formula(element: Any) -> Formula | None:
    if element is None:
        return None
    text = "".join(element.itertext()).strip()
    return Formula(text, element.get("language"), element.sourceline) if text else None
