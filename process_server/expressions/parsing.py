"""Loads the grammars when first needed and turns what a parser says into an error an analyst can act on."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from process_server.errors import InvalidExpression
from process_server.expressions.limits import MAX_TEXT, Fault, because
from process_server.expressions.nodes import Node, too_large
from process_server.i18n import gettext_noop

TOO_LONG = gettext_noop("it is longer than {limit} characters")
UNCLOSED = gettext_noop("the text that begins with {said} is not closed")
UNEXPECTED = gettext_noop("{said} is not expected here")
_GRAMMARS = Path(__file__).parent / "grammars"


@lru_cache
def parser(name: str, transformer: Callable[[], Transformer[Token, Any]], *starts: str) -> Lark:
    """Return the LALR parser of a grammar, building nodes while it reads."""
    source = (_GRAMMARS / f"{name}.lark").read_text("utf-8")
    return Lark(source, parser="lalr", transformer=transformer(), start=list(starts or ("start",)))


def read(text: str, parse: Callable[[str], Any]) -> Node:
    """Parse `text` and check its size. Raises InvalidExpression with the position."""
    if len(text) > MAX_TEXT:
        refuse(text[:60] + "..", TOO_LONG, limit=MAX_TEXT)
    try:
        node: Node = parse(text)
    except UnexpectedInput as error:
        template, facts = _reason(error)
        refuse(text, template, _position(text, error), **facts)
    except VisitError as error:
        refuse(text, str(error.orig_exc))
    except Fault as error:
        refuse(text, error.template, None, **error.facts)
    except RecursionError:
        refuse(text, gettext_noop("it is nested too deeply"))
    reason = too_large(node)
    if reason:
        refuse(text[:60], reason)
    return node


def refuse(text: str, template: str, /, position: tuple[int, int] | None = None, **facts: Any) -> NoReturn:
    """Raise InvalidExpression with a reason and its facts; the position counts lines and columns from 1."""
    reason = because(Fault(template, **facts))
    if position is None:
        raise InvalidExpression(expression=text, position=None, **reason)
    message = gettext_noop("The expression {expression} cannot be understood: {reason} (line {row}, column {place}).")
    raise InvalidExpression(message, expression=text, position=position, row=position[0], place=position[1], **reason)


def _position(text: str, error: UnexpectedInput) -> tuple[int, int]:
    line, column = getattr(error, "line", -1), getattr(error, "column", -1)
    at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    if at_end or isinstance(error, UnexpectedEOF) or line is None or line < 1:
        lines = text.split("\n")
        return len(lines), len(lines[-1]) + 1
    return line, column


def _reason(error: UnexpectedInput) -> tuple[str, dict[str, str]]:
    if isinstance(error, UnexpectedCharacters):
        if error.char in "\"'":
            return UNCLOSED, {"said": error.char}
        if error.char == "=":  # JUEL alone has none that stands for itself
            return gettext_noop("write == instead of ="), {}
        return UNEXPECTED, {"said": repr(error.char)}
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        return UNEXPECTED, {"said": repr(str(error.token))}
    return gettext_noop("it ends too early"), {}
