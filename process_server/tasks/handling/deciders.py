"""Who else decides the step of a task: in an approval nobody is given a second say."""

from uuid import UUID

from sqlalchemy import bindparam, or_, select

from process_server.db import Session, table_of
from process_server.errors import Conflict
from process_server.i18n import Named
from process_server.identity.models import User
from process_server.tasks.models import UserTask

_t = table_of(UserTask)
_other = _t.alias("other")
_CO_SIGNERS = select(_t.c.co_signers).where(_t.c.id == bindparam("task"))
_BESIDE = (
    select(_other.c.assignee, _other.c.completed_by, _other.c.parent_id)
    .join_from(
        _t,
        _other,
        (_other.c.process_instance_id == _t.c.process_instance_id)
        & (_other.c.element_id == _t.c.element_id)
        & (_other.c.id != _t.c.id),
    )
    .where(
        _t.c.id == bindparam("task"),
        or_(
            _other.c.state.in_(["open", "held"]),
            _other.c.completed_by.is_not(None) & (_other.c.completed_at >= _t.c.created_at),
        ),
    )
)


def others(session: Session, task_id: UUID, *, signed: bool = True) -> dict[str, bool]:
    """Return who decides the step of a task by another one, with whether they have done so.

    Without `signed` those are left out who were added to the step and have signed.
    """
    found = dict.fromkeys(session.execute(_CO_SIGNERS, {"task": task_id}).scalar_one(), False)
    for row in session.execute(_BESIDE, {"task": task_id}):
        if row.completed_by is None:
            found[row.assignee] = False
        elif signed or row.parent_id is None:
            found[row.completed_by] = True
    found.pop(None, None)
    return found


def require_none_of(session: Session, task_id: UUID, person: User, *, signed: bool) -> None:
    """Raise Conflict where somebody who decides a step by another task, or has done so, would decide it once more."""
    decided = others(session, task_id, signed=signed).get(person.id)
    if decided is not None:
        named = Named(person.name, person.name_en)
        if decided:
            raise Conflict("{person} has decided this step already.", person=named)
        raise Conflict("{person} decides this step already.", person=named)
