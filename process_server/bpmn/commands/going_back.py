"""Going back: a task is returned to an earlier step, or whoever decided takes their decision back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, literal, or_, select
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.approval import Approval
from process_server.bpmn.commands import deciding
from process_server.bpmn.commands.deciding import Said
from process_server.bpmn.commands.locked import LockedTask, lock_task
from process_server.bpmn.conductor import Conductor
from process_server.bpmn.models import Activity, Job, ProcessInstance
from process_server.bpmn.running import Running
from process_server.config import settings
from process_server.db import table_of
from process_server.errors import Conflict, Invalid, NotActive, NotAllowed
from process_server.identity import users
from process_server.identity.models import User
from process_server.identity.principal import Principal
from process_server.tasks import decisions, handing
from process_server.tasks.models import TaskDecision, UserTask
from process_server.tasks.permission import acting_for

LASTING = ("serviceTask", "sendTask", "callActivity", "intermediateThrowEvent", "endEvent")
"""The elements whose visit nobody can take back: something was told to somebody outside, or a branch is over."""

_t, _d = table_of(UserTask), table_of(TaskDecision)
_instance, _activity, _job = table_of(ProcessInstance), table_of(Activity), table_of(Job)

_PASSED = (
    select(_t.c.element_id, _t.c.name, _t.c.assignee, _t.c.completed_by, _t.c.completed_at, User.active)
    .join(User, User.id == _t.c.assignee, isouter=True)
    .where(_t.c.process_instance_id == bindparam("instance"), _t.c.state == "completed", _t.c.parent_id.is_(None))
    .order_by(_t.c.completed_at, _t.c.id)
)
_TREE = select(_instance.c.id).where(_instance.c.root_id == bindparam("root"))
_SINCE = bindparam("since", type_=_t.c.completed_at.type)
_TAKEN = (
    select(_t.c.assignee, _t.c.completed_by, _t.c.state)
    .where(
        _t.c.process_instance_id.in_(_TREE),
        or_(
            (_t.c.created_at >= _SINCE)
            & or_(_t.c.opened_at.is_not(None), _t.c.claimed_at.is_not(None), _t.c.completed_by.is_not(None)),
            (_t.c.completed_at >= _SINCE) & (_t.c.id != bindparam("task")) & _t.c.completed_by.is_not(None),
        ),
    )
    .limit(1)
)
_LASTED = (
    select(literal(1))
    .where(_activity.c.process_instance_id.in_(_TREE), _activity.c.left_at >= _SINCE)
    .where(_activity.c.element_type.in_(LASTING))
    .union_all(
        select(literal(1)).where(_job.c.process_instance_id.in_(_TREE), _job.c.created_at >= _SINCE),
        select(literal(1)).where(_instance.c.root_id == bindparam("root"), _instance.c.started_at >= _SINCE),
    )
    .limit(1)
)
_LAST_OWN = (
    select(_t.c.id)
    .where(
        _t.c.process_instance_id == bindparam("instance"),
        _t.c.state == "completed",
        _t.c.parent_id.is_(None),
        or_(_t.c.completed_by == bindparam("person"), _t.c.on_behalf_of == bindparam("person")),
    )
    .order_by(_t.c.completed_at.desc(), _t.c.id.desc())
    .limit(1)
)
_DECIDED = (
    select(_d.c.id)
    .where(_d.c.user_task_id == bindparam("task"), _d.c.action.in_(sorted(decisions.SETTLES)))
    .order_by(_d.c.at.desc(), _d.c.id.desc())
    .limit(1)
)
_NEW = select(_t.c.id, _t.c.assignee).where(
    _t.c.process_instance_id == bindparam("instance"), _t.c.element_id == bindparam("element"), _t.c.state == "open"
)


@dataclass(frozen=True, slots=True)
class Passed:
    """A step a case has passed, and who did it last; `person` is None where nobody could do it again."""

    element: str
    name: str
    person: str | None
    at: datetime


def return_task(
    session: Session,
    task_id: UUID,
    *,
    actor: Principal,
    to: str | None = None,
    resume: bool = False,
    opinion: str | None = None,
    reason: str | None = None,
    revision: int | None = None,
) -> str:
    """Return a task to an earlier step the case has passed, for who did it last; return the step's element.

    Without `to` it goes to the step the model marks as the submitter's, or else to the first one passed. What was
    going on between that step and here is cancelled, the tasks of other signers as well; with `resume` the case comes
    straight back to here when the step is done again. Raises as `complete_user_task`, and Invalid for a step not
    passed.
    """
    task, root = lock_task(session, task_id)
    deciding.require_may_decide(session, task, actor, revision)
    handing.require_action(session, task, "return", actor)
    if task.parent_id is not None:
        raise NotAllowed("An added signer approves or rejects; only who has the task itself returns it.")
    conductor = Conductor(session, actor.user_id)
    running = conductor.adopt(root, task.process_instance_id)
    step = running.definition.program.elements[task.element_id]
    demanded = replace(step.approval or Approval(), signature=False)
    said = deciding.check(session, demanded, "reject", Said(opinion, reason), task, actor)
    target = _target(passed_before(session, running, task.id), running, to)
    own = task.assignee or actor.user_id
    running.execution.move(task.id, target.element, resume=resume, assignee=target.person, actor=own)
    conductor.settle()
    shown = {**running.execution.variables, **(task.variables or {})}
    deciding.record(session, running.definition, task, actor, "return", said, variables=shown, target=target.element)
    _tell(session, running, target.element, actor)
    return target.element


def passed_before(session: Session, running: Running, token: UUID) -> list[Passed]:
    """Return the steps passed from which there is a way to a token, each once, in the order they were passed last."""
    reachable = set(running.execution.steps_before(token))
    found: dict[str, Passed] = {}
    for row in session.execute(_PASSED, {"instance": running.id}):
        if row.element_id in reachable:
            found.pop(row.element_id, None)
            person = row.assignee if row.active else None
            found[row.element_id] = Passed(row.element_id, row.name, person, row.completed_at)
    return list(found.values())


def _target(passed: Sequence[Passed], running: Running, to: str | None) -> Passed:
    elements = running.definition.program.elements
    if to is None:
        marked = [each for each in passed if (approval := elements[each.element].approval) and approval.submitter]
        candidates = marked or passed
    else:
        candidates = [each for each in passed if each.element == to]
    if not candidates:
        raise Invalid("This case has passed no such step that it could be returned to.", element=to or "")
    return candidates[0]


def undo_task(session: Session, task_id: UUID, *, actor: Principal) -> None:
    """Take back what one decided a moment ago: the task is there again, the variables are what they were.

    Raises NotAllowed for who did not decide it, Conflict where it is too late: time has passed, somebody has opened
    what came next, or something happened that cannot be taken back.
    """
    task, _ = lock_task(session, task_id)
    if task.completed_by != actor.user_id:
        raise NotAllowed("Only who decided this may take it back.")
    limit = settings().undo_within
    if task.completed_at is None or task.completed_at + timedelta(seconds=limit) < clock.now():
        raise Conflict("It is too late to take this back: that can be done within {seconds} s.", seconds=limit)
    _take_back(session, task, actor, "undo")


def recall(session: Session, instance_id: UUID, *, actor: Principal) -> str:
    """Take a case back to its initiator's last own step, until the next person opens theirs; return the element.

    Raises NotFound, NotActive, NotAllowed for anybody else, Conflict where it is too late.
    """
    conductor = Conductor(session, actor.user_id)
    running = conductor.open(instance_id)
    require_initiator(running, actor)
    last = session.execute(_LAST_OWN, {"instance": instance_id, "person": running.initiator}).scalar()
    if last is None:
        raise Conflict("You have no step of your own to go back to here. Withdraw the case instead.")
    task, _ = lock_task(session, last)
    _take_back(session, task, actor, "recall", conductor)
    return task.element_id


def require_initiator(running: Running, actor: Principal) -> None:
    """Raise NotAllowed unless the actor started the case, or stands in for who did."""
    started = running.initiator
    if actor.user_id != started and not (started and actor.acts_for(started, running.definition.key)):
        raise NotAllowed("Only who started this case may do this.")


def _take_back(
    session: Session, task: LockedTask, actor: Principal, action: str, conductor: Conductor | None = None
) -> None:
    conductor = conductor or Conductor(session, actor.user_id)
    running = _still_running(conductor, task)
    _require_untouched(session, running, task)
    token = _standing(running, task)
    decision = session.execute(_DECIDED, {"task": task.id}).scalar()
    kept: dict[str, Any] = decisions.before(session, decision) if decision is not None else {}
    for name in kept.get("unset", ()):
        running.execution.variables.pop(name, None)
    running.execution.variables.update(kept.get("set", {}))
    running.execution.move(token, task.element_id, assignee=task.assignee, actor=actor.user_id)
    conductor.settle()
    decisions.record(
        session,
        action,
        actor.user_id,
        instance_id=task.process_instance_id,
        task_id=task.id,
        element_id=task.element_id,
        on_behalf_of=acting_for(actor, task),
        target=task.element_id,
    )


def _still_running(conductor: Conductor, task: LockedTask) -> Running:
    try:
        return conductor.open(task.process_instance_id)
    except NotActive as error:
        raise Conflict("The case has ended: this cannot be taken back.") from error


def _require_untouched(session: Session, running: Running, task: LockedTask) -> None:
    given = {"root": running.root_id, "since": task.completed_at, "task": task.id}
    taken = session.execute(_TAKEN, given).first()
    if taken is not None:
        person = users.user_name(session, taken.completed_by or taken.assignee or "")
        raise Conflict("It is too late to take this back: {person} is at work on it already.", person=person)
    if session.execute(_LASTED, given).first() is not None:
        raise Conflict("Something has happened since that cannot be taken back.")


def _standing(running: Running, task: LockedTask) -> UUID:
    """Return the token to move: one that waits where only this decision can have brought it."""
    step = running.definition.program.elements[task.element_id]
    several = (step.approval is not None and step.approval.countersign) or "loopCounter" in (task.variables or {})
    if several:
        raise Conflict("Others decide this step as well: what one of them decided cannot be taken back.")
    for token in running.execution.waits:
        if task.element_id in running.execution.steps_before(token):
            return token
    raise Conflict("Nothing waits that could be taken back to this step.")


def _tell(session: Session, running: Running, element: str, actor: Principal) -> None:
    """Tell whoever got the task again why."""
    for task_id, person in session.execute(_NEW, {"instance": running.id, "element": element}):
        if person is not None and person != actor.user_id:
            handing.tell_returned(session, task_id, running.id, person, actor)
