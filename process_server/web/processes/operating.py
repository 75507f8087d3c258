"""What an administrator does to cases that run: stop one or a whole version, let them go on, move a token."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from fastapi.responses import Response

from process_server.bpmn import commands, queries
from process_server.bpmn.engine.instructions import BODY
from process_server.bpmn.engine.standing import Standing, places
from process_server.clock import now
from process_server.config import settings
from process_server.errors import Invalid, NotFound
from process_server.web.ground import naming
from process_server.web.ground.visit import AdminVisit, Visit
from process_server.web.processes import diagrams

router = APIRouter()

ACTIVITIES = ("task", "callactivity", "subprocess", "transaction")
LONGEST_REASON = 2_000  # characters
NOWHERE = "-"
"""Chosen for the place of a token that is only taken away: no element is called so."""


@router.post("/i/{instance_id}/suspend")
def suspend(visit: AdminVisit, instance_id: UUID) -> Response:
    """Stop a case with all it called."""
    commands.suspend_instance(visit.session, instance_id, True, actor=visit.principal)
    return visit.go(f"/i/{instance_id}", visit.say("Nothing goes on in this case until it is activated."))


@router.post("/i/{instance_id}/activate")
def activate(visit: AdminVisit, instance_id: UUID) -> Response:
    """Let a suspended case go on."""
    commands.suspend_instance(visit.session, instance_id, False, actor=visit.principal)
    return visit.go(f"/i/{instance_id}", visit.say("The case goes on."))


@router.get("/i/{instance_id}/move")
def choose(visit: AdminVisit, instance_id: UUID) -> Response:
    """Ask which token is to stand where, and why."""
    tree = queries.where_tokens_stand(visit.session, instance_id)
    instance = queries.get_instance(visit.session, instance_id)
    definition_id = instance["definition_id"]
    elements = tree.definition.program.elements
    found = [(element, naming.step(visit, definition_id, element)) for element in places(tree.definition.program)]
    steps = [each for each in found if elements[each[0]].type.lower().endswith(ACTIVITIES)]
    return visit.page(
        "move.html",
        instance=instance,
        name=naming.process(visit, instance),
        tokens=list(_labels(visit, definition_id, tree.inside)),
        steps=steps,
        others=[each for each in found if each not in steps],
        diagram=diagrams.of_instance(visit, instance),
        longest=LONGEST_REASON,
        nowhere=NOWHERE,
    )


def _labels(
    visit: Visit, definition_id: UUID, inside: Sequence[Standing], depth: int = 0
) -> Iterator[tuple[UUID, str]]:
    """Give every token with what it is called, those inside of another one under it."""
    for each in inside:
        name = naming.step(visit, definition_id, each.element.removesuffix(BODY))
        if each.element.endswith(BODY):
            name = visit.say("{name}, all of them", name=name)
        yield each.token, "\u2003" * depth + name
        yield from _labels(visit, definition_id, each.inside, depth + 1)


@router.post("/i/{instance_id}/move")
def move(
    visit: AdminVisit,
    instance_id: UUID,
    token: Annotated[str, Form(max_length=40)] = "",
    to: Annotated[str, Form(max_length=255)] = "",
    reason: Annotated[str, Form(max_length=LONGEST_REASON)] = "",
) -> Response:
    """Move a token, begin beside those there are, or take one away."""
    commands.move_token(
        visit.session, instance_id, _token(token), None if to == NOWHERE else to, actor=visit.principal, reason=reason
    )
    return visit.go(f"/i/{instance_id}", visit.say("Moved. The timeline says who did it, and why."))


def _token(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise NotFound(kind="token", id=text) from error


@router.get("/definitions/{definition_id}/suspension")
def ask(visit: AdminVisit, definition_id: UUID) -> Response:
    """Ask how far a version is to be suspended or activated, and when."""
    row = queries.get_definition(visit.session, definition_id)
    return visit.page(
        "suspension.html",
        definition=row,
        name=naming.process(visit, row),
        running=queries.running_by_version(visit.session, visit.principal, row["key"]).get(definition_id, 0),
        planned=queries.planned_suspensions(visit.session, definition_id),
    )


@router.post("/definitions/{definition_id}/suspension")
def set_suspended(
    visit: AdminVisit,
    definition_id: UUID,
    suspended: Annotated[bool, Form()],
    instances: Annotated[bool, Form()] = False,
    at: Annotated[str, Form(max_length=30)] = "",
) -> Response:
    """Let nobody start a version any more, or let it be started again; its cases with it, where that is wanted."""
    when = moment(at)
    commands.suspend_definition(
        visit.session, definition_id, suspended, actor=visit.principal, instances=instances, at=when
    )
    if when is not None and when > now():
        return visit.go(f"/definitions/{definition_id}/suspension", visit.say("Planned."))
    said = (
        visit.say("Nobody can start this version now.")
        if suspended
        else visit.say("This version can be started again.")
    )
    key = queries.get_definition(visit.session, definition_id)["key"]
    return visit.go(f"/processes/{key}?definition={definition_id}", said)


@router.post("/definitions/{definition_id}/suspension/{planned_id}/forget")
def forget(visit: AdminVisit, definition_id: UUID, planned_id: UUID) -> Response:
    """Take back what was planned."""
    commands.forget_planned_suspension(visit.session, planned_id, actor=visit.principal)
    return visit.go(f"/definitions/{definition_id}/suspension", visit.say("Taken back."))


def moment(text: str) -> datetime | None:
    """Return the instant somebody chose, in the company's time zone. Raises Invalid."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(settings().time_zone)) if text else None
    except ValueError as error:
        raise Invalid("This is no date: {text}.", text=text) from error
