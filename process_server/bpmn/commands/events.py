"""Commands that bring news to waiting instances: messages, signals, due timers."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, select, update
from sqlalchemy.orm import Session, aliased

from process_server import clock
from process_server.bpmn.definitions import definition
from process_server.bpmn.models import ProcessDefinition, ProcessInstance, Timer
from process_server.bpmn.runtime import correlation, kept_messages
from process_server.bpmn.runtime.addressing import Address
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Running
from process_server.bpmn.waits import TimerWait
from process_server.bpmn.zone import zone
from process_server.config import settings
from process_server.db import table_of
from process_server.errors import NotActive, NotCorrelated, NotFound, Suspended
from process_server.expressions.times import next_due
from process_server.identity.principal import SYSTEM, Principal

POSTPONED = timedelta(seconds=30)

_timer = table_of(Timer)
_instance = table_of(ProcessInstance)
_definition = table_of(ProcessDefinition)
_root = aliased(_instance, name="root")

# Only the root is locked, and a busy tree is passed over: whoever holds it settles its own timers.
_NEXT = (
    select(_timer.c.id, _timer.c.process_instance_id)
    .join(_instance, _instance.c.id == _timer.c.process_instance_id)
    .join(_root, _root.c.id == _instance.c.root_id)
    .where(_timer.c.due_at <= bindparam("now"), _timer.c.suspended.is_(False), _instance.c.suspended_at.is_(None))
    .order_by(_timer.c.due_at, _timer.c.id)
    .limit(bindparam("limit"))
    .with_for_update(of=_root, skip_locked=True, key_share=True)
)
_NEXT_START = (
    select(_timer)
    .join(_definition, _definition.c.id == _timer.c.definition_id)
    .where(
        _timer.c.due_at <= bindparam("now"),
        _timer.c.process_instance_id.is_(None),
        _timer.c.suspended.is_(False),
        _definition.c.suspended.is_(False),
    )
    .order_by(_timer.c.due_at, _timer.c.id)
    .limit(1)
    .with_for_update(of=_timer, skip_locked=True)
)


def correlate_message(
    session: Session,
    name: str,
    values: dict[str, Any],
    *,
    actor: Principal,
    business_key: str | None = None,
    correlation_key: str | None = None,
    correlation_variables: Mapping[str, Any] | None = None,
    instance_id: UUID | None = None,
    keep_for: timedelta | None = None,
) -> Running | datetime:
    """Give a message to the instance that waits for it, or start the process it starts.

    When nobody wants it yet it is kept for a while, `keep_for` or as long as the settings say; then until when is
    returned. Raises NotCorrelated when it is not kept either, AmbiguousCorrelation when several instances wait.
    """
    conductor = Conductor(session, actor.user_id)
    address = Address(business_key, correlation_key, correlation_variables, instance_id)
    running = correlation.deliver_message(conductor, name, values, address)
    if running is not None:
        conductor.settle()
        return running
    how_long = timedelta(seconds=settings().message_buffer) if keep_for is None else keep_for
    if not how_long or (instance_id is not None and not _is_active(session, instance_id)):
        raise NotCorrelated(name=name)
    return kept_messages.keep(session, name, values, address, how_long=how_long, actor=actor.user_id)


def _is_active(session: Session, instance_id: UUID) -> bool:
    state = session.execute(select(_instance.c.state).where(_instance.c.id == instance_id)).scalar_one_or_none()
    return state == "active"


def deliver_kept_message(session: Session, message_id: UUID) -> bool:
    """Give a kept message to whoever waits for it now, the one who waits longest; say whether it was wanted."""
    message = kept_messages.take(session, message_id)
    if message is None:
        return False
    conductor = Conductor(session, message.actor)
    address = kept_messages.address_of(message)
    delivered = correlation.deliver_message(conductor, message.name, message.variables, address, strict=False)
    if delivered is None:
        return False
    kept_messages.drop(session, message_id)
    conductor.settle()
    return True


def broadcast_signal(session: Session, name: str, values: dict[str, Any], *, actor: Principal) -> list[Running]:
    """Give a signal to all who wait for it; return the instances it reached or started."""
    conductor = Conductor(session, actor.user_id)
    reached = correlation.deliver_signal(conductor, name, values)
    conductor.settle()
    return reached


class TimerFailed(Exception):
    """Firing a timer broke off; `timer_id` says which."""

    def __init__(self, timer_id: UUID) -> None:
        super().__init__(f"timer {timer_id}")
        self.timer_id = timer_id


def fire_timers(session: Session, limit: int = 1) -> int:
    """Fire the timers that are due longest and whose instances are free; return how many there were.

    Several share one transaction, and so one wait for the disk. Raises TimerFailed; then none of them has fired.
    """
    rows = session.execute(_NEXT, {"now": clock.now(), "limit": limit}).all()
    for row in rows:
        try:
            fire_timer(session, row.id, row.process_instance_id)
        except Exception as error:  # whatever is wrong with one instance must not keep the others' timers waiting
            raise TimerFailed(row.id) from error
    return len(rows)


def postpone_timer(session: Session, timer_id: UUID) -> None:
    """Look at a timer that could not be fired again a while later; what it waits for stays due."""
    session.execute(update(_timer).where(_timer.c.id == timer_id).values(due_at=clock.now() + POSTPONED))


def fire_timer(session: Session, timer_id: UUID, instance_id: UUID) -> None:
    """Fire one timer of an instance, if it still waits and is due. Raises Suspended."""
    conductor = Conductor(session, SYSTEM.user_id)
    running = _active(conductor, instance_id)
    wait = running.execution.waits.get(timer_id) if running else None
    if running is None or not isinstance(wait, TimerWait):
        session.execute(delete(_timer).where(_timer.c.id == timer_id))  # its token is gone, so nothing waits
        return
    if wait.due <= clock.now():
        conductor.house.deployment_id = running.definition.deployment_id
        running.execution.fire(timer_id)
        conductor.settle()


def _active(conductor: Conductor, instance_id: UUID) -> Running | None:
    """Return an instance; None when it has ended meanwhile. Raises Suspended."""
    try:
        return conductor.open(instance_id)
    except Suspended:
        raise
    except (NotActive, NotFound):
        return None


def fire_next_start(session: Session) -> bool:
    """Start the process whose timer start event is due; False when there is none. Raises TimerFailed."""
    row = session.execute(_NEXT_START, {"now": clock.now()}).one_or_none()
    if row is None:
        return False
    try:
        start_by(session, row)
    except Exception as error:  # nor may a process that cannot start keep others from starting
        raise TimerFailed(row.id) from error
    return True


def start_by(session: Session, row: Row[Any]) -> None:
    """Start the process a timer start event starts, and wait for its next instant, if there is one."""
    following = next_due(row.cycle, row.due_at, clock.now(), zone(), row.remaining) if row.cycle else None
    if following is None:
        session.execute(delete(_timer).where(_timer.c.id == row.id))
    else:
        session.execute(
            update(_timer)
            .where(_timer.c.id == row.id)
            .values(due_at=following.due, cycle=following.cycle, remaining=following.remaining)
        )
    conductor = Conductor(session, SYSTEM.user_id)
    conductor.begin(definition(session, row.definition_id), {}, start_element=row.element_id)
    conductor.settle()
