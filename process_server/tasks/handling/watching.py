"""Cases that people follow without having anything to do in them."""

from uuid import UUID

from sqlalchemy import bindparam, delete, literal, select
from sqlalchemy.dialects.postgresql import insert

from process_server.clock import now
from process_server.db import Session, table_of
from process_server.identity.principal import Principal
from process_server.tasks.handling.models import Watch

_w = table_of(Watch)
_THIS = (_w.c.user_id == bindparam("me"), _w.c.process_instance_id == bindparam("instance"))
_WATCH = insert(_w).on_conflict_do_nothing()
_UNWATCH = delete(_w).where(*_THIS)
_IS = select(literal(1)).where(*_THIS)


def watch(session: Session, instance_id: UUID, *, principal: Principal) -> None:
    """Follow a case; the caller has checked that the user sees it."""
    row = {"user_id": principal.user_id, "process_instance_id": instance_id, "since": now()}
    session.execute(_WATCH, row)


def unwatch(session: Session, instance_id: UUID, *, principal: Principal) -> None:
    """Follow a case no longer."""
    session.execute(_UNWATCH, {"me": principal.user_id, "instance": instance_id})


def is_watched(session: Session, instance_id: UUID, *, principal: Principal) -> bool:
    """Say whether the user follows a case."""
    return session.execute(_IS, {"me": principal.user_id, "instance": instance_id}).first() is not None
