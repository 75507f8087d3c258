"""Undoing what was done: compensation handlers of completed activities, the last one first.

A scope remembers what it completed: {"element", "data": its locals then, "inner": what a subprocess had completed}. The
throwing token waits until every handler it started has ended.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from SpiffWorkflow import TaskState

if TYPE_CHECKING:
    from process_server.bpmn.engine.run import AnyScope
    from process_server.bpmn.engine.workflow import Token


def compensate(thrower: "Token", activity: str | None = None) -> bool:
    """Start the handlers for one activity, or for all of the scope; say whether there is nothing to wait for."""
    scope = _target(thrower, activity)
    records = [record for record in scope.undoable if activity in (None, record["element"])]
    scope.undoable = [record for record in scope.undoable if record not in records]
    thrower.internal_data["pending"] = 0
    for record in reversed(records):
        undo(scope, record, thrower)
    return bool(thrower.internal_data["pending"] == 0)


def _target(thrower: "Token", activity: str | None) -> "AnyScope":
    """Compensation thrown by an event subprocess undoes what its surrounding scope did."""
    scope = thrower.workflow
    while scope.owner is not None and getattr(scope.owner.task_spec, "is_event_subprocess", False):
        if activity is not None and any(record["element"] == activity for record in scope.undoable):
            break
        scope = scope.owner.workflow
    return scope


def undo(scope: "AnyScope", record: dict[str, Any], thrower: "Token") -> None:
    """Start what undoes one completed activity: its handler, else whatever undoes the inside of a subprocess."""
    run = thrower.run_
    specs = scope.spec.task_specs
    spec: Any = specs[record["element"]]
    if spec.handler is not None:
        token = run.spawn(scope, specs[spec.handler])
        token.data = dict(record["data"])
        _count(thrower, token)
        return
    token = scope.place(spec)
    token._set_state(TaskState.STARTED)
    run.tokens[token.id] = token
    token.data = dict(record["data"])
    _count(thrower, token)
    inside = run.open_scope(token, run.workflow.subprocess_specs[spec.spec_name])
    inside.undoable = record["inner"]
    token.internal_data["inside"] = True
    handler = next((item for item in inside.spec.behaviour.catchers if item.kind == "compensate"), None)
    if handler is not None:
        handler.begin_in(run, inside, {})
        return
    inner, inside.undoable = inside.undoable, []
    for item in reversed(inner):
        undo(inside, item, thrower)
    if inside.live == 0:
        inside.spec.behaviour.emptied(run, inside)


def undone(token: "Token") -> None:
    """A handler has ended: the thrower goes on after the last one."""
    run = token.run_
    identity = token.undoes
    thrower = run.tokens.get(identity) if isinstance(identity, UUID) else None
    if thrower is None:
        return
    thrower.internal_data["pending"] -= 1
    if thrower.internal_data["pending"] == 0:
        run.resume(thrower)


def _count(thrower: "Token", token: "Token") -> None:
    token.undoes = thrower.id
    thrower.internal_data["pending"] += 1
