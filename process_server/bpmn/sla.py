"""Until when a user task is to be done and what happens when it is not: what the `sla:` properties of a model say."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class Escalation:
    """One step of an escalation chain: so long after it was due, who is told; with `reassign` they get the task."""

    after: str
    kind: Literal["supervisor", "department_head", "user", "group"]
    id: str = ""
    reassign: bool = False


@dataclass(frozen=True, slots=True)
class Sla:
    """What a model says of the time one user task may take. Durations are ISO 8601; `due` may be an expression."""

    due: str | None = None
    working: bool = False  # durations are of working time
    calendar: str | None = None
    warn_share: Decimal | None = None  # of the time from creation to due, after which it is warned
    warn_before: str | None = None  # or a duration before it is due
    escalations: tuple[Escalation, ...] = ()
    timeout: str | None = None  # after it is due (without a due date: after its creation) it is decided by itself
    timeout_outcome: Literal["approve", "reject"] = "reject"
    repeat: str | None = None  # how often its people are reminded once it is due
    cost: str | None = None  # what a day of delay costs: a number, or an expression of one
    pauses: bool = False  # while a token is here the clock of the case stands still
