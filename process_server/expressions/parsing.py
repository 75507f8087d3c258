"""Loads the grammars when first needed and turns what a parser says into an error an analyst can act on."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from process_server.errors import InvalidExpression
from process_server.expressions.limits import MAX_TEXT, Fault
from process_server.expressions.nodes import Node, too_large

_GRAMMARS = Path(__file__).parent / "grammars"


@lru_cache
def parser(name: str, transformer: Callable[[], Transformer[Token, Any]], *starts: str) -> Lark:
    """Return the LALR parser of a grammar, building nodes while it reads."""
    source = (_GRAMMARS / f"{name}.lark").read_text("utf-8")
    return Lark(source, parser="lalr", transformer=transformer(), start=list(starts or ("start",)))


def read(text: str, parse: Callable[[str], Any]) -> Node:
    """Parse `text` and check its size. Raises InvalidExpression with the position."""
    if len(text) > MAX_TEXT:
        refuse(text[:60] + "..", f"it is longer than {MAX_TEXT} characters")
    try:
        node: Node = parse(text)
    except UnexpectedInput as error:
        refuse(text, _reason(error), _position(text, error))
    except VisitError as error:
        refuse(text, str(error.orig_exc))
    except Fault as error:
        refuse(text, str(error))
    except RecursionError:
        refuse(text, "it is nested too deeply")
    reason = too_large(node)
    if reason:
        refuse(text[:60], reason)
    return node


def refuse(text: str, reason: str, position: tuple[int, int] | None = None) -> NoReturn:
    """Raise InvalidExpression; the position counts lines and columns from 1."""
    where = f" (line {position[0]}, column {position[1]})" if position else ""
    raise InvalidExpression(expression=text, reason=reason + where, position=position)


def _position(text: str, error: UnexpectedInput) -> tuple[int, int]:
    line, column = getattr(error, "line", -1), getattr(error, "column", -1)
    at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    if at_end or isinstance(error, UnexpectedEOF) or line is None or line < 1:
        lines = text.split("\n")
        return len(lines), len(lines[-1]) + 1
    return line, column


def _reason(error: UnexpectedInput) -> str:
    if isinstance(error, UnexpectedCharacters):
        char = error.char
        if char in "\"'":
            return f"the text that begins with {char} is not closed"
        return f"{char!r} is not expected here"
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        return f"{str(error.token)!r} is not expected here"
    return "it ends too early"
