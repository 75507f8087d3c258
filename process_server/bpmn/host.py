"""What the engine asks of the house while it runs: decisions, functions and figures it does not know itself."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from process_server.bpmn.approval import NAMING, Strategy
from process_server.calendars.definition import PLAIN
from process_server.calendars.working_time import WorkingCalendar
from process_server.errors import NotFound


@dataclass(frozen=True, slots=True)
class Question:
    """Who decides a step: the strategy of the model with its evaluated argument, and for whom it is asked."""

    by: Strategy
    of: tuple[str, ...]
    levels: tuple[int, int]
    initiator: str | None
    process: str
    element: str


class DecisionResult(Protocol):
    """What a decision gave: its value, and the evidence (inputs, matched rules, outputs) for the history."""

    @property
    def value(self) -> Any:
        """What the decision gave."""

    @property
    def evidence(self) -> dict[str, Any]:
        """Why."""


class Host(Protocol):
    """Given to an execution by the command that runs it."""

    functions: Mapping[str, Callable[..., Any]]
    """Functions of the house that expressions see: `parameter(key)`, `supervisor(user)`, `least_loaded(group)` .."""

    def decide(
        self, decision: str, variables: Mapping[str, Any], *, binding: str = "latest", version: str | None = None
    ) -> DecisionResult:
        """Evaluate a deployed decision. Raises NotFound, or ExpressionFailed with the place."""
        ...

    def approvers(self, question: Question) -> tuple[str, ...]:
        """Find who decides a step: active people, each once, in order; none where nobody is found."""
        ...

    def people(self, users: Collection[str], groups: Collection[str]) -> tuple[str, ...]:
        """Return those of the users who are active, and the active members of the groups, each once."""
        ...

    def head(self, user: str) -> str | None:
        """Return who a person reports to."""
        ...

    def approved(self, instance: UUID) -> Collection[str]:
        """Return who has approved a step of an instance since something was last rejected or returned in it."""
        ...

    def calendar(self, name: str | None, user: str | None) -> WorkingCalendar:
        """Return the working calendar of a name, else the one a person works by. Raises NotFound."""
        ...


class NoHost:
    """A host that offers nothing: for trying a model without a server."""

    functions: Mapping[str, Callable[..., Any]] = {}

    def decide(
        self, decision: str, variables: Mapping[str, Any], *, binding: str = "latest", version: str | None = None
    ) -> DecisionResult:
        """Refuse: nothing is deployed here."""
        raise NotFound(kind="decision", id=decision)

    def approvers(self, question: Question) -> tuple[str, ...]:
        """Know nobody but those who are named."""
        return question.of if question.by in NAMING else ()

    def people(self, users: Collection[str], groups: Collection[str]) -> tuple[str, ...]:
        """Take everybody for active; groups have no members."""
        return tuple(dict.fromkeys(users))

    def head(self, user: str) -> str | None:
        """Know nobody."""
        return None

    def approved(self, instance: UUID) -> Collection[str]:
        """Know nothing of the past."""
        return ()

    def calendar(self, name: str | None, user: str | None) -> WorkingCalendar:
        """Return the calendar of who defined none."""
        return PLAIN.calendar()
