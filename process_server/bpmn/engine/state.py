"""The stored form of an execution: its tokens, as compact as they can be told.

A list of scopes, the process first: [owner's number, tokens, what compensation may undo]; a token is
[id, element, state, number of the token it belongs to (-1: none), flags, entered, flow, data, internal data,
instance of a loop, compensation throw it works for]. Behind the scopes stand the correlation properties, if any are
known. Data is JSON, in which decimals and instants stay what they are.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from SpiffWorkflow import TaskState

from process_server.bpmn.engine.workflow import Scope, Token
from process_server.values import dump_json, load_json

if TYPE_CHECKING:
    from process_server.bpmn.engine.run import AnyScope, Run

VERSION = 1
_LEAVING, _TOLD = 1, 2
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def dump(run: "Run") -> bytes:
    """Return the state of all tokens."""
    numbers: dict[UUID, int] = {}
    scopes = [_dump_scope(run.workflow, -1, numbers)]
    waiting = list(run.workflow.subprocesses.values())
    waiting.sort(key=lambda scope: scope.depth)
    scopes += [_dump_scope(scope, numbers[scope.owner.id], numbers) for scope in waiting]
    return _encode([VERSION, scopes, run.conversation] if run.conversation else [VERSION, scopes])


def _dump_scope(scope: "AnyScope", owner: int, numbers: dict[UUID, int]) -> list[Any]:
    rows = []
    root = scope.task_tree
    for token in scope.tasks.values():
        if token is root:
            continue
        numbers[token.id] = len(numbers)
        rows.append(
            [
                token.id.bytes,
                token.task_spec.name,
                token._state,
                -1 if token.on_top else numbers[token._parent],
                (_LEAVING if token.leaving else 0) | (_TOLD if token.told else 0),
                token.entered,
                token.flow,
                dump_json(token.data) if token.data else 0,
                dump_json(token.internal_data) if token.internal_data else 0,
                token.index,
                token.undoes.bytes if token.undoes else None,
            ]
        )
    return [owner, rows, dump_json(scope.undoable) if scope.undoable else 0]


def load(run: "Run", content: bytes) -> None:
    """Place the tokens of a stored state."""
    _, scopes, *told = _decode(content)
    run.conversation = told[0] if told else {}
    tokens: list[Token] = []
    for owner, rows, undoable in scopes:
        scope: AnyScope = run.workflow
        if owner >= 0:
            holder = tokens[owner]
            scope = Scope(run.workflow.subprocess_specs[holder.task_spec.spec_name], holder)
            run.workflow.subprocesses[holder.id] = scope
        scope.prepare()
        scope.undoable = load_json(undoable) if undoable else []
        specs = scope.spec.task_specs
        for row in rows:
            tokens.append(_token(run, scope, specs, row, tokens))
    for token in tokens:
        restore_wait(run, token)


def _token(run: "Run", scope: "AnyScope", specs: Any, row: list[Any], tokens: list[Token]) -> Token:
    identity, name, state, parent, flags, entered, flow, data, internal, index, undoes = row
    above = scope.task_tree if parent < 0 else tokens[parent]
    token = Token.restore(scope, specs[name], above, UUID(bytes=identity), state)
    token.entered, token.flow, token.index = entered, flow, index
    token.leaving, token.told = bool(flags & _LEAVING), bool(flags & _TOLD)
    token.undoes = UUID(bytes=undoes) if undoes else None
    if data:
        token.data = load_json(data)
    if internal:
        token.internal_data = load_json(internal)
    run.tokens[token.id] = token
    if parent < 0 and not token.task_spec.armed_only(token):
        scope.live += 1
    if state == TaskState.READY:
        run.ready.append(token)
    return token


def restore_wait(run: "Run", token: Token) -> None:
    """Let a token that was placed as it was stored wait again, or stand parked at its gateway."""
    spec: Any = token.task_spec
    if len(getattr(spec, "incoming", ())) > 1 and token._state == TaskState.STARTED and not token.leaving:
        token.workflow.parked.setdefault(spec.name, []).append(token)
    if not token.on_top and run.tokens[token._parent].task_spec.takes_arms:
        run.open(token, spec.trigger.restore(token))
        return
    wait = spec.wait_of(token)
    if wait is not None:
        run.open(token, wait)
