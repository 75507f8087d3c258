"""Problems of files to deploy as Camunda Modeler shows them: by file, with line, column and element."""

from collections import defaultdict
from typing import Any

ELEMENT_IDS = ("elementIds", "\N{CYRILLIC SMALL LETTER IE}lementIds")
"""Camunda's own answers spell the name with a Cyrillic letter, its description with a Latin one."""


def details(problems: list[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """Return the message of a ParseException and its details."""
    reports: dict[str, dict[str, Any]] = defaultdict(lambda: {"errors": [], "warnings": []})
    lines = []
    for problem in problems:
        file = problem.get("file") or ""
        is_error = problem.get("severity") != "warning"
        reports[file]["errors" if is_error else "warnings"].append(shown(problem))
        if is_error:
            lines.append(f"* {said(problem)} | resource {file} | line {_line(problem)} | column {_column(problem)}")
    message = "\n".join(["ENGINE-09005 Could not parse BPMN process. Errors: ", *lines])
    return message, dict(reports)


def shown(problem: dict[str, Any]) -> dict[str, Any]:
    """Return one problem."""
    element = problem.get("element")
    elements = [element] if element else []
    return {
        "message": said(problem),
        "line": _line(problem),
        "column": _column(problem),
        "mainElementId": element,
        **dict.fromkeys(ELEMENT_IDS, elements),
    }


def said(problem: dict[str, Any]) -> str:
    """Return what is wrong and what to do about it."""
    return " – ".join(filter(None, [problem.get("message") or problem.get("code"), problem.get("hint")]))


def _line(problem: dict[str, Any]) -> int:
    return int(problem.get("line") or 0)


def _column(problem: dict[str, Any]) -> int:
    return int(problem.get("column") or 0)
