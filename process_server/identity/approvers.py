"""Finding people by their place in the organisation: active ones, members of departments, heads and supervisors."""

from collections.abc import Collection, Sequence

from sqlalchemy import ARRAY, Text, bindparam, text

from process_server.db import Session
from process_server.identity import users

_MOST_LEVELS = 50  # what a chain of departments or supervisors is followed up

_ACTIVE = text(
    """
    SELECT person.id, member.user_id IS NULL AS named
    FROM user_account AS person
    LEFT JOIN LATERAL (
        SELECT user_id FROM membership WHERE user_id = person.id AND group_id = ANY (:groups) LIMIT 1
    ) AS member ON true
    WHERE person.active AND NOT person.service AND (person.id = ANY (:users) OR member.user_id IS NOT NULL)
    ORDER BY array_position(:users, person.id) NULLS LAST, person.id
    """
).bindparams(bindparam("users", type_=ARRAY(Text)), bindparam("groups", type_=ARRAY(Text)))
_OF_DEPARTMENTS = text(
    "SELECT id FROM user_account WHERE active AND NOT service AND department_id = ANY (:departments) ORDER BY id"
).bindparams(bindparam("departments", type_=ARRAY(Text)))
_DEPARTMENT = text("SELECT department_id FROM user_account WHERE id = :user")
_HEADS = text(
    """
    WITH RECURSIVE up AS (
        SELECT parent_id, head_id, 1 AS level FROM department WHERE id = :department
        UNION ALL
        SELECT above.parent_id, above.head_id, level + 1
        FROM up JOIN department AS above ON above.id = up.parent_id
        WHERE level < :most
    )
    SELECT level, head_id FROM up
    JOIN user_account AS head ON head.id = head_id AND head.active
    ORDER BY level
    """
)


def active(session: Session, people: Collection[str], groups: Collection[str] = ()) -> tuple[str, ...]:
    """Return those of the people who are active, in their order, then the active members of the groups."""
    rows = session.execute(_ACTIVE, {"users": list(people), "groups": list(groups)})
    return tuple(dict.fromkeys(row.id for row in rows))


def of_departments(session: Session, departments: Collection[str]) -> tuple[str, ...]:
    """Return the active people of departments, not of those below them."""
    return tuple(session.scalars(_OF_DEPARTMENTS, {"departments": list(departments)}))


def department_of(session: Session, user_id: str) -> str | None:
    """Return the department a person belongs to."""
    return session.execute(_DEPARTMENT, {"user": user_id}).scalar_one_or_none()


def heads(session: Session, department: str, levels: tuple[int, int]) -> tuple[str, ...]:
    """Return the heads of a department (level 1) and of those above it, from one level to another.

    A single level without a head is stood in for by the nearest one above it that has one.
    """
    first, last = levels
    rows = session.execute(_HEADS, {"department": department, "most": _MOST_LEVELS}).all()
    if first == last:
        return tuple(row.head_id for row in rows if row.level >= first)[:1]
    return tuple(dict.fromkeys(row.head_id for row in rows if first <= row.level <= last))


def supervisors(session: Session, user_id: str, levels: tuple[int, int]) -> tuple[str, ...]:
    """Return whom a person reports to (level 1) up to whom those report; who is no longer active is not counted."""
    first, last = levels
    chain: list[str] = []
    above = users.supervisor(session, user_id)
    seen = {user_id}
    while above is not None and above not in seen and len(seen) <= _MOST_LEVELS and len(chain) < last:
        seen.add(above)
        chain += active(session, [above])
        above = users.supervisor(session, above)
    return tuple(chain[first - 1 : last])


def next_of(people: Sequence[str], previous: str | None) -> str | None:
    """Return who comes after `previous` in a sorted list of people, which may have changed meanwhile."""
    following = [person for person in people if previous is not None and person > previous]
    return next(iter(following or people), None)
