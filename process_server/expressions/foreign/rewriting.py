"""Calls of another house's functions, written as what every dialect knows."""

import re
from collections.abc import Mapping

MOST = 5_000  # characters: arguments that are used twice must not make a text grow without end


def rewrite_calls(text: str, call: re.Pattern[str], functions: Mapping[str, str]) -> str:
    """Replace each call that `call` finds, with the name in its first group, by the function's template.

    What takes more or other arguments than the template has, and what is not in the table, stays as it is.
    """
    place = 0
    while len(text) < MOST and (found := call.search(text, place)) is not None:
        arguments, end = _arguments(text, found.end())
        template = functions.get(found[1])
        place = found.end()
        if template is not None and len(arguments) == len(set(re.findall(r"\{(\d)\}", template))):
            text = text[: found.start()] + template.format(*arguments) + text[end:]
            place = found.start()
    return text


def _arguments(text: str, start: int) -> tuple[list[str], int]:
    """Return the arguments of a call whose parenthesis opens before `start`, and where the call ends."""
    arguments, depth, begin, quote = [], 0, start, ""
    for place in range(start, len(text)):
        letter = text[place]
        if quote:
            quote = "" if letter == quote and text[place - 1] != "\\" else quote
        elif letter in "\"'":
            quote = letter
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
