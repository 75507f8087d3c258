"""Figures of tasks: how many were completed and how long they took, by month or quarter; how many wait for whom."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, Select, cast, func, literal_column, null, select
from sqlalchemy.orm import Session

from process_server.bpmn.models import ProcessDefinition
from process_server.bpmn.result import Row, rows
from process_server.db import table_of
from process_server.tasks.models import UserTask

_t, _d = table_of(UserTask), table_of(ProcessDefinition)
_OPEN = _t.c.state == literal_column("'open'")
_offer = select(func.unnest(_t.c.candidate_groups).label("group")).where(_OPEN).subquery()
_OFFERED = select(_offer.c.group, func.count().label("count")).group_by(_offer.c.group).order_by(_offer.c.group)
_TO_NOBODY = select(func.count()).where(_OPEN, _t.c.candidate_groups == literal_column("'{}'"))
_MILLISECONDS = func.extract("epoch", _t.c.completed_at - _t.c.created_at) * 1000


def waiting_by_group(session: Session) -> list[Row]:
    """Return how many open tasks are offered to each `group`; under None those that are offered to none."""
    to_nobody = {"group": None, "count": session.execute(_TO_NOBODY).scalar_one()}
    return [*rows(session, _OFFERED), to_nobody]


def completed_by(
    session: Session, grouped: Literal["step", "process"], since: datetime | None, until: datetime | None
) -> list[Row]:
    """Return how many tasks were completed of each version of a process, or of each of its steps by name."""
    of_process = (_d.c.id, _d.c.key, _d.c.version, _d.c.name)
    key = (*of_process, _t.c.name) if grouped == "step" else of_process
    statement = select(
        func.count().label("count"),
        _d.c.id.label("definition_id"),
        _d.c.key.label("process_key"),
        _d.c.version.label("process_version"),
        _d.c.name.label("process_name"),
        (_t.c.name if grouped == "step" else null()).label("name"),
    )
    return rows(session, _done(statement, since, until).group_by(*key).order_by(_d.c.key, *key))


def durations(
    session: Session, unit: Literal["month", "quarter"], since: datetime | None, until: datetime | None
) -> list[Row]:
    """Return how long tasks took that were completed in each month or quarter of any year, in milliseconds."""
    period = cast(func.extract(unit, _t.c.completed_at), BigInteger)
    statement: Select[*tuple[Any, ...]] = select(
        period.label("period"),
        *(
            cast(func.floor(figure(_MILLISECONDS)), BigInteger).label(name)
            for name, figure in (("minimum", func.min), ("maximum", func.max), ("average", func.avg))
        ),
    )
    return rows(session, _done(statement, since, until).group_by(period).order_by(period))


def _done(statement: Select[*tuple[Any, ...]], since: datetime | None, until: datetime | None) -> Select[Any]:
    found = statement.select_from(_t.join(_d, _d.c.id == _t.c.definition_id)).where(
        _t.c.state == literal_column("'completed'")
    )
    if since is not None:
        found = found.where(_t.c.completed_at > since)
    return found if until is None else found.where(_t.c.completed_at < until)
