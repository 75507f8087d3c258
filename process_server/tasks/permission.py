"""Who may see, work and hand on a user task."""

from collections.abc import Collection
from typing import Protocol

from process_server.identity.principal import Principal


class Offered(Protocol):
    """What decides about a task: to whom it is offered and who took it."""

    @property
    def assignee(self) -> str | None: ...
    @property
    def candidate_users(self) -> Collection[str]: ...
    @property
    def candidate_groups(self) -> Collection[str]: ...


class Known(Offered, Protocol):
    """What decides about looking at a task: also who did it and who started its process."""

    @property
    def completed_by(self) -> str | None: ...
    @property
    def initiator(self) -> str | None: ...


def is_candidate(principal: Principal, candidate_users: Collection[str], candidate_groups: Collection[str]) -> bool:
    """Say whether the task is offered to the user, by name or by group."""
    return principal.user_id in candidate_users or principal.belongs_to(*candidate_groups)


def may_work(
    principal: Principal, assignee: str | None, candidate_users: Collection[str], candidate_groups: Collection[str]
) -> bool:
    """Say whether the user may fill in and complete a task: its assignee, a candidate while it has none, an admin."""
    if principal.admin or assignee == principal.user_id:
        return True
    return assignee is None and is_candidate(principal, candidate_users, candidate_groups)


def may_assign(principal: Principal, task: Offered) -> bool:
    """Say whether the user may give the task to somebody, or change when it is due: whoever may work it."""
    return may_work(principal, task.assignee, task.candidate_users, task.candidate_groups)


def may_see(principal: Principal, task: Known) -> bool:
    """Say whether the user may look at the task: whoever is, was or could be at work on it, and who started it all."""
    return (
        principal.admin
        or principal.user_id in (task.assignee, task.completed_by, task.initiator)
        or is_candidate(principal, task.candidate_users, task.candidate_groups)
    )
