"""What is wrong with a model: refused where no engine could mean it, warned about where it is tolerated."""

from process_server.bpmn.model import Node, Process, Scope
from process_server.errors import Problem


def check(process: Process) -> list[Problem]:
    """Return the problems of a process, errors and warnings."""
    return _Checker(process).run()


class _Checker:
    def __init__(self, process: Process) -> None:
        self.process = process
        self.problems: list[Problem] = []

    def run(self) -> list[Problem]:
        self._scope(self.process.scope)
        return self.problems

    def _scope(self, scope: Scope) -> None:
        for flow in scope.flows.values():
            for end in (flow.source, flow.target):
                if end not in scope.nodes:
                    self._add(
                        "dangling_flow",
                        f"The sequence flow {flow.id} leads from or to {end}, which is not there",
                        None,
                        flow.line,
                        element=flow.id,
                    )
        for node in scope.nodes.values():
            self._node(scope, node)
            if node.scope is not None:
                self._scope(node.scope)

    def _node(self, scope: Scope, node: Node) -> None:
        if node.type == "complexGateway":
            self._add("complex_gateway", "A complex gateway cannot run", node)
        if node.type == "boundaryEvent" and node.attached_to not in scope.nodes:
            self._add(
                "dangling_boundary", f"The boundary event is attached to {node.attached_to}, which is not there", node
            )
        if node.type == "receiveTask" and not node.message:
            hint = "It waits for a message named like its id. Give it a message."
            self._add("no_message", "The receive task names no message", node, severity="warning", hint=hint)

    def _add(
        self,
        code: str,
        message: str,
        node: Node | None,
        line: int | None = None,
        *,
        severity: str = "error",
        hint: str | None = None,
        element: str | None = None,
    ) -> None:
        self.problems.append(
            Problem(
                code=code,
                severity=severity,
                message=message,
                file=self.process.file,
                element=node.id if node else element,
                element_name=node.name if node else None,
                line=line or (node.line if node else None),
                hint=hint,
            )
        )
