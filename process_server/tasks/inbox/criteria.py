"""Conditions over the columns of a list in the language of gateways, made into SQL and never evaluated here.

What can be said: columns and literals compared, and, or, not, in, between, contains(), empty, null, plus, minus and
times, now(), today(), duration(). Anything else is refused, naming it. A column is written as it is called (`due`,
`business_key`), a business field by its variable (`amount`).
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

import isodate
from sqlalchemy import ColumnElement, Numeric, Text, and_, cast, func, literal, not_, null, or_
from sqlalchemy.dialects.postgresql import ARRAY

from process_server.clock import now
from process_server.config import settings
from process_server.errors import InvalidExpression
from process_server.expressions import nodes, parse_expression
from process_server.expressions.limits import Fault, because
from process_server.expressions.nodes import All, Any_, Apply, Call, Lenient, ListOf, Node, Variable
from process_server.i18n import gettext_noop
from process_server.tasks.inbox.columns import FIELD, Columns
from process_server.tasks.inbox.conditions import contains, read
from process_server.tasks.inbox.lists import TableName

LONGEST = 2_000  # characters

Kind: TypeAlias = Literal["text", "number", "instant", "date", "boolean", "list", "duration", "null"]
_WORDS: Mapping[str, str] = {
    "text": gettext_noop("a text"),
    "number": gettext_noop("a number"),
    "instant": gettext_noop("a date and time"),
    "date": gettext_noop("a date"),
    "boolean": gettext_noop("a truth value"),
    "list": gettext_noop("a list"),
    "duration": gettext_noop("a duration"),
    "null": gettext_noop("nothing"),
}
_KINDS: Mapping[str, Kind] = {"key": "text", "span": "number"}
_COMPARE: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    **dict.fromkeys(("eq", "EQ"), operator.eq),
    **dict.fromkeys(("ne", "NE"), operator.ne),
    **dict.fromkeys(("lt", "LT"), operator.lt),
    **dict.fromkeys(("le", "LE"), operator.le),
    **dict.fromkeys(("gt", "GT"), operator.gt),
    **dict.fromkeys(("ge", "GE"), operator.ge),
}
_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("add", "PLUS"), operator.add),
    **dict.fromkeys(("sub", "MINUS"), operator.sub),
    **dict.fromkeys(("mul", "STAR"), operator.mul),
}


@dataclass(frozen=True, slots=True)
class _Term:
    """A part of a condition: a column, a literal, or what is made of them. `constant` is a literal's value."""

    kind: Kind
    sql: Any
    constant: Any = None


def condition(columns: Columns, text: str) -> tuple[ColumnElement[bool], frozenset[TableName]]:
    """Return a written condition as SQL, and the tables it reads.

    Raises InvalidExpression for what cannot be read, names the list does not have, values that cannot be compared, and
    anything that is not among what can be said here.
    """
    if len(text) > LONGEST or "\0" in text:
        too_long = Fault(gettext_noop("it is longer than {limit} characters"), limit=LONGEST)
        raise InvalidExpression(expression=text[:60].replace("\0", ""), **because(too_long))
    compiler = _Compiler(columns, text)
    try:
        return compiler.truth(compiler.term(parse_expression(text))), frozenset(compiler.needs)
    except OverflowError:
        raise compiler.refusal(gettext_noop("it reckons with dates that no calendar has")) from None


