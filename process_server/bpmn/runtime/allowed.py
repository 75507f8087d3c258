"""What has to hold before a case goes back or is withdrawn: asked by commands and by who shows what can be done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, literal, or_, select
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.approval import withdraw_of
from process_server.bpmn.models import Activity, Job, ProcessInstance
from process_server.bpmn.runtime.running import Running
from process_server.config import settings
from process_server.db import table_of
from process_server.errors import Conflict, NotAllowed
from process_server.identity import users
from process_server.identity.models import User
from process_server.identity.principal import Principal
from process_server.tasks.handling import decisions
from process_server.tasks.models import TaskDecision, UserTask

LASTING = ("serviceTask", "sendTask", "callActivity", "intermediateThrowEvent", "endEvent")
"""The elements whose visit nobody can take back: something was told to somebody outside, or a branch is over."""

_t, _d = table_of(UserTask), table_of(TaskDecision)
_instance, _activity, _job = table_of(ProcessInstance), table_of(Activity), table_of(Job)

_TREE = select(_instance.c.id).where(_instance.c.root_id == bindparam("root"))
_SINCE = bindparam("since", type_=_t.c.completed_at.type)
_TAKEN = (
    select(_t.c.assignee, _t.c.completed_by, _t.c.state)
    .where(
        _t.c.process_instance_id.in_(_TREE),
        or_(
            (_t.c.created_at >= _SINCE)
            # what one opens oneself is nobody else's work
            & or_(
                _t.c.opened_at.is_not(None) & _t.c.assignee.is_distinct_from(bindparam("actor")),
                _t.c.claimed_at.is_not(None) & _t.c.assignee.is_distinct_from(bindparam("actor")),
                _t.c.completed_by.is_not(None),
                _t.c.state == "held",  # it is decided, or others were asked to sign it
                _t.c.parent_id.is_not(None),
            ),
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
_PASSED = (
    select(_t.c.element_id, _t.c.name, _t.c.assignee, _t.c.completed_by, _t.c.completed_at, User.active)
    .join(User, User.id == _t.c.assignee, isouter=True)
    .where(_t.c.process_instance_id == bindparam("instance"), _t.c.state == "completed", _t.c.parent_id.is_(None))
    .order_by(_t.c.completed_at, _t.c.id)
)
_later, _own = _d.alias("later"), _d.alias("own")
_GIVEN_BACK = exists().where(  # to the initiator, or by who decided it: nothing of it stands any more
    _later.c.process_instance_id == _d.c.process_instance_id,
    _later.c.at >= _d.c.at,
    or_(
        (_later.c.action == "undo") & (_later.c.user_task_id == _d.c.user_task_id),
        (_later.c.action == "return")
        & exists().where(
            _own.c.process_instance_id == _later.c.process_instance_id,
            _own.c.element_id == _later.c.target,
            _own.c.actor == bindparam("initiator"),
            _own.c.action.in_(sorted(decisions.SETTLES)),
            _own.c.at < _later.c.at,
        ),
    ),
)
_DECIDED_BY_OTHERS = (
    select(literal(1))
    .where(
        _d.c.process_instance_id.in_(_TREE),
        _d.c.action.in_(["approve", "reject", "return", "timeout"]),
        _d.c.actor != bindparam("initiator"),
        ~_GIVEN_BACK,
    )
    .limit(1)
)
_SIGNED = select(literal(1)).where(_t.c.parent_id == bindparam("task"), _t.c.state == "completed").limit(1)


@dataclass(frozen=True, slots=True)
class Passed:
    """A step a case has passed, and who did it last; `person` is None where nobody could do it again."""

    element: str
    name: str
    person: str | None
    at: datetime


def passed_before(session: Session, running: Running, token: UUID) -> list[Passed]:
    """Return the steps passed from which there is a way to a token, each once, in the order they were passed last."""
    reachable = set(running.execution.steps_before(token))
    found: dict[str, Passed] = {}
    for row in session.execute(_PASSED, {"instance": running.id}).all():
        if row.element_id in reachable:
            found.pop(row.element_id, None)
            person = row.assignee if row.active else None
            found[row.element_id] = Passed(row.element_id, row.name, person, row.completed_at)
    return list(found.values())


def last_own(session: Session, running: Running, actor: Principal) -> UUID:
    """Return the task that a recall brings back. Raises NotAllowed for who did not start the case, Conflict."""
    require_initiator(running, actor)
    last: UUID | None = session.execute(_LAST_OWN, {"instance": running.id, "person": running.initiator}).scalar()
    if last is None:
        raise Conflict("You have no step of your own to go back to here.")
    return last


def require_initiator(running: Running, actor: Principal) -> None:
    """Raise NotAllowed unless the actor started the case, or stands in for who did."""
    started = running.initiator
    if actor.user_id != started and not (started and actor.acts_for(started, running.definition.key)):
        raise NotAllowed("Only who started this case may do this.")


def require_fresh(task: Any, actor: Principal) -> None:
    """Raise NotAllowed or Conflict unless the actor decided the task a moment ago."""
    if task.state == "held":
        raise Conflict("This task waits for the signers that were added to it.")
    if task.completed_by != actor.user_id:
        raise NotAllowed("Only who decided this may take it back.")
    limit = settings().undo_within
    if task.completed_at is None or task.completed_at + timedelta(seconds=limit) < clock.now():
        raise Conflict("It is too late to take this back: that can be done within {seconds} s.", seconds=limit)


def require_untouched(session: Session, running: Running, task: Any) -> UUID:
    """Return the token that would go back to a decided task. Raises Conflict where it is too late for that."""
    given = {"root": running.root_id, "since": task.completed_at, "task": task.id, "actor": task.completed_by}
    taken = session.execute(_TAKEN, given).first()
    if taken is not None:
        person = users.named(session, taken.completed_by or taken.assignee or "")
        raise Conflict("It is too late to take this back: {person} is at work on it already.", person=person)
    if session.execute(_LASTED, given).first() is not None:
        raise Conflict("Something has happened since that cannot be taken back.")
    return _standing(session, running, task)


def _standing(session: Session, running: Running, task: Any) -> UUID:
    """Return the token to move: one that waits where only this decision can have brought it."""
    if task.definition_id != running.definition.id:
        raise Conflict("The case has been moved to another version since: this cannot be taken back.")
    step = running.definition.program.elements[task.element_id]
    several = (step.approval is not None and step.approval.countersign) or "loopCounter" in (task.variables or {})
    if several or task.parent_id is not None or session.execute(_SIGNED, {"task": task.id}).first() is not None:
        raise Conflict("Others decide this step as well: what one of them decided cannot be taken back.")
    for token in running.execution.waits:
        if task.element_id in running.execution.steps_before(token):
            return token
    raise Conflict("Nothing waits that could be taken back to this step.")


def require_may_withdraw(session: Session, running: Running, actor: Principal) -> None:
    """Raise NotAllowed or Conflict unless the actor may withdraw the case now."""
    require_initiator(running, actor)
    if running.parent_id is not None:
        raise NotAllowed("Another case called this one: withdraw that one.")
    when = withdraw_of(running.definition.program.properties)
    if when == "never":
        raise NotAllowed("The model does not let a case of this process be withdrawn.")
    given = {"root": running.root_id, "initiator": running.initiator}
    if when == "undecided" and session.execute(_DECIDED_BY_OTHERS, given).first() is not None:
        raise Conflict("Somebody has decided already: it is too late to withdraw this case.")
