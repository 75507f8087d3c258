"""Which variables a program reads in its conditions, and which it sets itself, as far as that can be told."""

from collections.abc import Iterable, Iterator
from typing import Any

from process_server.bpmn.approval import variables_of
from process_server.bpmn.diagram.texts import is_one_word
from process_server.bpmn.engine.elements import automatic, work
from process_server.bpmn.engine.elements.adhoc import AdHocSubprocess
from process_server.bpmn.engine.elements.base import ElementSpec
from process_server.bpmn.engine.elements.loops import ACTIVE, DONE, TOTAL
from process_server.bpmn.engine.elements.triggers import ConditionTrigger, NamedTrigger
from process_server.bpmn.model import Node, Scope
from process_server.bpmn.program import Read, Usage
from process_server.expressions.script import Script

_ALWAYS = frozenset({"initiator", "business_key", "businessKey", "process_instance_id", "execution", "task"})
_LOOPED = frozenset({TOTAL, ACTIVE, DONE, "loopCounter", "loop", "numberOfInstances"})
_LOOPED |= {"numberOfCompletedInstances", "numberOfActiveInstances"}


def usage_of(scope: Scope, specs: Iterable[Any], declared: Iterable[str]) -> Usage:
    """Return what is read and set in a process; `specs` are those of it and of its subprocesses."""
    nodes = {node.id: node for node in scope.walk()}
    flows = {flow.id: flow for node in nodes.values() for flow in node.outgoing}
    made = [item for spec in specs for item in spec.task_specs.values() if isinstance(item, ElementSpec)]
    reads: list[Read] = []
    known = _ALWAYS.union(declared)
    for item in made:
        node = nodes[item.element.id]
        for along in item.flows:
            flow = flows.get(along.id)
            if flow is not None:
                line = flow.line or node.line
                alone = flow.condition is not None and is_one_word(flow.condition)
                reads += (Read(flow.id, flow.name, line, name, alone) for name in _variables(along.condition))
        reads += (Read(node.id, node.name, node.line, name) for name in _read_by(item))
        known |= _set_by(item, node)
    return Usage(
        reads=tuple(dict.fromkeys(reads)),
        sets=known,
        open=any(_unforeseen(item) for item in made),
        calls=tuple(
            (item.element.id, getattr(item.called, "text", None))
            for item in made
            if isinstance(item, work.CallActivity) and (item.all_out or item.local_result)
        ),
    )


def _variables(formula: Any) -> frozenset[str]:
    return getattr(formula, "variables", frozenset())


def _read_by(spec: Any) -> Iterator[str]:
    """Yield what the conditions of an element read, those of its flows left out."""
    if isinstance(getattr(spec, "trigger", None), ConditionTrigger):
        yield from _variables(spec.trigger.condition)
    if isinstance(spec, AdHocSubprocess):
        yield from _variables(spec.completion)
    loop = getattr(spec, "loop", None)
    if loop is not None:
        yield from _variables(loop.completion)
        yield from _variables(loop.condition)


def _set_by(spec: Any, node: Node) -> frozenset[str]:
    """Return what an element is known to set, for itself or for all."""
    given = node.attributes
    named = {
        *(name.partition(".")[0] for name, _ in (*getattr(spec, "into", ()), *getattr(spec, "out_of", ()))),
        *(name for name, _ in getattr(spec, "copies_out", ())),
        *(getattr(spec, name, None) for name in ("result_variable", "code_variable", "message_variable", "initiator")),
        *(field.id for field in given.form_fields),
        given.properties.get("outcome:variable"),
    }
    if spec.element.approval is not None:
        named.update(variables_of(node.id, spec.element.approval))
    for script in _scripts(spec):
        named |= _assigned(script)
    loop = getattr(spec, "loop", None)
    if loop is not None:
        named |= {loop.item, loop.output, *loop.own, *_LOOPED}
    if isinstance(spec, automatic.DecisionTask):
        named.add(node.id)
    return frozenset(name for name in named if name)


def _scripts(spec: Any) -> Iterator[Script]:
    moments = ("on_arrival", "on_departure", "on_start", "on_end")
    found = [script for moment in moments for script in getattr(spec, moment, ())]
    found += [script for flow in spec.flows for script in flow.on_take]
    found.append(getattr(spec, "script", None))
    return (script for script in found if isinstance(script, Script))


def _assigned(script: Script) -> set[str | None]:
    names: set[str | None] = set()
    for assignment in script.assignments:
        if isinstance(assignment.target, tuple):
            names.add(assignment.target[0])
        elif assignment.target is not None and not assignment.target.variables:
            names.add(str(assignment.target.evaluate({})))
    return names


def _unforeseen(spec: Any) -> bool:
    """Say whether an element brings variables that nothing in the model names."""
    if isinstance(spec, work.JobTask):
        return not (spec.connector in ("mail", "notify") or (spec.connector and spec.result_variable))
    if isinstance(spec, work.ReceiveTask) or isinstance(getattr(spec, "trigger", None), NamedTrigger):
        return True
    if isinstance(spec, automatic.DecisionTask):
        return not spec.result_variable
    return any(
        assignment.target is not None and not isinstance(assignment.target, tuple) and bool(assignment.target.variables)
        for script in _scripts(spec)
        for assignment in script.assignments
    )