class _Compiler:
    def __init__(self, columns: Columns, text: str) -> None:
        self.columns, self.text = columns, text
        self.needs: set[TableName] = set()

    def refusal(self, reason: str, **facts: str) -> InvalidExpression:
        return InvalidExpression(expression=self.text[:200], **because(Fault(reason, **facts)))

    def truth(self, term: _Term) -> ColumnElement[bool]:
        if term.kind != "boolean":
            raise self.refusal(gettext_noop("it is not a condition: compare something"))
        return literal(term.sql) if isinstance(term.sql, bool) else term.sql

    def term(self, node: Node) -> _Term:
        match node:
            case nodes.Literal(value):
                return self._literal(value)
            case Variable(name):
                return self._column(name)
            case Lenient(inner):
                return self.term(inner)
            case All(operands):
                return _Term("boolean", and_(*(self.truth(self.term(each)) for each in operands)))
            case Any_(operands):
                return _Term("boolean", or_(*(self.truth(self.term(each)) for each in operands)))
            case Apply(name, operands):
                return self._apply(name, operands)
            case Call(name, arguments, None):
                return self._call(name, arguments)
        raise self.refusal(gettext_noop("only comparisons of columns can be said in a list, joined by and, or, not"))

    def _literal(self, value: Any) -> _Term:
        match value:
            case None:
                return _Term("null", null())
            case bool():
                return _Term("boolean", literal(value), value)
            case int() | Decimal():
                return _Term("number", literal(value), value)
            case str():
                return _Term("text", literal(value, Text()), value)
            case datetime():
                return self._moment(value)
            case date():
                return _Term("date", literal(value.isoformat(), Text()), value.isoformat())
            case timedelta():
                return _Term("duration", literal(value), value)
        raise self.refusal(gettext_noop("{value} cannot be compared in a list"), value=str(value))

    def _moment(self, value: datetime) -> _Term:
        aware = value if value.tzinfo else value.replace(tzinfo=ZoneInfo(settings().time_zone))
        return _Term("instant", literal(aware), aware)

    def _column(self, name: str) -> _Term:
        column = self.columns.find(name) or self.columns.find(FIELD + name)
        if column is None:
            raise self.refusal(gettext_noop("this list has no column {column}"), column=name)
        self.needs |= column.needs
        return _Term(_KINDS.get(column.kind, column.kind), column.value)  # type: ignore[arg-type]

    def _apply(self, name: str, operands: Sequence[Node]) -> _Term:
        if name in _COMPARE:
            return self._compare(name, *map(self.term, operands))
        if name in _ARITHMETIC:
            return self._reckon(name, *map(self.term, operands))
        match name, operands:
            case "not", [operand]:
                return _Term("boolean", not_(self.truth(self.term(operand))))
            case "neg", [operand]:
                return self._reckon("sub", self._literal(0), self.term(operand))
            case "empty", [operand]:
                return self._empty(self.term(operand))
            case "between", [value, low, high]:
                return self._between(self.term(value), self.term(low), self.term(high))
            case "in", [value, within]:
                return self._within(self.term(value), within)
            case ("method", [target, nodes.Literal("contains"), part]):
                return self._contains(self.term(target), self.term(part))
            case ("path" | "member", [Variable("field"), nodes.Literal(str(field))]):
                return self._column(FIELD + field)
        raise self.refusal(gettext_noop("{value} cannot be used in a list"), value=name)

    def _call(self, name: str, arguments: Sequence[Node]) -> _Term:
        match name, arguments:
            case "not", [operand]:
                return _Term("boolean", not_(self.truth(self.term(operand))))
            case (("contains" | "list contains"), [target, part]):
                return self._contains(self.term(target), self.term(part))
            case "now", []:
                return self._moment(now())
            case "today", []:
                return self._literal(now().astimezone(ZoneInfo(settings().time_zone)).date())
            case (("duration" | "date" | "date and time"), [nodes.Literal(str(text))]):
                return self._written(name, text)
            case (("is null" | "empty"), [operand]):
                return self._empty(self.term(operand))
        raise self.refusal(gettext_noop("the function {function}() cannot be used in a list"), function=name)

    def _written(self, name: str, text: str) -> _Term:
        try:
            if name == "duration":
                made = isodate.parse_duration(text)
                if isinstance(made, timedelta) and abs(made) < timedelta(days=36_600):
                    return self._literal(made)
            elif name == "date":
                return self._literal(date.fromisoformat(text))
            else:
                return self._literal(datetime.fromisoformat(text))
        except (ValueError, OverflowError, isodate.ISO8601Error):
            pass
        raise self.refusal(gettext_noop("{value} is not {kind}"), value=text, kind=_WORDS.get(name, _WORDS["instant"]))

    def _compare(self, name: str, left: _Term, right: _Term) -> _Term:
        if "list" in (left.kind, right.kind) and "null" not in (left.kind, right.kind):
            raise self.refusal(gettext_noop('ask whether a list contains something: contains(groups, "sales")'))
        left, right = self._alike(left, right)
        if "null" in (left.kind, right.kind):
            if name not in ("eq", "EQ", "ne", "NE"):
                raise self.refusal(gettext_noop("null can only be asked for with = and !="))
            empty = self._empty(right if left.kind == "null" else left).sql
            return _Term("boolean", empty if name in ("eq", "EQ") else not_(empty))
        return _Term("boolean", _COMPARE[name](left.sql, right.sql))

    def _alike(self, left: _Term, right: _Term) -> tuple[_Term, _Term]:
        """Bring two terms to one kind: a text that writes a date or an instant is read as one."""
        if left.kind == right.kind or "null" in (left.kind, right.kind):
            return left, right
        if right.kind in ("instant", "date") and left.kind != right.kind:
            right, left = self._alike(right, left)
            return left, right
        if left.kind in ("instant", "date") and right.constant is not None:
            try:
                written = right.constant.isoformat() if isinstance(right.constant, date) else str(right.constant)
                value = read(written[:10] if left.kind == "date" else written, left.kind)
                return left, _Term(left.kind, literal(value), value)
            except ValueError:
                pass
        text = gettext_noop("{kind} and {other_kind} cannot be compared")
        raise self.refusal(text, kind=_WORDS[left.kind], other_kind=_WORDS[right.kind])

    def _reckon(self, name: str, left: _Term, right: _Term) -> _Term:
        kinds = left.kind, right.kind
        if kinds == ("number", "number"):
            return _Term("number", _ARITHMETIC[name](cast(left.sql, Numeric), cast(right.sql, Numeric)))
        if kinds[0] in ("instant", "duration") and kinds[1] == "duration" and name not in ("mul", "STAR"):
            constant = None
            if left.constant is not None and right.constant is not None:
                constant = _ARITHMETIC[name](left.constant, right.constant)
            return _Term(left.kind, _ARITHMETIC[name](left.sql, right.sql), constant)
        if kinds == ("date", "duration") and left.constant is not None and name not in ("mul", "STAR"):
            return self._literal(_ARITHMETIC[name](date.fromisoformat(left.constant), right.constant))
        text = gettext_noop("{kind} and {other_kind} cannot be reckoned with in a list")
        raise self.refusal(text, kind=_WORDS[left.kind], other_kind=_WORDS[right.kind])

    def _empty(self, term: _Term) -> _Term:
        if term.kind == "list":
            return _Term("boolean", func.coalesce(func.cardinality(term.sql), 0) == 0)
        if term.kind == "text":
            return _Term("boolean", func.coalesce(term.sql, "") == "")
        return _Term("boolean", term.sql.is_(None))

    def _between(self, value: _Term, low: _Term, high: _Term) -> _Term:
        return _Term("boolean", and_(self._compare("ge", value, low).sql, self._compare("le", value, high).sql))

    def _within(self, value: _Term, within: Node) -> _Term:
        match within:
            case ListOf(items):
                return _Term(
                    "boolean", or_(False, *(self._compare("eq", value, self.term(each)).sql for each in items))
                )
            case Apply("range", [low, high, nodes.Literal(bool(from_low)), nodes.Literal(bool(to_high))]):
                bounds = [(low, "ge" if from_low else "gt"), (high, "le" if to_high else "lt")]
                parts = [self._compare(name, value, self.term(end)).sql for end, name in bounds if not _open(end)]
                return _Term("boolean", and_(True, *parts))
        held = self.term(within)
        return self._contains(held, value) if held.kind == "list" else self._compare("eq", value, held)

    def _contains(self, held: _Term, part: _Term) -> _Term:
        if not isinstance(part.constant, str):
            raise self.refusal(gettext_noop("say what it should contain as a text in quotes"))
        if held.kind == "list":
            return _Term("boolean", held.sql.contains(cast(literal([part.constant], ARRAY(Text)), ARRAY(Text))))
        if held.kind != "text":
            raise self.refusal(gettext_noop("{kind}: that contains nothing"), kind=_WORDS[held.kind])
        return _Term("boolean", contains(held.sql, part.constant))


def _open(end: Node) -> bool:
    return end == nodes.Literal(None)
