"""Scripts without a programming language: assignments in order, each `name = expression`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from process_server.errors import ExpressionFailed
from process_server.expressions.beans import WRITES
from process_server.expressions.expression import DialectName, Expression, compile_expression
from process_server.expressions.limits import MAX_TEXT
from process_server.expressions.parsing import TOO_LONG, refuse
from process_server.i18n import gettext_noop
from process_server.values import Value

_TARGET = re.compile(r"^\s*(?:(?:var|let|const|def)\s+)?([^\W\d][\w$]*(?:\.[^\W\d][\w$]*)*)\s*=(?![=~])", re.UNICODE)
_WRITE = re.compile(
    rf"^\s*(?:execution|task|delegateTask|delegateExecution)\s*\.\s*(?:{'|'.join(WRITES)})\s*\((.*)\)\s*$", re.S
)
_TEMPLATE = re.compile(r'^\s*"((?:[^"\\]|\\.)*[$#]\{(?:[^"\\]|\\.)*)"\s*$', re.S)  # as Groovy writes it: "Dear ${name}"
_MARK = re.compile(r"^\s*[$#]\{(.*)\}\s*$", re.S)
_RETURN = re.compile(r"(?<![^\s])return(?=\s+\S)")


@dataclass(frozen=True, slots=True)
class Assignment:
    """One statement: `target` is a path of names, or an expression that gives the name; None: the value is dropped."""

    target: tuple[str, ...] | Expression | None
    value: Expression


class Script:
    """A list of assignments; each sees what those before it assigned."""

    def __init__(self, text: str, assignments: list[Assignment]) -> None:
        self.text = text
        self.assignments = assignments

    @property
    def variables(self) -> frozenset[str]:
        """Return the names it reads from outside."""
        known: set[str] = set()
        read: set[str] = set()
        for assignment in self.assignments:
            read |= assignment.value.variables - known
            if isinstance(assignment.target, tuple):
                known.add(assignment.target[0])
        return frozenset(read)

    def run(self, scope: Mapping[str, Any]) -> dict[str, Value]:
        """Return what the script assigns, by name, in order. Raises ExpressionFailed."""
        result: dict[str, Value] = {}
        inner = dict(scope)
        for assignment in self.assignments:
            value = assignment.value.evaluate(inner)
            path = self._path(assignment, inner)
            if path:
                result[path[0]] = inner[path[0]] = _placed(inner.get(path[0]), path[1:], value)
        return result

    def evaluate(self, scope: Mapping[str, Any]) -> Value:
        """Return the value of the last statement. Raises ExpressionFailed."""
        inner = dict(scope)
        value: Value = None
        for assignment in self.assignments:
            value = assignment.value.evaluate(inner)
            path = self._path(assignment, inner)
            if path:
                inner[path[0]] = _placed(inner.get(path[0]), path[1:], value)
        return value

    def _path(self, assignment: Assignment, scope: Mapping[str, Any]) -> tuple[str, ...]:
        if not isinstance(assignment.target, Expression):
            return assignment.target or ()
        name = assignment.target.evaluate(scope)
        if not isinstance(name, str) or not name:
            raise ExpressionFailed(expression=self.text, reason="the name of a variable must be a text")
        return (name,)


def _placed(current: Value, path: tuple[str, ...], value: Value) -> Value:
    """Return `current` with the value at the path; the original stays as it is."""
    if not path:
        return value
    copy = dict(current) if isinstance(current, dict) else {}
    copy[path[0]] = _placed(copy.get(path[0]), path[1:], value)
    return copy


def compile_script(text: str, dialect: DialectName = "auto") -> Script:
    """Compile a script, or take it from the cache. Raises InvalidExpression with the position.

    Statements are lines, or parts between `;`: `name = expression`, `a.b = expression`, `execution.setVariable(..)`, or
    an expression alone, whose value `evaluate` returns. A FEEL script is one expression.
    """
    return _compile(text, dialect)


@lru_cache(maxsize=2048)
def _compile(text: str, dialect: DialectName) -> Script:
    if len(text) > MAX_TEXT:
        refuse(text[:60] + "..", TOO_LONG, limit=MAX_TEXT)
    if dialect == "feel" or (dialect == "auto" and text.lstrip().startswith("=")):
        return Script(text, [Assignment(None, compile_expression(text, "feel"))])
    marked = _MARK.match(text)
    inner: DialectName = "juel" if marked or dialect == "juel" else "plain"
    body = re.sub(r"[^\n]", " ", text[: marked.start(1)]) + marked[1] if marked else text
    statements = _statements(body)
    if not statements:
        refuse(text, gettext_noop("it is empty"))
    if statements[-1].lstrip().startswith("return"):
        statements[-1] = _RETURN.sub("      ", statements[-1], count=1)  # as wide, so that positions stay right
    return Script(text, [_statement(statement, inner) for statement in statements])


def _statement(text: str, dialect: DialectName) -> Assignment:
    write = _WRITE.match(text)
    if write:
        name, value = _two_arguments(write[1], text)
        return Assignment(compile_expression(name, dialect), compile_expression(value, dialect))
    target = _TARGET.match(text)
    if target and not text.lstrip().startswith("${"):
        value = text[target.end() :]
        quoted = _TEMPLATE.match(value)
        if quoted:
            return Assignment(tuple(target[1].split(".")), compile_expression(quoted[1], "auto"))
        padded = re.sub(r"[^\n]", " ", text[: target.end()]) + value
        kind: DialectName = "auto" if "${" in value or "#{" in value else dialect
        return Assignment(tuple(target[1].split(".")), compile_expression(padded, kind))
    return Assignment(None, compile_expression(text, "auto" if "${" in text else dialect))


def _two_arguments(text: str, statement: str) -> tuple[str, str]:
    parts = _split(text, ",")
    if len(parts) != 2:
        refuse(statement, gettext_noop("setVariable takes a name and a value"))
    return parts[0], parts[1]


def _statements(text: str) -> list[str]:
    """Split into statements, each padded with the lines before it so that positions stay right."""
    found, line = [], 0
    for part in _split(text, ";\n"):
        if part.strip() and not part.lstrip().startswith(("#", "//")):
            found.append("\n" * line + part)
        line += part.count("\n")
    return found


def _split(text: str, separators: str) -> list[str]:
    """Split at separators outside of brackets and quotes; a line break stays at the head of the next part."""
    parts, current, depth, quote, escaped = [], "", 0, "", False
    for char in text:
        if quote:
            if not escaped and char == quote:
                quote = ""
            escaped = char == "\\" and not escaped
        elif char in "\"'":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char in separators and depth <= 0:
            parts.append(current)
            current = "\n" if char == "\n" else ""
            continue
        current += char
    return [*parts, current]
