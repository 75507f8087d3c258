"""Conditions as jBPM and Kogito write them, one Java or MVEL expression to return, in words every dialect knows."""

import re

from process_server.expressions.foreign.rewriting import rewrite_calls

_RETURN = re.compile(r"^return\b\s*(.*?)\s*;?\s*$", re.S)
_CAST = re.compile(r"\(\s*(?:[a-z]\w*\.)*[A-Z]\w*(?:<[^>()]*>)?\s*\)\s*(?=[\w(\"])")
_CALL = re.compile(r"\b(?:[a-z]\w*\.)*(KieFunctions\.\w+|Objects\.equals|Boolean\.(?:TRUE|FALSE)\.equals)\s*\(")
_WORDS = (("kcontext.getVariable(", "execution.getVariable("), ("Boolean.TRUE", "true"), ("Boolean.FALSE", "false"))
_COMPARED = re.compile(r"KieFunctions\.(?:greater\w*|less\w*|between)\([^()]*\)")  # numbers as text
_NUMBER = re.compile(r"\"(-?\d+(?:\.\d+)?)\"")
_FUNCTIONS = {
    "KieFunctions.isTrue": "({0} == true)",
    "KieFunctions.isFalse": "({0} == false)",
    "KieFunctions.isNull": "({0} == null)",
    "KieFunctions.isEmpty": '({0} == null || {0} == "")',
    "KieFunctions.equalsTo": "({0} == {1})",
    "KieFunctions.startsWith": "{0}.startsWith({1})",
    "KieFunctions.endsWith": "{0}.endsWith({1})",
    "KieFunctions.contains": "{0}.contains({1})",
    "KieFunctions.greaterThan": "({0} > {1})",
    "KieFunctions.greaterOrEqualThan": "({0} >= {1})",
    "KieFunctions.lessThan": "({0} < {1})",
    "KieFunctions.lessOrEqualThan": "({0} <= {1})",
    "KieFunctions.between": "({0} >= {1} && {0} <= {2})",
    "Objects.equals": "({0} == {1})",
    "Boolean.TRUE.equals": "({0} == true)",
    "Boolean.FALSE.equals": "({0} == false)",
}


def plain_condition(text: str) -> str:
    """Return the condition without `return`, casts and Java's own helpers; what is none of these stays as it is."""
    returned = _RETURN.match(text)
    text = _CAST.sub("", returned[1] if returned else text)
    text = _COMPARED.sub(lambda found: _NUMBER.sub(r"\1", found[0]), text)
    text = rewrite_calls(text, _CALL, _FUNCTIONS)
    for theirs, ours in _WORDS:
        text = text.replace(theirs, ours)
    return text
