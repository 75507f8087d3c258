"""Moving running instances to another version of their process: a plan, a look ahead, the move, the way back."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Request as HttpRequest
from fastapi import Response
from pydantic import Field

from process_server.api.ground.answers import answer
from process_server.api.ground.errors import documented
from process_server.api.ground.languages import language_of
from process_server.api.ground.routing import resource
from process_server.api.ground.schemas import Id, Name, OptionalVariables, Request, Shown
from process_server.api.ground.transaction import transaction
from process_server.api.processes.batches import BatchId
from process_server.bpmn import commands, queries
from process_server.bpmn.migration.plan import Instruction, Obstacle, Plan
from process_server.db import Session
from process_server.i18n import worded
from process_server.identity.principal import Principal

router = resource("/migrations", "migrations")


class Versions(Request):
    """From which version to which, by the ids of their definitions."""

    source: Id
    target: Id


class PlanBody(Versions):
    """How a plan is to be made."""

    by_name: Annotated[bool, Field(description="Also take elements to those of the same name.")] = False
    update_triggers: Annotated[bool, Field(description="Reckon timers anew, and name events as they are now.")] = False


class InstructionBody(Request):
    """What stands at `source` goes on at `target`."""

    source: Name
    target: Name
    update_trigger: bool = False


class CheckBody(Versions):
    """A plan, and the running instances of the source version it is for: those named, else all the conditions mean."""

    instructions: Annotated[list[InstructionBody], Field(min_length=1, max_length=2_000)]
    instances: Annotated[list[Id], Field(default_factory=list, max_length=10_000)]
    business_key: Annotated[Name | None, Field(description="Those whose business key holds it.")] = None
    element: Annotated[Name | None, Field(description="Those that stand at it.")] = None


class MigrationBody(CheckBody):
    """What is moved, and how."""

    forms: Annotated[
        Literal["keep", "new"], Field(description="Open tasks keep the form they show, or show the new version's.")
    ] = "keep"
    variables: OptionalVariables


class InstructionShown(Shown):
    """What stands at `source` goes on at `target`."""

    source: str
    target: str
    update_trigger: bool


class PlanShown(Shown):
    """A plan, and the elements it has no place for."""

    source: UUID
    target: UUID
    instructions: list[InstructionShown]
    left_out: list[str]


class ObstacleShown(Shown):
    """What is in the way."""

    element: str
    code: str
    message: str


class StuckShown(Shown):
    """An instance that cannot go, and why."""

    instance_id: UUID
    business_key: str | None
    obstacles: list[ObstacleShown]


class OutlookShown(Shown):
    """What would become of it: what is wrong with the plan, how many instances are chosen, which cannot go."""

    faults: list[ObstacleShown]
    chosen: int
    checked: int
    stuck: list[StuckShown]


@router.post("/plan", response_model=PlanShown, responses=documented(404, 413))
@transaction("processes:read")
def plan(session: Session, actor: Principal, body: PlanBody) -> Response:
    """Make a plan: each element goes to the one of the same id and kind."""
    actor.require_admin()
    made = queries.propose_plan(
        session, body.source, body.target, by_name=body.by_name, update_triggers=body.update_triggers
    )
    left_out = [name for name in queries.mappable(session, body.source) if name not in made.targets]
    return answer({"source": body.source, "target": body.target, "instructions": made.stored(), "left_out": left_out})


@router.post("/check", response_model=OutlookShown, responses=documented(404, 413))
@transaction("processes:read")
def check(request: HttpRequest, session: Session, actor: Principal, body: CheckBody) -> Response:
    """Look ahead: nothing is changed."""
    actor.require_admin()
    language, made = language_of(request, actor), _plan(body)
    faults = queries.plan_faults(session, body.source, body.target, made)
    chosen = _selection(body)
    outlook = queries.foresee(session, chosen, body.target, made) if not faults else queries.Outlook(0, 0, [])
    stuck = [
        {
            "instance_id": each.instance_id,
            "business_key": each.business_key,
            "obstacles": _told(each.obstacles, language),
        }
        for each in outlook.stuck
    ]
    return answer(
        {
            "faults": _told(faults, language),
            "chosen": outlook.chosen,
            "checked": outlook.checked,
            "stuck": stuck,
        }
    )


@router.post("", response_model=BatchId, status_code=202, responses=documented(404, 413))
@transaction("processes:write")
def migrate(session: Session, actor: Principal, body: MigrationBody) -> Response:
    """Begin to move instances in the background; the batch says how far it is. What cannot go stays as it is."""
    actor.require_admin()
    moved = commands.Migration(body.source, body.target, _plan(body), body.forms, dict(body.variables))
    commands.check_plan(session, moved)
    chosen = queries.chosen_instances(session, _selection(body))
    return answer({"id": commands.migrate_in_background(session, moved, chosen, actor=actor)}, 202)


@router.post("/{batch_id}/back", response_model=BatchId, status_code=202, responses=documented(404, 409))
@transaction("processes:write")
def migrate_back(session: Session, actor: Principal, batch_id: UUID) -> Response:
    """Begin to lead back what a migration has moved: another batch, by the plan turned round."""
    return answer({"id": commands.migrate_back(session, batch_id, actor=actor)}, 202)


def _plan(body: CheckBody) -> Plan:
    return Plan(tuple(Instruction(each.source, each.target, each.update_trigger) for each in body.instructions))


def _selection(body: CheckBody) -> queries.Selection:
    return queries.Selection(body.source, tuple(body.instances), body.business_key, body.element)


def _told(found: Iterable[Obstacle], language: str) -> list[dict[str, Any]]:
    return [
        {"element": each.element, "code": each.code, "message": worded(language, each.template, each.facts)}
        for each in found
    ]
