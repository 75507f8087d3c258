"""Commands to the history: how long cases are kept after their end; taking them away, one by one or in time.

A case is kept with all it called: the version of the process at the root says how long.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, exists, select, update
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.commands import removal
from process_server.bpmn.commands.instances import require_operator
from process_server.bpmn.models import ProcessDefinition, ProcessInstance
from process_server.db import changed, table_of
from process_server.errors import Conflict, Invalid, NotFound
from process_server.identity import audit
from process_server.identity.principal import Principal

LONGEST = 36_500  # days

_definition, _instance = table_of(ProcessDefinition), table_of(ProcessInstance)
_member = _instance.alias("member")

_LIMITED = select(_definition.c.id, _definition.c.key, _definition.c.history_days).where(
    _definition.c.history_days.is_not(None)
)
_STILL_RUNS = exists().where(_member.c.root_id == _instance.c.id, _member.c.ended_at.is_(None))
_OVERDUE = (
    select(_instance.c.id)
    .where(
        _instance.c.definition_id == bindparam("definition"),
        _instance.c.parent_id.is_(None),
        _instance.c.ended_at < bindparam("before"),
        ~_STILL_RUNS,
    )
    .order_by(_instance.c.ended_at)
    .limit(bindparam("most"))
    .with_for_update(of=_instance, skip_locked=True)
)
_TREES = select(_instance.c.id).where(_instance.c.root_id.in_(bindparam("roots", expanding=True)))


def keep_history(session: Session, definition_id: UUID, days: int | None, *, actor: Principal) -> None:
    """Say for how many days the cases of a version are kept after their end; None: for good. Raises Invalid."""
    require_operator(actor)
    if days is not None and not 0 <= days <= LONGEST:
        raise Invalid("Days are from 0 to {most}.", most=LONGEST)
    kept = update(_definition).where(_definition.c.id == definition_id).values(history_days=days)
    if not changed(session.execute(kept)):
        raise NotFound(kind="process definition", id=definition_id)
    audit.record(session, actor.user_id, "keep_history", "process_definition", definition_id, days=days)


def delete_history(session: Session, instance_ids: Sequence[UUID], *, actor: Principal) -> int:
    """Take away cases that have ended, with all they called; return how many rows of cases that were.

    Raises NotFound, and Conflict where one still runs or was called by another: then none is taken away.
    """
    require_operator(actor)
    query = select(_instance.c.id, _instance.c.parent_id, _STILL_RUNS.label("runs"))
    found = {row.id: row for row in session.execute(query.where(_instance.c.id.in_(instance_ids)).with_for_update())}
    for instance_id in instance_ids:
        _require_over(instance_id, found.get(instance_id))
    gone = list(session.scalars(_TREES, {"roots": list(found)}))
    removal.remove(session, gone)
    for instance_id in found:
        audit.record(session, actor.user_id, "delete", "process_instance", instance_id)
    return len(gone)


def _require_over(instance_id: UUID, row: Row[Any] | None) -> None:
    if row is None:
        raise NotFound(kind="process instance", id=instance_id)
    if row.runs:
        raise Conflict("The process instance {id} still runs: cancel it first.", id=instance_id)
    if row.parent_id is not None:
        raise Conflict("The process instance {id} was called by another one, and goes with that.", id=instance_id)


def clean_history(session: Session, most: int = 100) -> int:
    """Take away up to so many cases whose time is over, of one version of a process; return how many.

    A case goes when it ended longer ago than its version keeps it and nothing it called still runs. What a version
    says nothing of stays for good.
    """
    for definition_id, key, days in session.execute(_LIMITED).all():
        given = {"definition": definition_id, "before": clock.now() - timedelta(days=days), "most": most}
        roots = list(session.scalars(_OVERDUE, given))
        if roots:
            removal.remove(session, list(session.scalars(_TREES, {"roots": roots})))
            audit.record(session, None, "clean_history", "process_definition", definition_id, key=key, count=len(roots))
            return len(roots)
    return 0
