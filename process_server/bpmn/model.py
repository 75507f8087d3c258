"""What a BPMN file says, typed and independent of the tool that drew it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from process_server.errors import Problem
from process_server.forms.generated import GeneratedField

EventKind = Literal[
    "message",
    "signal",
    "timer",
    "conditional",
    "error",
    "escalation",
    "link",
    "compensate",
    "cancel",
    "terminate",
]
VARIABLE = "variable"  # the language of a formula that is just the name of a variable
ANSWER = "answer"  # the same, of a variable that need not be there
TimerKind = Literal["duration", "date", "cycle"]


@dataclass(slots=True)
class Formula:
    """An expression, script or literal as it was written. `language` is what the file calls it, if anything."""

    text: str
    language: str | None = None
    line: int | None = None
    literal: bool = False  # never an expression, whatever it looks like
    script: bool = False  # statements, the last of which gives the value


@dataclass(slots=True)
class Mapping:
    """One input or output: `target` is the variable it sets; `source` may be nested lists and maps of formulas."""

    target: str
    source: "Formula | list[object] | dict[str, object]"
    optional: bool = False  # left out, or null, when only another house understands it


@dataclass(slots=True)
class Listener:
    """An expression that runs when an element is entered ("start", "create") or left ("complete", "end")."""

    on: str
    formula: Formula | None  # None: an implementation that is no expression
    implementation: str = ""


@dataclass(slots=True)
class Attributes:
    """What the vendors' extensions say about an element, in one vocabulary."""

    assignee: str | None = None
    candidate_users: str | None = None
    candidate_groups: str | None = None
    form_key: str | None = None
    form_binding: str | None = None  # latest or deployment
    due: str | None = None
    follow_up: str | None = None
    priority: str | None = None
    topic: str | None = None
    connector: str | None = None
    implementation: str | None = None  # a class, bean or foreign operation: work for somebody outside
    expression: str | None = None  # a service task that is one expression
    delegate: bool = False  # the implementation is an expression that names an object of the outside
    result_variable: str | None = None
    retries: str | None = None
    inputs: list[Mapping] = field(default_factory=list)
    outputs: list[Mapping] = field(default_factory=list)
    local_result: bool = False  # what the work answers stays local; only `outputs` leave
    nested: bool = False  # a mapping's target `a.b` is an entry of the variable a
    headers: dict[str, str] = field(default_factory=dict)
    called: str | None = None
    binding: str = "latest"
    version: str | None = None
    business_key: str | None = None
    call_in: list[Mapping] = field(default_factory=list)
    call_in_all: bool | None = None  # None: the dialect says nothing
    call_in_locals: bool = False  # of all variables the local ones alone
    call_out: list[Mapping] = field(default_factory=list)
    call_out_all: bool | None = None
    call_out_failed: bool = False  # all variables also where the called process did not complete
    decision: str | None = None
    decision_binding: str = "latest"
    decision_version: str | None = None
    map_result: str | None = None
    script: Formula | None = None
    script_format: str | None = None
    script_resource: str | None = None
    collection: str | None = None
    element_variable: str | None = None
    output_collection: str | None = None
    output_element: str | None = None
    output_variables: tuple[str, ...] = ()  # that each instance has for itself, since they are gathered
    correlation_key: str | None = None
    event_type: str | None = None  # of an event registry
    error_code_variable: str | None = None
    error_message_variable: str | None = None
    error_message: str | None = None
    active_elements: str | None = None  # which activities of an ad-hoc subprocess start
    skip: str | None = None  # passed without work when this holds and the case allows it
    ends_all: bool = False  # of a terminate event: the whole instance, not only its scope
    ends_instances: bool = False  # and this: all instances of the repeated subprocess around it
    variable_name: str | None = None  # a conditional event looks at these variables alone
    variable_events: str | None = None  # and at these changes of them: create, update, delete
    listeners: list[Listener] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    form_fields: list[GeneratedField] = field(default_factory=list)
    embedded_forms: dict[str, str] = field(default_factory=dict)  # form-js schemas in the model itself, by their ids
    candidate_starters: str | None = None
    initiator: str | None = None
    version_tag: str | None = None
    history_time_to_live: str | None = None
    startable: str | None = None  # "false": only systems and other processes start it
    ignored: list[str] = field(default_factory=list)  # extensions that have no effect here

    @property
    def names(self) -> dict[str, str]:
        """What the element is called in other languages than the drawn one."""
        return {key[5:]: value for key, value in self.properties.items() if key.startswith("name:")}


