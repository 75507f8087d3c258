"""Flowable's functions on variables, as in `${variables:getOrDefault(owner, 'nobody')}`, in plain words."""

import re

from process_server.expressions.foreign.rewriting import ForEach, rewrite_calls

_CALL = re.compile(r"\b(?:variables|vars|var):(\w+)\s*\(")
_QUOTED = re.compile(r"(\b(?:variables|vars|var):\w+\s*\(\s*)(?:'([\w.]+)'|\"([\w.]+)\")")
_GET = 'execution.getVariable("{0}")'
_COMPARISONS = {
    "==": ("equals", "eq"),
    "!=": ("notEquals", "ne"),
    "<": ("lowerThan", "lessThan", "lt"),
    "<=": ("lowerThanOrEquals", "lessThanOrEquals", "lte"),
    ">": ("greaterThan", "gt"),
    ">=": ("greaterThanOrEquals", "gte"),
}
_CONTAINS = f"({_GET} != null && {_GET}.contains({{1}}))"
_FUNCTIONS: dict[str, str | ForEach] = {
    "get": _GET,
    "getOrDefault": f"({_GET} == null ? {{1}} : {_GET})",
    "exists": f"({_GET} != null)",
    "exist": f"({_GET} != null)",
    "isEmpty": f"(empty {_GET})",
    "empty": f"(empty {_GET})",
    "isNotEmpty": f"(not empty {_GET})",
    "notEmpty": f"(not empty {_GET})",
    "contains": ForEach(_CONTAINS, " && "),
    "containsAny": ForEach(_CONTAINS, " || "),
    **{name: f"({_GET} {sign} {{1}})" for sign, names in _COMPARISONS.items() for name in names},
}


def plain_functions(text: str) -> str:
    """Return the expression without these functions; their first argument names a variable, quoted or not."""
    if ":" not in text:
        return text
    return rewrite_calls(_QUOTED.sub(lambda found: found[1] + (found[2] or found[3]), text), _CALL, _FUNCTIONS)
