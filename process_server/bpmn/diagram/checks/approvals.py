"""What the properties of approvals and of time say, and where that contradicts the rest of the diagram."""

from typing import get_args

from process_server.bpmn.approval import Approval, Withdraw
from process_server.bpmn.diagram.checks.report import Report
from process_server.bpmn.diagram.properties import Fault, Properties
from process_server.bpmn.diagram.read_approval import PREFIXES, read_approval, read_fallback
from process_server.bpmn.diagram.read_sla import read_sla
from process_server.bpmn.model import Node, Process
from process_server.i18n import gettext_noop

_HINT = gettext_noop("See the guide to approvals for every property and its values.")
_OF_PROCESS = ("approval:withdraw", "approver:none")


def check_process_properties(process: Process, report: Report) -> None:
    """Check what the process says for all of its steps."""
    given = Properties(process.attributes.properties)
    given.choice("approval:withdraw", get_args(Withdraw), "undecided")
    read_fallback(given)
    for name in process.attributes.properties:
        if name.startswith(PREFIXES) and name not in _OF_PROCESS:
            given.warn("useless_property", gettext_noop("{name} has no effect on a process"), name=name)
    _report(given.faults, report, None)
    submitters = [
        node for node in process.scope.walk() if node.attributes.properties.get("approval:submitter") == "true"
    ]
    for node in submitters[1:]:
        message = gettext_noop("Two steps are marked as the submitter's: what is rejected goes back to {first}")
        report.warn("two_submitters", message, node, first=submitters[0].id)


def check_approval(node: Node, report: Report) -> None:
    """Check one node."""
    given = node.attributes.properties
    _report(read_sla(given, {})[1], report, node)
    if node.type == "userTask":
        approval, faults = read_approval(given, {})
        _report(faults, report, node)
        if approval is not None:
            _contradictions(approval, node, report)
        return
    for name in given:
        if name.startswith(PREFIXES):
            report.warn("useless_property", gettext_noop("{name} has no effect but on a user task"), node, name=name)


def _contradictions(approval: Approval, node: Node, report: Report) -> None:
    given = node.attributes
    if approval.by is not None and (given.assignee or given.candidate_users or given.candidate_groups):
        message = gettext_noop("approver:by decides who is asked: assignee and candidates of the task have no effect")
        report.warn("two_approvers", message, node)
    repeated = node.loop is not None and (
        not node.loop.multi or node.loop.collection or node.loop.cardinality is not None
    )
    if approval.countersign and repeated:
        message = gettext_noop("The task repeats already: it cannot be countersigned by {mode} as well")
        hint = gettext_noop("Take collection and number out of the marker, or drop approval:mode.")
        report.refuse("two_loops", message, node, hint, mode=approval.mode)
    if approval.bulk and (approval.signature or approval.opinion == "required"):
        message = gettext_noop("A step that wants a signature or an opinion each time cannot be decided in bulk")
        report.refuse("no_bulk", message, node, gettext_noop("Drop approval:bulk, or what it contradicts."))
    if approval.rules and (approval.signature or approval.opinion == "required"):
        message = gettext_noop("A step that wants a signature or an opinion each time cannot be approved by a rule")
        report.refuse("no_rules", message, node, gettext_noop("Drop approval:rules, or what it contradicts."))
    if "remove_signer" in approval.actions and not {"add_signer"} & approval.actions and not approval.countersign:
        message = gettext_noop("Nobody can be taken out where nobody signs beside and nobody can be added")
        report.warn("useless_action", message, node)
    if given.properties.get("approval:threshold") and approval.mode in ("count", "ratio") and approval.veto:
        message = gettext_noop("With approval:veto one rejection ends it, however many approvals are needed")
        report.warn("veto", message, node)


def _report(faults: list[Fault], report: Report, node: Node | None) -> None:
    for fault in faults:
        say = report.refuse if fault.severity == "error" else report.warn
        say(fault.code, fault.message, node, _HINT, **fault.params)
