"""Who has the least to do: for assigning work by load."""

from collections import Counter

from sqlalchemy import bindparam, text

from process_server.db import Session
from process_server.errors import NotFound

_PICKED = "least_loaded"  # kept in session.info

# Ties go to who was given work longest ago: of the open tasks and of the one completed last.
_LOADS = text(
    """
    SELECT member.user_id, open.tasks
    FROM membership AS member
    JOIN user_account ON user_account.id = member.user_id AND user_account.active AND NOT user_account.service
    CROSS JOIN LATERAL (
        SELECT count(*) AS tasks, max(created_at) AS latest
        FROM user_task WHERE assignee = member.user_id AND state = 'open'
    ) AS open
    LEFT JOIN LATERAL (
        SELECT created_at FROM user_task
        WHERE completed_by = member.user_id ORDER BY completed_at DESC, id DESC LIMIT 1
    ) AS done ON true
    WHERE member.group_id = :group
    ORDER BY open.tasks, GREATEST(open.latest, done.created_at) NULLS FIRST, member.user_id
    """
).bindparams(bindparam("group"))


def least_loaded(session: Session, group: str) -> str:
    """Return the active member of the group with the fewest open tasks, ties to who got one longest ago.

    Whoever was returned before in this session counts as having got a task, so that several picks of one command are
    spread. Raises NotFound where the group has no active member.
    """
    picked: Counter[str] = session.info.setdefault(_PICKED, Counter())
    loads = session.execute(_LOADS, {"group": group}).all()
    if not loads:
        raise NotFound("The group {id} has no active member.", kind="group", id=group)
    chosen: str = min(loads, key=lambda row: row.tasks + picked[row.user_id]).user_id
    picked[chosen] += 1
    return chosen
