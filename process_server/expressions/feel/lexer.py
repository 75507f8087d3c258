"""Splits FEEL into tokens: two names side by side are one name with a space, since nothing else could be meant.

Names that hold an operator or a keyword (`Pre-bureau risk`, `date and time`) are recognised when they are known.
"""

import re
from collections.abc import Iterator
from typing import NoReturn

from lark import Token

from process_server.expressions.parsing import UNCLOSED, UNEXPECTED, refuse
from process_server.i18n import gettext_noop

_KEYWORDS = {
    **{word: f"_{word.upper()}" for word in ("if", "then", "else", "for", "return", "satisfies", "function", "and")},
    **{word: f"_{word.upper()}" for word in ("or", "between", "in", "instance", "of", "true", "false", "null")},
    "some": "SOME",
    "every": "EVERY",
}
_PUNCTUATION = {
    "..": "_DOTS",
    "->": "_ARROW",
    "**": "POWER",
    "!=": "NE",
    "<=": "LE",
    ">=": "GE",
    "=": "EQ",
    "<": "LT",
    ">": "GT",
    "+": "PLUS",
    "-": "MINUS",
    "*": "STAR",
    "/": "SLASH",
    "(": "_LPAR",
    ")": "_RPAR",
    "[": "_LBRACK",
    "]": "_RBRACK",
    "{": "_LBRACE",
    "}": "_RBRACE",
    ",": "_COMMA",
    ":": "_COLON",
    ".": "_DOT",
}
_TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)
      | (?P<NUMBER>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
      | (?P<AT>@"(?:[^"\\]|\\.)*")
      | (?P<STRING>"(?:[^"\\]|\\.)*")
      | (?P<quoted>`[^`]+`)
      | (?P<name>[^\W\d][\w$]*|\?)
      | (?P<mark>\.\.|->|\*\*|!=|<=|>=|[-+*/=<>()\[\]{},:.])""",
    re.VERBOSE | re.DOTALL,
)
BUILT_IN_NAMES = frozenset({"date and time", "days and time duration", "years and months duration", "get or else"})
_BEFORE_TYPE = {"_OF", "_COLON", "LT", "_ARROW"}
_NAME_PART = re.compile(r"[\w?]")
_VALUE_ENDS = {"NUMBER", "STRING", "AT", "NAME", "_RPAR", "_RBRACK", "_RBRACE", "_TRUE", "_FALSE", "_NULL"}
_AFTER_RANGE = re.compile(r"\s*(?:$|[)\],}=<>!]|(?:and|or|then|else|return|satisfies)\b)")


class Lexer:
    """Reads the tokens of one expression; `names` are the names with operators or keywords that it may meet."""

    def __init__(self, text: str, names: frozenset[str] = frozenset(), unary: bool = False) -> None:
        self.text = text
        self.unary = unary
        self.place = 0
        self.tokens: list[Token] = []
        self._open: list[bool] = []  # for each open bracket, whether `..` was met inside
        self._names = _pattern(names)

    def read(self) -> list[Token]:
        """Return all tokens. Raises InvalidExpression at a character that begins none."""
        while self.place < len(self.text):
            start = self.place
            for kind, value in self._next():
                self._add(kind, value, start)
        return self.tokens

    def _next(self) -> Iterator[tuple[str, str]]:
        known = self._names.match(self.text, self.place)
        if known and self._is_known(known[0]):
            self.place = known.end()
            yield "NAME", " ".join(known[0].split())
            return
        found = _TOKEN.match(self.text, self.place)
        if found is None:
            self._refuse()
        self.place = found.end()
        kind, value = found.lastgroup or "", found[0]
        if kind == "name":
            yield self._word(value), value
        elif kind == "quoted":
            yield "NAME", value[1:-1]
        elif kind == "mark":
            yield self._mark(value), value
        elif kind != "skip":
            yield kind, value

    def _is_known(self, name: str) -> bool:
        """Take `date and time` for a name only where a call or a type can stand, not in `if date and time then`."""
        if " ".join(name.split()) != "date and time":
            return True
        last = self.tokens[-1].type if self.tokens else ""
        return last in _BEFORE_TYPE or self.text[self.place + len(name) :].lstrip().startswith("(")

    def _word(self, value: str) -> str:
        if self.tokens and self.tokens[-1].type == "_DOT":
            return "NAME"
        if value == "not" and self.unary and not self.tokens and self.text[self.place :].lstrip().startswith("("):
            return "_NOT"
        if value == "function" and not self.text[self.place :].lstrip().startswith("("):
            return "NAME"  # the type
        if value in ("and", "or") and not (self.tokens and self.tokens[-1].type in _VALUE_ENDS):
            return "NAME"  # the functions of these names
        if value == "of" and not (self.tokens and self.tokens[-1].type == "_INSTANCE"):
            return "NAME"
        return _KEYWORDS.get(value, "NAME")

    def _mark(self, value: str) -> str:
        if value == "=" and self.text.startswith("=", self.place):
            self.place -= 1
            self._refuse(gettext_noop("write = instead of =="))
        kind = _PUNCTUATION[value]
        ends_value = bool(self.tokens) and self.tokens[-1].type in _VALUE_ENDS
        if value == ".." and self._open:
            self._open[-1] = True
        elif value == "[" and ends_value and self._ends_range():
            self._open.pop()
            return "_CLOSE_LBRACK"
        elif value == "]" and not ends_value and not (self.tokens and self.tokens[-1].type == "_LBRACK"):
            self._open.append(False)
            return "_OPEN_RBRACK"
        elif value in "([{":
            self._open.append(False)
        elif value in ")]}" and self._open:
            self._open.pop()
        return kind

    def _ends_range(self) -> bool:
        """Say whether a `[` closes a range such as `]1..5[`, rather than opening a filter."""
        return bool(self._open) and self._open[-1] and _AFTER_RANGE.match(self.text, self.place) is not None

    def _add(self, kind: str, value: str, start: int) -> None:
        last = self.tokens[-1] if self.tokens else None
        if last is not None and last.type == "NAME" and (kind == "NAME" or (kind == "NUMBER" and value.isdigit())):
            self.tokens[-1] = Token.new_borrow_pos("NAME", f"{last} {value}", last)
            return
        before = self.text[:start]
        line, column = before.count("\n") + 1, start - before.rfind("\n")
        self.tokens.append(Token(kind, value, start_pos=start, line=line, column=column))

    def _refuse(self, reason: str = "") -> NoReturn:
        char = self.text[self.place]
        before = self.text[: self.place]
        template = reason or _REFUSALS.get(char, UNEXPECTED)
        said = char if char == '"' else repr(char)
        refuse(self.text, template, (before.count("\n") + 1, self.place - before.rfind("\n")), said=said)


_REFUSALS = {
    '"': UNCLOSED,
    "'": gettext_noop('a text stands between double quotes: "..."'),
    "&": gettext_noop("write and instead of &&"),
    "|": gettext_noop("write or instead of ||"),
    "!": gettext_noop("write not(..) instead of !"),
}


def _pattern(names: frozenset[str]) -> re.Pattern[str]:
    """Return a pattern of the names that plain tokens would tear apart, the longest first."""
    special = [name for name in names | BUILT_IN_NAMES if not name.isidentifier()]
    made = []
    for name in sorted(special, key=len, reverse=True):
        words = r"\s+".join(re.escape(word) for word in name.split())
        made.append(words + (r"(?![\w?])" if _NAME_PART.match(name[-1]) else ""))
    return re.compile(r"(?<![\w?])(?:" + "|".join(made) + ")")
