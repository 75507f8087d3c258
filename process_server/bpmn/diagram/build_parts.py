"""Parts of specs: compiled texts with their faults located, triggers, loops."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from process_server import clock
from process_server.bpmn.diagram.foreign import foreign_call
from process_server.bpmn.engine.conversation import Conversation, Property
from process_server.bpmn.engine.elements.countersign import Countersign
from process_server.bpmn.engine.elements.loops import Loop
from process_server.bpmn.engine.elements.triggers import ConditionTrigger, NamedTrigger, TimerTrigger, Trigger
from process_server.bpmn.engine.formulas import (
    Evaluable,
    Lenient,
    ListOf,
    Literal_,
    MapOf,
    compile_condition,
    compile_script,
    compile_source,
    compile_value,
    dialect_of,
)
from process_server.bpmn.model import ANSWER, VARIABLE, CorrelationProperty, Event, Formula, Mapping, Node
from process_server.bpmn.program import Element
from process_server.bpmn.zone import zone
from process_server.errors import InvalidExpression, Problem
from process_server.expressions.foreign.java import plain_condition
from process_server.expressions.times import TimerKind, parse_timer
from process_server.faults import fault
from process_server.i18n import gettext_noop

T = TypeVar("T")
_OF_TASK = re.compile(r"\b(?:task|delegateTask)\.(?:execution|getExecution\(\))\.")  # to us it is one scope


class Texts:
    """Compiles the texts of one process and gathers what cannot be understood."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems
        self.conversations: dict[str, Conversation] = {}  # by the name of the message

    def value(self, text: str, node: Node, language: str | None = None) -> Evaluable:
        """Compile a text that may be a literal or an expression."""
        return self._try(lambda: compile_value(text, language), node, text)

    def timer(self, kind: TimerKind, formula: Formula, node: Node) -> Evaluable:
        """Compile a timer; a text that says no time is warned of, since every case would stop at it."""
        text = formula.text
        # duration("PT1H") is a call in FEEL; a bare PT1H is a time there as well
        called = "(" in text and dialect_of(formula.language) == "feel"
        compiled = self.value(text, node, formula.language if called else None)
        if isinstance(compiled, Literal_) and compiled.text is not None:
            try:
                parse_timer(kind, compiled.text, clock.now(), zone())
            except InvalidExpression as error:
                message = gettext_noop("The timer says no time that could be read: {text}")
                hint = gettext_noop(
                    "Write a duration like PT1H, a date like 2030-01-31T09:00:00Z, or a cycle like R/P1D."
                )
                found = self._fault(
                    "bad_timer", message, node.id, node.name, node.line, text=error.params["expression"]
                )
                self.problems.append(found | Problem(severity="warning", hint=hint))
        return compiled

    def condition(self, formula: Formula, element: str, name: str | None) -> Evaluable:
        """Compile the condition of a sequence flow."""
        try:
            compiled = compile_condition(formula)
        except InvalidExpression as error:
            hint = gettext_noop("Write it with variables, as in amount > 100. In a draft words are left to a person.")
            self.problems.append(self._problem(error, element, name, formula.line) | Problem(hint=hint))
            return Literal_(None)
        self._warn_of_foreign(plain_condition(formula.text), compiled, element, name, formula.line)
        return compiled

    def conversation(self, name: str, properties: list[CorrelationProperty], node: Node) -> Conversation | None:
        """Compile the correlation key of a message."""
        if not properties:
            return None
        compiled = (
            Property(item.id, self.formula(item.path, node), None if item.own is None else self.formula(item.own, node))
            for item in properties
        )
        return self.conversations.setdefault(name, Conversation(tuple(compiled)))

    def formula(self, formula: Formula, node: Node) -> Evaluable:
        """Compile what is always an expression."""
        return self._try(lambda: compile_condition(formula), node, formula.text, formula.line)

    def source(self, mapping: Mapping, node: Node) -> Evaluable:
        """Compile the source of a mapping."""
        formula = mapping.source if isinstance(mapping.source, Formula) else Formula("")
        if formula.language in (VARIABLE, ANSWER):
            return compile_source(formula)
        if _has_script(mapping.source):
            compiled = self.attempt(lambda: compile_source(mapping.source), formula.text, node, "foreign_mapping")
            return Literal_(None) if compiled is None else compiled
        return self._try(lambda: compile_source(mapping.source), node, formula.text, formula.line)

    def input(self, mapping: Mapping, node: Node) -> Evaluable | None:
        """Compile an input; None for an optional one that only another house understands."""
        return self._leniently(mapping.source, node) if mapping.optional else self.source(mapping, node)

    def _leniently(self, source: object, node: Node) -> Evaluable | None:
        """Compile what another house is configured with: what only that understands is left out, with a warning."""
        if isinstance(source, list):
            return ListOf(tuple(item for one in source if (item := self._leniently(one, node)) is not None))
        if isinstance(source, dict):
            made = ((Literal_(key), self._leniently(one, node)) for key, one in source.items())
            return MapOf(tuple((key, item) for key, item in made if item is not None))
        text = source.text if isinstance(source, Formula) else ""
        compiled = self.attempt(lambda: compile_source(source), text, node, "foreign_field")
        return None if compiled is None else Lenient(compiled)

    def output(self, mapping: Mapping, node: Node) -> Evaluable | None:
        """Compile an output; an optional one is null where what it is made of is missing, None where nobody knows."""
        if not mapping.optional:
            return self.source(mapping, node)
        text = mapping.source.text if isinstance(mapping.source, Formula) else ""
        compiled = self.attempt(lambda: compile_source(mapping.source), text, node, "foreign_answer")
        return None if compiled is None else Lenient(compiled)

    def listener(self, formula: Formula, node: Node) -> Any:
        """Compile a listener; one in a foreign language is left out with a warning."""
        dialect = dialect_of(formula.language)
        text = _OF_TASK.sub("execution.", formula.text)
        return self.attempt(lambda: compile_script(text, dialect or "plain"), text, node, "foreign_listener")

    def attempt(self, compile_it: Callable[[], T], text: str, node: Node, code: str) -> T | None:
        """Compile what may be in a language of another house: then None, and a warning."""
        try:
            compiled = compile_it()
            called = foreign_call(text, compiled)
            if called is None:
                return compiled
            found = self._fault(
                code, gettext_noop("Nobody offers {called} here"), node.id, node.name, node.line, called=called
            )
        except InvalidExpression as error:
            found = self._problem(error, node.id, node.name, node.line)
        self.problems.append(found | Problem(code=code, severity="warning", hint=_FOREIGN[code]))
        return None

    def _try(self, compile_it: Callable[[], Evaluable], node: Node, text: str, line: int | None = None) -> Evaluable:
        try:
            compiled = compile_it()
        except InvalidExpression as error:
            self.problems.append(self._problem(error, node.id, node.name, line or node.line))
            return Literal_(None)
        self._warn_of_foreign(text, compiled, node.id, node.name, line or node.line)
        return compiled

    def _warn_of_foreign(self, text: str, compiled: Any, element: str, name: str | None, line: int | None) -> None:
        called = foreign_call(text, compiled) if not isinstance(compiled, Literal_) else None
        if called is not None:
            text = gettext_noop("Nobody offers {called} here: where it is needed the process stops with an incident")
            hint = gettext_noop("Write it with variables, or with the functions of this server.")
            found = self._fault("foreign_call", text, element, name, line, called=called)
            self.problems.append(found | Problem(severity="warning", hint=hint))

    def tell_namesake(self, node: Node, topic: str, missing: list[str]) -> None:
        """Warn of a job whose topic is called like a connector that lacks inputs: a worker of that name does it."""
        if missing:
            text = gettext_noop("The connector {topic} would need {names}: it becomes a job for an outside worker")
            hint = gettext_noop("Map these inputs if the connector is meant.")
            found = self._fault(
                "namesake", text, node.id, node.name, node.line, topic=topic, names=", ".join(missing), hint=hint
            )
            self.problems.append(found | Problem(severity="warning"))

    def _problem(self, error: InvalidExpression, element: str | None, name: str | None, line: int | None) -> Problem:
        return self._fault(error.code, error.template, element, name, line, **error.params)

    def _fault(
        self, code: str, message: str, element: str | None, name: str | None, line: int | None, **params: Any
    ) -> Problem:
        return fault(code, message, file=self.file, element=element, element_name=name, line=line, **params)


