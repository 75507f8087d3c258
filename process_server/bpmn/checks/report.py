"""Gathers problems, each with the place and what to do."""

from process_server.bpmn.model import Node, Process
from process_server.errors import Problem


class Report:
    """The problems of one process."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.problems: list[Problem] = []

    def error(
        self, code: str, message: str, node: Node | None, hint: str | None = None, line: int | None = None
    ) -> None:
        """Refuse the model."""
        self._add("error", code, message, node, hint, line)

    def warn(
        self, code: str, message: str, node: Node | None, hint: str | None = None, line: int | None = None
    ) -> None:
        """Accept it, but say what will happen."""
        self._add("warning", code, message, node, hint, line)

    def _add(
        self, severity: str, code: str, message: str, node: Node | None, hint: str | None, line: int | None
    ) -> None:
        self.problems.append(
            Problem(
                code=code,
                severity=severity,
                message=message,
                file=self.process.file,
                element=node.id if node else self.process.id,
                element_name=node.name if node else self.process.name,
                line=line or (node.line if node else self.process.line),
                hint=hint,
            )
        )
