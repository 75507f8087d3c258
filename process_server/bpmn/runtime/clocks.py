"""The clocks of a case's tasks: what the model says of their time, that they stand still while it waits outside, and
what their delay costs by now.
"""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn.models import ProcessInstance
from process_server.bpmn.program import Element
from process_server.bpmn.runtime.running import Running
from process_server.bpmn.sla import Sla
from process_server.bpmn.waits import UserTaskWait, Wait
from process_server.db import table_of
from process_server.errors import ExpressionFailed
from process_server.tasks.deadlines import pausing, ranking
from process_server.tasks.deadlines.moments import Policy, Step

_instance = table_of(ProcessInstance)
_PAUSED = update(_instance).where(_instance.c.id == bindparam("instance")).values(paused_at=bindparam("at"))


def columns(running: Running, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the model says of a new task: its name in English, its policy of time, whether it stands still."""
    program = running.definition.program
    element = program.elements[row["element_id"]]
    stands_still = element.id not in program.pausing and _pauses(running, running.execution.waits)
    return {
        "name_en": element.names.get("en") if row["name"] == element.name else None,
        "sla": _policy(element),
        "paused_at": clock.now() if stands_still else None,
    }


def follow(session: Session, running: Running) -> None:
    """Stop the clocks of a case that has begun to wait outside, or let them go on; its rows have been written."""
    if not running.definition.program.pausing:
        return
    waited, waits = _pauses(running, running.before), _pauses(running, running.execution.waits)
    if waits and not waited:
        session.execute(_PAUSED, {"instance": running.id, "at": clock.now()})
        pausing.pause_case(session, running.id, sorted(running.definition.program.pausing))
    elif waited and not waits:
        session.execute(_PAUSED, {"instance": running.id, "at": None})
        pausing.resume_case(session, running.id)


def follow_costs(session: Session, running: Running) -> None:
    """Reckon anew what delay of the tasks that were there before costs: the variables may say something else now.

    Where they do not say it any more, it stays what it was.
    """
    costing = running.definition.program.costing
    costs: dict[UUID, Decimal | None] = {}
    for token, wait in running.execution.waits.items() if costing else ():
        if (
            wait.element in costing
            and isinstance(wait, UserTaskWait)
            and isinstance(running.before.get(token), UserTaskWait)
        ):
            held = running.execution.tokens[token]
            with suppress(ExpressionFailed):
                costs[token] = held.task_spec.delay_cost(held)
    if costs:
        ranking.set_costs(session, costs)


def _pauses(running: Running, waits: Mapping[Any, Wait]) -> bool:
    standing = running.definition.program.pausing
    return bool(standing) and any(wait.element in standing for wait in waits.values())


def _policy(element: Element) -> dict[str, Any] | None:
    sla = element.sla
    if sla is None or not (sla.warn_share or sla.warn_before or sla.escalations or sla.timeout or sla.repeat):
        return None
    return policy_of(sla).dump()


def policy_of(sla: Sla) -> Policy:
    """Return what the tasks room keeps of it."""
    return Policy(
        warn_share=str(sla.warn_share) if sla.warn_share else None,
        warn_before=sla.warn_before,
        steps=tuple(Step(each.after, each.kind, each.id, each.reassign) for each in sla.escalations),
        timeout=sla.timeout,
        timeout_outcome=sla.timeout_outcome,
        repeat=sla.repeat,
    )
