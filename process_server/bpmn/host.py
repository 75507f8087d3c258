"""What the engine asks of the house while it runs: decisions, functions and figures it does not know itself."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from process_server.errors import NotFound


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


class NoHost:
    """A host that offers nothing: for trying a model without a server."""

    functions: Mapping[str, Callable[..., Any]] = {}

    def decide(
        self, decision: str, variables: Mapping[str, Any], *, binding: str = "latest", version: str | None = None
    ) -> DecisionResult:
        """Refuse: nothing is deployed here."""
        raise NotFound(kind="decision", id=decision)
