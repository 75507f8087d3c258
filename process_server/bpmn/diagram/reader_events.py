"""Event definitions of a file, with the messages, signals, errors and escalations they refer to."""

from typing import Any

from process_server.bpmn.diagram.dialects import read_attributes
from process_server.bpmn.diagram.texts import formula_of
from process_server.bpmn.diagram.xml import BPMN, flag, local, namespace, reference
from process_server.bpmn.model import Attributes, CorrelationProperty, Event, EventKind, Formula, TimerKind

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
        self.associated: dict[str | None, list[str | None]] = {}  # may stand further out than what they connect
        for item in root.iter(f"{{{BPMN}}}association"):
            self.associated.setdefault(reference(item, "sourceRef"), []).append(reference(item, "targetRef"))
        self._keys = [
            [(reference.text or "").strip() for reference in key.findall(f"{{{BPMN}}}correlationPropertyRef")]
            for key in root.iter(f"{{{BPMN}}}correlationKey")
        ]

    def find(self, reference: str | None) -> Any:
        """Return the element a QName refers to, or None."""
        if not reference:
            return None
        return (
            self.elements.get(reference)
            if reference in self.elements
            else self.elements.get(reference.rpartition(":")[2])
        )

    def correlation(self, reference: str, place: Any) -> list[CorrelationProperty]:
        """Return the first correlation key whose every property says where a message holds it.

        `place` is the element that sends or awaits the message: its process may say how it knows the properties itself.
        """
        message = self.find(reference)
        if message is None or not self._keys:
            return []
        process = next(place.iterancestors(f"{{{BPMN}}}process"), None)
        own = {} if process is None else _bindings(process)
        for key in self._keys:
            found = [self._property(identity, message.get("id"), own) for identity in key]
            if found and None not in found:
                return [item for item in found if item is not None]
        return []

    def _property(self, identity: str, message: str, own: dict[str, Formula]) -> CorrelationProperty | None:
        element = self.find(identity)
        retrievals = () if element is None else element.findall(f"{{{BPMN}}}correlationPropertyRetrievalExpression")
        for retrieval in retrievals:
            path = formula_of(retrieval.find(f"{{{BPMN}}}messagePath"))
            if path is not None and retrieval.get("messageRef", "").rpartition(":")[2] == message:
                return CorrelationProperty(element.get("id"), path, own.get(element.get("id")))
        return None

    def message(self, reference: str) -> tuple[str, str | None]:
        """Return the name and the correlation key of a message."""
        element = self.find(reference)
        if element is None:
            return "", None
        return element.get("name") or element.get("id"), read_attributes(element).correlation_key


def _bindings(process: Any) -> dict[str, Formula]:
    """Return how a process knows correlation properties from its own data, by their ids."""
    bindings = process.iterfind(f"{{{BPMN}}}correlationSubscription/{{{BPMN}}}correlationPropertyBinding")
    paths = ((item.get("correlationPropertyRef"), formula_of(item.find(f"{{{BPMN}}}dataPath"))) for item in bindings)
    return {reference.rpartition(":")[2]: path for reference, path in paths if reference and path is not None}


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


def registered_event(given: Attributes, element: Any) -> list[Event]:
    """Return the event of Flowable's registry that an element without definitions waits for: to us a message."""
    if not given.event_type:
        return []
    return [Event("message", given.event_type, correlation_key=given.correlation_key, line=element.sourceline)]


def _event(element: Any, kind: EventKind, definitions: Definitions) -> Event:
    event = Event(kind, attributes=read_attributes(element), line=element.sourceline)
    wanted = element.get(f"{kind}Ref") or ""
    target = definitions.find(wanted)
    if wanted and target is None:
        event.missing = wanted
    if kind == "message":
        event.name, event.correlation_key = definitions.message(wanted)
        event.correlation = definitions.correlation(wanted, element)
    elif kind == "signal":
        if target is not None:
            event.name = target.get("name") or target.get("id")
            event.local = "processInstance" in target.attrib.values()
        else:  # jBPM refers to signals by name; others leave it at what stands beside the event
            event.name = event.missing or element.getparent().get("name") or ""
            event.missing, event.undefined = None, bool(event.name)
    elif kind in ("error", "escalation"):
        if target is not None:
            event.code = target.get(f"{kind}Code") or target.get("name") or target.get("id")
            event.codeless = not target.get(f"{kind}Code")
            event.message = read_attributes(target).error_message
        elif wanted:
            event.missing, event.code = None, wanted  # older tools write the code itself
    elif kind == "link":
        event.name = element.get("name") or element.getparent().get("name") or ""
    elif kind == "compensate":
        event.activity = reference(element, "activityRef")
        event.waits = flag(element, "waitForCompletion", default=True)
    elif kind == "timer":
        _timer(event, element)
    elif kind == "conditional":
        event.formula = formula_of(element.find(f"{{{BPMN}}}condition"))
    return event


def _timer(event: Event, element: Any) -> None:
    for tag, timer in _TIMERS.items():
        child = element.find(f"{{{BPMN}}}{tag}")
        if child is not None:
            event.timer = timer
            event.formula = formula_of(child)
