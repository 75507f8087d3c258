"""Gathers the faults of one process, each with its place."""

from typing import Any

from process_server.bpmn.model import Flow, Node, Process
from process_server.errors import Problem
from process_server.faults import fault


class Report:
    """The problems of one process, at a node, a flow or the whole. Messages name facts as `{name}`; hints advise."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.problems: list[Problem] = []
        self.ids = frozenset(node.id for node in process.scope.walk())

    def refuse(
        self,
        code: str,
        message: str,
        place: Node | Flow | None,
        hint: str | None = None,
        line: int | None = None,
        **params: Any,
    ) -> None:
        """Refuse the model."""
        self._add("error", code, message, place, hint, line, params)

    def warn(
        self,
        code: str,
        message: str,
        place: Node | Flow | None,
        hint: str | None = None,
        line: int | None = None,
        **params: Any,
    ) -> None:
        """Accept it, but say what will happen."""
        self._add("warning", code, message, place, hint, line, params)

    def _add(
        self,
        severity: str,
        code: str,
        message: str,
        place: Node | Flow | None,
        hint: str | None,
        line: int | None,
        params: dict[str, Any],
    ) -> None:
        at = place or self.process
        self.problems.append(
            fault(
                code,
                message,
                severity=severity,
                file=self.process.file,
                element=at.id,
                element_name=at.name,
                line=line or at.line,
                hint=hint,
                **params,
            )
        )
