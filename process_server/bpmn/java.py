"""Conditions as jBPM and Kogito write them, one Java or MVEL expression to return, in words every dialect knows."""

import re

MOST = 5_000  # characters: arguments that are used twice must not make a text grow without end
_RETURN = re.compile(r"^return\b\s*(.*?)\s*;?\s*$", re.S)
_CAST = re.compile(r"\(\s*(?:[a-z]\w*\.)*[A-Z]\w*(?:<[^>()]*>)?\s*\)\s*(?=[\w(\"])")
_CALL = re.compile(r"\b(?:[a-z]\w*\.)*(KieFunctions\.\w+|Objects\.equals|Boolean\.(?:TRUE|FALSE)\.equals)\s*\(")
_WORDS = (("kcontext.getVariable(", "execution.getVariable("), ("Boolean.TRUE", "true"), ("Boolean.FALSE", "false"))
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
_OF_NUMBERS = {"greaterThan", "greaterOrEqualThan", "lessThan", "lessOrEqualThan", "between"}


def plain_condition(text: str) -> str:
    """Return the condition without `return`, casts and Java's own helpers; what is none of these stays as it is."""
    returned = _RETURN.match(text)
    text = _CAST.sub("", returned[1] if returned else text)
    while len(text) < MOST and (found := _CALL.search(text)) is not None:
        arguments, end = _arguments(text, found.end())
        template = _FUNCTIONS.get(found[1])
        if template is None or len(arguments) < template.count("{") - template.count("{0}") + 1:
            break
        if found[1].rpartition(".")[2] in _OF_NUMBERS:
            arguments = [_NUMBER.sub(r"\1", argument) for argument in arguments]
        text = text[: found.start()] + template.format(*arguments) + text[end:]
    for theirs, ours in _WORDS:
        text = text.replace(theirs, ours)
    return text


def _arguments(text: str, start: int) -> tuple[list[str], int]:
    """Return the arguments of a call whose parenthesis opens before `start`, and where the call ends."""
    arguments, depth, begin, quoted = [], 0, start, False
    for place in range(start, len(text)):
        letter = text[place]
        if letter == '"' and text[place - 1] != "\\":
            quoted = not quoted
        elif quoted:
            continue
        elif letter in "([{":
            depth += 1
        elif letter in ")]}" and depth:
            depth -= 1
        elif letter == ")" or (letter == "," and not depth):
            arguments.append(text[begin:place].strip())
            begin = place + 1
            if letter == ")":
                return arguments, begin
    return arguments, len(text)
