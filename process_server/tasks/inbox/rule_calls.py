"""Having the rules of people look at a task: a row for each person who has some, taken away by a worker."""

from uuid import UUID

from sqlalchemy import bindparam, text

from process_server.clock import now
from process_server.db import Instant, Session

_CALL = text(
    """
    INSERT INTO rule_call (id, owner, user_task_id, changed, at)
    SELECT DISTINCT ON (rule.owner) gen_random_uuid(), rule.owner, task.id, :changed, :at
    FROM inbox_rule AS rule
    JOIN user_task AS task ON task.id = :task AND task.state = 'open'
    WHERE rule.enabled AND (rule.on_change OR NOT :changed)
        AND (
            rule.owner = task.assignee
            OR task.assignee IS NULL AND (
                rule.owner = ANY (task.candidate_users)
                OR EXISTS (
                    SELECT FROM membership
                    WHERE membership.user_id = rule.owner AND membership.group_id = ANY (task.candidate_groups)
                )
            )
        )
    """
).bindparams(bindparam("at", type_=Instant()))


def came(session: Session, task_id: UUID) -> None:
    """Have the rules look at a task that somebody was given; new tasks are seen to where they are written."""
    session.execute(_CALL, {"task": task_id, "changed": False, "at": now()})


def changed(session: Session, task_id: UUID) -> None:
    """Have the rules look again at a task that changed."""
    session.execute(_CALL, {"task": task_id, "changed": True, "at": now()})
