"""Moving cases to another version: what goes where, beside both drawings; what cannot go and why; then doing it."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from process_server.bpmn import commands, queries
from process_server.bpmn.migration.plan import Instruction, Obstacle, Plan
from process_server.errors import Invalid, NotFound
from process_server.i18n import error_text
from process_server.web.ground import naming
from process_server.web.ground.visit import AdminVisit, Visit
from process_server.web.processes import diagrams

router = APIRouter()

SHOWN = 50  # cases that cannot go


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of a process, and the two that were chosen."""

    all: list[queries.Row]
    source: queries.Row
    target: queries.Row


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page was filled in with beside the plan."""

    business_key: str = ""
    element: str = ""
    forms: Literal["keep", "new"] = "keep"

    def selection(self, definition_id: UUID) -> queries.Selection:
        """Return the cases that are meant."""
        return queries.Selection(definition_id, (), self.business_key.strip() or None, self.element or None)


@router.get("/processes/{key}/migrate")
def show(
    visit: AdminVisit,
    key: str,
    source: Annotated[UUID | None, Query()] = None,
    target: Annotated[UUID | None, Query()] = None,
    element: Annotated[str, Query()] = "",
) -> Response:
    """Show the plan that suggests itself: from the version with most cases that is not the newest, to the newest."""
    versions = _versions(visit, key, source, target)
    plan = queries.propose_plan(visit.session, versions.source["id"], versions.target["id"], by_name=True)
    return _page(visit, versions, plan, Wanted(element=element))


@router.post("/processes/{key}/migrate")
def act(
    visit: AdminVisit,
    key: str,
    source: Annotated[UUID, Form()],
    target: Annotated[UUID, Form()],
    elements: Annotated[list[str], Form()],
    targets: Annotated[list[str], Form()],
    timers: Annotated[list[str] | None, Form()] = None,
    business_key: Annotated[str, Form()] = "",
    element: Annotated[str, Form()] = "",
    forms: Annotated[Literal["keep", "new"], Form()] = "keep",
    act: Annotated[Literal["check", "move"], Form()] = "check",
) -> Response:
    """Look ahead with the plan as it was filled in, or move the cases by it."""
    versions = _versions(visit, key, source, target)
    told = tuple(
        Instruction(each, to, each in (timers or ())) for each, to in zip(elements, targets, strict=False) if to
    )
    plan = queries.complete_plan(visit.session, source, target, Plan(told), set(elements))
    wanted = Wanted(business_key, element, forms)
    try:
        faults = queries.plan_faults(visit.session, source, target, plan)
        if act == "check" or faults:
            outlook = None if faults else queries.foresee(visit.session, wanted.selection(source), target, plan)
            return _page(visit, versions, plan, wanted, outlook=outlook, faulty=bool(faults))
        chosen = queries.chosen_instances(visit.session, wanted.selection(source))
        migration = commands.Migration(source, target, plan, forms)
        batch = commands.migrate_in_background(visit.session, migration, chosen, actor=visit.principal)
    except Invalid as error:
        return _page(visit, versions, plan, wanted, refused=error_text(visit.language, error))
    return visit.go(f"/batches/{batch}")


def _versions(visit: Visit, key: str, source: UUID | None, target: UUID | None) -> Versions:
    found = queries.list_definitions(visit.session, key=key, latest_only=False)
    if len(found) < 2:
        raise NotFound(kind="process definition", id=key)
    by_id = {row["id"]: row for row in found}
    newest = by_id.get(target) or found[0]
    running = queries.running_by_version(visit.session, visit.principal, key)
    others = [row for row in found if row is not newest]
    return Versions(found, by_id.get(source) or max(others, key=lambda row: running.get(row["id"], 0)), newest)


def _page(
    visit: Visit,
    versions: Versions,
    plan: Plan,
    wanted: Wanted,
    *,
    outlook: queries.Outlook | None = None,
    faulty: bool = False,
    refused: str = "",
) -> Response:
    source, target = versions.source, versions.target
    rows = queries.mapping(visit.session, source["id"], target["id"], plan)
    gone = [row.element for row in rows if row.target is None]
    arrived = set(plan.targets.values())
    new = [each for each in queries.mappable(visit.session, target["id"]) if each not in arrived]
    return visit.page(
        "migrate.html",
        status=422 if faulty or refused else 200,
        versions=versions,
        running=queries.running_by_version(visit.session, visit.principal, source["key"]),
        name=naming.process(visit, target),
        rows=[_row(visit, versions, row) for row in rows],
        wanted=wanted,
        steps=[(row.element, naming.step(visit, source["id"], row.element)) for row in rows if row.standing],
        before=diagrams.of_changes(visit, source["id"], removed=gone),
        after=diagrams.of_changes(visit, target["id"], added=new),
        outlook=outlook,
        stuck=[_stuck(visit, source["id"], each) for each in outlook.stuck[:SHOWN]] if outlook else [],
        faulty=faulty,
        refused=refused,
    )


def _row(visit: Visit, versions: Versions, row: queries.Mapped) -> dict[str, Any]:
    there = versions.target["id"]
    return {
        "element": row.element,
        "name": naming.step(visit, versions.source["id"], row.element),
        "standing": row.standing,
        "target": row.target or "",
        "choices": [(each, naming.step(visit, there, each)) for each in row.choices],
        "is_event": row.is_event,
        "update_trigger": row.update_trigger,
        "fault": _words(visit, versions.source["id"], row.fault) if row.fault else "",
    }


def _stuck(visit: Visit, source: UUID, each: queries.Stuck) -> dict[str, Any]:
    return {
        "id": each.instance_id,
        "key": each.business_key or str(each.instance_id)[-8:],
        "why": [_words(visit, source, found) for found in each.obstacles],
    }


def _words(visit: Visit, definition_id: UUID, found: Obstacle) -> str:
    """Say what is in the way, with the names of steps instead of their ids."""
    facts = {name: naming.step(visit, definition_id, value) or value for name, value in found.facts.items()}
    return visit.say(found.template, **facts)