_FOREIGN = {
    "foreign_answer": gettext_noop("The worker that does the work answers with a variable of this name."),
    "foreign_completion": gettext_noop("The subprocess ends when everything in it is done."),
    "foreign_field": gettext_noop("The field is left out of what the worker is given."),
    "foreign_listener": gettext_noop(
        "The listener is left out: write it as an expression, or draw the work as a task."
    ),
    "foreign_mapping": gettext_noop("The variable is null: write it as an expression, or draw the work as a task."),
    "foreign_script": gettext_noop(
        "The script becomes a job for an outside worker: its topic is the script's language."
    ),
    "foreign_expression": gettext_noop(
        "The expression becomes a job for an outside worker: its topic is the expression."
    ),
}


def _has_script(source: object) -> bool:
    if isinstance(source, (list, dict)):
        return any(_has_script(item) for item in (source.values() if isinstance(source, dict) else source))
    return isinstance(source, Formula) and source.script


def build_trigger(node: Node, event: Event | None, texts: Texts) -> Trigger:
    """Return what an event, or a receive task, waits for."""
    if event is None:
        key = None if node.message_key is None else texts.value(node.message_key, node)
        conversation = texts.conversation(node.message or node.id, node.correlation, node)
        return NamedTrigger(node.id, "message", texts.value(node.message or node.id, node), key, conversation)
    formula = event.formula
    if event.kind in ("timer", "conditional") and formula is None:
        return NamedTrigger(node.id, "message", Literal_(node.id))
    if event.kind == "timer" and formula is not None:
        kind = event.timer or "duration"
        return TimerTrigger(node.id, kind, texts.timer(kind, formula, node))
    if event.kind == "conditional" and formula is not None:
        return ConditionTrigger(
            node.id,
            texts.formula(formula, node),
            formula.text,
            variables=_listed(event.attributes.variable_name),
            changes=_listed(event.attributes.variable_events),
        )
    key = None if event.correlation_key is None else texts.value(event.correlation_key, node)
    conversation = texts.conversation(event.name, event.correlation, node)
    return NamedTrigger(node.id, event.kind, texts.value(event.name or node.id, node), key, conversation)


