"""Calls of another house's functions, written as what every dialect knows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

MOST = 5_000  # characters: arguments that are used twice must not make a text grow without end


@dataclass(frozen=True, slots=True)
class ForEach:
    """A template for every argument after the first, which is its `{1}`, with a sign between them."""

    template: str
    sign: str


def rewrite_calls(text: str, call: re.Pattern[str], functions: Mapping[str, str | ForEach]) -> str:
    """Replace each call that `call` finds, with the name in its first group, by the function's template.

    What takes more or other arguments than the template has, and what is not in the table, stays as it is.
    """
    place = 0
    while len(text) < MOST and (found := call.search(text, place)) is not None:
        arguments, end = _arguments(text, found.end())
        plain = _plain(functions.get(found[1]), arguments)
        place = found.end()
        if plain is not None:
            text = text[: found.start()] + plain + text[end:]
            place = found.start()
    return text


def _plain(template: str | ForEach | None, arguments: list[str]) -> str | None:
    if isinstance(template, ForEach):
        plain = template.sign.join(template.template.format(arguments[0], other) for other in arguments[1:])
        return f"({plain})" if plain and len(plain) < MOST else None
    if template is None or len(arguments) != len(set(re.findall(r"\{(\d)\}", template))):
        return None
    return template.format(*arguments)


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
