"""Splits a text such as `Order ${id} of ${name}` into its literal and its expression parts."""

from dataclasses import dataclass

from process_server.expressions.limits import MAX_TEXT
from process_server.expressions.parsing import TOO_LONG, UNCLOSED, refuse
from process_server.i18n import gettext_noop


@dataclass(frozen=True, slots=True)
class Marked:
    """What stands between `${` and `}`, blanks before it so that positions stay those of the whole text."""

    text: str


def split(text: str) -> list[str | Marked]:
    """Return the parts in order; `\\${` stands for itself. Raises InvalidExpression for a mark that is not closed."""
    if len(text) > MAX_TEXT:
        refuse(text[:60] + "..", TOO_LONG, limit=MAX_TEXT)
    parts: list[str | Marked] = []
    literal, place = "", 0
    while place < len(text):
        if text.startswith(("\\${", "\\#{"), place):
            literal += text[place + 1 : place + 3]
            place += 3
        elif text.startswith(("${", "#{"), place):
            end = _closing(text, place + 2)
            if literal:
                parts.append(literal)
            parts.append(Marked(_padded(text, place + 2, end)))
            literal, place = "", end + 1
        else:
            literal += text[place]
            place += 1
    return [*parts, literal] if literal or not parts else parts


def _padded(text: str, start: int, end: int) -> str:
    before = text[:start]
    if not text[start:end].strip():
        refuse(text, gettext_noop("there is nothing between { and }"), position_at(text, start))
    return "\n" * before.count("\n") + " " * (start - before.rfind("\n") - 1) + text[start:end]


def _closing(text: str, start: int) -> int:
    depth, quote, place, opened = 1, "", start, start
    while place < len(text):
        char = text[place]
        if quote:
            if char == "\\":
                place += 1
            elif char == quote:
                quote = ""
        elif char in "\"'":
            quote, opened = char, place
        elif char in "{}":
            depth += 1 if char == "{" else -1
            if depth == 0:
                return place
        place += 1
    if quote:
        refuse(text, UNCLOSED, position_at(text, opened), said=quote)
    return refuse(text, gettext_noop("a } is missing"), position_at(text, start - 2))


def position_at(text: str, place: int) -> tuple[int, int]:
    """Return line and column, from 1, of a place in a text."""
    before = text[:place]
    return before.count("\n") + 1, place - before.rfind("\n")
