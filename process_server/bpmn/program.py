"""A compiled process: what the engine runs and what the rest of the house may know of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from process_server.bpmn.approval import Approval, is_formula
from process_server.bpmn.sla import Sla
from process_server.errors import NotFound
from process_server.forms.generated import GeneratedField

SUMMARY = "inbox:summary"  # property of a process: the variables lists show


def localised(names: Mapping[str, str], language: str) -> str | None:
    """Return the name among those of other languages that a reader of `language` ("en", "zh-CN") is shown."""
    return names.get(language) or names.get(language.partition("-")[0])


@dataclass(frozen=True, slots=True)
class Element:
    """What the diagram says of one element. `type` is its BPMN tag; `names` are those of other languages."""

    id: str
    type: str
    event: str | None = None  # of an event: message, timer, error ..; none where it has no definition, or several
    name: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    line: int | None = None
    parent: str = ""
    lane: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    documentation: str | None = None
    form_fields: tuple[GeneratedField, ...] = ()
    form_binding: str | None = None
    approval: Approval | None = None
    sla: Sla | None = None

    def localised_name(self, language: str) -> str:
        """Return the name for a reader of `language` ("en", "zh-CN"), else the drawn one, else the id."""
        return localised(self.names, language) or self.name or self.id


@dataclass(frozen=True, slots=True)
class Start:
    """A start event of the process: how an instance may begin."""

    element: str
    kind: Literal["none", "message", "signal", "timer", "condition"]
    name: str | None = None  # of the message or signal; the text of the condition
    timer: str | None = None
    timer_kind: Literal["duration", "date", "cycle"] | None = None
    form_key: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A variable that a condition reads: at a sequence flow or an element."""

    element: str
    name: str | None
    line: int | None
    variable: str
    alone: bool = False  # the whole condition is this one word: "Yes" beside a line is no variable


@dataclass(frozen=True, slots=True)
class Usage:
    """Which variables the conditions read and the elements set, forms and called processes left out.

    `open` says that work or news brings variables which nothing in the model names.
    """

    reads: tuple[Read, ...]
    sets: frozenset[str]
    open: bool
    calls: tuple[tuple[str, str | None], ...]  # (element, key) of called processes that give everything back


@dataclass(frozen=True)
class Program:
    """One executable process, compiled once per version, shared between threads, never changed."""

    key: str
    file: str
    name: str | None
    names: Mapping[str, str]
    version_tag: str | None
    history_days: int | None  # how long cases are kept after their end; None: the model says nothing
    startable: bool
    start_form_key: str | None
    candidate_starters: tuple[str, ...]
    properties: Mapping[str, str]
    documentation: str | None
    elements: Mapping[str, Element]
    flows: Mapping[str, tuple[str, str]]  # sequence flow id -> (source, target)
    starts: tuple[Start, ...]
    called_processes: tuple[tuple[str, str], ...]  # (element, key)
    decisions: tuple[tuple[str, str], ...]
    form_keys: tuple[tuple[str, str], ...]
    lane_names: Mapping[str, Mapping[str, str]]  # lane -> its names in other languages
    embedded_forms: Mapping[str, str]  # form-js schemas that stand in the model itself
    candidate_groups: tuple[tuple[str, str], ...]
    messages: tuple[tuple[str, str], ...]
    conversations: Mapping[str, Any]  # message -> how its correlation key is read out of it
    usage: Usage
    declared: tuple[str, ...]  # data objects and properties: null until something sets them
    spec: Any
    subprocess_specs: Mapping[str, Any]

    @property
    def summary(self) -> tuple[str, ...]:
        """The variables that lists show of a case."""
        names = (name.strip() for name in self.properties.get(SUMMARY, "").split(","))
        return tuple(name for name in names if name)

    @cached_property
    def approvals(self) -> frozenset[str]:
        """Elements that are approvals."""
        return frozenset(each.id for each in self.elements.values() if each.approval is not None)

    @cached_property
    def pausing(self) -> frozenset[str]:
        """Elements at which the clock of a case stands still."""
        return frozenset(each.id for each in self.elements.values() if each.sla is not None and each.sla.pauses)

    @cached_property
    def costing(self) -> frozenset[str]:
        """Elements whose delay costs what the variables of the case say."""
        return frozenset(
            each.id for each in self.elements.values() if each.sla is not None and is_formula(each.sla.cost or "")
        )

    @cached_property
    def armed(self) -> frozenset[str]:
        """Elements that wait where no token stands: boundary events, and event subprocesses."""
        at_scopes = {"startEvent", "subProcess"}
        return frozenset(each.id for each in self.elements.values() if each.type in at_scopes | {"boundaryEvent"})

    def localised_name(self, language: str) -> str | None:
        """Return the name for a reader of `language`."""
        return localised(self.names, language) or self.name

    def localised_lane(self, lane: str, language: str) -> str:
        """Return the name of a lane for a reader of `language`."""
        return localised(self.lane_names.get(lane, {}), language) or lane

    def entries(self, start_element: str | None) -> tuple[str, ...]:
        """Return where an instance begins. Raises NotFound when it has no such start event."""
        if start_element:
            if start_element not in self.spec.task_specs:
                raise NotFound(kind="start event", id=start_element)
            return (start_element,)
        plain = tuple(start.element for start in self.starts if start.kind == "none" and start.element)
        if plain:
            return plain[:1]
        if any(start.kind == "none" for start in self.starts):
            entries: tuple[str, ...] = self.spec.behaviour.entries
            return entries
        return tuple(start.element for start in self.starts)[:1]
