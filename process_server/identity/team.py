"""Who manages whom, said once: named supervisors their people, heads their departments with all below them."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Text, bindparam, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from process_server.db import Session, table_of
from process_server.identity.models import Department, User

_user, _department = table_of(User), table_of(Department)

_ME: ColumnElement[str] = bindparam("me")
_headed = select(_department.c.id).where(_department.c.head_id == _ME).cte("headed", recursive=True)
_headed = _headed.union(  # not union_all: departments that contain each other come to an end
    select(_department.c.id).join(_headed, _department.c.parent_id == _headed.c.id)
)

MEMBERS = select(_user.c.id).where(
    _user.c.id != _ME, or_(_user.c.supervisor_id == _ME, _user.c.department_id.in_(select(_headed.c.id)))
)
"""The ids of everybody whom the user bound as `me` manages."""

_LIST = MEMBERS.order_by(_user.c.id)
_AMONG = MEMBERS.where(_user.c.id == func.any(cast(bindparam("people"), ARRAY(Text))))


def members_of(session: Session, user_id: str) -> list[str]:
    """Return whom a user manages: who names them as supervisor, and their departments down to the last one."""
    return list(session.scalars(_LIST, {"me": user_id}))


def manages(session: Session, user_id: str, people: Iterable[str | None]) -> bool:
    """Say whether a user manages one of the people."""
    named = sorted({person for person in people if person})
    return bool(named) and session.execute(_AMONG, {"me": user_id, "people": named}).first() is not None
