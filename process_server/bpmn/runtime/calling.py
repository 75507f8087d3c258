"""What instances do to those they called, and to those that called them: start, catch, report, cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from process_server.bpmn.definitions import definition, find_definition_id
from process_server.bpmn.engine import throwing
from process_server.bpmn.engine.elements.work import brought
from process_server.bpmn.runtime.running import ACTIVE_CHILDREN, READ, Call, Running
from process_server.bpmn.waits import CallWait, Escaped
from process_server.config import settings
from process_server.errors import CalledProcessCancelled, RunsAway

if TYPE_CHECKING:
    from process_server.bpmn.runtime.conductor import Conductor

_DEPTH = text(
    "WITH RECURSIVE above AS (SELECT parent_id, 0 AS depth FROM process_instance WHERE id = :instance"
    " UNION ALL SELECT up.parent_id, depth + 1 FROM above JOIN process_instance up ON up.id = above.parent_id)"
    " SELECT max(depth) FROM above"
)


def start(conductor: Conductor, caller: Running, wait: CallWait) -> None:
    """Start the process that a call waits for. Raises RunsAway beyond the limits, NotFound."""
    session, limits = conductor.session, settings()
    if caller.depth is None:
        caller.depth = session.execute(_DEPTH, {"instance": caller.id}).scalar_one() if caller.parent_id else 0
    if caller.depth >= limits.max_call_depth:
        raise RunsAway("Processes call one another more than {limit} deep.", limit=limits.max_call_depth)
    if conductor.budget.started >= limits.max_instances:
        raise RunsAway("This would be more than {limit} instances at once.", limit=limits.max_instances)
    called = find_definition_id(
        session,
        wait.called,
        binding=wait.binding,
        version=wait.version,
        deployment_id=caller.definition.deployment_id,
    )
    conductor.begin(
        definition(session, called),
        wait.variables,
        business_key=wait.business_key,
        initiator=caller.initiator,
        call=Call(caller, wait.token, wait.element),
    )
    caller.called.add(wait.token)
    caller.tried.add(wait.token)


def pass_up(conductor: Conductor, running: Running) -> bool:
    """Hand errors and escalations that nobody in an instance caught to the nearest caller that does; say if one did."""
    escaped, running.execution.escaped, moved = running.execution.escaped, [], False
    for each in escaped:
        token, caller, left = running.parent_token, _caller(conductor, running), running.execution.variables
        while caller is not None and token is not None:
            held = caller.execution.tokens[token]
            if throwing.catches(held, each.kind, each.code):
                moved = True
                _raise(caller, token, each, left)
                break
            left = {**caller.execution.variables, **brought(held, None, left)}
            token, caller = caller.parent_token, _caller(conductor, caller)
    return moved


def report_end(conductor: Conductor, running: Running) -> bool:
    """Tell the calling instance that this one has ended; say whether one waited for it."""
    token, caller = running.parent_token, _caller(conductor, running)
    if caller is None or token is None:
        return False
    caller.called.discard(token)
    conductor.house.deployment_id = caller.definition.deployment_id
    if running.execution.end_reason is not None:
        error = CalledProcessCancelled(process=running.definition.key)
        caller.execution.incident(caller.execution.tokens[token], error)
        return True
    caller.execution.complete(token, running.execution.variables)
    return True


def cancel_called(conductor: Conductor, running: Running) -> bool:
    """Cancel the instances whose call is no longer waited for; say whether there were any."""
    dropped = {token for token in running.called if token not in running.execution.waits}
    if not dropped:
        return False
    running.called -= dropped
    orphans = [child for child in conductor.running.values() if child.parent_token in dropped]
    if dropped - {child.parent_token for child in orphans}:
        for row in conductor.session.execute(ACTIVE_CHILDREN, {"parent": running.id}):
            if row.parent_token in dropped and row.id not in conductor.running:
                stored = _read(conductor, row.id)
                orphans += [stored] if stored else []
    for child in orphans:
        if not child.execution.ended:
            child.execution.cancel("call_cancelled")
    return bool(orphans)


def _caller(conductor: Conductor, running: Running) -> Running | None:
    """Return the instance that waits for this one, if it still does."""
    if running.parent_id is None:
        return None
    caller = conductor.running.get(running.parent_id) or _read(conductor, running.parent_id)
    return caller if caller is not None and running.parent_token in caller.execution.waits else None


def _read(conductor: Conductor, instance_id: UUID) -> Running | None:
    """Load an instance of a tree that is locked already; None when it has ended."""
    row = conductor.session.execute(READ, {"instance": instance_id}).one()
    return conductor.adopt(row, instance_id) if row.state == "active" else None


def _raise(caller: Running, token: UUID, escaped: Escaped, left: dict[str, Any]) -> None:
    """Raise at a call what came out of the called process; `left` are the variables that stood there then."""
    if escaped.kind == "error":
        caller.execution.raise_error(token, escaped.code or "", escaped.message, escaped.variables, left)
    else:
        caller.execution.raise_escalation(token, escaped.code, escaped.variables, left)
