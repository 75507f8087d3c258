"""How likely an open task is to be done too late, by how long its step took before; and what that costs.

Of the last tasks of the step in all versions of its process (at most 500 of half a year, at least 10), those count that
were still open at the age the task has now. With `still` of them, of which `late` took longer than this task may take
from its beginning to its due date, the probability is (late + 0.5) / (still + 1); 1 once it is overdue. Nothing is
said of a task without a due date, whose clock stands still, or whose step has no such history.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Double, Numeric, case, cast, func, literal_column, select, text

from process_server.clock import now
from process_server.db import Session, changed, table_of
from process_server.tasks.inbox.models import StepHistory
from process_server.tasks.models import UserTask

MOST, LEAST = 500, 10  # tasks of a step that are compared with
SINCE = timedelta(days=180)

_t, _h = table_of(UserTask), table_of(StepHistory)
_GATHER = text(
    """
    WITH lately AS (
        SELECT definition.key, task.element_id, extract(epoch FROM task.completed_at - task.created_at) AS seconds,
            row_number() OVER (
                PARTITION BY definition.key, task.element_id ORDER BY task.completed_at DESC
            ) AS number
        FROM user_task AS task
        JOIN process_definition AS definition ON definition.id = task.definition_id
        WHERE task.state = 'completed' AND task.completed_at > :since AND task.parent_id IS NULL
    ), made AS (
        SELECT key, element_id, array_agg(seconds::double precision ORDER BY seconds) AS seconds
        FROM lately
        WHERE number <= :most
        GROUP BY key, element_id
        HAVING count(*) >= :least
    )
    INSERT INTO step_history (definition_id, element_id, seconds, changed_at)
    SELECT definition.id, made.element_id, made.seconds, :at
    FROM made
    JOIN process_definition AS definition ON definition.key = made.key
    ON CONFLICT (definition_id, element_id) DO UPDATE
        SET seconds = excluded.seconds, changed_at = excluded.changed_at
    """
)


def gather(session: Session) -> int:
    """Read again how long the steps of all processes took; return of how many steps of versions it is known."""
    given = {"since": now() - SINCE, "most": MOST, "least": LEAST, "at": now()}
    return changed(session.execute(_GATHER, given))


def probability(at: ColumnElement[datetime]) -> ColumnElement[Any]:
    """Return how likely a row of `user_task` is to be done too late, as SQL: 0 to 1, null where nothing is known."""
    late = _longer_than(_t.c.due_at - _t.c.created_at)
    still = _longer_than(at - _t.c.created_at)
    by_history = (
        select(func.round((late + Decimal("0.5")) / (still + 1), 3))
        .where(_h.c.definition_id == _t.c.definition_id, _h.c.element_id == _t.c.element_id)
        .correlate(_t)
        .scalar_subquery()
    )
    return case(
        (_t.c.state != literal_column("'open'"), None),
        (_t.c.paused_at.is_not(None), None),
        (_t.c.due_at <= at, cast(1, Numeric)),
        (_t.c.due_at.is_not(None), by_history),
    )


def _longer_than(time: ColumnElement[Any]) -> ColumnElement[Any]:
    """Count the tasks of a step's history that took longer: their seconds are in order."""
    seconds = cast(func.extract("epoch", time), Double)
    number = func.cardinality(_h.c.seconds) - func.width_bucket(seconds, _h.c.seconds)
    return cast(number, Numeric)
