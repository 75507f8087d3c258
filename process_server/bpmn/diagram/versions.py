"""What changed between two versions of a process: elements and flows added, removed, changed, and what about them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any, Literal

from process_server.bpmn.model import Attributes, Event, Flow, Formula, Listener, Node, Process
from process_server.bpmn.model import Mapping as Assigned

_PLACES = frozenset({"line", "ignored"})  # where something stands in the file is no difference in meaning


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise. Nothing: an empty text."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One element or sequence flow that is not as it was. `name` is the newest it has."""

    element: str
    type: str
    name: str | None
    kind: Literal["added", "removed", "changed"]
    differences: tuple[Difference, ...] = ()


def compare(before: Process, after: Process) -> list[Change]:
    """Return the changes in the order of the newer file, what was removed at the end."""
    old, new = _parts(before), _parts(after)
    changes = []
    for identity, part in new.items():
        if identity not in old:
            changes.append(Change(identity, part.type, part.name, "added"))
        elif differences := _differences(old[identity].facts, part.facts):
            changes.append(Change(identity, part.type, part.name, "changed", differences))
    gone = (Change(identity, part.type, part.name, "removed") for identity, part in old.items() if identity not in new)
    return [*changes, *gone]


@dataclass(frozen=True, slots=True)
class _Part:
    type: str
    name: str | None
    facts: Mapping[str, str]


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Difference, ...]:
    names = dict.fromkeys((*after, *before))
    pairs = ((name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple(Difference(name, old, new) for name, old, new in pairs if old != new)


def _parts(process: Process) -> dict[str, _Part]:
    """Return the process itself, every node and every flow, each with what it says."""
    parts = {process.id: _Part("process", process.name, _facts(_of_process(process)))}
    for node in process.scope.walk():
        parts[node.id] = _Part(node.type, node.name, _facts(_of_node(node)))
    scopes = [process.scope, *(node.scope for node in process.scope.walk() if node.scope is not None)]
    for flow in chain.from_iterable(scope.flows.values() for scope in scopes):
        parts[flow.id] = _Part("sequenceFlow", flow.name, _facts(_of_flow(flow)))
    return parts


def _facts(found: Iterator[tuple[str, Any]]) -> dict[str, str]:
    return {name: text for name, value in found if (text := _text(value))}


def _of_process(process: Process) -> Iterator[tuple[str, Any]]:
    yield from (
        ("name", process.name),
        ("documentation", process.documentation),
        ("executable", "yes" if process.executable else "no"),
    )
    yield from _of(process.attributes)


def _of_flow(flow: Flow) -> Iterator[tuple[str, Any]]:
    yield from (("name", flow.name), ("condition", flow.condition), ("source", flow.source), ("target", flow.target))


def _of_node(node: Node) -> Iterator[tuple[str, Any]]:
    yield from (("name", node.name), ("type", node.type), ("documentation", node.documentation), ("lane", node.lane))
    yield from (("subprocess", node.parent), ("default", node.default), ("attached_to", node.attached_to))
    if node.attached_to or node.type == "startEvent":
        yield "interrupting", "yes" if node.interrupting else "no"
    yield from (("message", node.message), ("message_key", node.message_key), ("handler", node.handler))
    yield from (("completion", node.completion), ("for_compensation", node.for_compensation))
    if node.scope is not None:
        yield from (("triggered_by_event", node.triggered_by_event), ("ordering", node.ordering))
    for event in node.events:
        yield from _of_event(event)
    if node.loop is not None:
        yield from ((f"loop.{name}", value) for name, value in _of(node.loop))
    yield from _of(node.attributes)


def _of_event(event: Event) -> Iterator[tuple[str, Any]]:
    yield event.kind, event.name or event.formula or "yes"
    if event.timer:
        yield "timer.kind", event.timer
    yield from (("code", event.code), ("correlation_key", event.correlation_key), ("activity", event.activity))
    yield from _of(event.attributes)


def _of(holder: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a dataclass says beyond its defaults."""
    plain = Attributes() if isinstance(holder, Attributes) else None
    for item in fields(holder):
        value = getattr(holder, item.name)
        if item.name not in _PLACES and (plain is None or value != getattr(plain, item.name)):
            yield item.name, value


def _text(value: Any) -> str:
    """Write a fact so that a person can compare it."""
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, Formula):
        return value.text
    if isinstance(value, Assigned):
        return f"{value.target} = {_text(value.source)}"
    if isinstance(value, Listener):
        return f"{value.on}: {_text(value.formula) or value.implementation}"
    if isinstance(value, dict):
        return "; ".join(f"{key} = {_text(each)}" for key, each in sorted(value.items()))
    if isinstance(value, list | tuple):
        return "; ".join(_text(each) for each in value)
    return str(value)
