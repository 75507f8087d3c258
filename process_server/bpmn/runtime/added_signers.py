"""Signers who were added to a step and have not decided: who they are, and who may take them off again (减签).

One added beside the signers of a sequence has no task before their turn: the engine alone knows them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, bindparam, cast, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from process_server.bpmn.definitions import definition
from process_server.bpmn.engine.elements.countersign import APPROVER, added_later
from process_server.bpmn.runtime.running import Running
from process_server.bpmn.waits import UserTaskWait
from process_server.db import table_of
from process_server.errors import Conflict, NotAllowed, NotFound
from process_server.identity import team
from process_server.identity.principal import SYSTEM, Principal
from process_server.tasks.handling import decisions, handing
from process_server.tasks.inbox import worklist
from process_server.tasks.inbox.worklist import TaskRow
from process_server.tasks.models import TaskDecision
from process_server.tasks.permission import may_work

_d = table_of(TaskDecision)
_ADDED_BY = (
    select(_d.c.actor, _d.c.on_behalf_of)
    .where(
        _d.c.process_instance_id == bindparam("instance"),
        _d.c.element_id == bindparam("element"),
        _d.c.action == "add_signer",
        _d.c.people.overlap(cast(bindparam("people"), ARRAY(Text))),
    )
    .order_by(_d.c.at.desc(), _d.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who was added and has not decided. `task` is None while their turn in a sequence has not come."""

    person: str
    task: TaskRow | None = None

    @property
    def key(self) -> str:
        """What tells them from the other signers of a step: a task, or the one place in a sequence."""
        return str(self.task.id) if self.task else self.person


def added_signers(session: Session, task: TaskRow, case: Callable[[], Running]) -> list[Signer]:
    """Return the signers added to the step of a task; `case` loads the case where its rows do not tell."""
    tasks = worklist.tasks_of_instance(session, task.process_instance_id)
    found = [
        Signer(each.assignee or "", each)
        for each in tasks
        if each.signing and each.state in ("open", "held") and each.element_id == task.element_id
    ]
    step = definition(session, task.definition_id).program.elements.get(task.element_id)
    if step is None or step.approval is None or not step.approval.countersign:
        return found
    if not any(each.element_id == task.element_id and each.state == "open" for each in tasks):
        return found
    return [*found, *(Signer(person) for _, person in _in_sequence(case(), task.element_id))]


def vote_before(running: Running, element: str, person: str) -> UUID:
    """Return the token of a sequence in which somebody who was added comes later. Raises NotFound."""
    for token, added in _in_sequence(running, element):
        if added == person:
            return token
    raise NotFound(kind="signer", id=person)


def _in_sequence(running: Running, element: str) -> Iterator[tuple[UUID, str]]:
    for token, wait in running.execution.waits.items():
        if isinstance(wait, UserTaskWait) and wait.element == element:
            yield from ((token, person) for person in added_later(running.execution.tokens[token]))


def require_may_take_off(session: Session, signer: Any, actor: Principal) -> None:
    """Raise unless the actor may take this signer, whose task they see, off. Raises as `remove_signer`."""
    if signer.signing is None:
        raise Conflict("The model asks this person: only signers that were added can be removed.")
    if signer.state not in ("open", "held"):
        raise decisions.too_late(session, signer)
    task = worklist.find_task(session, signer.parent_id, SYSTEM) if signer.parent_id is not None else None
    # whoever has the task was asked, or was handed it by who was
    asked = [signer.assignee, signer.owner, (signer.variables or {}).get(APPROVER)]
    _require(session, signer, [person for person in asked if person], actor, task)


def require_may_take_off_later(session: Session, task: Any, person: str, actor: Principal) -> None:
    """Raise unless the actor may take somebody off the sequence of a task before it is their turn."""
    _require(session, task, [person], actor, None)


def _require(session: Session, at: Any, people: list[str], actor: Principal, task: TaskRow | None) -> None:
    handing.require_allowed(at, "remove_signer", actor)
    given = {"instance": at.process_instance_id, "element": at.element_id, "people": people}
    added = session.execute(_ADDED_BY, given).one_or_none()
    adders = [] if added is None else [added.actor, added.on_behalf_of]
    if actor.admin or actor.user_id in adders or (task is not None and may_work(actor, task)):
        return
    if not team.manages(session, actor.user_id, [*adders, task.assignee if task else None]):
        raise NotAllowed("Only who added this signer may remove them.")
