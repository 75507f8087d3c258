"""What a process instance waits for: the engine reports it, `sync` turns it into rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class UserTaskWait:
    """A person has to do something. Every attribute is evaluated; `local` holds variables of this task alone."""

    token: UUID
    element: str
    name: str
    assignee: str | None = None
    candidate_users: tuple[str, ...] = ()
    candidate_groups: tuple[str, ...] = ()
    priority: int = 50
    due: datetime | None = None
    follow_up: datetime | None = None
    form_key: str | None = None
    local: dict[str, Any] | None = None
    description: str | None = None
    delay_cost: Decimal | None = None  # what a day of delay costs
    calendar: str | None = None  # its time is counted in working time, by this calendar
    barred: tuple[str, ...] = ()  # who must never decide it, whoever hands it to them
    choices: tuple[
        str, ...
    ] = ()  # a gateway a person decides: the ids of the flows to choose from, given as the outcome


@dataclass(frozen=True, slots=True)
class TimerWait:
    """An instant has to come. `cycle` is the ISO 8601 interval or cron text of a repeating timer.

    `remaining` counts the firings still to come, this one included; None: without end.
    """

    token: UUID
    element: str
    due: datetime
    cycle: str | None = None
    remaining: int | None = None


@dataclass(frozen=True, slots=True)
class EventWait:
    """A message or signal has to arrive, or a condition over the variables has to become true."""

    token: UUID
    element: str
    kind: Literal["message", "signal", "condition"]
    name: str
    correlation_key: str | None = None


RETRIES = 3  # of a job whose model says nothing


@dataclass(frozen=True, slots=True)
class JobWait:
    """Service work has to be done: by a connector of this server, or by an outside worker of the topic."""

    token: UUID
    element: str
    topic: str
    connector: bool = False
    payload: dict[str, Any] = field(default_factory=dict)  # evaluated inputs, and for a worker other locals
    priority: int = 50
    retries: int = RETRIES


@dataclass(frozen=True, slots=True)
class CallWait:
    """Another process has to run to its end. `binding` is latest, deployment, version or version_tag."""

    token: UUID
    element: str
    called: str
    variables: dict[str, Any]
    binding: str = "latest"
    version: str | None = None
    business_key: str | None = None


@dataclass(frozen=True, slots=True)
class IncidentWait:
    """A person has to mend something: the token stands at `element` and is tried again by `Execution.retry`."""

    token: UUID
    element: str
    code: str
    message: str
    expression: str | None = None
    template: str = ""  # the message before its facts were filled in, for who reads another language
    params: Mapping[str, str] = field(default_factory=dict)


Wait = UserTaskWait | TimerWait | EventWait | JobWait | CallWait | IncidentWait


@dataclass(frozen=True, slots=True)
class Visit:
    """One finished visit of an element. `outcome` is completed, cancelled, or the flow, error or decision taken."""

    token: UUID
    element: str
    element_type: str  # the BPMN tag: userTask, exclusiveGateway, boundaryEvent ..
    entered: float  # seconds since the epoch, UTC
    left: float
    outcome: str = "completed"
    actor: str | None = None
    detail: dict[str, Any] | None = None


PassReason = Literal["initiator", "no_approver", "repeat"]


@dataclass(frozen=True, slots=True)
class Passed:
    """A step to approve that nobody was asked about. `people` are those whose earlier approvals stand for it."""

    token: UUID
    element: str
    reason: PassReason
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Thrown:
    """A message or signal the instance sent: to be delivered to whoever waits for it, in this transaction."""

    kind: Literal["message", "signal"]
    name: str
    variables: dict[str, Any]
    correlation_key: str | None = None
    element: str | None = None


@dataclass(frozen=True, slots=True)
class Escaped:
    """An error or escalation nobody in the instance caught: the calling activity, if there is one, may catch it.

    An error that escapes leaves an IncidentWait at `token`; an escalation lets the instance go on.
    """

    kind: Literal["error", "escalation"]
    code: str | None
    message: str
    variables: dict[str, Any]
    token: UUID
    element: str
