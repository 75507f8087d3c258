"""What is wrong with a model: refused where no engine could mean it, warned about where it is tolerated."""

from process_server.bpmn.diagram.checks.approvals import check_approval, check_process_properties
from process_server.bpmn.diagram.checks.events import check_event, check_links
from process_server.bpmn.diagram.checks.history import check_history
from process_server.bpmn.diagram.checks.report import Report
from process_server.bpmn.diagram.checks.structure import check_scope, check_size
from process_server.bpmn.diagram.checks.work import check_work
from process_server.bpmn.model import Process, Scope
from process_server.errors import Problem


def check(process: Process) -> tuple[list[Problem], bool]:
    """Return the problems of a process, errors and warnings, and whether it is small enough to look into."""
    report = Report(process)
    for listener in process.attributes.listeners:
        if listener.formula is None or listener.on not in ("start", "end"):
            report.warn(
                "foreign_listener",
                "The listener {listener} is left out",
                None,
                "Write it as an expression, or draw its work as a task.",
                listener=listener.implementation or listener.on,
            )
    readable = check_size(process, report)
    if readable:
        check_process_properties(process, report)
        check_history(process, report)
        _check(process.scope, report, None)
    return report.problems, readable


def _check(scope: Scope, report: Report, around: str | None) -> None:
    check_scope(scope, report)
    check_links(scope, report)
    for node in scope.nodes.values():
        check_event(scope, node, report, around)
        check_work(scope, node, report)
        check_approval(node, report)
        if node.scope is not None:
            _check(node.scope, report, "event" if node.triggered_by_event else node.type)


__all__ = ["check"]
