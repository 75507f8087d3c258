"""Faults of a deployed file, each with its place, what to do, and its words as a text that can be translated."""

from collections.abc import Iterable
from typing import Any

from process_server.errors import Problem
from process_server.i18n import fill, worded


def fault(
    code: str,
    message: str,
    *,
    file: str | None,
    severity: str = "error",
    element: str | None = None,
    element_name: str | None = None,
    line: int | None = None,
    column: int | None = None,
    hint: str | None = None,
    **params: Any,
) -> Problem:
    """Return a problem; `message` names its facts as `{name}`, filled from `params` and the file."""
    if "{file}" in message:
        params["file"] = file
    return Problem(
        code=code,
        severity=severity,
        message=fill(message, params),
        template=message,
        file=file,
        element=element,
        element_name=element_name,
        line=line,
        column=column,
        hint=hint,
        params=params,
    )


def in_language(problem: Problem, language: str) -> Problem:
    """Return a fault in the words of a language, the reason it gives among them."""
    facts = problem.get("params") or {}
    told = problem.copy()
    told["message"] = worded(language, problem.get("template") or problem["message"], facts)
    told["hint"] = worded(language, problem.get("hint") or "", facts) or None
    return told


def told(problems: Iterable[Problem], language: str) -> list[Problem]:
    """Return faults in the words of a language, in the order of `errors_first`."""
    return [in_language(problem, language) for problem in errors_first(problems)]


def errors_first(problems: Iterable[Problem]) -> list[Problem]:
    """Return faults as a person works them off: what hinders before what is tolerated, then file by file."""
    return sorted(problems, key=lambda each: (each.get("severity") != "error", each["file"] or "", each["line"] or 0))
