"""What a person has set for the pages they work with: kept on the server, so that it is the same in every browser."""

from typing import Any

from sqlalchemy import bindparam, select, update

from process_server.db import Json, Session, changed, table_of
from process_server.errors import NotFound
from process_server.identity.models import User

_u = table_of(User)
_READ = select(_u.c.preferences).where(_u.c.id == bindparam("user"))
_WRITE = (
    update(_u)
    .where(_u.c.id == bindparam("user"))
    .values(preferences=_u.c.preferences.op("||", return_type=Json())(bindparam("added", type_=Json())))
)


def read(session: Session, user_id: str) -> dict[str, Any]:
    """Return all that a person has set, by name; somebody unknown has set nothing."""
    found: dict[str, Any] | None = session.execute(_READ, {"user": user_id}).scalar_one_or_none()
    return found or {}


def write(session: Session, user_id: str, name: str, value: Any) -> None:
    """Set one thing. Raises NotFound where there is no such user."""
    if not changed(session.execute(_WRITE, {"user": user_id, "added": {name: value}})):
        raise NotFound(kind="user", id=user_id)
