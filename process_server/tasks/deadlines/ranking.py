"""The place of open tasks in their lists: what is overdue first, then what delay is expected to cost most.

Every open task keeps its place as `rank`, so that an index has the order of the largest list; the due date and the id
decide between equals. `rank_at` is when it has to be reckoned again: the risk grows with a task's age, and at the due
date it is late. A sweep does so in small steps; whatever moves a due date or stops a clock does so at once.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Interval,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    text,
    update,
)

from process_server.clock import now
from process_server.db import Instant, Json, Session, changed, table_of
from process_server.tasks.deadlines import breach
from process_server.tasks.models import UserTask

LATE = Decimal(10) ** 15  # more than delay can cost: what is overdue comes before all else
TIMES = 20  # so often is a task's place reckoned before it is due
SOONEST = timedelta(minutes=5)  # after which it is reckoned again

_t = table_of(UserTask)
_NOW = bindparam("now", type_=Instant())
_STILL = or_(_t.c.paused_at.is_not(None), _t.c.due_at.is_(None))  # its clock stands still, or there is none
_OVERDUE = _t.c.due_at <= _NOW
_COST = func.coalesce(_t.c.delay_cost, 0)
_EXPECTED = func.coalesce(breach.probability(_NOW), 0) * _COST
_PART: ColumnElement[timedelta] = literal_column(f"(user_task.due_at - user_task.created_at) / {TIMES}", Interval())
_STEP = func.greatest(_PART, literal(SOONEST))
_RANK = update(_t).values(
    rank=case((_STILL, 0), (_OVERDUE, -_COST - LATE), else_=func.round(-_EXPECTED, 2)),
    rank_at=case(
        (or_(_STILL, _OVERDUE), null()),
        (_t.c.delay_cost.is_(None), _t.c.due_at),
        else_=func.least(_t.c.due_at, _NOW + _STEP),
    ),
)
_COST_NOW = text(
    """
    UPDATE user_task SET delay_cost = new.cost
    FROM jsonb_to_recordset(:costs) AS new (id uuid, cost numeric)
    WHERE user_task.id = new.id AND user_task.delay_cost IS DISTINCT FROM new.cost
    RETURNING user_task.id
    """
).bindparams(bindparam("costs", type_=Json()))
_THESE = _RANK.where(_t.c.id.in_(bindparam("tasks", expanding=True)))
_CHANGING = (
    select(_t.c.id)
    .where(literal_column("state = 'open'"), _t.c.rank_at.is_not(None), _t.c.rank_at <= _NOW)
    .order_by(_t.c.rank_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("changing")
)
_SWEEP = _RANK.where(_t.c.id.in_(select(_CHANGING.c.id)))


def set_costs(session: Session, costs: Mapping[UUID, Decimal | None]) -> None:
    """Write what a day of delay of tasks costs now, and reckon the place of those for which that is news."""
    rows = [{"id": str(task), "cost": None if cost is None else str(cost)} for task, cost in costs.items()]
    rank(session, session.scalars(_COST_NOW, {"costs": rows}).all())


def rank(session: Session, tasks: Sequence[UUID]) -> None:
    """Reckon the place of tasks whose due date or clock has changed."""
    if tasks:
        session.execute(_THESE, {"tasks": list(tasks), "now": now()})


def sweep(session: Session, most: int) -> int:
    """Reckon the place of tasks for which it is time, at most so many; return how many there were."""
    return changed(session.execute(_SWEEP, {"now": now(), "most": most}))
