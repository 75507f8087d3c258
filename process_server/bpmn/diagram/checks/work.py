"""Work and choices that run otherwise than drawn, or only with somebody's help."""

from process_server.bpmn.diagram.checks.report import Report
from process_server.bpmn.diagram.choices import left_open
from process_server.bpmn.model import Node, Scope
from process_server.i18n import gettext_noop

_WORKED = {"serviceTask", "sendTask", "businessRuleTask", "scriptTask"}


def check_work(scope: Scope, node: Node, report: Report) -> None:
    """Warn about one node."""
    given = node.attributes
    if node.type in _WORKED or (node.type == "task" and given.implementation):
        _work(node, report)
    if node.type == "adHocSubProcess" and given.topic:
        text = gettext_noop("A worker ({topic}) would say what is done in it: here a person chooses")
        report.warn("person_chooses", text, node, topic=given.topic)
    if node.type == "receiveTask" and not node.message:
        hint = gettext_noop("It waits for a message named like its id. Give it a message.")
        report.warn("no_message", "The receive task names no message", node, hint)
    if node.type == "callActivity" and not given.called:
        report.warn("no_called_process", "The call activity names no process: it stops with an incident", node)
    bare = node.loop is not None and node.loop.multi and node.loop.cardinality is None and not node.loop.collection
    if bare and given.properties.get("approval:mode", "single") == "single":
        report.warn("empty_loop", "Neither a number nor a collection says how often: it runs once", node)
    if node.loop is not None and not node.loop.multi and node.loop.condition is None and not node.loop.maximum:
        report.warn("empty_loop", "Neither a condition nor a number says how often it is repeated: it runs once", node)
    for listener in given.listeners:
        if listener.formula is None:
            report.warn(
                "foreign_listener",
                "The listener {listener} is left out",
                node,
                "Write it as an expression, or draw its work as a task.",
                listener=listener.implementation,
            )
    ignored = {*given.ignored, *(name for event in node.events for name in event.attributes.ignored)}
    ignored.update(() if node.loop is None else node.loop.ignored)
    if ignored:
        names = ", ".join(sorted(ignored))
        report.warn("ignored_extension", "These extensions have no effect here: {names}", node, names=names)
    _choices(node, report)


def _work(node: Node, report: Report) -> None:
    given = node.attributes
    if given.topic or given.decision or given.expression:
        return
    hint = gettext_noop("A worker may fetch it by this topic, or a person completes it.")
    if given.implementation:
        report.warn(
            "external_job", "The work becomes a job of the topic {topic}", node, hint, topic=given.implementation
        )
    elif node.type == "scriptTask":
        _script(node, report)
    elif node.type == "sendTask" and node.message:
        return
    else:
        report.warn(
            "no_implementation",
            "Nothing says how it is done: it becomes a job of the topic {topic}",
            node,
            hint,
            topic=node.id,
        )


def _script(node: Node, report: Report) -> None:
    given = node.attributes
    language = given.script_format or (given.script.language if given.script else None)
    if given.script_resource:
        report.warn("external_job", "The work becomes a job of the topic {topic}", node, topic=language or node.id)
    elif given.script is None or not given.script.text.strip():
        report.warn("empty_script", "The script is empty: the task is passed", node)


def _choices(node: Node, report: Report) -> None:
    for flow in node.outgoing:
        if flow.condition_resource:
            report.refuse(
                "condition_elsewhere",
                "The condition stands in another file ({resource}), which nothing here reads",
                flow,
                "Write the condition at the flow, as an expression.",
                resource=flow.condition_resource,
            )
    bare = [flow for flow in node.outgoing if flow.condition is None and flow.id != node.default]
    conditional = [flow for flow in node.outgoing if flow.condition is not None]
    if left_open(node):
        text = gettext_noop("No flow has a condition: a person decides which way to go")
        report.warn("person_decides", text, node, "Give the flows conditions.")
    elif node.type == "exclusiveGateway" and len(node.outgoing) > 1 and bare:
        report.warn(
            "flow_without_condition",
            "The flow {flow} has no condition: it is taken when no condition holds",
            node,
            "Make it the default flow, or give it a condition.",
            flow=bare[0].id,
        )
    elif node.type == "inclusiveGateway" and bare and len(node.outgoing) > 1 and not conditional:
        hint = gettext_noop("Give the flows conditions, or draw a parallel gateway.")
        report.warn("all_ways", gettext_noop("No flow has a condition: all but the default are taken"), node, hint)
    if node.type in ("parallelGateway", "eventBasedGateway") and conditional:
        text = gettext_noop("Conditions on the flows of this gateway have no effect")
        hint = gettext_noop(
            "All its ways are taken: draw an exclusive or inclusive gateway where one or some are meant."
        )
        if node.type == "eventBasedGateway":
            hint = gettext_noop("The first event decides: drop the conditions.")
        report.warn("ignored_condition", text, node, hint)
