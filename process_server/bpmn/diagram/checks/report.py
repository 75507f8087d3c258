"""Gathers the faults of one process, each with its place."""

from typing import Any

from process_server.bpmn.diagram.faults import fault
from process_server.bpmn.model import Node, Process
from process_server.errors import Problem


class Report:
    """The problems of one process. Messages name their facts as `{name}`; hints say what to do."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.problems: list[Problem] = []

    def refuse(
        self,
        code: str,
        message: str,
        node: Node | None,
        hint: str | None = None,
        line: int | None = None,
        **params: Any,
    ) -> None:
        """Refuse the model."""
        self._add("error", code, message, node, hint, line, params)

    def warn(
        self,
        code: str,
        message: str,
        node: Node | None,
        hint: str | None = None,
        line: int | None = None,
        **params: Any,
    ) -> None:
        """Accept it, but say what will happen."""
        self._add("warning", code, message, node, hint, line, params)

    def _add(
        self,
        severity: str,
        code: str,
        message: str,
        node: Node | None,
        hint: str | None,
        line: int | None,
        params: dict[str, Any],
    ) -> None:
        place = node or self.process
        self.problems.append(
            fault(
                code,
                message,
                severity=severity,
                file=self.process.file,
                element=place.id,
                element_name=place.name,
                line=line or place.line,
                hint=hint,
                **params,
            )
        )