@dataclass(slots=True)
class CorrelationProperty:
    """A part of a message's correlation key: where the message holds it, and perhaps where the process does."""

    id: str
    path: Formula
    own: Formula | None = None


@dataclass(slots=True)
class Event:
    """One event definition."""

    kind: EventKind
    name: str = ""  # of the message, signal or link
    code: str | None = None  # of the error or escalation; None catches all
    codeless: bool = False  # the code is but a name
    timer: TimerKind | None = None
    formula: Formula | None = None  # the timer's value or the condition
    correlation_key: str | None = None
    correlation: list[CorrelationProperty] = field(default_factory=list)  # the key of the standard
    message: str | None = None  # that goes with an error
    activity: str | None = None  # what a compensation undoes
    waits: bool = True  # until that is done
    local: bool = False  # a signal for this instance alone
    missing: str | None = None  # a reference to something the file does not define
    undefined: bool = False  # the name stands for itself: the file defines none of it
    attributes: Attributes = field(default_factory=Attributes)
    line: int | None = None


@dataclass(slots=True)
class Loop:
    """How an activity repeats."""

    multi: bool
    sequential: bool = False
    cardinality: Formula | None = None
    collection: str | None = None
    element_variable: str | None = None
    element_id: str | None = None  # of the standard's own input item
    completion: Formula | None = None
    output_collection: str | None = None
    output_element: str | None = None
    output_variables: tuple[str, ...] = ()
    condition: Formula | None = None
    test_before: bool = False
    maximum: str | None = None
    ignored: list[str] = field(default_factory=list)  # extensions that have no effect here


@dataclass(slots=True)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    name: str | None = None
    condition: Formula | None = None
    line: int | None = None
    condition_resource: str | None = None  # the file a condition stands in that is not written here
    priority: int = 0  # a gateway tries the lowest first
    listeners: list[Listener] = field(default_factory=list)


@dataclass(slots=True)
class Node:
    """A flow node. `type` is its BPMN tag."""

    id: str
    type: str
    name: str | None = None
    line: int | None = None
    documentation: str | None = None
    default: str | None = None
    incoming: list[Flow] = field(default_factory=list)
    outgoing: list[Flow] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    parallel_multiple: bool = False
    attached_to: str | None = None
    interrupting: bool = True
    instantiate: bool = False
    parallel: bool = False  # an event-based gateway that waits for all of its events
    loop: Loop | None = None
    attributes: Attributes = field(default_factory=Attributes)
    scope: "Scope | None" = None
    triggered_by_event: bool = False
    ordering: str = "Parallel"
    completion: Formula | None = None
    cancel_remaining: bool = True
    for_compensation: bool = False
    handler: str | None = None  # of a compensation boundary event: the activity that compensates
    message: str | None = None  # of a send or receive task: the message's name
    message_key: str | None = None
    correlation: list[CorrelationProperty] = field(default_factory=list)
    lane: str | None = None
    parent: str = ""

    @property
    def event(self) -> Event | None:
        """The first event definition; none for a plain start, end or throw."""
        return self.events[0] if self.events else None


@dataclass(slots=True)
class Scope:
    """What a process or subprocess holds."""

    nodes: dict[str, Node] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    data_objects: dict[str, str] = field(default_factory=dict)  # reference id -> variable

    def walk(self) -> Iterator[Node]:
        """Yield every node in it, at any depth."""
        for node in self.nodes.values():
            yield node
            if node.scope is not None:
                yield from node.scope.walk()


@dataclass(slots=True)
class Process:
    """One process of a file."""

    id: str
    file: str
    name: str | None = None
    line: int | None = None
    executable: bool = True
    documentation: str | None = None
    scope: Scope = field(default_factory=Scope)
    lanes: dict[str, str] = field(default_factory=dict)  # node id -> lane name
    lane_names: dict[str, dict[str, str]] = field(default_factory=dict)  # lane name -> those of other languages
    attributes: Attributes = field(default_factory=Attributes)
    problems: list[Problem] = field(default_factory=list)
