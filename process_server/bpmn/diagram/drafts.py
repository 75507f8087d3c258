"""Drawings made for people, deployed as drafts: words are left to somebody, what is empty is left out."""

from collections.abc import Callable
from typing import Any

from process_server import clock
from process_server.bpmn.diagram.choices import left_open
from process_server.bpmn.diagram.collaboration import scopes_of
from process_server.bpmn.diagram.texts import is_one_word
from process_server.bpmn.engine.formulas import compile_condition, compile_value
from process_server.bpmn.model import Event, Flow, Formula, Node, Process, Scope
from process_server.bpmn.zone import zone
from process_server.errors import InvalidExpression, Problem
from process_server.expressions import is_expression
from process_server.expressions.times import parse_timer
from process_server.faults import fault
from process_server.i18n import gettext_noop


def leave_to_people(process: Process) -> list[Problem]:
    """Take out of a draft what no machine understands; return a warning for each."""
    draft = _Draft(process)
    draft.scope(process.scope)
    return draft.problems


class _Draft:
    def __init__(self, process: Process) -> None:
        self.process = process
        self.problems: list[Problem] = []

    def scope(self, scope: Scope) -> None:
        in_words = [flow for flow in scope.flows.values() if self._in_words(flow.condition)]
        for flow in in_words:
            flow.condition = None
        for flow in in_words:
            source = scope.nodes.get(flow.source)
            if source is None or not left_open(source):
                self._warn("condition_in_words", _CONDITION, flow, _EXPRESSION)
        for node in list(scope.nodes.values()):
            if self._empty(node):
                self._remove(scope, node)
            else:
                self._node(node)

    def _in_words(self, condition: Formula | None) -> bool:
        """Say whether a condition is no expression: also a word beside a line ("Yes") that no data object is called."""
        if condition is None:
            return False
        data = (name for scope in scopes_of(self.process) for name in scope.data_objects.values())
        word = is_one_word(condition) and condition.text.strip() not in data
        return word or not _compiles(compile_condition, condition)

    def _empty(self, node: Node) -> bool:
        return (node.type == "boundaryEvent" and not node.events) or (
            node.triggered_by_event and node.scope is not None and not node.scope.nodes
        )

    def _remove(self, scope: Scope, node: Node) -> None:
        self._warn("left_out", _NEVER, node)
        del scope.nodes[node.id]
        for flow in node.outgoing:
            scope.flows.pop(flow.id, None)
            target = scope.nodes.get(flow.target)
            if target is not None:
                target.incoming.remove(flow)

    def _node(self, node: Node) -> None:
        if node.type == "callActivity" and not node.attributes.called:
            node.type = "task"
            self._warn("passed", _PASSED, node)
        for event in node.events:
            if event.formula is not None and not _understood(event):
                event.formula = None
                self._warn("event_in_words", _EVENT, node)
        loop = node.loop
        if loop is not None:
            for name in ("cardinality", "completion", "condition"):
                formula = getattr(loop, name)
                if formula is not None and not _compiles(compile_condition, formula):
                    setattr(loop, name, None)
                    self._warn("loop_in_words", _LOOP, node)
        if node.scope is not None:
            self.scope(node.scope)

    def _warn(self, code: str, message: str, at: Node | Flow, hint: str | None = None) -> None:
        self.problems.append(
            fault(
                code,
                message,
                severity="warning",
                file=self.process.file,
                element=at.id,
                element_name=at.name,
                line=at.line,
                hint=hint,
            )
        )


_CONDITION = gettext_noop("The condition is written for people: it is overlooked")
_EXPRESSION = gettext_noop("Give the flow an expression.")
_EVENT = gettext_noop("The event is described for people: it waits for a message named like its id")
_LOOP = gettext_noop("The repetition is described for people: it is overlooked")
_NEVER = gettext_noop("Nothing says when this happens: it is left out")
_PASSED = gettext_noop("The call activity names no process: it is passed")


def _compiles(compile_it: Callable[[Any], Any], text: Any) -> bool:
    try:
        compile_it(text)
    except InvalidExpression:
        return False
    return True


def _understood(event: Event) -> bool:
    assert event.formula is not None
    text = event.formula.text.strip()
    if event.kind != "timer":
        return _compiles(compile_condition, event.formula)
    if is_expression(text) or "${" in text or "#{" in text:
        return _compiles(compile_value, text)
    kind = event.timer or "duration"
    return _compiles(lambda value: parse_timer(kind, value, clock.now(), zone()), text)
