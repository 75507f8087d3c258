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

    Records = list[dict[str, Any]]


def compensate(thrower: "Token", activity: str | None = None) -> bool:
    """Start the handlers for one activity, or for all of the scope; say whether there is nothing to wait for."""
    thrower.internal_data["pending"] = 0
    for scope, records in _done(thrower.workflow) if activity is None else _found(thrower.workflow, activity):
        for record in reversed(records):
            undo(scope, record, thrower)
    return bool(thrower.internal_data["pending"] == 0)


def _done(scope: "AnyScope") -> "list[tuple[AnyScope, Records]]":
    """Take all of a scope; an event subprocess undoes besides what the scope around it had done before."""
    done = [(scope, scope.undoable)]
    scope.undoable = []
    if scope.owner is not None and getattr(scope.owner.task_spec, "is_event_subprocess", False):
        done += _done(scope.owner.workflow)
    return done


def _found(scope: "AnyScope", activity: str) -> "list[tuple[AnyScope, Records]]":
    """Take an activity from the nearest scope that knows it, looking outwards."""
    while scope.owner is not None and not _knows(scope.undoable, activity):
        scope = scope.owner.workflow
    return [(scope, _take(scope.undoable, activity))]


def _knows(records: "Records", activity: str) -> bool:
    return any(record["element"] == activity or _knows(record["inner"], activity) for record in records)


def _take(records: "Records", activity: str) -> "Records":
    """Take the records of an activity out; of one deep inside a subprocess with the way that leads `through` it."""
    found = [record for record in records if record["element"] == activity]
    if found:
        records[:] = [record for record in records if record["element"] != activity]
        return found
    inner = ((record, _take(record["inner"], activity)) for record in records)
    return [{**record, "inner": taken, "through": True} for record, taken in inner if taken]


def undo(scope: "AnyScope", record: dict[str, Any], thrower: "Token") -> None:
    """Start what undoes one completed activity: its handler, else whatever undoes the inside of a subprocess."""
    run = thrower.run_
    specs = scope.spec.task_specs
    spec: Any = specs[record["element"]]
    through = "through" in record
    if spec.handler is not None and not through:
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
    if handler is not None and not through:
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
