"""What a person can read of the problems of a deployment."""

from typing import Any

from process_server.errors import Problem
from process_server.faults import fault
from process_server.i18n import gettext_noop

MAX_PROBLEMS = 400
MAX_SHOWN = 300  # characters of a name or message in a report


def shortened(problems: list[Problem]) -> list[Problem]:
    """Return what a person can read: errors first when there are too many, and no names of the length of a book."""
    if len(problems) > MAX_PROBLEMS:
        left = len(problems) - MAX_PROBLEMS
        problems = sorted(problems, key=lambda problem: problem["severity"] != "error")[:MAX_PROBLEMS]
        severity = problems[-1]["severity"]
        more = gettext_noop("There are {count} more problems.")
        problems.append(fault("more_problems", more, severity=severity, file=problems[0]["file"], count=left))
    return [_clipped(problem) for problem in problems]


def _clipped(problem: Problem) -> Problem:
    shown = problem.copy()
    shown["params"] = {key: _clip(value) for key, value in problem.get("params", {}).items()}
    shown["message"] = _clip(problem["message"])
    shown["element"] = _clip(problem.get("element"))
    shown["element_name"] = _clip(problem.get("element_name"))
    return shown


def _clip(value: Any) -> Any:
    return value[:MAX_SHOWN] + ".." if isinstance(value, str) and len(value) > MAX_SHOWN else value
