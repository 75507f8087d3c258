"""Migrations before they happen: a plan, the cases it is for, and what would keep them from going."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row as SqlRow
from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from process_server.bpmn.definitions import definition
from process_server.bpmn.engine.execution import Execution
from process_server.bpmn.migration.checks import candidates, completed, faults, generate
from process_server.bpmn.migration.obstacles import obstacles
from process_server.bpmn.migration.places import Places, holds_tokens
from process_server.bpmn.migration.plan import Obstacle, Plan
from process_server.bpmn.models import Incident, ProcessInstance
from process_server.bpmn.queries.history import active_elements
from process_server.bpmn.queries.overview import stands_at
from process_server.bpmn.runtime.house import House
from process_server.bpmn.runtime.running import columns_of
from process_server.db import table_of
from process_server.errors import Invalid
from process_server.values import load_json

CHECKED = 1_000  # cases looked at in one check: the rest is found out when they are moved

_instance, _incident = table_of(ProcessInstance), table_of(Incident)
_STORED = select(*columns_of(_instance)).where(
    _instance.c.id.in_(bindparam("ids", expanding=True)), _instance.c.state == "active"
)
_STUCK = (
    select(_incident.c.element_id, func.count().label("stuck"))
    .where(_incident.c.definition_id == bindparam("definition"), _incident.c.resolved_at.is_(None))
    .group_by(_incident.c.element_id)
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which running cases of a version: those named, else all that every condition holds of."""

    definition_id: UUID
    ids: tuple[UUID, ...] = ()
    business_key: str | None = None
    element: str | None = None

    def where(self, query: Select[Any]) -> Select[Any]:
        """Narrow a query over `process_instance`."""
        query = query.where(_instance.c.definition_id == self.definition_id, _instance.c.state == "active")
        if self.ids:
            query = query.where(_instance.c.id.in_(self.ids))
        if self.business_key:
            query = query.where(_instance.c.business_key.contains(self.business_key, autoescape=True))
        return query.where(stands_at(self.element)) if self.element else query


@dataclass(frozen=True, slots=True)
class Stuck:
    """A case that cannot go, and why."""

    instance_id: UUID
    business_key: str | None
    obstacles: list[Obstacle]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would become of the cases chosen: how many there are, how many of them were looked at, which cannot go."""

    chosen: int
    checked: int
    stuck: list[Stuck]


def propose_plan(
    session: Session, source: UUID, target: UUID, *, by_name: bool = False, update_triggers: bool = False
) -> Plan:
    """Return the plan that takes each element to its like. Raises NotFound."""
    before, after = definition(session, source).program, definition(session, target).program
    return generate(before, after, by_name=by_name, update_triggers=update_triggers)


def plan_faults(session: Session, source: UUID, target: UUID, plan: Plan) -> list[Obstacle]:
    """Return what is wrong with a plan, whatever case it is for. Raises NotFound."""
    return faults(definition(session, source).program, definition(session, target).program, plan)


@dataclass(frozen=True, slots=True)
class Mapped:
    """An element of the source version: how many tokens stand there, where it goes, and where it could go."""

    element: str
    standing: int
    target: str | None
    choices: list[str]
    is_event: bool
    update_trigger: bool
    fault: Obstacle | None


def mapping(session: Session, source: UUID, target: UUID, plan: Plan) -> list[Mapped]:
    """Return the elements at which tokens may stay, or stand now, in the order of the file. Raises NotFound."""
    before, after = definition(session, source).program, definition(session, target).program
    known = Places(before).all
    stuck = {row.element_id: row.stuck for row in session.execute(_STUCK, {"definition": source})}
    standing = stuck | active_elements(session, definition_id=source)
    wrong = {each.element: each for each in faults(before, after, plan)}
    return [
        Mapped(
            name,
            standing.get(name, 0),
            plan.targets.get(name),
            candidates(before, after, name),
            getattr(known[name].spec, "trigger", None) is not None,
            name in plan.updated,
            wrong.get(name),
        )
        for name in before.elements
        if name in known and (standing.get(name) or holds_tokens(known[name].spec))
    ]


def complete_plan(session: Session, source: UUID, target: UUID, plan: Plan, chosen: set[str]) -> Plan:
    """Add what nobody was asked about to a plan for the elements `chosen`. Raises NotFound."""
    return completed(definition(session, source).program, definition(session, target).program, plan, chosen)


def mappable(session: Session, definition_id: UUID) -> list[str]:
    """Return the elements of a version a token can stand at, in the order of the file. Raises NotFound."""
    program = definition(session, definition_id).program
    known = Places(program).all
    return [name for name in program.elements if name in known]


def chosen_instances(session: Session, selection: Selection) -> list[UUID]:
    """Return the cases a selection means, the oldest first. Raises Invalid where there is none."""
    query = selection.where(select(_instance.c.id)).order_by(_instance.c.started_at, _instance.c.id)
    found = list(session.scalars(query))
    if not found:
        raise Invalid("No running case of this version is chosen.")
    return found


def foresee(session: Session, selection: Selection, target: UUID, plan: Plan) -> Outlook:
    """Return what would keep cases from going; nothing is changed, and no case is locked. Raises NotFound."""
    count = session.execute(selection.where(select(func.count()).select_from(_instance))).scalar_one()
    query = selection.where(select(_instance.c.id)).order_by(_instance.c.started_at, _instance.c.id)
    ids = list(session.scalars(query.limit(CHECKED)))
    stuck = stuck_instances(session, ids, target, plan)
    return Outlook(count, len(ids), stuck)


def stuck_instances(session: Session, ids: Sequence[UUID], target: UUID, plan: Plan) -> list[Stuck]:
    """Return those of some running cases that a sound plan cannot move."""
    program = definition(session, target).program
    rows = {row.id: row for row in session.execute(_STORED, {"ids": list(ids)})}
    found = []
    for instance_id in ids:
        row = rows.get(instance_id)
        told = obstacles(_execution(session, row), program, plan) if row is not None else []
        if told and row is not None:
            found.append(Stuck(row.id, row.business_key, told))
    return found


def _execution(session: Session, row: SqlRow[Any]) -> Execution:
    """Load a copy of an instance, to be looked at and thrown away."""
    return Execution.load(
        definition(session, row.definition_id).program,
        row.engine_state,
        instance_id=row.id,
        variables=load_json(row.variables),
        initiator=row.initiator,
        business_key=row.business_key,
        host=House(session),
    )
