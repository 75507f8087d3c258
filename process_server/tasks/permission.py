"""Who may see, work and hand on a user task, in their own right or standing in for somebody who is away."""

from collections.abc import Collection
from typing import Protocol

from process_server.errors import NotAllowed
from process_server.identity.principal import Principal


class Offered(Protocol):
    """What decides about a task: to whom it is offered, who took it, who may never decide it, of which process."""

    @property
    def assignee(self) -> str | None: ...
    @property
    def candidate_users(self) -> Collection[str]: ...
    @property
    def candidate_groups(self) -> Collection[str]: ...
    @property
    def barred(self) -> Collection[str]: ...
    @property
    def process_key(self) -> str: ...


class Known(Offered, Protocol):
    """What decides about looking at a task: also who did it, who gets it back and who started its process."""

    @property
    def completed_by(self) -> str | None: ...
    @property
    def owner(self) -> str | None: ...
    @property
    def initiator(self) -> str | None: ...


def is_candidate(principal: Principal, task: Offered) -> bool:
    """Say whether the task is offered to the user, by name or by group."""
    return principal.user_id in task.candidate_users or principal.belongs_to(*task.candidate_groups)


def stands_in(principal: Principal, task: Offered) -> str | None:
    """Return for whom the user may work the task while they are away; None where it is nobody's they stand in for."""
    people = [task.assignee] if task.assignee is not None else task.candidate_users
    return next((person for person in people if principal.acts_for(person, task.process_key)), None)


def may_work(principal: Principal, task: Offered) -> bool:
    """Say whether the user may fill in and complete a task.

    Its assignee may, a candidate while it has none, who stands in for either, and an administrator; nobody barred may.
    """
    if principal.user_id in task.barred:
        return False
    if principal.admin or task.assignee == principal.user_id:
        return True
    return (task.assignee is None and is_candidate(principal, task)) or stands_in(principal, task) is not None


def acting_for(principal: Principal, task: Offered) -> str | None:
    """Return on whose behalf the user works the task; None where it is their own, or an administrator's business."""
    own = task.assignee == principal.user_id or (task.assignee is None and is_candidate(principal, task))
    return None if own else stands_in(principal, task)


def may_see(principal: Principal, task: Known) -> bool:
    """Say whether the user may look at the task: whoever is, was or could be at work on it, and who started it all."""
    return (
        principal.admin
        or principal.user_id in (task.assignee, task.completed_by, task.owner, task.initiator)
        or is_candidate(principal, task)
        or stands_in(principal, task) is not None
    )


def require_not_barred(task: Offered, people: Collection[str]) -> None:
    """Raise NotAllowed where one of the people may not decide the task: who asks for something does not grant it."""
    for person in people:
        if person in task.barred:
            raise NotAllowed("Whoever started this case may not decide this step.", person=person)
