"""Telling people that they stand in for somebody: when it begins, which may be long after it was arranged."""

from sqlalchemy import bindparam, or_, select, update

from process_server.clock import now
from process_server.db import Session, table_of
from process_server.i18n import Named
from process_server.identity.models import StandIn, User
from process_server.tasks.telling import notifications

_s, _u = table_of(StandIn), table_of(User)
_DUE = (
    select(_s.c.id, _s.c.substitute_id, _s.c.starts_at, _s.c.ends_at, _u.c.name, _u.c.name_en)
    .join(_u, _u.c.id == _s.c.user_id)
    .where(
        _s.c.told_at.is_(None),
        _s.c.starts_at <= bindparam("at"),
        or_(_s.c.ends_at.is_(None), _s.c.ends_at > bindparam("at")),
    )
    .order_by(_s.c.starts_at, _s.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=_s, skip_locked=True)
)
_TOLD = update(_s).where(_s.c.id.in_(bindparam("stand_ins", expanding=True))).values(told_at=bindparam("at"))


def tell(session: Session, most: int = 200) -> int:
    """Tell those whose time as a stand-in has begun for whom and for how long, once; return how many."""
    rows = session.execute(_DUE, {"at": now(), "most": most}).all()
    if not rows:
        return 0
    session.execute(_TOLD, {"stand_ins": [row.id for row in rows], "at": now()})
    notes = []
    for row in rows:
        params = {"author": Named(row.name, row.name_en), "since": row.starts_at.isoformat()}
        if row.ends_at is not None:
            params["until"] = row.ends_at.isoformat()
        kind = "stand_in" if row.ends_at is None else "stand_in_until"
        notes.append({"recipient": row.substitute_id, "kind": kind, "params": params})
    notifications.write(session, notes)
    return len(rows)
