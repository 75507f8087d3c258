"""Faults of a deployed file, each with its place, what to do, and its words as a text that can be translated."""

from typing import Any

from process_server.errors import Problem
from process_server.i18n import fill


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
