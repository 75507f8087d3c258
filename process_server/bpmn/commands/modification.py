"""The command that moves the tokens of a running case where an administrator wants them."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from process_server.bpmn.commands.instances import require_operator
from process_server.bpmn.engine.instructions import BODY, Begin, Cancel, Instruction, Skipped
from process_server.bpmn.engine.standing import Standing, repeats, standing
from process_server.bpmn.runtime.conductor import Conductor
from process_server.bpmn.runtime.running import Running
from process_server.errors import Invalid
from process_server.identity import audit
from process_server.identity.principal import Principal

MOST = 1_000  # instructions at once


def modify_instance(
    session: Session,
    instance_id: UUID,
    instructions: Sequence[Instruction],
    *,
    actor: Principal,
    reason: str = "",
    skipped: Collection[Skipped] = (),
) -> Running:
    """Take tokens of a running instance away and begin elsewhere: all instructions, or none.

    A suspended instance stays suspended. One without any token left ends as cancelled. Raises NotFound, NotActive,
    NoPlace, AmbiguousPlace, Invalid.
    """
    if not 0 < len(instructions) <= MOST:
        raise Invalid("Give between 1 and {most} instructions.", most=MOST)
    conductor, running = _open(session, instance_id, actor)
    _modify(conductor, running, instructions, actor, reason, skipped)
    return running


def move_token(
    session: Session,
    instance_id: UUID,
    token: UUID | None,
    to: str | None,
    *,
    actor: Principal,
    reason: str,
) -> Running:
    """Take a token from where it stands to before another element, within the subprocesses it is in.

    Without `token` one begins there beside those there are; without `to` it is only taken away. An activity that
    repeats begins as a whole. Raises as `modify_instance`, Invalid without a reason.
    """
    if not reason.strip():
        raise Invalid("Say why: it is shown in the timeline.")
    if to == "" or (token is None and to is None):
        raise Invalid("Say what shall be moved, and where to.")
    conductor, running = _open(session, instance_id, actor)
    instructions: list[Instruction] = []
    if to is not None:
        whole = to + BODY if repeats(running.definition.program, to) else to
        instructions.append(Begin(whole, ancestor=None if token is None else _around(running, token, to)))
    if token is not None:
        instructions.append(Cancel(token=token))
    _modify(conductor, running, instructions, actor, reason.strip(), ())
    return running


def _around(running: Running, token: UUID, to: str) -> UUID:
    """Return the innermost of what is around a token that is around an element as well."""
    elements = running.definition.program.elements
    enclosing: set[str] = set()
    element = elements.get(to)
    while element is not None and element.parent not in enclosing:
        enclosing.add(element.parent)
        element = elements.get(element.parent)
    path = _path(standing(running.execution), token) or ()
    return next((each.token for each in reversed(path) if each.element in enclosing), running.id)


def _path(tokens: Sequence[Standing], wanted: UUID) -> list[Standing] | None:
    """Return what is around a token, from the outside in; None where it is not."""
    for each in tokens:
        if each.token == wanted:
            return []
        inner = _path(each.inside, wanted)
        if inner is not None:
            return [each, *inner]
    return None


def _open(session: Session, instance_id: UUID, actor: Principal) -> tuple[Conductor, Running]:
    require_operator(actor)
    conductor = Conductor(session, actor.user_id, suspended_too=True)
    running = conductor.open(instance_id)
    conductor.house.deployment_id = running.definition.deployment_id
    return conductor, running


def _modify(
    conductor: Conductor,
    running: Running,
    instructions: Sequence[Instruction],
    actor: Principal,
    reason: str,
    skipped: Collection[Skipped],
) -> None:
    at = {token.id: token.task_spec.element.id for token in running.execution.tokens.values()}
    running.execution.modify(instructions, skipped=skipped, reason=reason or "modified")
    told = [_told(instruction, at) for instruction in instructions]
    kept = {"reason": reason, "instructions": told}
    audit.record(conductor.session, actor.user_id, "modify", "process_instance", running.id, **kept)
    conductor.settle()


def _told(instruction: Instruction, at: dict[UUID, str]) -> dict[str, Any]:
    """Return an instruction as the audit keeps it: what was done where, and which variables it set."""
    if isinstance(instruction, Cancel):
        place = instruction.element or (at.get(instruction.token) if instruction.token else None)
        return {"cancel": place or "", "token": str(instruction.token) if instruction.token else None}
    names = sorted({*instruction.variables, *instruction.local})
    return {instruction.moment: instruction.at, "variables": names}


__all__ = ["Begin", "Cancel", "Instruction", "modify_instance", "move_token"]
