"""Figures analysts keep outside the models: `parameter("follow_up_limit")` in any expression."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from process_server import clock
from process_server.bpmn.models import Parameter
from process_server.bpmn.result import Row, rows
from process_server.db import Session
from process_server.errors import NotFound
from process_server.identity import audit
from process_server.identity.principal import Principal

_parameter = Parameter.__table__


def list_parameters(session: Session) -> list[Row]:
    """Return every figure by key: {key, value, description, changed_at, changed_by}."""
    return [_shown(row) for row in rows(session, select(_parameter).order_by(_parameter.c.key))]


def get_parameter(session: Session, key: str) -> Row:
    """Return one figure. Raises NotFound."""
    found = rows(session, select(_parameter).where(_parameter.c.key == key))
    if not found:
        raise NotFound(kind="parameter", id=key)
    return _shown(found[0])


def set_parameter(session: Session, key: str, value: Any, *, actor: Principal, description: str | None = None) -> None:
    """Set a figure, or make a new one; expressions read it from now on. A description left out stays as it is."""
    actor.require_admin()
    new = {"value": {"value": value}, "changed_at": clock.now(), "changed_by": actor.user_id}
    changed = new if description is None else new | {"description": description}
    statement = insert(Parameter).values(key=key, description=description, **new)
    session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changed))
    audit.record(session, actor.user_id, "set", "parameter", key, value=value)


def _shown(row: Row) -> Row:
    return dict(row) | {"value": row["value"]["value"]}
