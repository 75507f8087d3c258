"""Specs of events."""

from itertools import pairwise
from typing import Any, cast

from process_server.bpmn.diagram.build_parts import Texts, build_trigger
from process_server.bpmn.diagram.build_work import is_foreign, make_job
from process_server.bpmn.engine.elements import events
from process_server.bpmn.engine.elements.base import Along, ElementSpec
from process_server.bpmn.engine.formulas import Literal_
from process_server.bpmn.model import Event, Node
from process_server.bpmn.program import Element

_ENDING = {"error", "cancel", "terminate"}  # what ends the scope it is thrown in


def make_start(texts: Texts, spec: Any, element: Element, node: Node) -> ElementSpec:
    """Build a start event."""
    made = events.StartEvent(spec, element)
    made.initiator = node.attributes.initiator
    event = node.event
    if event is not None:
        made.conversation = texts.conversation(event.name, event.correlation, node)
    return made


def catching(texts: Texts, made: Any, node: Node, event: Event) -> None:
    """Fill in what a boundary event or event subprocess waits for, or which code it catches."""
    if event.kind in ("error", "escalation", "cancel", "compensate"):
        made.code = None if event.code is None else texts.value(event.code, node)
        made.codeless = event.codeless
        given = event.attributes
        made.code_variable = given.error_code_variable or node.attributes.error_code_variable
        made.message_variable = given.error_message_variable or node.attributes.error_message_variable
    else:
        made.trigger = build_trigger(node, event, texts)


def make_boundary(texts: Texts, spec: Any, element: Element, node: Node) -> ElementSpec:
    """Build a boundary event, one spec for each of its event definitions."""
    if not node.events:
        return events.BoundaryEvent(spec, element)
    for number, event in enumerate(node.events):
        made = events.BoundaryEvent(spec, element, f"{node.id}#{number}" if number else None)
        made.kind = event.kind
        made.interrupting = node.interrupting or event.kind in ("error", "cancel")
        catching(texts, made, node, event)
    return cast(ElementSpec, spec.task_specs[node.id])


def make_catch(texts: Texts, spec: Any, element: Element, node: Node) -> ElementSpec:
    """Build an intermediate catching event."""
    event = node.event
    if event is None or event.kind == "link":
        return events.LinkCatch(spec, element)
    if len(node.events) > 1:
        several = events.AnyCatch(spec, element)
        several.arms = tuple(f"{node.id}#{number}" for number in range(len(node.events)))
        for name, each in zip(several.arms, node.events, strict=True):
            _catch_one(texts, events.CatchEvent(spec, element, name), node, each)
        return several
    return _catch_one(texts, events.CatchEvent(spec, element), node, event)


def _catch_one(texts: Texts, made: events.CatchEvent, node: Node, event: Event) -> ElementSpec:
    made.trigger = build_trigger(node, event, texts)
    return made


def make_throw(texts: Texts, spec: Any, element: Element, node: Node) -> ElementSpec:
    """Build a throwing or end event; one that throws several things is a chain of specs, what ends a scope the last."""
    if not node.events:
        return events.EndEvent(spec, element)
    given = sorted(node.events, key=lambda event: event.kind in _ENDING)
    made = [
        _throw_one(texts, spec, element, node, event, f"{node.id}#{number}" if number else None)
        for number, event in enumerate(given)
    ]
    for one, following in pairwise(made):
        one.flows, one.silent = (Along(following.name, following.name),), True
    return made[-1]


def _throw_one(texts: Texts, spec: Any, element: Element, node: Node, event: Event, name: str | None) -> ElementSpec:
    if event.kind == "message":
        return _message_throw(texts, spec, element, node, event, name)
    if event.kind == "signal":
        signal = events.SignalThrow(spec, element, name)
        signal.signal = texts.value(event.name or node.id, node)
        signal.local = event.local
        given = event.attributes.call_in
        signal.payload = {item.target: texts.source(item, node) for item in given}
        signal.everything = bool(event.attributes.call_in_all)
        return signal
    if event.kind == "escalation":
        escalation = events.EscalationThrow(spec, element, name)
        escalation.escalation = texts.value(event.code, node) if event.code else Literal_(None)
        return escalation
    if event.kind == "error":
        error = events.ErrorEnd(spec, element, name)
        error.error = texts.value(event.code or "", node)
        error.message = None if event.message is None else texts.value(event.message, node)
        return error
    if event.kind == "compensate":
        compensation = events.CompensationThrow(spec, element, name)
        compensation.activity, compensation.waits = event.activity, event.waits
        return compensation
    if event.kind == "cancel":
        return events.CancelEnd(spec, element, name)
    if event.kind == "terminate":
        terminate = events.TerminateEnd(spec, element, name)
        terminate.everything = event.attributes.ends_all
        terminate.instances = event.attributes.ends_instances
        return terminate
    if event.kind == "link":
        return events.LinkThrow(spec, element, name)
    return events.EndEvent(spec, element, name)


def _message_throw(
    texts: Texts, spec: Any, element: Element, node: Node, event: Event, name: str | None
) -> ElementSpec:
    given = event.attributes if is_foreign(event.attributes) else node.attributes
    if is_foreign(given):
        return make_job(texts, spec, element, node, given, name)
    made = events.MessageThrow(spec, element, name)
    made.message = texts.value(event.name or node.id, node)
    made.key = None if event.correlation_key is None else texts.value(event.correlation_key, node)
    made.conversation = texts.conversation(event.name, event.correlation, node)
    return made
