"""How far a case has come at an element: its lane, and which of the process's milestones or steps it is."""

from collections import deque
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

from cachetools import LRUCache

from process_server.bpmn.definitions import Definition

MILESTONE = "funnel"  # property of an element that counts as a milestone
_WORK = ("userTask",)


@dataclass(frozen=True, slots=True)
class Progress:
    """Step `number` of `total`; the lane by its name. Without a number the element is none of the steps."""

    number: int | None
    total: int
    lane: str | None


_read: LRUCache[UUID, tuple[dict[str, int], int]] = LRUCache(500)
_lock = Lock()


def progress(held: Definition, element_id: str) -> Progress:
    """Return where an element lies on the way through its process.

    The steps are the milestones an analyst marked, or where there are none the user tasks, in the order in which they
    are reached from the start; between two milestones a case has come as far as the first of them.
    """
    with _lock:
        known = _read.get(held.id)
    if known is None:
        known = _number(held)
        with _lock:
            _read[held.id] = known
    element = held.program.elements.get(element_id)
    return Progress(known[0].get(element_id), known[1], element.lane if element is not None else None)


def _number(held: Definition) -> tuple[dict[str, int], int]:
    elements = held.program.elements
    order = _reached(held)
    milestones = {name for name in order if elements[name].properties.get(MILESTONE)}
    steps = milestones or {name for name in order if elements[name].type in _WORK}
    numbers: dict[str, int] = {}
    passed = 0
    for name in order:
        passed += name in steps
        if passed:
            numbers[name] = passed
    return numbers, len(steps)


def _reached(held: Definition) -> list[str]:
    """Return the elements in the order they are first reached, those of a subprocess right after it."""
    elements = held.program.elements
    onwards: dict[str, list[str]] = {}
    for source, target in held.program.flows.values():
        onwards.setdefault(source, []).append(target)
    inner: dict[str, list[str]] = {}
    arrived = {target for _, target in held.program.flows.values()}
    for name, element in elements.items():
        if name not in arrived:
            inner.setdefault(element.parent, []).append(name)
    seen: dict[str, None] = {}
    waiting = deque(start.element for start in held.program.starts if start.element in elements)
    waiting.extend(inner.get("", ()))
    while waiting:
        name = waiting.popleft()
        if name in seen or name not in elements:
            continue
        seen[name] = None
        waiting.extend(inner.get(name, ()))
        waiting.extend(onwards.get(name, ()))
    return [*seen, *(name for name in elements if name not in seen)]
