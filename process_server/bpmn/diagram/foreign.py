"""Expressions that only another house understands: they call a bean, or a function nobody offers here."""

import re
from typing import Any

from process_server.expressions.methods import METHOD_NAMES, NUMBER_NAMES

OFFERED = frozenset(
    {
        "parameter",
        "supervisor",
        "department_head",
        "members",
        "least_loaded",
        "user_name",
        "working_due",
        "working_time",
        "is_working_day",
    }
)
_CALL = re.compile(r"(?<![\w.$\"'])([A-Za-z_$][\w$]*)((?:\.[A-Za-z_$][\w$]*)*)\.([A-Za-z_$][\w$]*)\s*\(")
_CHAINED = re.compile(r"[)\]]\.([A-Za-z_$][\w$]*)\s*\(")
_OWN = frozenset({"execution", "task", "delegateTask", "delegateExecution"})
_TEXTS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")


def foreign_call(text: str, compiled: Any) -> str | None:
    """Return the first thing `text` calls that nobody offers here, or None."""
    for found in _CALL.finditer(_TEXTS.sub("''", text)):
        root, method = found[1], found[3]
        getter = method.startswith("get") and text_after(text, found[0]).startswith(")")
        if root not in _OWN and method not in METHOD_NAMES and not getter:  # calculator.add(..) is a bean's as well
            return f"{root}{found[2]}.{method}"
    for chained in _CHAINED.findall(_TEXTS.sub("''", text)):
        if chained not in METHOD_NAMES | NUMBER_NAMES and not chained.startswith(("get", "is")):
            return f"..{chained}"
    unknown = functions_of(compiled) - OFFERED
    return min(unknown) if unknown else None


def text_after(text: str, part: str) -> str:
    """Return what stands behind `part` in `text`."""
    return text.partition(part)[2].lstrip()


def functions_of(compiled: Any) -> frozenset[str]:
    """Return the functions an expression or script expects from its host."""
    assignments = getattr(compiled, "assignments", None)
    if assignments is not None:
        return frozenset().union(*(functions_of(item.value) for item in assignments))
    given: frozenset[str] = getattr(compiled, "functions", frozenset())
    return given