def _listed(text: str | None) -> frozenset[str]:
    return frozenset(part for item in (text or "").split(",") if (part := item.strip()))


def build_countersign(node: Node, element: Element, texts: Texts) -> Countersign:
    """Return the loop over those who sign."""
    approval = element.approval
    assert approval is not None
    threshold = texts.value(approval.threshold, node) if approval.threshold else None
    drawn = node.loop is not None and node.loop.sequential
    sequential = drawn if approval.sequential is None else approval.sequential
    return Countersign(node.id, approval, threshold, sequential=sequential)


def build_loop(node: Node, texts: Texts) -> Loop:
    """Return how an activity repeats."""
    given = node.loop
    assert given is not None
    loop = Loop(node.id, multi=given.multi, sequential=given.sequential)
    if not given.collection and given.cardinality is None:
        loop.cardinality = Literal_(1)
    if given.cardinality is not None:
        loop.cardinality = texts.value(given.cardinality.text, node, given.cardinality.language)
    if given.collection:
        loop.collection = texts.formula(Formula(given.collection), node)
        loop.first = 1 if given.collection.lstrip().startswith("=") else 0
    loop.item = given.element_variable
    loop.completion = None if given.completion is None else texts.formula(given.completion, node)
    loop.output = given.output_collection
    loop.output_gaps = loop.first == 1  # Camunda 8 makes the list as long as the input from the beginning
    loop.output_item = texts.formula(Formula(given.output_element), node) if given.output_element else None
    loop.condition = None if given.condition is None else texts.formula(given.condition, node)
    loop.test_before = given.test_before
    own = (given.output_element or "").lstrip("= ").partition(".")[0].strip()
    loop.own += given.output_variables or ([own] if own.isidentifier() else [])
    loop.maximum = None if given.maximum is None else texts.value(given.maximum, node)
    if not loop.multi and loop.condition is None and loop.maximum is None:
        loop.maximum = Literal_(1)
    return loop
