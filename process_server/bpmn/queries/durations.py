"""How long cases took, by the month or quarter they began in; and how often elements were visited."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, Integer, and_, cast, extract, func, literal, select

from process_server.bpmn.finders.visits import VISITS
from process_server.bpmn.models import Incident, ProcessDefinition, ProcessInstance
from process_server.bpmn.result import Row, rows
from process_server.bpmn.visibility import only_visible
from process_server.bpmn.zone import zone
from process_server.db import Session, table_of
from process_server.identity.principal import Principal

_instance, _definition, _incident = table_of(ProcessInstance), table_of(ProcessDefinition), table_of(Incident)
_visit = VISITS.c
_TOOK = extract("epoch", _instance.c.ended_at - _instance.c.started_at) * 1000

_FIGURES: dict[str, Any] = {"minimum": func.min, "maximum": func.max, "average": func.avg}

_LEFT = _visit.left_at.is_not(None)
_COUNTED = ("running", "finished", "cancelled", "open", "resolved")
_VISITS = (
    select(
        _visit.element_id,
        func.count().filter(~_LEFT).label("running"),
        func.count().filter(_LEFT).label("finished"),
        func.count().filter(and_(_LEFT, _visit.outcome == "cancelled")).label("cancelled"),
    )
    .join(_instance, _instance.c.id == _visit.process_instance_id)
    .group_by(_visit.element_id)
)
_INCIDENTS = (
    select(
        _incident.c.element_id,
        func.count().filter(_incident.c.resolved_at.is_(None)).label("open"),
        func.count().filter(_incident.c.resolved_at.is_not(None)).label("resolved"),
    )
    .join(_instance, _instance.c.id == _incident.c.process_instance_id)
    .group_by(_incident.c.element_id)
)

Period = Literal["month", "quarter"]


def durations(
    session: Session,
    actor: Principal,
    period: Period,
    *,
    definition_ids: Sequence[UUID] | None = None,
    definition_keys: Sequence[str] | None = None,
    started_after: datetime | None = None,
    started_before: datetime | None = None,
) -> list[Row]:
    """Return the shortest, longest and mean milliseconds of ended cases, by the number of the month or quarter."""
    local = func.timezone(literal(str(zone())), _instance.c.started_at)
    number = cast(extract(period, local), Integer).label("period")
    columns: list[Any] = [number, *(cast(each(_TOOK), BigInteger).label(name) for name, each in _FIGURES.items())]
    query = (
        select(*columns)
        .join(_definition, _definition.c.id == _instance.c.definition_id)
        .where(_instance.c.ended_at.is_not(None))
        .group_by(number)
        .order_by(number)
    )
    asked = _conditions(
        (definition_ids, _instance.c.definition_id.in_),
        (definition_keys, _definition.c.key.in_),
        (started_after, _instance.c.started_at.__gt__),
        (started_before, _instance.c.started_at.__lt__),
    )
    return rows(session, only_visible(query.where(*asked), actor))


def _conditions(*given: tuple[Any, Callable[[Any], Any]]) -> list[Any]:
    """Return the conditions whose value was given."""
    return [condition(value) for value, condition in given if value is not None]


def element_counts(
    session: Session,
    actor: Principal,
    definition_id: UUID,
    *,
    instance_ids: Sequence[UUID] | None = None,
    started_after: datetime | None = None,
    started_before: datetime | None = None,
    finished_after: datetime | None = None,
    finished_before: datetime | None = None,
) -> dict[str, dict[str, int]]:
    """Count the visits of each element of a version: `running`, `finished`, `cancelled`; and its incidents.

    Finished are all that were left, cancelled ones among them. The conditions are on the cases.
    """
    of_cases = _conditions(
        (definition_id, _instance.c.definition_id.__eq__),
        (instance_ids, _instance.c.id.in_),
        (started_after, _instance.c.started_at.__gt__),
        (started_before, _instance.c.started_at.__lt__),
        (finished_after, _instance.c.ended_at.__gt__),
        (finished_before, _instance.c.ended_at.__lt__),
    )
    visits = _VISITS.where(_visit.definition_id == definition_id, *of_cases)
    incidents = _INCIDENTS.where(*of_cases)
    found: dict[str, dict[str, int]] = {}
    for query in (visits, incidents):
        for row in rows(session, only_visible(query, actor)):
            counts = found.setdefault(row["element_id"], dict.fromkeys(_COUNTED, 0))
            counts.update((name, row[name]) for name in _COUNTED if name in row)
    return found
