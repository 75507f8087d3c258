"""The command that moves the tokens of a running case where an administrator wants them."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from process_server.bpmn.commands.instances import require_operator
from process_server.bpmn.conductor import Conductor
from process_server.bpmn.engine.instructions import Begin, Cancel, Instruction, Skipped
from process_server.bpmn.running import Running
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
    require_operator(actor)
    if not 0 < len(instructions) <= MOST:
        raise Invalid("Give between 1 and {most} instructions.", most=MOST)
    conductor = Conductor(session, actor.user_id, suspended_too=True)
    running = conductor.open(instance_id)
    conductor.house.deployment_id = running.definition.deployment_id
    at = {token.id: token.task_spec.element.id for token in running.execution.tokens.values()}
    running.execution.modify(instructions, skipped=skipped, reason=reason or "modified")
    told = [_told(instruction, at) for instruction in instructions]
    audit.record(session, actor.user_id, "modify", "process_instance", instance_id, reason=reason, instructions=told)
    conductor.settle()
    return running


def _told(instruction: Instruction, at: dict[UUID, str]) -> dict[str, Any]:
    """Return an instruction as the audit keeps it: what was done where, and which variables it set."""
    if isinstance(instruction, Cancel):
        place = instruction.element or (at.get(instruction.token) if instruction.token else None)
        return {"cancel": place or "", "token": str(instruction.token) if instruction.token else None}
    names = sorted({*instruction.variables, *instruction.local})
    return {instruction.moment: instruction.at, "variables": names}


__all__ = ["Begin", "Cancel", "Instruction", "modify_instance"]
