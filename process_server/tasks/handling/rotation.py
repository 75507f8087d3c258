"""Taking turns: of a group whoever comes after the one that had a step of a process last."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from process_server.db import Session, table_of
from process_server.identity.approvers import active, next_of
from process_server.tasks.handling.models import Rotation

_r = table_of(Rotation)


def next_in_turn(session: Session, process_key: str, element_id: str, group: str, *, peek: bool = False) -> str | None:
    """Return whose turn it is, and remember it; with `peek` it stays theirs. None where the group has nobody active.

    The row is locked until the transaction ends, so that two cases at once never get the same person by accident.
    """
    key = {"process_key": process_key, "element_id": element_id, "group_id": group}
    place = [_r.c[name] == value for name, value in key.items()]
    if peek:
        previous = session.execute(select(_r.c.user_id).where(*place)).scalar_one_or_none()
        return next_of(active(session, (), [group]), previous)
    session.execute(insert(_r).values(**key).on_conflict_do_nothing())
    previous = session.execute(select(_r.c.user_id).where(*place).with_for_update()).scalar_one()
    chosen = next_of(active(session, (), [group]), previous)
    session.execute(_r.update().where(*place).values(user_id=chosen))
    return chosen
