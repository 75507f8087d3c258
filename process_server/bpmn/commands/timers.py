"""Commands to running timers, for operators: another instant, the model's own once more, or now."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.commands.events import start_by
from process_server.bpmn.definitions import definition
from process_server.bpmn.models import Timer
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Running
from process_server.bpmn.starts import first_due
from process_server.bpmn.waits import TimerWait
from process_server.bpmn.zone import zone
from process_server.db import table_of
from process_server.errors import NotFound
from process_server.expressions.times import Due, shifted
from process_server.identity import audit
from process_server.identity.principal import Principal

_timer = table_of(Timer)


def reschedule_timer(
    session: Session, timer_id: UUID, due: datetime, *, actor: Principal, whole_cycle: bool = False
) -> None:
    """Let a running timer fire at another instant, without touching the model.

    What it repeats after that keeps to its grid, unless `whole_cycle` moves all of it. Raises NotFound, NotActive.
    """
    row = _find(session, timer_id)
    if row.process_instance_id is None:
        moved = whole_cycle and row.cycle is not None
        cycle = shifted(row.cycle, due - row.due_at, zone()) if moved else row.cycle
        _write(session, timer_id, Due(due, cycle, row.remaining))
    else:
        conductor, running = _open(session, row, actor)
        running.execution.reschedule(timer_id, due, whole_cycle=whole_cycle)
        _keep_row(session, running, timer_id)
        conductor.settle()
    _record(session, actor, "reschedule", row, before=row.due_at, after=due)


def recalculate_timer(session: Session, timer_id: UUID, *, actor: Principal, from_creation: bool = True) -> None:
    """Let a timer wait for what the model says by now, counted from when it was set, or else from now.

    Raises NotFound, NotActive, ExpressionFailed.
    """
    row = _find(session, timer_id)
    since = row.created_at if from_creation else clock.now()
    if row.process_instance_id is None:
        starts = definition(session, row.definition_id).program.starts
        due = next((first_due(start, since) for start in starts if start.element == row.element_id), None)
        if due is not None:
            _write(session, timer_id, due)
    else:
        conductor, running = _open(session, row, actor)
        running.execution.recalculate(timer_id, since)
        _keep_row(session, running, timer_id)
        conductor.settle()
    _record(session, actor, "recalculate", row, before=row.due_at)


def fire_timer_now(session: Session, timer_id: UUID, *, actor: Principal) -> None:
    """Do at once what a timer waits for, as if its instant had come. Raises NotFound, NotActive."""
    row = _find(session, timer_id)
    _record(session, actor, "fire", row, before=row.due_at)
    if row.process_instance_id is None:
        start_by(session, row)
        return
    conductor, running = _open(session, row, actor, suspended_too=False)
    conductor.house.deployment_id = running.definition.deployment_id
    running.execution.fire(timer_id)
    conductor.settle()


def _find(session: Session, timer_id: UUID) -> Row[Any]:
    row = session.execute(select(_timer).where(_timer.c.id == timer_id)).one_or_none()
    if row is None:
        raise NotFound(kind="timer", id=timer_id)
    return row


def _open(
    session: Session, row: Row[Any], actor: Principal, *, suspended_too: bool = True
) -> tuple[Conductor, Running]:
    """Lock the case a timer is in; whoever was faster may have fired it. Raises NotFound."""
    conductor = Conductor(session, actor.user_id, suspended_too=suspended_too)
    running = conductor.open(row.process_instance_id)
    if not isinstance(running.execution.waits.get(row.id), TimerWait):
        raise NotFound(kind="timer", id=row.id)
    return conductor, running


def _keep_row(session: Session, running: Running, timer_id: UUID) -> None:
    """Change the timer's row in place: it is the same timer still, set when it was set."""
    wait = running.execution.waits[timer_id]
    assert isinstance(wait, TimerWait)
    _write(session, timer_id, Due(wait.due, wait.cycle, wait.remaining))
    running.before[timer_id] = wait


def _write(session: Session, timer_id: UUID, due: Due) -> None:
    values = {"due_at": due.due, "cycle": due.cycle, "remaining": due.remaining}
    session.execute(update(_timer).where(_timer.c.id == timer_id).values(values))


def _record(session: Session, actor: Principal, action: str, row: Row[Any], **detail: Any) -> None:
    instance = row.process_instance_id
    place = {"instance": str(instance) if instance else None, "element": row.element_id}
    audit.record(session, actor.user_id, action, "timer", row.id, **place, **detail)
