"""Specs of tasks and calls."""

import re
from typing import Any

from process_server.bpmn.approval import VARIABLES, is_formula
from process_server.bpmn.diagram.build_parts import Texts, build_trigger
from process_server.bpmn.engine.elements import activities, automatic, people, work
from process_server.bpmn.engine.elements.base import ElementSpec
from process_server.bpmn.engine.formulas import Literal_, Path, compile_script, compile_value, dialect_of
from process_server.bpmn.model import Attributes, Node
from process_server.bpmn.program import Element
from process_server.connectors import knows, lacks

_RETRIES = re.compile(r"^(?:R(?=\d+/))?(\d{1,9})(?:/|$)")  # "3", or "R3/PT10M" as Camunda 7 writes it
MOST_RETRIES = 1_000


def is_foreign(given: Attributes) -> bool:
    """Say whether the work is done by something the attributes name."""
    return bool(given.topic or given.implementation or given.expression or given.connector)


def make_task(texts: Texts, spec: Any, element: Element, node: Node) -> ElementSpec:
    """Build an abstract task: a work item of another house is a job."""
    if is_foreign(node.attributes):
        return make_job(texts, spec, element, node)
    return activities.Passing(spec, element)


def make_user(texts: Texts, spec: Any, element: Element, node: Node) -> ElementSpec:
    """Build a user task."""
    made = people.UserTask(spec, element)
    given = node.attributes
    names = ("assignee", "candidate_users", "candidate_groups", "form_key", "due", "follow_up", "priority")
    made.form = {name: texts.value(text, node) for name in names if (text := getattr(given, name))}
    if element.name and ("${" in element.name or "#{" in element.name):
        made.form = {**made.form, "name": texts.value(element.name, node)}
    approval = element.approval
    if approval is not None and approval.of:
        variable = approval.by in VARIABLES and not is_formula(approval.of)
        made.approvers = Path(approval.of) if variable else texts.value(approval.of, node)
    if element.sla is not None and element.sla.due and not given.due:
        made.form = {**made.form, "due": texts.value(element.sla.due, node)}
    if element.sla is not None and element.sla.cost:
        made.form = {**made.form, "cost": texts.value(element.sla.cost, node)}
    if element.sla is not None and element.sla.calendar:
        made.form = {**made.form, "calendar": texts.value(element.sla.calendar, node)}
    return made


def make_job(
    texts: Texts, spec: Any, element: Element, node: Node, given: Any = None, name: str | None = None
) -> ElementSpec:
    """Build work that is done outside."""
    given = given or node.attributes
    made = work.JobTask(spec, element, name)
    topic = given.topic or given.implementation or given.expression or given.script_format or node.message or node.id
    made.topic = Literal_(topic) if given.delegate or not given.topic else texts.value(topic, node)
    known = given.connector or given.topic
    if known is not None and knows(known):
        missing = lacks(known, (mapping.target for mapping in given.inputs))
        made.connector = None if missing else known
        texts.tell_namesake(node, known, missing)
    made.priority = None if given.priority is None else texts.value(given.priority, node)
    made.result_variable = given.result_variable
    made.headers = dict(given.headers)
    retries = _RETRIES.match(given.retries or "")
    if retries:
        made.retries = min(int(retries[1]), MOST_RETRIES)
    return made


def make_service(texts: Texts, spec: Any, element: Element, node: Node) -> ElementSpec:
    """Build a service task: a decision, an expression, or a job."""
    given = node.attributes
    if given.decision:
        return make_decision(texts, spec, element, node)
    if given.expression and not given.topic and "setVariable" in given.expression:
        script = texts.attempt(
            lambda: compile_script(given.expression or "", "juel"), given.expression, node, "foreign_expression"
        )
        if script is not None:
            setting = automatic.ScriptTask(spec, element)
            setting.script = script
            return setting
    elif given.expression and not given.topic:
        expression = texts.attempt(
            lambda: compile_value(given.expression or ""), given.expression, node, "foreign_expression"
        )
        if expression is not None:
            made = automatic.ExpressionTask(spec, element)
            made.expression, made.result_variable = expression, given.result_variable
            return made
    return make_job(texts, spec, element, node)


def make_send(texts: Texts, spec: Any, element: Element, node: Node) -> ElementSpec:
    """Build a send task."""
    if is_foreign(node.attributes) or not node.message:
        return make_service(texts, spec, element, node)
    made = automatic.SendTask(spec, element)
    made.message = texts.value(node.message, node)
    made.key = None if node.message_key is None else texts.value(node.message_key, node)
    made.conversation = texts.conversation(node.message, node.correlation, node)
    return made


def make_receive(texts: Texts, spec: Any, element: Element, node: Node) -> ElementSpec:
    """Build a receive task."""
    made = work.ReceiveTask(spec, element)
    made.trigger = build_trigger(node, None, texts)
    return made


def make_script(texts: Texts, spec: Any, element: Element, node: Node) -> ElementSpec:
    """Build a script task: what is no assignment is a job."""
    given = node.attributes
    if is_foreign(given) or given.script is None or not given.script.text.strip():
        return (
            make_job(texts, spec, element, node)
            if is_foreign(given) or given.script_resource
            else activities.Passing(spec, element)
        )
    dialect = dialect_of(given.script_format or given.script.language)
    text = given.script.text
    script = texts.attempt(lambda: compile_script(text, dialect or "plain"), text, node, "foreign_script")
    if script is None:
        return make_job(texts, spec, element, node)
    made = automatic.ScriptTask(spec, element)
    made.script, made.result_variable = script, given.result_variable
    return made


def make_decision(texts: Texts, spec: Any, element: Element, node: Node) -> ElementSpec:
    """Build a business rule task."""
    given = node.attributes
    if not given.decision:
        return make_service(texts, spec, element, node)
    made = automatic.DecisionTask(spec, element)
    made.decision = texts.value(given.decision, node)
    made.binding = given.decision_binding
    made.version = None if given.decision_version is None else texts.value(given.decision_version, node)
    made.result_variable, made.map_result = given.result_variable, given.map_result
    return made


def make_call(texts: Texts, spec: Any, element: Element, node: Node) -> ElementSpec:
    """Build a call activity."""
    given = node.attributes
    made = work.CallActivity(spec, element)
    made.called = texts.value(given.called or "", node)
    made.binding = {"versionTag": "version_tag"}.get(given.binding, given.binding)
    made.version = None if given.version is None else texts.value(given.version, node)
    made.business_key = None if given.business_key is None else texts.value(given.business_key, node)
    made.copies_in = tuple((item.target, texts.source(item, node)) for item in given.call_in)
    made.copies_out = tuple((item.target, texts.source(item, node)) for item in given.call_out)
    made.all_in = bool(given.call_in_all)
    made.only_locals = given.call_in_locals
    made.all_out, made.all_left = bool(given.call_out_all), given.call_out_failed
    return made
